/* SPDX-License-Identifier: MIT */
/* init.c - the order of boot: this file is the table of contents. Each step is a call into the
 * floor that owns it, lowest floor first (tools/floors.txt). */
#include "asm/apic.h"
#include "asm/cpufeature.h"
#include "asm/desc.h"
#include "asm/devices.h"
#include "asm/fixmap.h"
#include "asm/irq.h"
#include "asm/irqflags.h"
#include "asm/memtype.h"
#include "asm/mmio_devices.h"
#include "asm/paging.h"
#include "asm/sections.h"
#include "asm/smpboot.h"
#include "asm/stack.h"
#include "boot/bootinfo.h"
#include "bug.h"
#include "cmdline.h"
#include "front.h"
#include "kernel.h"
#include "kmap_tasks.h"
#include "ksyms.h"
#include "cpu_worker.h"
#include "kthread.h"
#include "lib/string.h"
#include "mm/alloc_hooks.h"
#include "mm/highmem.h"
#include "mm/debug_pagealloc.h"
#include "mm/mm_init.h"
#include "mm/percpu.h"
#include "mm/shrinker.h"
#include "mm/slab_init.h"
#include "mm/vmalloc.h"
#include "preempt.h"
#include "printk.h"
#include "setup.h"
#include "trace_ctl.h"

void kernel_main(u32 magic, u32 info_pa);

static struct kernel_stack boot_kernel_stack = {
	.name = "boot",
	.guard = (unsigned long)boot_stack_guard,
	.bottom = (unsigned long)boot_stack,
	.top = (unsigned long)boot_stack_top,
};

/* Floor 1: the machine can print, name its faults and map single pages. */
static void __init init_machine(void)
{
	cpu_detect();
	paging_init_features(); /* what a page-table entry may hold */
	setup_boot_cpu_area();
	boot_cpu_init_descriptors(doublefault_entry);
	idt_init();
	stack_fill(boot_stack,
	           (unsigned long)__builtin_frame_address(0) - 256 - (unsigned long)boot_stack);
	init_task.stack = boot_kernel_stack;
	sched_init();
	stack_register(&boot_kernel_stack);
	serial_init();
	vga_init();
	ksyms_init();
	pat_init();
	fixmap_init();
	pr_info("Quire (%s, %s): %s, PAE%s%s%s, %u address bits\n", SPLIT_NAME,
	        DEBUG_BUILD ? "checking build" : "production build", cpu_features.model,
	        cpu_features.nx ? " NX" : "", cpu_features.pge ? " PGE" : "",
	        cpu_features.sse ? " SSE" : "", cpu_features.phys_bits);
}

/* A line that is longer than what one printk() takes. */
static void __init print_in_pieces(const char *text)
{
	for (size_t left = strlen(text), n; left; text += n, left -= n) {
		n = min(left, (size_t)256);
		pr_info("%.*s", (int)n, text);
	}
	pr_info("\n");
}

/* Floor 3: what memory there is. */
static void __init init_boot_memory(u32 magic, u32 info_pa)
{
	const struct bootinfo *bi = bootinfo_init(magic, info_pa);

	pr_info("Command line: ");
	print_in_pieces(bi->cmdline);
	cmdline_parse(bi->cmdline);
	setup_memory(bi);
	setup_nodes(bi);
}

/* Floor 4: pages. */
static void __init init_pages(void)
{
	phys_addr_t low_limit = setup_low_limit();

	init_memory_mapping(low_limit);
	memmap_alloc(low_limit);
	free_area_init(boot_options.movable);
	if (boot_options.page_owner || DEBUG_BUILD)
		page_owner_init();
	if (boot_options.trace)
		trace_boot_rings(boot_options.trace_size);
	memblock_free_all();
	if (boot_options.trace)
		trace_boot_start(boot_options.trace);
	page_alloc_init();
	percpu_init();
	smp_prepare_cpus(); /* from here on there are copies for all CPUs */
	if (boot_options.trace)
		trace_boot_cpus();
	if (boot_options.page_poison)
		page_poison_enable();
	check_wx();
}

/* Floor 5 and 6: objects, addresses of their own. */
static void __init init_objects(void)
{
	kmem_cache_init();
	shrinker_init();
	vmalloc_init();
	debug_pagealloc_init();
	if (boot_options.debug_pagealloc && debug_pagealloc_enable())
		pr_warn("debug_pagealloc: no memory for the page tables, off\n");
}

static void info_printf(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vprintk(LOG_INFO, fmt, args);
	va_end(args);
}

/* Floor 8: what is reached through memory. */
static void __init init_devices(void)
{
	mmio_devices_init();
	mmio_devices_print(info_printf);
}

/* Floor 6: mappings. */
static void __init init_mappings(void)
{
	enum kmap_mode plain = DEBUG_BUILD ? KMAP_MODE_FLUSH : KMAP_MODE_RING;

	kmap_init(boot_options.debug_highmem ? KMAP_MODE_FORCE : plain);
}

static void __init init_interrupts(void)
{
	irq_init();
	timer_init();
	if (apic_init_boot_cpu()) {
		apic_timer_init_boot_cpu();
		ipi_init();
	}
	serial_enable_input();
	kmap_tasks_init();
	kthread_init();
	local_irq_enable();
}

static void __init init_all(u32 magic, u32 info_pa)
{
	init_machine();
	init_boot_memory(magic, info_pa);
	init_pages();
	init_objects();
	init_mappings();
	init_devices();
	init_interrupts();
	smp_start_cpus();
	cpu_workers_init();
	system_state = SYSTEM_RUNNING;
}

void kernel_main(u32 magic, u32 info_pa)
{
	init_all(magic, info_pa);
	free_initmem();
	front_end();
}
