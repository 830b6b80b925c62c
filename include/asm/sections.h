/* SPDX-License-Identifier: MIT */
/* sections.h - the edges of the kernel image, set by linker.ld. All are page aligned. */
#pragma once
#include "types.h"

extern char __boot_begin_pa[]; /* a physical address */
extern char __init_begin[], __init_text_end[], __init_end[];
extern char _stext[], _etext[];
extern char __nopreempt_start[],
	__nopreempt_end[]; /* code that uses registers which no switch saves */
extern char __start_rodata[], __end_rodata[];
extern char _sdata[], _edata[], __bss_start[];
extern char __kernel_end[];
extern char __per_cpu_start[], __per_cpu_end[]; /* link addresses, never mapped */
extern char __per_cpu_load[];                   /* the template, where it was loaded */
extern char __boot_cpu_area[];                  /* frames of the boot CPU's static variables */
extern char boot_stack_guard[], boot_stack[], boot_stack_top[];
extern char image_stacks[], image_stacks_end[]; /* asm/stack.h */

/* Is addr code of the kernel (boot-time code too while it exists)? */
bool is_kernel_text(unsigned long addr);

/* Set when [__boot_begin, __init_end) has become ordinary memory. */
extern bool initmem_freed;
