/* SPDX-License-Identifier: MIT */
/* kpagetables.c - /proc/kpagetables: the kernel's half by range and rights, one line a run, under a
 * heading for each area. Owns: nothing. Columns as Linux's ptdump: range, size, rights, cache mode,
 * GLB, NX, level. */
#include "asm/pgwalk.h"
#include "console.h"
#include "kernel.h"
#include "proc.h"

struct dump {
	const char *area;
};

static void print_size(unsigned long bytes)
{
	if (bytes % SZ_1M == 0)
		cprintf("%10luM ", bytes / SZ_1M);
	else
		cprintf("%10luK ", bytes / SZ_1K);
}

/* Linux names the bits; what an ordinary mapping has not is named as well as what it has. */
static const char *cache_column(enum cache_mode mode)
{
	static const char *const names[NR_CACHE_MODES] = {
		[CACHE_WB] = "   ", [CACHE_WC] = "WC ", [CACHE_UC_MINUS] = "UC-",
		[CACHE_UC] = "UC ", [CACHE_WT] = "WT ", [CACHE_WP] = "WP ",
	};

	return names[mode];
}

static bool print_range(const struct map_range *r, void *arg)
{
	struct dump *d = arg;

	if (d->area != r->area) {
		cprintf("---[ %s ]---\n", r->area);
		d->area = r->area;
	}
	cprintf("0x%08lx-0x%08lx", r->start, r->end);
	print_size(r->end - r->start);
	cprintf(" %s %s %s %s %s %s\n", r->flags & _PAGE_USER ? "USR" : "   ",
	        r->flags & _PAGE_RW ? "RW" : "ro", cache_column(r->cache),
	        r->flags & _PAGE_GLOBAL ? "GLB" : "   ", r->flags & _PAGE_NX ? "NX" : "x ",
	        r->flags & _PAGE_PSE ? "pmd" : "pte");
	return true;
}

void show_kpagetables(void)
{
	struct dump d = {NULL};

	for_each_kernel_mapping(print_range, &d);
}
