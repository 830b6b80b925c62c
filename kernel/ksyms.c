/* SPDX-License-Identifier: MIT */
/* ksyms.c - binary search in the table of function names.
 * Owns: nothing; the table is read-only data made by tools/ksyms.awk:
 * ksym_count, ksym_address[] rising, ksym_name_offset[] into ksym_names[]. */
#include "ksyms.h"
#include "asm/sections.h"
#include "kernel.h"
#include "lib/string.h"
#include "lib/vsprintf.h"

extern const u32 ksym_count;
extern const u32 ksym_address[]; /* one more than ksym_count: the end of the last function */
extern const u32 ksym_name_offset[];
extern const char ksym_names[];

bool initmem_freed;

bool is_kernel_text(unsigned long addr)
{
	return (addr >= (unsigned long)_stext && addr < (unsigned long)_etext) ||
	       (!initmem_freed && addr >= (unsigned long)__init_begin &&
	        addr < (unsigned long)__init_text_end);
}

const char *ksym_lookup(unsigned long addr, unsigned long *offset, unsigned long *size)
{
	u32 lo = 0, hi = ksym_count;

	if (!ksym_count || !is_kernel_text(addr) || addr < ksym_address[0])
		return NULL;
	while (hi - lo > 1) {
		u32 mid = lo + (hi - lo) / 2;

		if (ksym_address[mid] <= addr)
			lo = mid;
		else
			hi = mid;
	}
	*offset = addr - ksym_address[lo];
	*size = ksym_address[lo + 1] - ksym_address[lo];
	return ksym_names + ksym_name_offset[lo];
}

unsigned long ksym_find(const char *name)
{
	for (u32 i = 0; i < ksym_count; i++)
		if (!strcmp(ksym_names + ksym_name_offset[i], name))
			return ksym_address[i];
	return 0;
}

static int format_symbol(char *buf, size_t size, unsigned long addr, char style)
{
	/* a return address may lie behind the function whose last instruction was the call */
	unsigned long back = style == 'B' ? 1 : 0;
	unsigned long offset, length;
	const char *name = ksym_lookup(addr - back, &offset, &length);

	if (!name)
		return scnprintf(buf, size, "0x%08lx", addr);
	offset += back;
	if (style == 's')
		return scnprintf(buf, size, "%s", name);
	return scnprintf(buf, size, "%s+0x%lx/0x%lx", name, offset, length);
}

void ksyms_init(void)
{
	vsprintf_symbol = format_symbol;
}
