# The in-kernel tests: the harness, then one file a subject.
obj += tests/kernel/ktest.o tests/kernel/helpers.o
obj += tests/kernel/lib.o tests/kernel/machine.o tests/kernel/faults.o
obj += tests/kernel/memory_map.o tests/kernel/memblock.o tests/kernel/zones.o
obj += tests/kernel/gfp.o tests/kernel/buddy.o tests/kernel/damage.o tests/kernel/pageset.o
obj += tests/kernel/alloc.o tests/kernel/kmalloc.o tests/kernel/slab.o tests/kernel/slab_misuse.o tests/kernel/slab_stale.o tests/kernel/slab_debug.o tests/kernel/mempool.o tests/kernel/slowpath.o tests/kernel/free.o
obj += tests/kernel/trace.o tests/kernel/hooks.o tests/kernel/mobility.o tests/kernel/checkers.o
obj += tests/kernel/percpu.o tests/kernel/kmap_local.o tests/kernel/kmap_misuse.o tests/kernel/highmem.o tests/kernel/highmem_copy.o
obj += tests/kernel/reports.o tests/kernel/unwind.o tests/kernel/broken.o
obj += tests/kernel/pgtable.o tests/kernel/vmalloc.o tests/kernel/vmalloc_misuse.o tests/kernel/ioremap.o tests/kernel/debug_pagealloc.o
obj += tests/kernel/on_cpus.o tests/kernel/smp.o tests/kernel/shootdown.o tests/kernel/storm.o tests/kernel/shared.o
obj += tests/kernel/threads.o tests/kernel/sched.o tests/kernel/timers.o tests/kernel/waiting.o tests/kernel/lock_checks.o tests/kernel/kmap_threads.o tests/kernel/slab_threads.o tests/kernel/mm_threads.o
