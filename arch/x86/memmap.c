/* SPDX-License-Identifier: MIT */
/* memmap.c - bulk stores for mem_map and for clearing pages. Owns: memmap_pieces, max_low_pfn. */
#include "asm/memmap.h"
#include "asm/cpufeature.h"
#include "asm/fixmap.h"
#include "asm/irqflags.h"
#include "asm/page.h"
#include "asm/page_ops.h"
#include "asm/percpu.h"
#include "kernel.h"
#include "lib/string.h"

unsigned long memmap_pieces[NR_MEMMAP_PIECES / 32];
unsigned long max_low_pfn;

void sse_fill32(void *dst, const void *pattern, unsigned long n);

void memmap_fill(void *dst, const void *entry, unsigned long n)
{
	if (cpu_features.sse) {
		sse_fill32(dst, entry, n);
		return;
	}
	for (char *d = dst; n--; d += 32)
		memcpy(d, entry, 32);
}

static void fill_mapped(void *va, u32 word)
{
	u32 pattern[8] = {word, word, word, word, word, word, word, word};

	if (cpu_features.sse)
		sse_fill32(va, pattern, PAGE_SIZE / 32);
	else
		for (u32 *p = va; p < (u32 *)((char *)va + PAGE_SIZE); p++)
			*p = word;
}

/* A frame without a kernel address goes through this CPU's window, interrupts off. */
static void *open_window(unsigned long pfn)
{
	unsigned int slot = FIX_CLEAR_PAGE_BEGIN + smp_processor_id();

	set_fixmap(slot, PFN_PHYS(pfn), PAGE_KERNEL);
	return (void *)fix_to_virt(slot);
}

static void close_window(void)
{
	clear_fixmap(FIX_CLEAR_PAGE_BEGIN + smp_processor_id());
}

void fill_page(unsigned long pfn, u32 word)
{
	unsigned long flags;

	if (pfn < max_low_pfn) {
		fill_mapped(__va(PFN_PHYS(pfn)), word);
		return;
	}
	flags = local_irq_save();
	fill_mapped(open_window(pfn), word);
	close_window();
	local_irq_restore(flags);
}

void sse_copy_page(void *dst, const void *src); /* copy_page.asm */

void copy_page(void *to, const void *from)
{
	if (cpu_features.sse)
		sse_copy_page(to, from);
	else
		memcpy(to, from, PAGE_SIZE);
}

static int find_other(const u32 *p, u32 word, u32 *found)
{
	for (unsigned int i = 0; i < PAGE_SIZE / 4; i++) {
		if (p[i] != word) {
			*found = p[i];
			return (int)(i * 4);
		}
	}
	return -1;
}

int check_page_fill(unsigned long pfn, u32 word, u32 *found)
{
	unsigned long flags;
	int offset;

	if (pfn < max_low_pfn)
		return find_other(__va(PFN_PHYS(pfn)), word, found);
	flags = local_irq_save();
	offset = find_other(open_window(pfn), word, found);
	close_window();
	local_irq_restore(flags);
	return offset;
}
