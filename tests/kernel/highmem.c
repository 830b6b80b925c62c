/* SPDX-License-Identifier: MIT */
/* highmem.c - tests of kmap(): counts, the pool's end, misuse (K1, K5, K6), and a
 * pattern in every high page of the machine. */
#include "asm/memmap.h"
#include "asm/page_ops.h"
#include "asm/traps.h"
#include "bug.h"
#include "catch.h"
#include "console.h"
#include "helpers.h"
#include "kmap_tasks.h"
#include "kernel.h"
#include "lib/string.h"
#include "mm/buddy.h"
#include "mm/highmem.h"
#include "mm/page_alloc.h"
#include "mm/trace_sites.h"
#include "preempt.h"

static enum kmap_mode saved_mode;

/* Every page takes an entry, high or not; entries are flushed as the mode says. */
static void force_begin(void)
{
	saved_mode = kmap_set_mode(KMAP_MODE_FORCE);
}

static void force_end(void)
{
	kmap_set_mode(saved_mode);
}

/* In production mode with every page taking an entry: what high pages get on any machine. */
static struct page *saved_first;

static void entries_begin(void)
{
	saved_mode = kmap_set_mode(KMAP_MODE_RING);
	saved_first = kmap_first_page;
	kmap_first_page = NULL;
	kmap_divert(false); /* the short ways learn of it */
}

static void entries_end(void)
{
	kmap_first_page = saved_first;
	kmap_set_mode(saved_mode);
}

static bool is_entry(const void *va)
{
	return pkmap_index(va) < LAST_PKMAP;
}

static struct kmap_stats stats(void)
{
	struct kmap_stats s;

	kmap_get_stats(&s);
	return s;
}

static unsigned int index_of(const struct page *page)
{
	return (unsigned int)page_to_pfn(page);
}

/* --- kmap --------------------------------------------------------------------------------- */

KTEST(highmem, kmap_counts_and_keeps_the_address)
{
	struct page *page = alloc_page(GFP_KERNEL);
	u32 *a, *b;

	ASSERT_TRUE(page);
	entries_begin();
	a = kmap(page);
	b = kmap(page);
	EXPECT_TRUE(is_entry(a) && a == b);
	EXPECT_EQ(stats().mappings, 2);
	EXPECT_EQ(stats().entries, 1);
	a[5] = 55;
	EXPECT_EQ(((u32 *)lowmem_page_address(page))[5], 55);
	EXPECT_TRUE(kmap_to_page(a) == page && kmap_to_page(a + 1023) == page);
	kunmap(page);
	EXPECT_EQ(stats().mappings, 1);
	EXPECT_SOUND(kmap_check());
	kunmap(page);
	EXPECT_TRUE(stats().entries == 0 && stats().entries_idle == 1);
	EXPECT_TRUE(kmap(page) == a); /* it is still there */
	kunmap(page);
	EXPECT_EQ(kmap_flush_unused(), 1);
	EXPECT_EQ(stats().entries_idle, 0);
	EXPECT_SOUND(kmap_check());
	entries_end();
	__free_page(page);
}

KTEST(highmem, low_pages_take_no_entry)
{
	struct page *page = alloc_page(GFP_KERNEL);

	ASSERT_TRUE(page);
	saved_mode = kmap_set_mode(KMAP_MODE_RING);
	EXPECT_TRUE(kmap(page) == lowmem_page_address(page));
	EXPECT_TRUE(page_address(page) == lowmem_page_address(page));
	EXPECT_TRUE(kmap_to_page(lowmem_page_address(page)) == page);
	EXPECT_EQ(stats().entries, 0);
	kunmap(page);
	kmap_set_mode(saved_mode);
	__free_page(page);
}

KTEST(highmem, page_address_of_a_high_page_is_pkmaps)
{
	struct page *page = alloc_page(GFP_HIGHUSER);
	void *va;

	ASSERT_TRUE(page);
	if (PageHighMem(page)) {
		EXPECT_TRUE(!page_address(page));
		va = kmap(page);
		EXPECT_TRUE(is_entry(va) && page_address(page) == va);
		kunmap(page);
		EXPECT_TRUE(!page_address(page));
		kmap_flush_unused();
	} else {
		ktest_skip("no high memory");
	}
	__free_page(page);
}

/* More pages than entries, one after the other: a stale translation would show another page. */
KTEST(highmem, entries_go_round_without_stale_translations)
{
	struct page_chain chain;
	struct page *page;
	unsigned long n;

	chain_init(&chain);
	n = chain_fill(&chain, GFP_KERNEL, LAST_PKMAP + LAST_PKMAP / 2);
	SKIP_UNLESS(n > LAST_PKMAP + 16 || (chain_free(&chain), false), "not enough memory");
	entries_begin();
	for (int round = 0; round < 4; round++) {
		list_for_each_entry (page, &chain.head, lru) {
			u32 *va = kmap(page);

			if (round && va[9] != index_of(page) + (u32)round - 1)
				ktest_fail(__FILE__, __LINE__, "round %d: another page", round);
			va[9] = index_of(page) + (u32)round;
			kunmap(page);
		}
		EXPECT_SOUND(kmap_check());
	}
	EXPECT_TRUE(stats().flushes >= 4);
	entries_end();
	chain_free(&chain);
}

/* An entry that was read comes to another page; nothing else is read meanwhile, so that the CPU has
 * no reason to forget what it was. */
KTEST(highmem, an_entry_used_again_shows_its_new_page)
{
	struct page_chain chain;
	struct page *first, *page;
	volatile u32 *was;

	chain_init(&chain);
	chain_fill(&chain, GFP_KERNEL, LAST_PKMAP + 8);
	list_for_each_entry (page, &chain.head, lru)
		*(u32 *)lowmem_page_address(page) = index_of(page);
	first = list_first_entry(&chain.head, struct page, lru);
	entries_begin();
	was = kmap(first);
	EXPECT_EQ(*was, index_of(first));
	kunmap(first);
	list_for_each_entry (page, &chain.head, lru) {
		if (page == first)
			continue;
		if (kmap(page) == was)
			EXPECT_EQ(*was, index_of(page));
		kunmap(page);
	}
	entries_end();
	chain_free(&chain);
}

KTEST(highmem, random_maps_agree_with_a_model)
{
	enum { N = 40 };
	struct page *page[N];
	unsigned int users[N] = {0};
	unsigned long total = 0;
	void *va[N];

	for (int i = 0; i < N; i++)
		page[i] = alloc_page(GFP_KERNEL);
	for (int forced = 0; forced < 2; forced++) {
		if (forced)
			force_begin();
		else
			entries_begin();
		for (int op = 0; op < 4000; op++) {
			unsigned int k = ktest_below(N);

			if (users[k] && ktest_below(2)) {
				kunmap(page[k]);
				users[k]--;
				total--;
			} else {
				void *now = kmap(page[k]);

				EXPECT_TRUE(!users[k] || now == va[k]);
				va[k] = now;
				users[k]++;
				total++;
			}
			if (op % 500 == 0) {
				EXPECT_EQ(stats().mappings, total);
				EXPECT_SOUND(kmap_check());
				kmap_flush_unused();
			}
		}
		for (unsigned int k = 0; k < N; k++)
			for (; users[k]; users[k]--, total--)
				kunmap(page[k]);
		if (forced)
			force_end();
		else
			entries_end();
	}
	for (int i = 0; i < N; i++)
		__free_page(page[i]);
}

/* --- K6: the pool is full ----------------------------------------------------------------- */

static struct page_chain full;
static struct page *to_release;
static unsigned int waits, wakes;

static bool fill_pool(void)
{
	struct page *page;

	chain_init(&full);
	if (chain_fill(&full, GFP_KERNEL, LAST_PKMAP) < LAST_PKMAP) {
		chain_free(&full);
		return false;
	}
	list_for_each_entry (page, &full.head, lru)
		if (!kmap(page))
			ktest_fail(__FILE__, __LINE__, "an entry is missing");
	return true;
}

static void empty_pool(void)
{
	struct page *page;

	list_for_each_entry (page, &full.head, lru)
		kunmap(page);
	chain_free(&full);
}

KTEST(highmem, a_full_pool_without_waiters_is_named)
{
	struct page *page = alloc_page(GFP_KERNEL);
	void *va;

	ASSERT_TRUE(page);
	entries_begin();
	if (fill_pool()) {
		kmap_set_wait_ops((struct kmap_wait_ops){NULL});
		EXPECT_REPORT(kmap_exhausted, EXPECT_TRUE(!kmap(page)));
		kmap_tasks_init();
		EXPECT_FIELD("what", "pkmap");
		EXPECT_FIELD("in_use", "512");
		EXPECT_FIELD_HERE("caller");
		EXPECT_EQ(stats().entries, LAST_PKMAP);
		EXPECT_SOUND(kmap_check());
		kunmap(list_first_entry(&full.head, struct page, lru));
		va = kmap(page);
		EXPECT_TRUE(va);
		kunmap(page);
		EXPECT_TRUE(kmap(list_first_entry(&full.head, struct page, lru)));
		empty_pool();
	} else {
		ktest_skip("not enough memory");
	}
	entries_end();
	__free_page(page);
}

/* What another thread would do while this one waits. */
static bool wait_for_release(bool (*ready)(void *arg), void *arg)
{
	while (!ready(arg))
		if (++waits == 3)
			kunmap(to_release);
	return true;
}

static void count_wake(void)
{
	wakes++;
}

KTEST(highmem, a_waiting_kmap_goes_on_when_an_entry_is_released)
{
	struct page *page = alloc_page(GFP_KERNEL);

	ASSERT_TRUE(page);
	entries_begin();
	if (fill_pool()) {
		kmap_set_wait_ops((struct kmap_wait_ops){wait_for_release, count_wake, NULL});
		waits = wakes = 0;
		to_release = list_first_entry(&full.head, struct page, lru);
		EXPECT_TRUE(kmap(page));
		EXPECT_TRUE(waits == 3 && wakes == 1);
		kunmap(page);
		EXPECT_EQ(wakes, 1); /* nobody waits any more */
		EXPECT_TRUE(kmap(to_release));
		empty_pool();
		kmap_tasks_init();
	} else {
		ktest_skip("not enough memory");
	}
	EXPECT_SOUND(kmap_check());
	entries_end();
	__free_page(page);
}

KTEST(highmem, kmap_where_sleeping_is_not_allowed_is_refused)
{
	struct page *page = alloc_page(GFP_KERNEL);
	void *va;

	ASSERT_TRUE(page);
	entries_begin();
	preempt_disable();
	EXPECT_REPORT(sleep_in_atomic, EXPECT_TRUE(!kmap(page)));
	EXPECT_FIELD("what", "kmap");
	EXPECT_FIELD("context", "preempt_off");
	EXPECT_FIELD_HERE("since");
	EXPECT_FIELD_HERE("caller");
	preempt_enable();
	va = kmap_atomic(page);
	EXPECT_REPORT(sleep_in_atomic, EXPECT_TRUE(!kmap(page)));
	EXPECT_FIELD("context", "kmap_atomic");
	EXPECT_FIELD_HERE("since");
	kunmap_atomic(va);
	preempt_count_add(HARDIRQ_OFFSET, _THIS_IP_);
	EXPECT_REPORT(sleep_in_atomic, EXPECT_TRUE(!kmap(page)));
	EXPECT_FIELD("context", "interrupt");
	preempt_count_sub(HARDIRQ_OFFSET);
	EXPECT_EQ(stats().entries, 0);
	entries_end();
	__free_page(page);
}

/* --- K1, K5 ------------------------------------------------------------------------------- */

KTEST(highmem, kmap_of_a_free_page_or_of_none_is_refused)
{
	struct page *page = alloc_page(GFP_KERNEL);

	ASSERT_TRUE(page);
	for (int forced = 0; forced < 2; forced++) {
		if (forced)
			force_begin();
		else
			entries_begin();
		EXPECT_TRUE(kmap(page));
		kunmap(page);
		__free_page(page); /* idle, but mapped still */
		EXPECT_REPORT(kmap_bad_page, EXPECT_TRUE(!kmap(page)));
		EXPECT_FIELD("what", "kmap");
		EXPECT_FIELD_HERE("caller");
		EXPECT_FIELD_HERE("freed_by");
		EXPECT_REPORT(kmap_bad_page, EXPECT_TRUE(!kmap(NULL)));
		EXPECT_FIELD("state", "no_page");
		EXPECT_REPORT(kmap_bad_page, EXPECT_TRUE(!kmap((struct page *)0x12345678)));
		page = alloc_page(GFP_KERNEL);
		if (forced)
			force_end();
		else
			entries_end();
		report_rearm();
	}
	__free_page(page);
	EXPECT_SOUND(kmap_check());
}

KTEST(highmem, kunmap_of_what_is_not_mapped_is_refused)
{
	struct page *page = alloc_page(GFP_KERNEL);

	ASSERT_TRUE(page);
	entries_begin();
	EXPECT_REPORT(kmap_bad_unmap, kunmap(page));
	EXPECT_FIELD("what", "not_mapped");
	EXPECT_FIELD_HERE("caller");
	kmap(page);
	kunmap(page);
	EXPECT_REPORT(kmap_bad_unmap, kunmap(page));
	EXPECT_FIELD_HERE("unmapped_by");
	EXPECT_REPORT(kmap_bad_unmap, kunmap((struct page *)0x12345678));
	EXPECT_SOUND(kmap_check());
	entries_end();
	__free_page(page);
}

static void read_word(void *arg)
{
	(void)*(volatile u32 *)arg;
}

KTEST(highmem, access_after_kunmap_is_explained)
{
	struct page *page = alloc_page(GFP_KERNEL);
	struct caught c;
	u32 *va;

	ASSERT_TRUE(page);
	force_begin();
	va = kmap(page);
	kunmap(page);
	EXPECT_REPORT(kernel_fault, catch_run(read_word, va, &c));
	EXPECT_FIELD("class", "pkmap");
	EXPECT_FIELD("hint", "stale_pkmap_entry");
	EXPECT_FIELD_HERE("unmapped_by");
	EXPECT_FIELD_HERE("mapped_by");
	force_end();
	__free_page(page);
}

/* --- what is told about it ---------------------------------------------------------------- */

KTEST(highmem, kmapinfo_lists_what_is_mapped)
{
	struct page *page = alloc_page(GFP_KERNEL);
	const char *text;
	void *entry, *window;

	ASSERT_TRUE(page);
	force_begin();
	entry = kmap(page);
	window = kmap_local_page(page);
	text = command_output("cat /proc/kmapinfo");
	EXPECT_TRUE(strstr(text, "windows: 1\n") && strstr(text, "entries: 1\n"));
	EXPECT_TRUE(strstr(text, __func__));
	kunmap_local(window);
	kunmap(page);
	EXPECT_TRUE(is_entry(entry));
	force_end();
	__free_page(page);
}

KTEST(highmem, the_checker_finds_an_entry_that_lies)
{
	struct page *page = alloc_page(GFP_KERNEL);
	unsigned long i;

	ASSERT_TRUE(page);
	entries_begin();
	i = pkmap_index(kmap(page));
	pkmap_clear((unsigned int)i);
	EXPECT_TRUE(kmap_check());
	pkmap_set((unsigned int)i, page_to_phys(page) + PAGE_SIZE);
	EXPECT_TRUE(kmap_check());
	pkmap_set((unsigned int)i, page_to_phys(page));
	EXPECT_SOUND(kmap_check());
	kunmap(page);
	entries_end();
	__free_page(page);
}

/* --- every high page ---------------------------------------------------------------------- */

enum { LINE_WORDS = 8, LINES = PAGE_SIZE / 32 };

/* What every line of a frame is filled with: from its number, so that no two frames agree. */
static void make_line(unsigned long pfn, u32 *line)
{
	for (u32 k = 0; k < LINE_WORDS; k++)
		line[k] = (u32)(pfn * 2654435761u) ^ k * 0x9e3779b1u;
}

static void write_block(struct page *block, unsigned int order)
{
	for (unsigned long i = 0; i < 1ul << order; i++) {
		void *va = kmap_local_page(block + i);
		u32 line[LINE_WORDS];

		make_line(page_to_pfn(block + i), line);
		memmap_fill(va, line, LINES);
		kunmap_local(va);
	}
}

/* One word of each line, another one in the next: a gigabyte takes seconds, not minutes. */
static bool verify_page(struct page *page)
{
	const u32 *va = kmap_local_page(page);
	u32 line[LINE_WORDS], differs = 0;

	make_line(page_to_pfn(page), line);
	for (u32 i = 0; i < LINES; i += LINE_WORDS)
		for (u32 k = 0; k < LINE_WORDS; k++)
			differs |= va[(i + k) * LINE_WORDS + k] ^ line[k];
	kunmap_local(va);
	return !differs;
}

/* Returns: frames that do not hold what was written. */
static unsigned long verify_block(struct page *block, unsigned int order)
{
	unsigned long wrong = 0;

	for (unsigned long i = 0; i < 1ul << order; i++)
		wrong += !verify_page(block + i);
	return wrong;
}

/* Take high blocks of one order from one node until there are no more.
 * Returns: how many pages. */
static unsigned long take_blocks(struct list_head *blocks, int nid, unsigned int order,
                                 unsigned long most)
{
	gfp_t gfp = GFP_HIGHUSER_MOVABLE | __GFP_THISNODE | __GFP_NOWARN | __GFP_NORETRY;
	unsigned long taken = 0;

	while (taken + (1ul << order) <= most) {
		struct page *block = alloc_pages_node(nid, gfp, order);

		if (!block)
			break;
		if (!PageHighMem(block)) {
			__free_pages(block, order);
			break;
		}
		list_add(&block->lru, blocks);
		taken += 1ul << order;
	}
	return taken;
}

/* All free high pages, or `most` of them, in blocks linked by lru. Returns: how many pages. */
static unsigned long take_high_pages(struct list_head *blocks, unsigned long most)
{
	unsigned long taken = 0;
	const pg_data_t *pgdat;

	for_each_online_pgdat (pgdat)
		for (unsigned int order = MAX_ORDER; order--; drain_all_pages(NULL))
			taken += take_blocks(blocks, pgdat->node_id, order, most - taken);
	return taken;
}

static unsigned long high_pages(bool free_only)
{
	unsigned long sum = 0;
	struct zone *zone;

	for_each_populated_zone (zone)
		if (is_highmem(zone))
			sum += free_only ? zone_page_state(zone, NR_FREE_PAGES)
			                 : zone->managed_pages;
	return sum;
}

/* A sign of life for whoever watches: the first touch of a gigabyte costs the host seconds. */
static void show_progress(const char *what, unsigned long *done, unsigned int order)
{
	unsigned long before = *done;

	*done += 1ul << order;
	if (*done >> 17 != before >> 17)
		cprintf("%s %lu MiB\n", what, *done >> 8);
}

static void try_high_pages(unsigned long most)
{
	unsigned long wrong = 0, written = 0, verified = 0, taken;
	struct page *block, *next;
	LIST_HEAD(blocks);

	lift_high_watermarks();
	taken = take_high_pages(&blocks, most);
	lift_high_watermarks_end();
	list_for_each_entry (block, &blocks, lru) {
		write_block(block, page_order(block));
		show_progress("written", &written, page_order(block));
	}
	list_for_each_entry (block, &blocks, lru) {
		wrong += verify_block(block, page_order(block));
		show_progress("verified", &verified, page_order(block));
	}
	EXPECT_EQ(wrong, 0);
	list_for_each_entry_safe (block, next, &blocks, lru)
		__free_pages(block, page_order(block));
	cprintf("HIGHMEM wrote and read back %lu of %lu high pages\n", taken, high_pages(false));
	EXPECT_SOUND(kmap_check());
}

KTEST(highmem, a_sample_of_high_pages_holds_its_pattern)
{
	SKIP_UNLESS(high_pages(false), "no high memory");
	try_high_pages(4096);
}

/* All of them: gigabytes of the host's memory, so only when it is asked for by name. */
KTEST_FLAGS(highmem, every_high_page_holds_its_pattern, KTEST_BY_NAME)
{
	unsigned long left;

	SKIP_UNLESS(high_pages(false), "no high memory");
	drain_all_pages(NULL);
	try_high_pages(~0ul);
	left = high_pages(false) - high_pages(true);
	EXPECT_TRUE(left <= 64); /* per-CPU data may lie in a few */
}
