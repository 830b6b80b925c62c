/* SPDX-License-Identifier: MIT */
/* stacktrace.c - the chain of saved frame pointers. Owns: nothing.
 * The kernel keeps frame pointers except in leaf functions; a fault in a leaf misses its direct
 * caller, which the raw stack words of an oops still show. */
#include "stacktrace.h"
#include "asm/sections.h"
#include "asm/stack.h"
#include "asm/uaccess.h"
#include "compiler.h"
#include "printk.h"

unsigned int stack_trace_from(unsigned long bp, unsigned long *entries, unsigned int max)
{
	unsigned int n = 0;
	unsigned long next, ret;

	while (n < max && !(bp & 3)) {
		if (!probe_kernel_word((void *)bp, &next) ||
		    !probe_kernel_word((void *)(bp + 4), &ret) || !is_kernel_text(ret))
			break;
		entries[n++] = ret;
		if (next <= bp && stack_find(next) == stack_find(bp))
			break; /* frames of one stack lie at rising addresses */
		bp = next;
	}
	return n;
}

#ifdef CONFIG_NO_TAIL_CALLS
extern const char __fronts_start[], __fronts_end[];

unsigned long caller_beyond_fronts(const unsigned long *frame)
{
	while (frame[1] - (unsigned long)__fronts_start < __fronts_end - __fronts_start)
		frame = (const unsigned long *)frame[0];
	return frame[1];
}
#endif

void show_stack(unsigned long ip, unsigned long bp)
{
	unsigned long entries[24];
	unsigned int n = stack_trace_from(bp, entries, 24);

	pr_err("Call trace:\n");
	if (ip)
		pr_err("  [<%08lx>] %pS\n", ip, (void *)ip);
	for (unsigned int i = 0; i < n; i++)
		pr_err("  [<%08lx>] %pB\n", entries[i], (void *)entries[i]);
}

void dump_stack(void)
{
	show_stack(0, (unsigned long)__builtin_frame_address(0));
}
