/* SPDX-License-Identifier: MIT */
/* init.c - the order of boot: this file is the table of contents. */
#include "asm/cpufeature.h"
#include "asm/desc.h"
#include "asm/devices.h"
#include "asm/exit.h"
#include "asm/fixmap.h"
#include "asm/percpu.h"
#include "asm/pgtable.h"
#include "ksyms.h"
#include "printk.h"

pgd_t swapper_pg_dir[PTRS_PER_PGD] __aligned(32);
pmd_t swapper_pmd[PTRS_PER_PGD - (CONFIG_PAGE_OFFSET >> PGDIR_SHIFT)][PTRS_PER_PMD] __page_aligned;
u64 __supported_pte_mask = ~0ull;

void kernel_main(u32 magic, u32 info_pa);

void kernel_main(u32 magic, u32 info_pa)
{
	setup_boot_cpu_area();
	cpu_init_descriptors(0);
	idt_init();
	serial_init();
	vga_init();
	ksyms_init();
	cpu_detect();
	fixmap_init();
	pr_info("Quire: %s, loaded with magic 0x%x, info at 0x%x\n", cpu_features.model, magic,
		info_pa);
	machine_exit(EXIT_PASS);
}
