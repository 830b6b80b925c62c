# Everything that knows this is a PC with an x86 CPU.
obj += arch/x86/cpu.o arch/x86/percpu_vars.o arch/x86/percpu.o arch/x86/gdt.o arch/x86/idt.o arch/x86/entry.o
obj += arch/x86/traps.o arch/x86/trap_names.o arch/x86/oops.o arch/x86/doublefault.o arch/x86/extable.o
obj += arch/x86/stacktrace.o arch/x86/setjmp.o arch/x86/switch.o arch/x86/task_start.o arch/x86/stacks.o arch/x86/restart.o arch/x86/irq.o
obj += arch/x86/delay.o arch/x86/apic.o arch/x86/apic_timer.o arch/x86/nmi.o arch/x86/shootdown.o arch/x86/ipi.o
obj += arch/x86/smpboot.o arch/x86/trampoline.o
obj += arch/x86/timer.o arch/x86/serial.o arch/x86/vga.o arch/x86/exit.o
obj += arch/x86/pgtable.o arch/x86/fixmap.o arch/x86/pgwalk.o arch/x86/memmap.o arch/x86/memmap_fill.o arch/x86/copy_page.o
obj += arch/x86/paging.o arch/x86/pat.o arch/x86/kmap.o arch/x86/tlb.o arch/x86/direct_map.o arch/x86/mmio_devices.o
