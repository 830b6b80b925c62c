/* SPDX-License-Identifier: MIT */
/* desc.h - segment descriptors, gates and the task state segment.
 * Source: Intel SDM vol. 3, "Segment Descriptors", "IDT Descriptors", "Task Management". */
#pragma once
#include "asm/segment.h"
#include "types.h"

/* One GDT or LDT entry, field by field as the hardware lays it out. */
struct desc_struct {
	u16 limit0;
	u16 base0;
	u32 base1 : 8, type : 4, s : 1, dpl : 2, p : 1;
	u32 limit1 : 4, avl : 1, l : 1, d : 1, g : 1, base2 : 8;
} __attribute__((packed));

struct gate_struct {
	u16 offset_low;
	u16 selector;
	u8 zero;
	u8 type_attr; /* P, DPL, type */
	u16 offset_high;
} __attribute__((packed));

struct desc_ptr {
	u16 size; /* bytes - 1 */
	u32 address;
} __attribute__((packed));

struct tss_struct {
	u32 back_link;
	u32 sp0, ss0, sp1, ss1, sp2, ss2;
	u32 cr3, ip, flags;
	u32 ax, cx, dx, bx, sp, bp, si, di;
	u32 es, cs, ss, ds, fs, gs;
	u32 ldt;
	u16 trace, io_bitmap_base;
};

_Static_assert(sizeof(struct desc_struct) == 8, "a descriptor is 8 bytes");
_Static_assert(sizeof(struct tss_struct) == 104, "a 32-bit TSS is 104 bytes");

enum { DESC_TYPE_LDT = 0x2, DESC_TYPE_TSS = 0x9, DESC_TYPE_TSS_BUSY = 0xb };

static inline u32 desc_base(const struct desc_struct *d)
{
	return d->base0 | (u32)d->base1 << 16 | (u32)d->base2 << 24;
}

/* The last valid offset in bytes, the granularity bit applied. */
static inline u32 desc_limit(const struct desc_struct *d)
{
	u32 limit = d->limit0 | (u32)d->limit1 << 16;

	return d->g ? limit << 12 | 0xfff : limit;
}

/* This CPU's GDT (32 entries) and default LDT (LDT_ENTRIES). For reports; do not write. */
#define LDT_ENTRIES 5
const struct desc_struct *cpu_gdt(unsigned int cpu);
const struct desc_struct *default_ldt_entries(void);

/* Build a CPU's GDT, TSS, double-fault TSS and LDT in its per-CPU area.
 * fault_stack_top: of the stack of its double faults. double_fault: entry of the task that vector 8
 * switches to. Context: boot, before the CPU starts. */
void cpu_fill_descriptors(unsigned int cpu, unsigned long fault_stack_top,
                          void (*double_fault)(void));

/* Load them on the CPU that they are for; %fs then reaches its per-CPU area.
 * Context: boot, interrupts off, once per CPU. */
void cpu_load_descriptors(unsigned int cpu);

/* Both, for the boot CPU. */
void boot_cpu_init_descriptors(void (*double_fault)(void));

/* The double-fault task: names the stack that ran over. arch/x86/entry.asm */
void doublefault_entry(void);

/* Fill the interrupt descriptor table with all 256 entries and load it on this CPU; on any other
 * CPU load it. Context: boot, interrupts off. */
void idt_init(void);
void idt_load(void);

/* The registers that the last double fault saved in this CPU's main TSS. */
struct tss_struct *cpu_tss(unsigned int cpu);
