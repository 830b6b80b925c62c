/* SPDX-License-Identifier: MIT */
/* fragment.c - what is left of large blocks after a million operations. Owns: the table of blocks.
 *
 * Memory is filled to a share of what is free at the start, a fifth of it with unmovable blocks.
 * Then come waves: blocks are freed at random until between a tenth and a half of them is gone, and
 * others allocated until the share is reached again. Each wave has a mix of its own, because it is
 * the change of what is asked for that breaks large blocks up: mixes[]. Allocations do not wait for
 * anybody (no reclaim, no compaction by themselves), so that what is measured is placement alone.
 */
#include "loops.h"

enum { OPERATIONS = 1000000 };

/* In percent: unmovable blocks; blocks of order 0, up to order 1, up to order 2; the rest is 3. */
static const struct mix {
	u8 unmovable, order0, order1, order2;
} mixes[] = {{20, 80, 90, 95}, {5, 97, 98, 99}, {35, 60, 75, 88}, {20, 90, 96, 99}};

/* A block is held as its page with the order in the low bits: struct page is aligned enough. */
static unsigned long *blocks;
static unsigned long nr_blocks, max_blocks, live_pages, failed;
static u32 state;

/* Unusable free space index of Gorman: the share of free memory that an order cannot use. */
void bench_print_unusable(const char *name, unsigned int order)
{
	unsigned long nr[BENCH_ORDERS];
	u64 all = 0, usable = 0;

	bench_free_blocks(nr);
	for (unsigned int o = 0; o < BENCH_ORDERS; o++) {
		all += (u64)nr[o] << o;
		usable += o >= order ? (u64)nr[o] << o : 0;
	}
	bench_print_hundredths(name, all ? div64_u64((all - usable) * 100, all) : 0, 1);
}

static unsigned int random_order(const struct mix *mix)
{
	u32 r = bench_random(&state) % 100;

	return r < mix->order0 ? 0 : r < mix->order1 ? 1 : r < mix->order2 ? 2 : 3;
}

static gfp_t random_gfp(const struct mix *mix)
{
	gfp_t gfp = bench_random(&state) % 100 < mix->unmovable ? GFP_KERNEL : GFP_HIGHUSER_MOVABLE;

	return (gfp & ~__GFP_DIRECT_RECLAIM) | __GFP_NOWARN;
}

static void alloc_one(const struct mix *mix)
{
	unsigned int order = random_order(mix);
	struct page *page = nr_blocks < max_blocks ? alloc_pages(random_gfp(mix), order) : NULL;

	if (!page) {
		failed++;
		return;
	}
	blocks[nr_blocks++] = (unsigned long)page | order;
	live_pages += 1ul << order;
}

static void free_one(void)
{
	unsigned long k = bench_random(&state) % nr_blocks, block = blocks[k];

	blocks[k] = blocks[--nr_blocks];
	live_pages -= 1ul << (block & 3);
	__free_pages((struct page *)(block & ~3ul), block & 3);
}

/* Fill up to so many pages; an allocation that fails is counted. Returns: operations. */
static unsigned long fill(unsigned long pages, const struct mix *mix)
{
	unsigned long tries = 0;

	for (; live_pages < pages && tries < 2 * pages; tries++)
		alloc_one(mix);
	return tries;
}

static unsigned long ebb(unsigned long pages)
{
	unsigned long tries = 0;

	for (; live_pages > pages; tries++)
		free_one();
	return tries;
}

static void churn(unsigned long pages)
{
	unsigned long operations = 0;

	for (unsigned int wave = 0; operations < OPERATIONS && !bench_stopped(); wave++) {
		operations += ebb(pages / 100 * (50 + bench_random(&state) % 41));
		operations += fill(pages, &mixes[wave % ARRAY_SIZE(mixes)]);
	}
}

static void report(unsigned int percent, unsigned long fallbacks)
{
	static const u8 orders[] = {3, 6, 9, 10};
	unsigned long nr[BENCH_ORDERS];
	unsigned int largest = 0;
	char name[48];

	for (unsigned int i = 0; i < ARRAY_SIZE(orders); i++) {
		snprintf(name, sizeof(name), "frag-%u-unusable-order%u", percent, orders[i]);
		bench_print_unusable(name, orders[i]);
	}
	bench_free_blocks(nr);
	for (unsigned int o = 0; o < BENCH_ORDERS; o++)
		largest = nr[o] ? o : largest;
	snprintf(name, sizeof(name), "frag-%u-largest-order", percent);
	bench_print(name, largest, 1);
	snprintf(name, sizeof(name), "frag-%u-failed", percent);
	bench_print(name, failed, 1);
	if (fallbacks == ~0ul)
		return;
	snprintf(name, sizeof(name), "frag-%u-fallbacks", percent);
	bench_print(name, bench_fallbacks() - fallbacks, 1);
}

static void run(unsigned int percent)
{
	unsigned long pages = bench_free_pages() / 100 * percent, fallbacks = bench_fallbacks();

	bench_begin();
	state = BENCH_SEED;
	failed = live_pages = nr_blocks = 0;
	fill(pages, &mixes[0]);
	churn(pages);
	if (!bench_stopped())
		report(percent, fallbacks);
	while (nr_blocks)
		free_one();
}

unsigned int bench_fragment(const char *pattern)
{
	static const u8 shares[] = {50, 75, 90};
	unsigned int ran = 0;

	if (!strcmp(pattern, "*") || !bench_matches(pattern, "frag"))
		return 0;
	max_blocks = bench_free_pages();
	blocks = vmalloc(max_blocks * sizeof(*blocks));
	for (; blocks && ran < ARRAY_SIZE(shares) && !bench_stopped(); ran++)
		run(shares[ran]);
	vfree(blocks);
	return ran;
}
