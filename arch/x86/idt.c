/* SPDX-License-Identifier: MIT */
/* idt.c - the interrupt descriptor table. Owns: idt. All CPUs share it.
 * Source: Intel SDM vol. 3, "IDT Descriptors". */
#include "asm/desc.h"
#include "kernel.h"

enum { NR_VECTORS = 256, VECTOR_BREAKPOINT = 3, VECTOR_DOUBLE_FAULT = 8 };
enum { GATE_TASK = 0x85, GATE_INTERRUPT = 0x8e, GATE_INTERRUPT_USER = 0xee };

static struct gate_struct idt[NR_VECTORS] __aligned(8);

extern const u32 vector_table[NR_VECTORS]; /* entry.asm */

static struct gate_struct make_gate(u32 handler, u16 selector, u8 type_attr)
{
	return (struct gate_struct){
		.offset_low = (u16)handler,
		.offset_high = (u16)(handler >> 16),
		.selector = selector,
		.type_attr = type_attr,
	};
}

void idt_load(void)
{
	struct desc_ptr ptr = {sizeof(idt) - 1, (u32)idt};

	__asm__ volatile("lidt %0" : : "m"(ptr));
}

void idt_init(void)
{
	for (int v = 0; v < NR_VECTORS; v++)
		idt[v] = make_gate(vector_table[v], __KERNEL_CS, GATE_INTERRUPT);
	idt[VECTOR_BREAKPOINT].type_attr = GATE_INTERRUPT_USER;
	idt[VECTOR_DOUBLE_FAULT] = make_gate(0, __DF_TSS_SEL, GATE_TASK);
	idt_load();
}
