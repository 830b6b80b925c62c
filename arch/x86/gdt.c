/* SPDX-License-Identifier: MIT */
/* gdt.c - each CPU's segment descriptors, task state segments and default LDT.
 *
 * Owns: the GDTs, TSSs and the LDT. Flat segments: base 0, limit 4 GiB, except the per-CPU one,
 * whose base is the CPU's offset into its area. The double-fault TSS exists so that a fault on a
 * broken stack still finds a good one (vector 8 is a task gate).
 * Source: Intel SDM vol. 3, "Segment Descriptors", "Task Management". */
#include "asm/desc.h"
#include "asm/page.h"
#include "asm/percpu.h"
#include "asm/pgtable.h"
#include "kernel.h"
#include "lib/string.h"

enum { DF_STACK_SIZE = 4096 };

struct cpu_descriptors {
	struct desc_struct gdt[GDT_ENTRIES];
	struct tss_struct tss, doublefault_tss;
} ____cacheline_aligned;

static DEFINE_PER_CPU(struct cpu_descriptors, descriptors);
static struct desc_struct default_ldt[LDT_ENTRIES];
static char boot_cpu_df_stack[DF_STACK_SIZE] __aligned(16);

static struct desc_struct make_desc(u32 base, u32 limit, u8 type, u8 s, u8 dpl)
{
	bool pages = limit > 0xfffff;

	if (pages)
		limit >>= 12;
	return (struct desc_struct){
		.limit0 = (u16)limit,
		.limit1 = limit >> 16 & 0xf,
		.base0 = (u16)base,
		.base1 = base >> 16 & 0xff,
		.base2 = base >> 24,
		.type = type & 0xf,
		.s = s & 1,
		.dpl = dpl & 3,
		.p = 1,
		.d = s & 1,
		.g = pages,
	};
}

enum { CODE_RX = 0xb, DATA_RW = 0x3 }; /* accessed bit set: the CPU need not write it */

static void fill_gdt(struct cpu_descriptors *d, unsigned int cpu)
{
	struct desc_struct *gdt = d->gdt;

	gdt[GDT_ENTRY_KERNEL_CS] = make_desc(0, 0xffffffff, CODE_RX, 1, 0);
	gdt[GDT_ENTRY_KERNEL_DS] = make_desc(0, 0xffffffff, DATA_RW, 1, 0);
	gdt[GDT_ENTRY_DEFAULT_USER_CS] = make_desc(0, 0xffffffff, CODE_RX, 1, 3);
	gdt[GDT_ENTRY_DEFAULT_USER_DS] = make_desc(0, 0xffffffff, DATA_RW, 1, 3);
	gdt[GDT_ENTRY_TSS] = make_desc((u32)&d->tss, sizeof(d->tss) - 1, DESC_TYPE_TSS, 0, 0);
	gdt[GDT_ENTRY_LDT] =
		make_desc((u32)default_ldt, sizeof(default_ldt) - 1, DESC_TYPE_LDT, 0, 0);
	gdt[GDT_ENTRY_PERCPU] = make_desc(__per_cpu_offset[cpu], 0xffffffff, DATA_RW, 1, 0);
	gdt[GDT_ENTRY_DOUBLEFAULT_TSS] = make_desc(
		(u32)&d->doublefault_tss, sizeof(d->doublefault_tss) - 1, DESC_TYPE_TSS, 0, 0);
}

static void fill_tss(struct cpu_descriptors *d, unsigned long df_stack_top,
                     void (*double_fault)(void))
{
	d->tss = (struct tss_struct){
		.ss0 = __KERNEL_DS,
		.ldt = __LDT_SEL,
		.io_bitmap_base = sizeof(d->tss),
		.cr3 = (u32)__pa(swapper_pg_dir),
	};
	d->doublefault_tss = (struct tss_struct){
		.ip = (u32)double_fault,
		.sp = (u32)df_stack_top,
		.flags = 2, /* the bit that is always one; interrupts off */
		.cs = __KERNEL_CS,
		.ss = __KERNEL_DS,
		.ds = __KERNEL_DS,
		.es = __KERNEL_DS,
		.fs = __KERNEL_PERCPU,
		.ldt = __LDT_SEL,
		.io_bitmap_base = sizeof(d->tss),
		.cr3 = (u32)__pa(swapper_pg_dir),
	};
}

static void load_descriptors(struct cpu_descriptors *d)
{
	struct desc_ptr ptr = {sizeof(d->gdt) - 1, (u32)d->gdt};

	__asm__ volatile("lgdt %0\n\t"
	                 "ljmp %1, $1f\n"
	                 "1:\tmovw %w2, %%ds\n\tmovw %w2, %%es\n\tmovw %w2, %%ss\n\t"
	                 "movw %w3, %%fs\n\tmovw %w4, %%gs\n\t"
	                 "ltr %w5\n\tlldt %w6"
	                 :
	                 : "m"(ptr), "i"(__KERNEL_CS), "r"(__KERNEL_DS), "r"(__KERNEL_PERCPU),
	                   "r"(0), "r"(__TSS_SEL), "r"(__LDT_SEL)
	                 : "memory");
}

void cpu_fill_descriptors(unsigned int cpu, unsigned long fault_stack_top,
                          void (*double_fault)(void))
{
	struct cpu_descriptors *d = per_cpu_ptr(&descriptors, cpu);

	fill_gdt(d, cpu);
	fill_tss(d, fault_stack_top, double_fault);
}

void cpu_load_descriptors(unsigned int cpu)
{
	load_descriptors(per_cpu_ptr(&descriptors, cpu));
}

void boot_cpu_init_descriptors(void (*double_fault)(void))
{
	cpu_fill_descriptors(0, (unsigned long)boot_cpu_df_stack + DF_STACK_SIZE, double_fault);
	cpu_load_descriptors(0);
}

const struct desc_struct *cpu_gdt(unsigned int cpu)
{
	return per_cpu_ptr(&descriptors, cpu)->gdt;
}

const struct desc_struct *default_ldt_entries(void)
{
	return default_ldt;
}

struct tss_struct *cpu_tss(unsigned int cpu)
{
	return &per_cpu_ptr(&descriptors, cpu)->tss;
}
