/* SPDX-License-Identifier: MIT */
/* kmap_local.c - tests of kmap windows: nesting, laps of the ring, contexts (K2), interrupts (K3),
 * also at every instruction. On a machine without high memory windows are mapped by frame
 * number, or forced for low pages. */
#include "asm/irq.h"
#include "asm/irqflags.h"
#include "asm/page_ops.h"
#include "asm/traps.h"
#include "errno.h"
#include "helpers.h"
#include "kernel.h"
#include "kmap_test.h"
#include "lib/string.h"
#include "preempt.h"

enum kmap_mode test_saved_mode;

/* --- mapping ------------------------------------------------------------------------------ */

KTEST(kmap_local, low_pages_have_their_address_anyway)
{
	struct page *page = tagged_page(1);

	ASSERT_TRUE(page);
	mode_begin(KMAP_MODE_RING);
	EXPECT_TRUE(kmap_local_page(page) == lowmem_page_address(page));
	EXPECT_EQ(kmap_depth(), 0);
	kunmap_local(lowmem_page_address(page));
	EXPECT_TRUE(kmap_atomic(page) == lowmem_page_address(page));
	EXPECT_TRUE(in_atomic());
	kunmap_atomic(lowmem_page_address(page));
	EXPECT_TRUE(!in_atomic());
	mode_end();
	__free_page(page);
}

KTEST(kmap_local, forced_mode_gives_low_pages_a_window)
{
	struct page *page = tagged_page(0x1234);
	u32 *va;

	ASSERT_TRUE(page);
	mode_begin(KMAP_MODE_FORCE);
	va = kmap_local_page(page);
	EXPECT_TRUE(is_window(va) && va[0] == 0x1234 && va[1023] == 0x1234);
	va[7] = 99;
	kunmap_local(va);
	EXPECT_EQ(((u32 *)lowmem_page_address(page))[7], 99);
	mode_end();
	__free_page(page);
}

KTEST(kmap_local, high_pages_are_written_and_read_back)
{
	struct page *page = alloc_page(GFP_HIGHUSER);
	u32 *va;

	ASSERT_TRUE(page);
	if (PageHighMem(page)) {
		va = kmap_local_page(page);
		EXPECT_TRUE(is_window(va));
		va[0] = 0xabcd;
		kunmap_local(va);
		va = kmap_atomic(page);
		EXPECT_EQ(va[0], 0xabcd);
		kunmap_atomic(va);
	} else {
		ktest_skip("no high memory");
	}
	__free_page(page);
}

KTEST(kmap_local, windows_nest_sixteen_deep)
{
	struct page *page[KMAP_MAX];
	u32 *va[KMAP_MAX];

	for (u32 i = 0; i < KMAP_MAX; i++)
		page[i] = tagged_page(i + 100);
	FOR_EACH_MODE(m)
	{
		for (u32 i = 0; i < KMAP_MAX; i++) {
			va[i] = map(page[i]);
			EXPECT_TRUE(va[i] && va[i][0] == i + 100);
			for (u32 k = 0; k < i; k++)
				EXPECT_TRUE(va[k] != va[i] && va[k][1023] == k + 100);
		}
		EXPECT_EQ(kmap_depth(), KMAP_MAX);
		EXPECT_SOUND(kmap_check());
		for (u32 i = KMAP_MAX; i--;) {
			EXPECT_EQ(va[i][0], i + 100);
			kunmap_local(va[i]);
		}
		EXPECT_EQ(kmap_depth(), 0);
		EXPECT_SOUND(kmap_check());
	}
	for (u32 i = 0; i < KMAP_MAX; i++)
		__free_page(page[i]);
}

KTEST(kmap_local, any_address_in_the_window_unmaps_it)
{
	struct page *page = tagged_page(5);

	ASSERT_TRUE(page);
	FOR_EACH_MODE(m)
	{
		char *va = (char *)map(page);

		kunmap_local(va + 4095);
		EXPECT_EQ(kmap_depth(), 0);
	}
	__free_page(page);
}

KTEST(kmap_local, atomic_windows_stop_preemption_and_nest)
{
	struct page *a = tagged_page(1), *b = tagged_page(2);
	u32 *va, *vb;

	mode_begin(KMAP_MODE_FORCE);
	va = kmap_atomic(a);
	EXPECT_EQ(preempt_count(), KMAP_OFFSET);
	vb = kmap_atomic(b);
	EXPECT_EQ(preempt_count(), 2 * KMAP_OFFSET);
	EXPECT_TRUE(va[0] == 1 && vb[0] == 2);
	kunmap_atomic(vb);
	kunmap_atomic(va);
	EXPECT_EQ(preempt_count(), 0);
	mode_end();
	__free_page(a);
	__free_page(b);
}

static unsigned long laps(void)
{
	struct kmap_stats s;

	kmap_get_stats(&s);
	return s.laps;
}

/* A stale translation would show the other page. */
KTEST(kmap_local, the_ring_goes_round_without_stale_translations)
{
	struct page *page[3] = {tagged_page(0), tagged_page(1), tagged_page(2)};
	unsigned long before;

	mode_begin(KMAP_MODE_RING);
	before = laps();
	for (u32 i = 0; i < 10 * KMAP_RING; i++) {
		u32 k = i * 7 % 3, *va = map(page[k]);

		if (va[0] != k || va[1023] != k)
			ktest_fail(__FILE__, __LINE__, "turn %u shows page %u, not %u", i, va[0],
			           k);
		kunmap_local(va);
	}
	EXPECT_TRUE(laps() - before >= 9);
	EXPECT_SOUND(kmap_check());
	mode_end();
	for (int k = 0; k < 3; k++)
		__free_page(page[k]);
}

KTEST(kmap_local, a_held_window_survives_many_laps)
{
	struct page *held = tagged_page(77), *page[3];

	for (u32 k = 0; k < 3; k++)
		page[k] = tagged_page(k);
	FOR_EACH_MODE(m)
	{
		u32 *outer = map(held);

		for (u32 i = 0; i < 5 * KMAP_RING; i++) {
			u32 k = i % 3, *a = map(page[k]), *b = map(page[(k + 1) % 3]);

			if (a[0] != k || b[0] != (k + 1) % 3 || outer[0] != 77)
				ktest_fail(__FILE__, __LINE__, "turn %u: wrong page", i);
			kunmap_local(b);
			kunmap_local(a);
		}
		EXPECT_SOUND(kmap_check());
		kunmap_local(outer);
		EXPECT_SOUND(kmap_check());
	}
	for (u32 k = 0; k < 3; k++)
		__free_page(page[k]);
	__free_page(held);
}

/* Maps and unmaps at random, every window's page checked at each step. */
KTEST(kmap_local, random_nesting_shows_the_right_pages)
{
	struct page *page[32];
	u32 *va[KMAP_MAX], k[KMAP_MAX] = {0};

	for (u32 i = 0; i < 32; i++)
		page[i] = tagged_page(i);
	FOR_EACH_MODE(m)
	{
		u32 depth = 0;

		for (int op = 0; op < 3000; op++) {
			if (depth < KMAP_MAX && (!depth || ktest_below(2))) {
				k[depth] = ktest_below(32);
				va[depth] = map(page[k[depth]]);
				depth++;
			} else {
				kunmap_local(va[--depth]);
			}
			for (u32 i = 0; i < depth; i++)
				if (va[i][0] != k[i])
					ktest_fail(__FILE__, __LINE__, "op %d: level %u", op, i);
			if (op % 64 == 0)
				EXPECT_SOUND(kmap_check());
		}
		while (depth)
			kunmap_local(va[--depth]);
	}
	for (u32 i = 0; i < 32; i++)
		__free_page(page[i]);
}

/* --- K2: contexts ------------------------------------------------------------------------- */

static struct kmap_ctrl first_ctrl, second_ctrl;

static void switch_out(struct kmap_ctrl *ctrl)
{
	unsigned long flags = local_irq_save();

	kmap_local_sched_out(ctrl);
	local_irq_restore(flags);
}

static bool switch_in(struct kmap_ctrl *ctrl)
{
	unsigned long flags = local_irq_save();
	bool ok = kmap_local_sched_in(ctrl);

	local_irq_restore(flags);
	return ok;
}

KTEST(kmap_local, windows_follow_their_context)
{
	struct page *mine[4], *other[4];

	for (u32 i = 0; i < 4; i++) {
		mine[i] = tagged_page(i);
		other[i] = tagged_page(i + 10);
	}
	FOR_EACH_MODE(m)
	{
		u32 *va[4], *vb[4];

		for (int turn = 0; turn < 100; turn++) {
			for (u32 i = 0; i < 4; i++)
				va[i] = map(mine[i]);
			switch_out(&first_ctrl);
			EXPECT_EQ(first_ctrl.idx, 4);
			EXPECT_EQ(kmap_depth(), 0);
			for (u32 i = 0; i < 4; i++)
				EXPECT_TRUE(!kmap_window_mapped(kmap_window_number(va[i])));
			for (u32 i = 0; i < 4; i++) { /* another one, even in the same slots */
				vb[i] = map(other[i]);
				EXPECT_EQ(vb[i][0], i + 10);
			}
			switch_out(&second_ctrl);
			EXPECT_TRUE(switch_in(&first_ctrl));
			EXPECT_EQ(kmap_depth(), 4);
			for (u32 i = 0; i < 4; i++)
				EXPECT_TRUE(va[i][0] == i && va[i][1023] == i);
			EXPECT_SOUND(kmap_check());
			kunmap_local(va[3]);
			kunmap_local(va[2]);
			switch_out(&first_ctrl);
			EXPECT_TRUE(switch_in(&second_ctrl));
			for (u32 i = 4; i--;) {
				EXPECT_EQ(vb[i][0], i + 10);
				kunmap_local(vb[i]);
			}
			EXPECT_TRUE(switch_in(&first_ctrl));
			vb[0] = map(other[0]); /* deeper again after the switch */
			EXPECT_TRUE(vb[0][0] == 10 && va[1][0] == 1);
			kunmap_local(vb[0]);
			kunmap_local(va[1]);
			kunmap_local(va[0]);
			EXPECT_EQ(kmap_depth(), 0);
		}
		EXPECT_SOUND(kmap_check());
	}
	for (u32 i = 0; i < 4; i++) {
		__free_page(mine[i]);
		__free_page(other[i]);
	}
}

/* Wherever in the ring it stands, its last slot and what lies behind included. */
KTEST(kmap_local, a_context_comes_back_to_any_slot)
{
	struct page *page[3] = {tagged_page(0), tagged_page(1), tagged_page(2)};

	mode_begin(KMAP_MODE_RING);
	for (unsigned int used = 0; used <= KMAP_RING + 1; used++) {
		u32 *va, *vb, *vc;

		kmap_set_mode(KMAP_MODE_RING); /* a new lap */
		for (unsigned int i = 0; i < used; i++)
			kunmap_local(map(page[0]));
		va = map(page[0]);
		vb = map(page[1]);
		switch_out(&first_ctrl);
		EXPECT_TRUE(switch_in(&first_ctrl));
		kunmap_local(vb);
		EXPECT_SOUND(kmap_check());
		vb = map(page[1]);
		vc = map(page[2]);
		switch_out(&first_ctrl);
		EXPECT_TRUE(switch_in(&first_ctrl));
		EXPECT_TRUE(va[0] == 0 && vb[0] == 1 && vc[0] == 2);
		kunmap_local(vc);
		kunmap_local(vb);
		kunmap_local(va);
		EXPECT_EQ(kmap_depth(), 0);
		EXPECT_SOUND(kmap_check());
	}
	mode_end();
	for (int k = 0; k < 3; k++)
		__free_page(page[k]);
}

KTEST(kmap_local, another_cpu_cannot_have_the_windows)
{
	struct page *page = tagged_page(3);
	u32 *va = map(page);

	switch_out(&first_ctrl);
	first_ctrl.cpu = 5;
	EXPECT_REPORT(kmap_wrong_cpu, EXPECT_TRUE(!switch_in(&first_ctrl)));
	EXPECT_FIELD("of_cpu", "5");
	EXPECT_FIELD("on_cpu", "0");
	EXPECT_TRUE(first_ctrl.idx == 1 && kmap_depth() == 0);
	EXPECT_TRUE(!kmap_window_mapped(kmap_window_number(va)));
	first_ctrl.cpu = 0;
	EXPECT_TRUE(switch_in(&first_ctrl));
	EXPECT_EQ(va[0], 3);
	kunmap_local(va);
	__free_page(page);
}

KTEST(kmap_local, a_full_context_is_switched_too)
{
	struct page *page = tagged_page(3);
	u32 *va[KMAP_MAX];

	FOR_EACH_MODE(m)
	{
		for (u32 i = 0; i < KMAP_MAX; i++)
			va[i] = map(page);
		switch_out(&first_ctrl);
		for (u32 i = 0; i < 3 * KMAP_RING; i++)
			kunmap_local(map(page));
		EXPECT_TRUE(switch_in(&first_ctrl));
		EXPECT_REPORT(kmap_exhausted, EXPECT_TRUE(!map(page)));
		for (u32 i = KMAP_MAX; i--;) {
			EXPECT_EQ(va[i][0], 3);
			kunmap_local(va[i]);
		}
		EXPECT_SOUND(kmap_check());
		report_rearm();
	}
	__free_page(page);
}

/* --- K3: interrupts ----------------------------------------------------------------------- */

enum { TEST_IRQ = 5 };
static void (*in_irq)(void);
static struct page *irq_page;
static unsigned int irqs_run;

static void test_irq(struct pt_regs *regs)
{
	(void)regs;
	if (in_irq)
		in_irq();
	irqs_run++;
}

static void raise_irq(void (*fn)(void))
{
	int ret = request_irq(TEST_IRQ, test_irq);

	EXPECT_TRUE(ret == 0 || ret == -EBUSY);
	in_irq = fn;
	__asm__ volatile("int %0" : : "i"(FIRST_IRQ_VECTOR + TEST_IRQ) : "memory");
	in_irq = NULL;
}

static void map_and_forget(void)
{
	map(irq_page);
	map(irq_page);
}

KTEST(kmap_local, a_handler_that_forgets_a_window_is_named)
{
	u32 *va;

	irq_page = tagged_page(4);
	va = map(irq_page);
	ktest_expect_begin();
	raise_irq(map_and_forget);
	EXPECT_EQ(ktest_expect_many(REPORT_kmap_leak), 2);
	EXPECT_FIELD("what", "interrupt");
	EXPECT_FIELD("expected", "1");
	ktest_expect_field_function(__FILE__, __LINE__, "mapped_by", "map_and_forget");
	EXPECT_EQ(kmap_depth(), 1);
	EXPECT_EQ(va[0], 4);
	EXPECT_SOUND(kmap_check());
	kunmap_local(va);
	__free_page(irq_page);
}

static void map_and_unmap(void)
{
	u32 *a = kmap_atomic(irq_page), *b = map(irq_page);

	EXPECT_TRUE(a[0] == 4 && b[0] == 4);
	kunmap_local(b);
	kunmap_atomic(a);
}

KTEST(kmap_local, a_handler_maps_above_what_it_interrupts)
{
	u32 *va;

	irq_page = tagged_page(4);
	va = map(irq_page);
	irqs_run = 0;
	for (int i = 0; i < 100; i++)
		raise_irq(map_and_unmap);
	EXPECT_EQ(irqs_run, 100);
	EXPECT_TRUE(kmap_depth() == 1 && va[0] == 4);
	kunmap_local(va);
	EXPECT_SOUND(kmap_check());
	__free_page(irq_page);
}

static unsigned int steps_taken;

/* As an interrupt would: where interrupts are on. */
static void step(struct pt_regs *regs)
{
	u32 *va;

	if (!(regs->flags & X86_EFLAGS_IF))
		return;
	steps_taken++;
	va = map(irq_page);
	if (va[0] != 4)
		ktest_fail(__FILE__, __LINE__, "a handler sees %u", va[0]);
	kunmap_local(va);
}

static noinline void pairs_under_steps(struct page *a, struct page *b, int n)
{
	for (int i = 0; i < n; i++) {
		u32 *va = map(a), *vb = kmap_local_pfn(page_to_pfn(b));

		if (va[0] != 1 || vb[0] != 2)
			ktest_fail(__FILE__, __LINE__, "turn %d shows %u and %u", i, va[0], vb[0]);
		kunmap_local(vb);
		kunmap_local(va);
		va = kmap_atomic(a);
		if (va[0] != 1)
			ktest_fail(__FILE__, __LINE__, "turn %d shows %u", i, va[0]);
		kunmap_atomic(va);
	}
}

/* An interrupt that uses windows comes at every single instruction. */
KTEST(kmap_local, interrupts_at_every_instruction_disturb_nothing)
{
	struct page *a = tagged_page(1), *b = tagged_page(2);

	irq_page = tagged_page(4);
	FOR_EACH_MODE(m)
	{
		steps_taken = 0;
		single_step_hook = step;
		__asm__ volatile("pushfl; orl %0, (%%esp); popfl" : : "i"(X86_EFLAGS_TF) : "cc");
		pairs_under_steps(a, b, 20);
		__asm__ volatile("pushfl; andl %0, (%%esp); popfl" : : "i"(~X86_EFLAGS_TF) : "cc");
		single_step_hook = NULL;
		EXPECT_TRUE(steps_taken > 500);
		EXPECT_EQ(kmap_depth(), 0);
		EXPECT_EQ(preempt_count(), 0);
		EXPECT_SOUND(kmap_check());
	}
	__free_page(a);
	__free_page(b);
	__free_page(irq_page);
}

/* --- sleeping ----------------------------------------------------------------------------- */

KTEST(kmap_local, sleeping_in_an_atomic_window_is_named)
{
	struct page *page = tagged_page(4);
	unsigned long site;
	void *va;

	mode_begin(KMAP_MODE_FORCE);
	va = kmap_atomic(page);
	EXPECT_STREQ(atomic_context(&site), "kmap_atomic");
	EXPECT_TRUE(!strncmp(report_site(site), __func__, strlen(__func__)));
	preempt_disable();
	EXPECT_STREQ(atomic_context(&site), "preempt_off");
	preempt_enable();
	kunmap_atomic(va);
	EXPECT_TRUE(!atomic_context(&site));
	mode_end();
	va = kmap_local_page(page);
	EXPECT_TRUE(!atomic_context(&site)); /* that one may be held across a sleep */
	kunmap_local(va);
	__free_page(page);
}

/* --- the checker -------------------------------------------------------------------------- */

KTEST(kmap_local, the_checker_finds_a_window_that_nobody_counts)
{
	struct page *page = tagged_page(6);
	u32 stray = KMAP_FIRST + KMAP_SLOTS_PER_CPU - 2;

	EXPECT_TRUE(tag_of(page) == 6);
	kmap_window_set(stray, page_to_phys(page));
	EXPECT_TRUE(kmap_check());
	kmap_window_clear(stray);
	kmap_window_flush(stray);
	EXPECT_SOUND(kmap_check());
	this_cpu_add(kmap_word, KMAP_DEPTH_ONE);
	EXPECT_TRUE(kmap_check());
	this_cpu_sub(kmap_word, KMAP_DEPTH_ONE);
	EXPECT_SOUND(kmap_check());
	__free_page(page);
}
