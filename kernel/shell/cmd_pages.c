/* SPDX-License-Identifier: MIT */
/* cmd_pages.c - pages by hand: allocate, free, look. Owns: nothing; what is allocated here stays
 * allocated until it is freed here. */
#include "asm/page_ops.h"
#include "asm/pgwalk.h"
#include "console.h"
#include "lib/string.h"
#include "lib/vsprintf.h"
#include "mm/alloc_hooks.h"
#include "check_all.h"
#include "mm/highmem.h"
#include "mm/page_alloc.h"
#include "mm/percpu.h"
#include "mm/slab_check.h"
#include "mm/vmalloc.h"
#include "mm/vmstat.h"
#include "mm/watermark.h"
#include "report.h"
#include "shell.h"

/* --- alloc and free --------------------------------------------------------------------- */

/* "node=N" or a number. */
static bool parse_node(const char *word, unsigned long *nid)
{
	return shell_number(strncmp(word, "node=", 5) ? word : word + 5, nid);
}

static bool run_alloc(int argc, char **argv)
{
	unsigned long order, nid = (unsigned long)NUMA_NO_NODE;
	gfp_t gfp = GFP_KERNEL;
	const char *bad;
	struct page *page;

	if (argc < 2 || argc > 4 || !shell_number(argv[1], &order))
		return false;
	if (argc > 2 && gfp_parse(argv[2], &gfp, &bad)) {
		cprintf("alloc: '%s' is no GFP flag\n", bad);
		return true;
	}
	if (argc > 3 && !parse_node(argv[3], &nid))
		return false;
	page = alloc_pages_node((int)nid, gfp, (unsigned int)order);
	if (!page) {
		cprintf("ALLOC failed order=%lu gfp=0x%x\n", order, gfp);
		return true;
	}
	cprintf("ALLOC pfn=%lu order=%lu zone=%s node=%d\n", page_to_pfn(page), order,
	        page_zone(page)->name, page_to_nid(page));
	return true;
}

static const char *gfp_name(unsigned int k)
{
	static const char *const names[] = {
		"GFP_ATOMIC", "GFP_DMA",  "GFP_HIGHUSER", "GFP_HIGHUSER_MOVABLE",
		"GFP_KERNEL", "GFP_NOFS", "GFP_NOIO",     "GFP_NOWAIT",
		"GFP_USER"};

	return k < ARRAY_SIZE(names) ? names[k] : NULL;
}

/* A frame without a struct page has none to pass on; the pointer one past mem_map's piece says so.
 */
static bool free_by_number(const char *pfn_word, const char *order_word)
{
	unsigned long pfn, order;

	if (!shell_number(pfn_word, &pfn) || !shell_number(order_word, &order))
		return false;
	if (!pfn_valid(pfn))
		report(REPORT_free_outside, pfn, _THIS_IP_, "refused", "pfn=%lu order=%lu what=%s",
		       pfn, order, page_kind(pfn));
	else
		__free_pages(pfn_to_page(pfn), (unsigned int)order);
	return true;
}

/* --- free: how much memory is free ------------------------------------------------------ */

static unsigned int unit_shift; /* bytes to the unit that is printed */

static void free_row(const char *name, unsigned long total, unsigned long free,
                     unsigned long available, bool show_available)
{
	u64 t = (u64)total << PAGE_SHIFT >> unit_shift, f = (u64)free << PAGE_SHIFT >> unit_shift;

	cprintf("%-7s %12llu %11llu %11llu", name, t, t - f, f);
	if (show_available)
		cprintf(" %11u %11u %11llu", 0, 0, (u64)available << PAGE_SHIFT >> unit_shift);
	cprintf("\n");
}

static void show_free(bool with_low_high)
{
	unsigned long free = nr_free_pages(), total = totalram_pages(), high = totalhigh_pages();
	unsigned long high_free = 0;
	struct zone *zone;

	for_each_populated_zone (zone)
		if (is_highmem(zone))
			high_free += zone_page_state(zone, NR_FREE_PAGES);
	cprintf("%19s %11s %11s %11s %11s %11s\n", "total", "used", "free", "shared", "buff/cache",
	        "available");
	free_row("Mem:", total, free, free > totalreserve_pages ? free - totalreserve_pages : 0,
	         true);
	if (with_low_high) {
		free_row("Low:", total - high, free - high_free, 0, false);
		free_row("High:", high, high_free, 0, false);
	}
	free_row("Swap:", 0, 0, 0, false);
}

/* Without numbers: the table. -b -k -m -g choose the unit, -l adds low and high memory. */
static bool run_free(int argc, char **argv)
{
	bool low_high = false;

	if (argc == 3 && argv[1][0] != '-')
		return free_by_number(argv[1], argv[2]);
	unit_shift = 10;
	for (int i = 1; i < argc; i++) {
		const char *units = "bkmg",
			   *at = argv[i][0] == '-' ? strchr(units, argv[i][1]) : NULL;

		if (!strcmp(argv[i], "-l"))
			low_high = true;
		else if (at && argv[i][1] && !argv[i][2])
			unit_shift = (unsigned int)(at - units) * 10;
		else
			return false;
	}
	show_free(low_high);
	return true;
}

/* --- page ------------------------------------------------------------------------------- */

/* The frame behind a kernel address. Returns: whether there is one. */
static bool frame_of_address(unsigned long va, unsigned long *pfn)
{
	struct pgwalk walk = pgwalk(va);

	*pfn = PFN_DOWN(walk.pa);
	if (!walk.present)
		cprintf("page: 0x%08lx (%s) is not mapped\n", va, address_class(va));
	return walk.present;
}

/* With "pa:" a physical address, else a pfn, or from PAGE_OFFSET on a kernel address. */
static bool parse_frame(const char *word, unsigned long *pfn)
{
	bool physical = !strncmp(word, "pa:", 3);
	u64 v;

	if (!shell_number64(physical ? word + 3 : word, &v))
		return false;
	if (physical)
		v >>= PAGE_SHIFT;
	if (v > ~0ul || (physical && v >= PAGE_OFFSET))
		return false;
	*pfn = (unsigned long)v;
	return true;
}

static void show_owner(unsigned long pfn)
{
	const struct page_owner *o = page_owner(pfn);
	char gfp[160];

	if (!o || !o->seq)
		return;
	gfp_format(gfp, sizeof(gfp), o->gfp);
	cprintf("  owner: order %u, %s, allocated by %s, freed by %s, event %u\n", o->order, gfp,
	        report_site(o->alloc_site), report_site(o->free_site), o->seq);
}

static bool run_page(int argc, char **argv)
{
	unsigned long pfn;

	if (argc != 2 || !parse_frame(argv[1], &pfn))
		return false;
	if (pfn >= PAGE_OFFSET && !frame_of_address(pfn, &pfn))
		return true;
	if (!pfn_valid(pfn)) {
		cprintf("pfn %lu (pa 0x%09llx): %s\n", pfn, PFN_PHYS(pfn), page_kind(pfn));
		return true;
	}
	dump_page(pfn_to_page(pfn));
	if (pfn < max_low_pfn)
		cprintf("  kernel address 0x%08lx\n", (unsigned long)__va(PFN_PHYS(pfn)));
	else
		cprintf("  no kernel address: high memory\n");
	show_owner(pfn);
	return true;
}

/* --- check, drain ----------------------------------------------------------------------- */

static bool run_check(int argc, char **argv)
{
	const char *wrong = check_all();

	(void)argv;
	if (!wrong)
		cprintf("CHECK ok\n");
	else
		cprintf("CHECK bad: %s\n", wrong);
	return argc == 1;
}

static bool run_drain(int argc, char **argv)
{
	(void)argv;
	drain_all_pages(NULL);
	percpu_shrink();
	return argc == 1;
}

/* --- fail ------------------------------------------------------------------------------- */

static void show_fail_site(enum fail_site site)
{
	cprintf("  %-16s ", fail_site_name(site));
	if (fail_countdown[site])
		cprintf("fails at call %lu from now", fail_countdown[site]);
	else
		cprintf("not armed");
	cprintf(", failed %lu times\n", fail_injected[site]);
}

static const char *fail_site_word(unsigned int k)
{
	return k < NR_FAIL_SITES ? fail_site_name((enum fail_site)k) : NULL;
}

static bool run_fail(int argc, char **argv)
{
	char text[64];

	if (argc == 1) {
		for (unsigned int site = 0; site < NR_FAIL_SITES; site++)
			show_fail_site((enum fail_site)site);
		return true;
	}
	if (argc == 3)
		snprintf(text, sizeof(text), "%s:%s", argv[1], argv[2]);
	else
		strscpy(text, argv[1], sizeof(text));
	if (argc > 3)
		return false;
	if (fail_parse(text))
		cprintf("fail: '%s' is not SITE NTH; `fail` alone lists the sites\n", text);
	return true;
}

SHELL_COMMAND(alloc, "ORDER [GFP [NODE]]", "allocate 2^ORDER pages, GFP as GFP_KERNEL|__GFP_ZERO",
              run_alloc, gfp_name);
SHELL_COMMAND(check, "", "run every whole-state checker", run_check, NULL);
SHELL_COMMAND(drain, "", "give the pagesets back to the buddy lists", run_drain, NULL);
SHELL_COMMAND(fail, "[SITE NTH]", "make the NTH allocation of a site fail; 0 disarms", run_fail,
              fail_site_word);
SHELL_COMMAND(free, "[PFN ORDER | -bkmgl]", "free pages; without numbers: how much is free",
              run_free, NULL);
SHELL_COMMAND(page, "PFN|ADDRESS|pa:PHYS",
              "a frame's struct page; below the kernel's addresses: a pfn", run_page, NULL);
