/* SPDX-License-Identifier: MIT */
/* test_kmap.c - windows and pkmap entries against models, with a TLB that forgets only what it is
 * told to, on up to four CPUs and for contexts that come and go. */
#include "asm/kmap.h"
#include "fault.h"
#include "host.h"
#include "mm/highmem.h"
#include "mm/page_alloc.h"
#include "preempt.h"
#include "world.h"

enum { PAGES = 700 };
static struct page *pages[PAGES];

static void start_world(enum kmap_mode mode, unsigned int cpus)
{
	struct world w = {0};

	world_pc(&w, MiB(64));
	w.low_limit = MiB(32);
	w.cpus = cpus;
	world_build(&w);
	kmap_init(mode);
	for (int i = 0; i < PAGES; i++) {
		pages[i] = alloc_page(GFP_HIGHUSER);
		if (!pages[i] || !PageHighMem(pages[i]))
			host_bug("the world has too few high pages");
	}
	system_state = SYSTEM_RUNNING;
}

#define CHECK_SHOWS(va, page) CHECK_EQ(kmap_touch(va), page_to_pfn(page))

/* --- windows ------------------------------------------------------------------------------ */

struct context {
	struct kmap_ctrl ctrl;
	struct {
		void *va;
		struct page *page;
	} held[KMAP_MAX];
	unsigned int depth, cpu;
};

static void map_one(struct context *c)
{
	struct page *page = pages[test_below(PAGES)];

	c->held[c->depth].page = page;
	c->held[c->depth].va = kmap_local_page(page);
	CHECK_SHOWS(c->held[c->depth].va, page);
	c->depth++;
}

static void unmap_one(struct context *c)
{
	c->depth--;
	CHECK_SHOWS(c->held[c->depth].va, c->held[c->depth].page);
	kunmap_local(c->held[c->depth].va);
}

static void check_context(const struct context *c)
{
	CHECK_EQ(kmap_depth(), c->depth);
	for (unsigned int i = 0; i < c->depth; i++)
		CHECK_SHOWS(c->held[i].va, c->held[i].page);
}

static void random_windows(enum kmap_mode mode)
{
	struct context c = {0};

	start_world(mode, 1);
	for (int op = 0; op < 20000 && !host_failed(); op++) {
		if (c.depth < KMAP_MAX && (!c.depth || test_below(2)))
			map_one(&c);
		else
			unmap_one(&c);
		check_context(&c);
		if (test_chance(50))
			CHECK_SOUND(kmap_check());
	}
	while (c.depth)
		unmap_one(&c);
	CHECK_SOUND(kmap_check());
	CHECK_EQ(preempt_count(), 0);
}

TEST(windows_of_the_ring_always_show_their_page)
{
	random_windows(KMAP_MODE_RING);
}

TEST(windows_flushed_at_once_always_show_their_page)
{
	random_windows(KMAP_MODE_FLUSH);
}

TEST(an_unmapped_window_shows_nothing_in_flush_mode)
{
	start_world(KMAP_MODE_FLUSH, 1);
	for (int i = 0; i < 500; i++) {
		void *va = kmap_local_page(pages[i]);

		CHECK_SHOWS(va, pages[i]);
		kunmap_local(va);
		CHECK_EQ(kmap_touch(va), ~0ul);
		CHECK_EQ(kmap_touch((char *)va + PAGE_SIZE), ~0ul);
		CHECK_EQ(kmap_touch((char *)va - PAGE_SIZE), ~0ul);
	}
}

/* Threads on four CPUs, each bound to one as kmap_local_page() asks, switched at random. */
static void random_contexts(enum kmap_mode mode)
{
	enum { CPUS = 4, CONTEXTS = 12 };
	static struct context contexts[CONTEXTS];
	struct context *running[CPUS] = {NULL};

	start_world(mode, CPUS);
	memset(contexts, 0, sizeof(contexts));
	for (unsigned int i = 0; i < CONTEXTS; i++)
		contexts[i].cpu = i % CPUS;
	for (int op = 0; op < 20000 && !host_failed(); op++) {
		struct context **now;

		host_cpu = test_below(CPUS);
		now = &running[host_cpu];
		if (!*now || test_chance(10)) {
			struct context *next =
				&contexts[host_cpu + CPUS * test_below(CONTEXTS / CPUS)];

			if (*now)
				kmap_local_sched_out(&(*now)->ctrl);
			CHECK_EQ(kmap_depth(), 0);
			CHECK(kmap_local_sched_in(&next->ctrl));
			*now = next;
		}
		if ((*now)->depth < KMAP_MAX && (!(*now)->depth || test_below(2)))
			map_one(*now);
		else
			unmap_one(*now);
		check_context(*now);
		if (test_chance(50))
			CHECK_SOUND(kmap_check());
	}
}

TEST(windows_follow_their_contexts_in_the_ring)
{
	random_contexts(KMAP_MODE_RING);
}

TEST(windows_follow_their_contexts_in_flush_mode)
{
	random_contexts(KMAP_MODE_FLUSH);
}

/* Wherever in the ring it stands, its last slot and what lies behind included. */
TEST(a_context_comes_back_to_any_slot_and_unmaps_in_order_only)
{
	for (unsigned int used = 0; used <= KMAP_RING + 1 && !host_failed(); used++) {
		struct context c = {0};

		start_world(KMAP_MODE_RING, 1);
		for (unsigned int i = 0; i < used; i++)
			kunmap_local(kmap_local_page(pages[i]));
		map_one(&c);
		map_one(&c);
		EXPECT_REPORT(kmap_bad_unmap, kunmap_local(c.held[0].va));
		CHECK_FIELD("what", "out_of_order");
		kmap_local_sched_out(&c.ctrl);
		CHECK(kmap_local_sched_in(&c.ctrl));
		EXPECT_REPORT(kmap_bad_unmap, kunmap_local(c.held[0].va));
		unmap_one(&c);
		CHECK_SOUND(kmap_check());
		map_one(&c);
		map_one(&c);
		kmap_local_sched_out(&c.ctrl);
		CHECK(kmap_local_sched_in(&c.ctrl));
		check_context(&c);
		while (c.depth)
			unmap_one(&c);
		CHECK_SOUND(kmap_check());
		report_rearm();
	}
}

TEST(a_context_does_not_come_back_on_another_cpu)
{
	struct context c = {0};

	start_world(KMAP_MODE_RING, 2);
	map_one(&c);
	map_one(&c);
	kmap_local_sched_out(&c.ctrl);
	CHECK_EQ(kmap_touch(c.held[0].va), ~0ul);
	host_cpu = 1;
	EXPECT_REPORT(kmap_wrong_cpu, CHECK(!kmap_local_sched_in(&c.ctrl)));
	CHECK_FIELD("windows", "2");
	CHECK_FIELD("of_cpu", "0");
	CHECK_FIELD("on_cpu", "1");
	CHECK_EQ(kmap_touch(c.held[0].va), ~0ul);
	host_cpu = 0;
	CHECK(kmap_local_sched_in(&c.ctrl));
	check_context(&c);
	unmap_one(&c);
	unmap_one(&c);
}

TEST(wrong_unmapping_changes_nothing)
{
	struct context c = {0};

	for (int mode = KMAP_MODE_RING; mode <= KMAP_MODE_FLUSH; mode++) {
		start_world((enum kmap_mode)mode, 2);
		for (int i = 0; i < 5; i++)
			map_one(&c);
		for (int i = 0; i < 4; i++) {
			EXPECT_REPORT(kmap_bad_unmap, kunmap_local(c.held[i].va));
			CHECK_FIELD("what", "out_of_order");
			check_context(&c);
		}
		host_cpu = 1;
		EXPECT_REPORT(kmap_bad_unmap, kunmap_local(c.held[4].va));
		CHECK_FIELD("what", "another_cpus_window");
		host_cpu = 0;
		unmap_one(&c);
		EXPECT_REPORT(kmap_bad_unmap, kunmap_local(c.held[4].va));
		CHECK_FIELD("what", "not_mapped");
		check_context(&c);
		CHECK_SOUND(kmap_check());
		while (c.depth)
			unmap_one(&c);
		report_rearm();
	}
}

TEST(the_seventeenth_window_is_refused)
{
	struct context c = {0};

	start_world(KMAP_MODE_RING, 1);
	while (c.depth < KMAP_MAX)
		map_one(&c);
	EXPECT_REPORT(kmap_exhausted, CHECK(!kmap_local_page(pages[0])));
	CHECK_FIELD("in_use", "16");
	check_context(&c);
	CHECK_SOUND(kmap_check());
	EXPECT_REPORT(kmap_leak, kmap_local_release(15, "test"));
	c.depth--;
	check_context(&c);
	while (c.depth)
		unmap_one(&c);
}

/* Whatever window's presence or count changes behind its back, the checker sees it. */
TEST(the_checker_sees_every_stray_window)
{
	struct context c = {0};

	start_world(KMAP_MODE_RING, 1);
	for (int i = 0; i < 6; i++)
		map_one(&c);
	unmap_one(&c);
	for (unsigned int slot = 0; slot < KMAP_SLOTS_PER_CPU; slot++) {
		host_windows[slot].present ^= 1;
		CHECK(kmap_check());
		host_windows[slot].present ^= 1;
	}
	CHECK_SOUND(kmap_check());
}

/* --- pkmap -------------------------------------------------------------------------------- */

static unsigned int users[PAGES];
static void *where[PAGES];

static void kmap_one(unsigned int k)
{
	void *va = kmap(pages[k]);

	CHECK(!users[k] || va == where[k]);
	where[k] = va;
	users[k]++;
	CHECK_SHOWS(va, pages[k]);
	CHECK(page_address(pages[k]) == va && kmap_to_page(va) == pages[k]);
}

static void kunmap_one(unsigned int k)
{
	CHECK_SHOWS(where[k], pages[k]);
	kunmap(pages[k]);
	users[k]--;
	if (!users[k])
		CHECK(!page_address(pages[k]));
}

static unsigned long count_users(unsigned int *mapped)
{
	unsigned long sum = 0;

	*mapped = 0;
	for (int i = 0; i < PAGES; i++) {
		sum += users[i];
		*mapped += users[i] != 0;
	}
	return sum;
}

static void random_kmaps(enum kmap_mode mode, unsigned int most)
{
	unsigned int mapped = 0;
	struct kmap_stats s;

	start_world(mode, 1);
	memset(users, 0, sizeof(users));
	for (int op = 0; op < 30000 && !host_failed(); op++) {
		unsigned int k = test_below(PAGES);

		if (users[k] && (test_below(3) || mapped >= most)) {
			kunmap_one(k);
			mapped -= !users[k];
		} else if (users[k] || mapped < most) {
			mapped += !users[k];
			kmap_one(k);
		}
		if (test_chance(2000))
			kmap_flush_unused();
		if (test_chance(500)) {
			kmap_get_stats(&s);
			CHECK_EQ(s.mappings, count_users(&mapped));
			CHECK_EQ(s.entries, mapped);
			CHECK_SOUND(kmap_check());
		}
	}
	for (unsigned int k = 0; k < PAGES; k++)
		while (users[k])
			kunmap_one(k);
	CHECK_SOUND(kmap_check());
}

TEST(entries_agree_with_the_model)
{
	random_kmaps(KMAP_MODE_RING, 100);
}

TEST(entries_agree_with_the_model_when_nearly_all_are_in_use)
{
	random_kmaps(KMAP_MODE_RING, LAST_PKMAP);
}

TEST(entries_agree_with_the_model_in_flush_mode)
{
	random_kmaps(KMAP_MODE_FLUSH, 300);
}

/* 600 who wait: each releases when it is its turn, as a thread would that had mapped before. */
static unsigned int next_release, nr_waits;

static bool release_one(bool (*ready)(void *arg), void *arg)
{
	do {
		nr_waits++;
		kunmap_one(next_release++);
	} while (!ready(arg));
	return true;
}

static void nobody_else_waits(void)
{
}

TEST(six_hundred_that_wait_all_finish)
{
	unsigned int mapped;

	start_world(KMAP_MODE_RING, 1);
	memset(users, 0, sizeof(users));
	kmap_set_wait_ops((struct kmap_wait_ops){release_one, nobody_else_waits, NULL});
	next_release = nr_waits = 0;
	for (unsigned int k = 0; k < LAST_PKMAP; k++)
		kmap_one(k);
	for (unsigned int k = LAST_PKMAP; k < LAST_PKMAP + 600; k++) {
		/* pages that were released come again */
		kmap_one(k < PAGES ? k : k - PAGES);
	}
	CHECK_EQ(nr_waits, 600);
	CHECK_EQ(count_users(&mapped), LAST_PKMAP);
	CHECK_SOUND(kmap_check());
}

TEST(a_full_table_is_named_without_anyone_to_wait_for)
{
	start_world(KMAP_MODE_RING, 1);
	memset(users, 0, sizeof(users));
	for (unsigned int k = 0; k < LAST_PKMAP; k++)
		kmap_one(k);
	EXPECT_REPORT(kmap_exhausted, CHECK(!kmap(pages[LAST_PKMAP])));
	CHECK_FIELD("what", "pkmap");
	kunmap_one(17);
	kmap_one(LAST_PKMAP);
	CHECK_SOUND(kmap_check());
}

TEST(wrong_kmap_and_kunmap_are_refused)
{
	struct page *page;

	start_world(KMAP_MODE_RING, 1);
	page = pages[3];
	EXPECT_REPORT(kmap_bad_unmap, kunmap(page));
	CHECK(kmap(page));
	kunmap(page);
	EXPECT_REPORT(kmap_bad_unmap, kunmap(page));
	CHECK_FIELD_IN("unmapped_by", "test_wrong_kmap_and_kunmap_are_refused");
	EXPECT_REPORT(kmap_bad_page, CHECK(!kmap(NULL)));
	EXPECT_REPORT(kmap_bad_page, CHECK(!kmap((struct page *)((char *)page + 1))));
	__free_page(page);
	EXPECT_REPORT(kmap_bad_page, CHECK(!kmap(page)));
	CHECK_FIELD_IN("freed_by", "test_wrong_kmap_and_kunmap_are_refused");
	preempt_disable();
	EXPECT_REPORT(sleep_in_atomic, CHECK(!kmap(pages[4])));
	preempt_enable();
	CHECK_SOUND(kmap_check());
}

TEST(faults_on_unmapped_entries_are_explained)
{
	void *va;

	start_world(KMAP_MODE_FLUSH, 1);
	va = kmap(pages[0]);
	kunmap(pages[0]);
	CHECK(strstr(fault_explain((unsigned long)va + 8), "hint=stale_pkmap_entry"));
	va = kmap_local_page(pages[0]);
	CHECK(strstr(fault_explain((unsigned long)va + PAGE_SIZE), "hint=kmap_overrun"));
	CHECK(strstr(fault_explain((unsigned long)va - 1), "hint=kmap_underrun"));
	kunmap_local(va);
	CHECK(strstr(fault_explain((unsigned long)va), "hint=stale_kmap_slot"));
	CHECK_STR(fault_explain(0xC0000000ul), "");
}
