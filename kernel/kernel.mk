# Floor 0: the library.
obj += kernel/lib/string.o kernel/lib/vsprintf.o kernel/lib/sort.o kernel/lib/div64.o
obj += kernel/lib/rbtree.o kernel/lib/bitmap.o
# Floor 1: printing, reporting, coming back from faults.
obj += kernel/console.o kernel/printk.o kernel/ksyms.o kernel/panic.o kernel/report.o
obj += kernel/trace.o kernel/catch.o kernel/fail.o kernel/fault.o kernel/percpu_check.o kernel/cpumask.o kernel/smp.o kernel/cpu_worker.o kernel/preempt.o
obj += kernel/lockdep.o kernel/sched/init_task.o
# Floor 2: tasks, waiting, typed characters.
obj += kernel/sched/rq.o kernel/sched/core.o kernel/sched/policy.o kernel/sched/might_sleep.o kernel/sched/task.o kernel/sched/idle.o
obj += kernel/sched/timer.o kernel/sched/hung.o kernel/sched/wait.o kernel/sched/completion.o
obj += kernel/sched/mutex.o kernel/sched/rwsem.o kernel/sched/semaphore.o kernel/console_input.o
# Floor 7: threads.
obj += kernel/kthread.o kernel/kmap_tasks.o
# The front: order of boot, reports, shell, benchmarks.
obj += kernel/cmdline.o kernel/resource.o kernel/setup.o
obj += kernel/proc/proc.o kernel/proc/sysctl.o kernel/proc/buddyinfo.o kernel/proc/zoneinfo.o
obj += kernel/proc/meminfo.o kernel/proc/vmstat.o kernel/proc/iomem.o kernel/proc/interrupts.o kernel/proc/numastat.o
obj += kernel/proc/slabinfo.o kernel/proc/percpuinfo.o kernel/proc/kmapinfo.o kernel/proc/kpagetables.o
obj += kernel/proc/vmallocinfo.o
obj += kernel/check_all.o kernel/ledger.o kernel/stress.o kernel/stress_kinds.o kernel/shell/cmd_threads.o
obj += kernel/shell/shell.o kernel/shell/readline.o kernel/shell/cmd_help.o
obj += kernel/shell/cmd_proc.o kernel/shell/cmd_pages.o kernel/shell/cmd_machine.o kernel/shell/cmd_vm.o kernel/shell/cmd_devices.o
obj += kernel/trace_ctl.o kernel/trace_text.o kernel/shell/cmd_trace.o
obj += kernel/shell/cmd_slab.o kernel/shell/cmd_what.o kernel/shell/cmd_test.o kernel/front.o kernel/init.o
