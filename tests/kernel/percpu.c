/* SPDX-License-Identifier: MIT */
/* percpu.c - tests of per-CPU data: operations on one copy, allocation, misuse, other CPUs' areas.
 */
#include "asm/irqflags.h"
#include "asm/page_ops.h"
#include "asm/percpu_area.h"
#include "asm/pgwalk.h"
#include "asm/sections.h"
#include "asm/traps.h"
#include "bug.h"
#include "catch.h"
#include "errno.h"
#include "fail.h"
#include "helpers.h"
#include "kernel.h"
#include "lib/string.h"
#include "lib/vsprintf.h"
#include "mm/page_alloc.h"
#include "mm/percpu.h"
#include "mm/topology.h"
#include "preempt.h"

/* --- operations --------------------------------------------------------------------------- */

static DEFINE_PER_CPU(u8, var8);
static DEFINE_PER_CPU(u16, var16);
static DEFINE_PER_CPU(u32, var32);
static DEFINE_PER_CPU(u64, var64);
static DEFINE_PER_CPU(void *, var_ptr);
static DEFINE_PER_CPU(int, var_int) = -5;

#define TEST_OPS(var, top)                                                                         \
	do {                                                                                       \
		this_cpu_write(var, 5);                                                            \
		EXPECT_EQ(this_cpu_read(var), 5);                                                  \
		this_cpu_add(var, 7);                                                              \
		this_cpu_sub(var, 2);                                                              \
		this_cpu_inc(var);                                                                 \
		this_cpu_dec(var);                                                                 \
		EXPECT_EQ(this_cpu_read(var), 10);                                                 \
		EXPECT_EQ(this_cpu_add_return(var, 5), 15);                                        \
		EXPECT_EQ(this_cpu_fetch_add(var, 1), 15);                                         \
		EXPECT_EQ(this_cpu_xchg(var, 3), 16);                                              \
		EXPECT_EQ(this_cpu_cmpxchg(var, 4, 9), 3);                                         \
		EXPECT_EQ(this_cpu_read(var), 3);                                                  \
		EXPECT_EQ(this_cpu_cmpxchg(var, 3, top), 3);                                       \
		EXPECT_EQ(this_cpu_inc_return(var), 0);                                            \
		EXPECT_EQ(this_cpu_dec_return(var), top);                                          \
		EXPECT_EQ(per_cpu(var, 0), top);                                                   \
		this_cpu_write(var, 0);                                                            \
	} while (0)

KTEST(percpu, operations_work_on_every_size)
{
	TEST_OPS(var8, 0xff);
	TEST_OPS(var16, 0xffff);
	TEST_OPS(var32, 0xffffffffu);
	TEST_OPS(var64, ~0ull);
}

KTEST(percpu, bits_are_set_and_cleared)
{
	this_cpu_write(var8, 0x0f);
	this_cpu_or(var8, 0xf0);
	this_cpu_and(var8, 0x3c);
	EXPECT_EQ(this_cpu_read(var8), 0x3c);
	this_cpu_write(var32, 0xffff0000);
	this_cpu_and(var32, 0x0ff00fff);
	this_cpu_or(var32, 1);
	EXPECT_EQ(this_cpu_read(var32), 0x0ff00001);
}

/* The bytes around a small variable must stay as they are. */
KTEST(percpu, small_operations_leave_their_neighbours_alone)
{
	static DEFINE_PER_CPU(u8, bytes[8]);
	u8 *mine = raw_cpu_ptr(&bytes[0]);

	memset(mine, 0xaa, 8);
	this_cpu_write(bytes[3], 1);
	this_cpu_add(bytes[3], 0xff);
	this_cpu_xchg(bytes[4], 7);
	this_cpu_cmpxchg(bytes[4], 7, 8);
	EXPECT_TRUE(mine[2] == 0xaa && mine[3] == 0 && mine[4] == 8 && mine[5] == 0xaa);
}

KTEST(percpu, words_of_eight_bytes_carry_and_stay_whole)
{
	this_cpu_write(var64, 0xffffffffull);
	this_cpu_inc(var64);
	EXPECT_EQ(this_cpu_read(var64), 0x100000000ll);
	this_cpu_sub(var64, 1);
	EXPECT_EQ(this_cpu_read(var64), 0xffffffffll);
	EXPECT_EQ(this_cpu_cmpxchg(var64, 0xffffffffull, 1ull << 40), 0xffffffffll);
	EXPECT_EQ(this_cpu_xchg(var64, 2), 1ll << 40);
	EXPECT_EQ(this_cpu_read(var64), 2);
}

KTEST(percpu, pointers_and_initial_values)
{
	void *here = &here;

	EXPECT_EQ(this_cpu_read(var_int), -5);
	EXPECT_EQ(this_cpu_add_return(var_int, -3), -8);
	this_cpu_add(var_int, 3);
	this_cpu_write(var_ptr, here);
	EXPECT_TRUE(this_cpu_read(var_ptr) == here);
	EXPECT_TRUE(this_cpu_xchg(var_ptr, NULL) == here && !this_cpu_read(var_ptr));
}

KTEST(percpu, get_cpu_var_keeps_the_cpu_until_put)
{
	unsigned int before = preempt_count();

	get_cpu_var(var32) = 41;
	EXPECT_EQ(preempt_count(), before + 1);
	get_cpu_var(var32)++;
	put_cpu_var(var32);
	put_cpu_var(var32);
	EXPECT_EQ(preempt_count(), before);
	EXPECT_EQ(this_cpu_read(var32), 42);
	EXPECT_EQ(get_cpu(), 0);
	EXPECT_EQ(preempt_count(), before + 1);
	put_cpu();
	EXPECT_TRUE(get_cpu_ptr(&var32) == per_cpu_ptr(&var32, 0));
	put_cpu_ptr(&var32);
	EXPECT_EQ(preempt_count(), before);
}

/* --- where things lie --------------------------------------------------------------------- */

KTEST(percpu, offsets_are_arithmetic)
{
	EXPECT_EQ((unsigned long)__per_cpu_start, PERCPU_BASE);
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		EXPECT_EQ(__per_cpu_offset[cpu], (cpu + 1) * PERCPU_UNIT_SIZE);
	for (unsigned int cpu = nr_cpu_ids; cpu < NR_CPUS; cpu++)
		EXPECT_EQ(__per_cpu_offset[cpu], 0);
	EXPECT_STREQ(address_class((unsigned long)&var32), "per-CPU pointer");
	EXPECT_STREQ(address_class((unsigned long)raw_cpu_ptr(&var32)), "per-CPU area");
}

static void read_word(void *arg)
{
	(void)*(volatile u32 *)arg;
}

KTEST(percpu, a_pointer_used_without_a_cpu_faults)
{
	struct caught c;

	EXPECT_REPORT(kernel_fault, catch_run(read_word, &var32, &c));
	EXPECT_EQ(c.address, (unsigned long)&var32);
	EXPECT_FIELD("class", "per-CPU_pointer");
}

KTEST(percpu, the_data_of_a_cpu_that_is_not_there_faults)
{
	unsigned long va =
		(unsigned long)percpu_unit(NR_CPUS - 1) + ((unsigned long)&var32 - PERCPU_BASE);
	struct caught c;

	SKIP_UNLESS(!__per_cpu_offset[NR_CPUS - 1], "all CPUs are there");
	EXPECT_REPORT(kernel_fault, catch_run(read_word, (void *)va, &c));
	EXPECT_FIELD("class", "per-CPU_area");
}

/* --- K8 ----------------------------------------------------------------------------------- */

KTEST(percpu, a_cpu_that_is_not_there_is_named)
{
	volatile unsigned int none = NR_CPUS;
	const u32 *p;

	SKIP_UNLESS(DEBUG_BUILD, "only the checking build looks");
	EXPECT_REPORT(percpu_no_cpu, p = per_cpu_ptr(&var32, none));
	EXPECT_TRUE(p == &var32);
	EXPECT_FIELD("no_cpu", "8");
	EXPECT_FIELD_HERE("caller");
	SKIP_UNLESS(nr_cpu_ids < NR_CPUS, "all CPUs are there");
	EXPECT_REPORT(percpu_no_cpu, p = per_cpu_ptr(&var32, NR_CPUS - 1));
	EXPECT_FIELD("no_cpu", "7");
}

KTEST(percpu, use_while_the_cpu_could_change_is_named)
{
	unsigned long flags;

	SKIP_UNLESS(DEBUG_BUILD, "only the checking build looks");
	EXPECT_REPORT(percpu_may_move, (void)smp_processor_id());
	EXPECT_FIELD("what", "smp_processor_id");
	EXPECT_FIELD_HERE("caller");
	EXPECT_REPORT(percpu_may_move, (void)this_cpu_ptr(&var32));
	EXPECT_FIELD("what", "this_cpu_ptr");
	EXPECT_REPORT(percpu_may_move, __this_cpu_inc(var32));
	EXPECT_REPORT(percpu_may_move, __this_cpu_write(var32, 0));
	EXPECT_FIELD("what", "__this_cpu_write");
	EXPECT_REPORT(percpu_may_move, (void)__this_cpu_read(var32));
	/* none of these may be told about */
	this_cpu_inc(var32);
	(void)raw_cpu_ptr(&var32);
	(void)raw_smp_processor_id();
	preempt_disable();
	__this_cpu_inc(var32);
	preempt_enable();
	flags = local_irq_save();
	(void)this_cpu_ptr(&var32);
	local_irq_restore(flags);
}

/* --- allocation --------------------------------------------------------------------------- */

static size_t used_bytes(void)
{
	struct percpu_stats s;

	percpu_get_stats(&s);
	return s.used_bytes;
}

KTEST(percpu, alloc_gives_a_zeroed_copy_on_every_cpu)
{
	struct words {
		u32 w[9];
	} *p = alloc_percpu(struct words);

	ASSERT_TRUE(p);
	EXPECT_STREQ(address_class((unsigned long)p), "per-CPU pointer");
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		for (int i = 0; i < 9; i++)
			EXPECT_EQ(per_cpu_ptr(p, cpu)->w[i], 0);
	this_cpu_add(p->w[8], 3);
	this_cpu_inc(p->w[8]);
	EXPECT_EQ(per_cpu_ptr(p, 0)->w[8], 4);
	EXPECT_SOUND(percpu_check());
	free_percpu(p);
}

KTEST(percpu, memory_that_was_used_comes_back_zeroed)
{
	u32 *p = alloc_percpu(u32), *q;

	ASSERT_TRUE(p);
	this_cpu_write(*p, 0xdeadbeef);
	free_percpu(p);
	q = alloc_percpu(u32);
	EXPECT_TRUE(q == p); /* first fit */
	EXPECT_EQ(this_cpu_read(*q), 0);
	free_percpu(q);
}

KTEST(percpu, alignment_is_what_was_asked_for)
{
	void *held[10];

	for (unsigned int i = 0; i < ARRAY_SIZE(held); i++) {
		size_t align = 8ul << i;

		held[i] = __alloc_percpu(24, align);
		EXPECT_TRUE(held[i] && (unsigned long)per_cpu_ptr(held[i], 0) % align == 0);
	}
	EXPECT_SOUND(percpu_check());
	for (unsigned int i = 0; i < ARRAY_SIZE(held); i++)
		free_percpu(held[i]);
}

KTEST(percpu, sizes_are_rounded_to_granules_and_counted)
{
	size_t before = used_bytes();
	void *a = __alloc_percpu(1, 1), *b = __alloc_percpu(17, 1), *c = __alloc_percpu(4096, 64);

	EXPECT_EQ(used_bytes() - before, 16 + 32 + 4096);
	free_percpu(b);
	EXPECT_EQ(used_bytes() - before, 16 + 4096);
	free_percpu(a);
	free_percpu(c);
	EXPECT_EQ(used_bytes(), before);
}

KTEST(percpu, pieces_larger_than_a_page_are_contiguous)
{
	u8 *p = __alloc_percpu(PERCPU_MAX_SIZE, PAGE_SIZE), *mine;

	SKIP_UNLESS(p || totalram_pages() < 4096, "no memory");
	ASSERT_TRUE(p);
	mine = per_cpu_ptr(p, 0);
	for (unsigned int i = 0; i < PERCPU_MAX_SIZE; i++)
		EXPECT_EQ(mine[i], 0);
	memset(mine, 0x55, PERCPU_MAX_SIZE);
	EXPECT_SOUND(percpu_check());
	free_percpu(p);
}

KTEST(percpu, first_fit_fills_the_lowest_hole)
{
	void *p[5];

	for (int i = 0; i < 5; i++)
		p[i] = __alloc_percpu(64, 64);
	free_percpu(p[1]);
	free_percpu(p[3]);
	EXPECT_TRUE(__alloc_percpu(64, 64) == p[1]);
	EXPECT_TRUE(__alloc_percpu(48, 64) == p[3]);
	for (int i = 0; i < 5; i++)
		free_percpu(p[i]);
}

KTEST(percpu, units_grow_page_by_page_and_shrink_again)
{
	struct percpu_stats before, full, after;
	void *held[40];

	percpu_shrink();
	percpu_get_stats(&before);
	for (int i = 0; i < 40; i++)
		held[i] = __alloc_percpu(1024, 1024);
	percpu_get_stats(&full);
	EXPECT_TRUE(full.nr_populated >= before.nr_populated + 9);
	EXPECT_SOUND(percpu_check());
	for (int i = 0; i < 40; i++)
		free_percpu(held[i]);
	percpu_get_stats(&after);
	EXPECT_EQ(after.nr_populated, full.nr_populated);
	EXPECT_TRUE(percpu_shrink() >= 9 * nr_cpu_ids);
	percpu_get_stats(&after);
	EXPECT_EQ(after.nr_populated, before.nr_populated);
	EXPECT_SOUND(percpu_check());
}

KTEST(percpu, a_full_unit_says_no_and_recovers)
{
	static void *held[PERCPU_UNIT_SIZE / PERCPU_MAX_SIZE];
	unsigned int n = 0;

	SKIP_UNLESS(totalram_pages() >= 8192, "less than 32 MiB");
	while (n < ARRAY_SIZE(held) &&
	       (held[n] = __alloc_percpu_gfp(PERCPU_MAX_SIZE, 16, GFP_KERNEL | __GFP_NOWARN)))
		n++;
	EXPECT_TRUE(n >= 24 && n < ARRAY_SIZE(held));
	EXPECT_SOUND(percpu_check());
	while (n)
		free_percpu(held[--n]);
	EXPECT_SOUND(percpu_check());
}

KTEST(percpu, free_of_null_does_nothing)
{
	free_percpu(NULL);
}

KTEST(percpu, random_operations_keep_copies_apart)
{
	static struct {
		u32 *p;
		size_t words;
		u32 tag;
	} held[64];

	for (int op = 0; op < 2000; op++) {
		unsigned int k = ktest_below(ARRAY_SIZE(held));

		if (held[k].p) {
			for (size_t w = 0; w < held[k].words; w++)
				if (per_cpu_ptr(held[k].p, 0)[w] != held[k].tag)
					ktest_fail(__FILE__, __LINE__, "a word was overwritten");
			free_percpu(held[k].p);
			held[k].p = NULL;
			continue;
		}
		held[k].words = 1 + ktest_below(ktest_below(8) ? 30 : 600);
		held[k].tag = ktest_random();
		held[k].p = __alloc_percpu(held[k].words * 4, 4ul << ktest_below(6));
		for (size_t w = 0; held[k].p && w < held[k].words; w++)
			per_cpu_ptr(held[k].p, 0)[w] = held[k].tag;
		if (op % 256 == 0)
			EXPECT_SOUND(percpu_check());
	}
	for (unsigned int k = 0; k < ARRAY_SIZE(held); k++) {
		free_percpu(held[k].p);
		held[k].p = NULL;
	}
	EXPECT_SOUND(percpu_check());
}

KTEST(percpu, interrupts_may_free)
{
	u32 *p = alloc_percpu(u32);
	unsigned long flags = local_irq_save();

	preempt_count_add(HARDIRQ_OFFSET, _THIS_IP_);
	free_percpu(p);
	p = alloc_percpu_gfp(u32, GFP_ATOMIC);
	EXPECT_TRUE(p);
	free_percpu(p);
	preempt_count_sub(HARDIRQ_OFFSET);
	local_irq_restore(flags);
}

/* --- failure ------------------------------------------------------------------------------ */

/* Fail each page allocation of a piece that needs several: nothing is lost, nothing half done. */
KTEST(percpu, every_page_that_is_missing_unwinds_the_whole)
{
	unsigned long nth;
	void *p = NULL;

	for (nth = 1; nth < 40 && !p; nth++) {
		size_t before = used_bytes();

		percpu_shrink();
		fail_arm(FAIL_alloc_pages, nth);
		p = __alloc_percpu_gfp(3 * PAGE_SIZE, 16, GFP_KERNEL | __GFP_NOWARN);
		fail_arm(FAIL_alloc_pages, 0);
		EXPECT_EQ(used_bytes() - before, p ? 3 * PAGE_SIZE : 0);
		EXPECT_SOUND(percpu_check());
	}
	EXPECT_TRUE(p && nth > 3);
	free_percpu(p);
}

KTEST(percpu, injected_failure_comes_on_time)
{
	u32 *p;

	fail_arm(FAIL_alloc_percpu, 2);
	p = alloc_percpu(u32);
	EXPECT_TRUE(p);
	EXPECT_TRUE(!alloc_percpu(u32));
	free_percpu(p);
}

/* --- K7: misuse --------------------------------------------------------------------------- */

KTEST(percpu, double_free_is_refused)
{
	u32 *p = alloc_percpu(u32), *q = alloc_percpu(u32);
	size_t before;

	free_percpu(p);
	before = used_bytes();
	EXPECT_REPORT(double_free, free_percpu(p));
	EXPECT_FIELD("what", "percpu");
	EXPECT_FIELD("action", "refused");
	EXPECT_FIELD_HERE("caller");
	EXPECT_FIELD_HERE("first_free");
	EXPECT_FIELD_HERE("alloc");
	EXPECT_EQ(used_bytes(), before);
	EXPECT_SOUND(percpu_check());
	free_percpu(q);
}

KTEST(percpu, free_of_an_interior_pointer_is_refused)
{
	u8 *p = __alloc_percpu(100, 16);
	char start[16];
	size_t before = used_bytes();

	ASSERT_TRUE(p);
	snprintf(start, sizeof(start), "0x%08lx", (unsigned long)p);
	EXPECT_REPORT(percpu_bad_free, free_percpu(p + 1));
	EXPECT_FIELD("what", "interior");
	EXPECT_FIELD("start", start);
	EXPECT_FIELD("size", "112");
	EXPECT_FIELD_HERE("alloc");
	EXPECT_FIELD_HERE("caller");
	EXPECT_REPORT(percpu_bad_free, free_percpu(p + 96));
	EXPECT_FIELD("what", "interior");
	EXPECT_FIELD("start", start);
	EXPECT_EQ(used_bytes(), before);
	EXPECT_SOUND(percpu_check());
	free_percpu(p);
}

KTEST(percpu, alloc_in_an_interrupt_that_may_sleep_is_told)
{
	unsigned long told;
	void *p, *q;

	preempt_count_add(HARDIRQ_OFFSET, _THIS_IP_);
	EXPECT_REPORT(sleep_in_atomic, p = __alloc_percpu(8, 8));
	EXPECT_FIELD("what", "alloc_percpu");
	EXPECT_FIELD("context", "interrupt");
	EXPECT_FIELD_HERE("caller");
	told = report_count();
	q = __alloc_percpu_gfp(8, 8, GFP_ATOMIC);
	EXPECT_EQ(report_count(), told);
	preempt_count_sub(HARDIRQ_OFFSET);
	EXPECT_TRUE(p && q);
	free_percpu(p);
	free_percpu(q);
}

KTEST(percpu, free_of_what_is_no_allocation_is_refused)
{
	u32 *p = alloc_percpu(u32);

	EXPECT_REPORT(percpu_bad_free, free_percpu(&var32));
	EXPECT_FIELD("what", "static_variable");
	EXPECT_REPORT(percpu_bad_free, free_percpu(&p));
	EXPECT_FIELD("what", "no_percpu_pointer");
	EXPECT_REPORT(percpu_bad_free, free_percpu(per_cpu_ptr(p, 0)));
	EXPECT_FIELD("what", "a_cpus_copy");
	EXPECT_FIELD("copy_of_cpu", "0");
	EXPECT_REPORT(percpu_bad_free, free_percpu((void *)(PERCPU_BASE - 1)));
	EXPECT_FIELD("what", "no_percpu_pointer");
	EXPECT_REPORT(percpu_bad_free, free_percpu((void *)(PERCPU_UNITS - PERCPU_GRANULE)));
	EXPECT_FIELD("what", "never_allocated");
	EXPECT_FIELD("alloc", "?");
	EXPECT_SOUND(percpu_check());
	free_percpu(p);
}

KTEST(percpu, impossible_sizes_and_alignments_are_refused)
{
	size_t before = used_bytes();

	EXPECT_REPORT(percpu_bad_alloc, EXPECT_TRUE(!__alloc_percpu(0, 8)));
	EXPECT_FIELD("what", "size");
	EXPECT_FIELD_HERE("caller");
	EXPECT_REPORT(percpu_bad_alloc, EXPECT_TRUE(!__alloc_percpu(PERCPU_MAX_SIZE + 1, 8)));
	EXPECT_FIELD("size", "32769");
	EXPECT_REPORT(percpu_bad_alloc, EXPECT_TRUE(!__alloc_percpu(~(size_t)0, 8)));
	EXPECT_REPORT(percpu_bad_alloc, EXPECT_TRUE(!__alloc_percpu(8, 0)));
	EXPECT_FIELD("what", "align");
	EXPECT_REPORT(percpu_bad_alloc, EXPECT_TRUE(!__alloc_percpu(8, 24)));
	EXPECT_REPORT(percpu_bad_alloc, EXPECT_TRUE(!__alloc_percpu(8, 2 * PAGE_SIZE)));
	EXPECT_REPORT(percpu_bad_alloc, EXPECT_TRUE(!__alloc_percpu_gfp(8, 8, GFP_DMA)));
	EXPECT_FIELD("what", "gfp");
	EXPECT_EQ(used_bytes(), before);
}

/* --- other CPUs --------------------------------------------------------------------------- */

/* Play a machine with more CPUs: make their areas as bring-up will, then take them away again. */
static unsigned int real_cpus;

static bool add_cpus(unsigned int upto)
{
	real_cpus = nr_cpu_ids;
	for (unsigned int cpu = real_cpus; cpu < upto; cpu++)
		if (setup_per_cpu_area(cpu, (int)(cpu % nr_node_ids)))
			return false;
	nr_cpu_ids = max(upto, real_cpus);
	return true;
}

static void remove_cpus(void)
{
	for (unsigned int cpu = real_cpus; cpu < NR_CPUS; cpu++)
		if (__per_cpu_offset[cpu])
			free_per_cpu_area(cpu);
	nr_cpu_ids = real_cpus;
}

KTEST(percpu, new_cpus_get_the_template_and_all_allocations)
{
	u32 *before = alloc_percpu(u32), *after;

	ASSERT_TRUE(before);
	this_cpu_write(*before, 77);
	this_cpu_write(var_int, 1);
	ASSERT_TRUE(add_cpus(4));
	after = alloc_percpu(u32);
	for (unsigned int cpu = 1; cpu < nr_cpu_ids; cpu++) {
		EXPECT_EQ(per_cpu(var_int, cpu), -5);
		EXPECT_EQ(per_cpu(cpu_number, cpu), cpu);
		EXPECT_EQ(per_cpu(this_cpu_off, cpu), (cpu + 1) * PERCPU_UNIT_SIZE);
		EXPECT_EQ(*per_cpu_ptr(before, cpu), 0);
		*per_cpu_ptr(before, cpu) = cpu;
		*per_cpu_ptr(after, cpu) = cpu * 10;
	}
	for (unsigned int cpu = 1; cpu < nr_cpu_ids; cpu++)
		EXPECT_TRUE(*per_cpu_ptr(before, cpu) == cpu &&
		            *per_cpu_ptr(after, cpu) == cpu * 10);
	EXPECT_EQ(this_cpu_read(*before), 77);
	EXPECT_SOUND(percpu_check());
	this_cpu_write(var_int, -5);
	free_percpu(before);
	free_percpu(after);
	percpu_shrink();
	remove_cpus();
	EXPECT_SOUND(percpu_check());
}

KTEST(percpu, each_cpus_memory_is_of_its_own_node)
{
	void *p;

	SKIP_UNLESS(nr_node_ids > 1, "one node");
	ASSERT_TRUE(add_cpus(NR_CPUS));
	p = __alloc_percpu(2 * PAGE_SIZE, PAGE_SIZE);
	for (unsigned int cpu = 1; p && cpu < nr_cpu_ids; cpu++) {
		unsigned long va = (unsigned long)per_cpu_ptr(p, cpu);
		int nid = per_cpu(numa_node, cpu);
		const struct zone *zones = NODE_DATA(nid)->node_zones;

		if (zones[ZONE_DMA].present_pages + zones[ZONE_NORMAL].present_pages > 2048)
			EXPECT_EQ(page_to_nid(pfn_to_page(PFN_DOWN(pgwalk(va).pa))), nid);
	}
	free_percpu(p);
	percpu_shrink();
	remove_cpus();
}

KTEST(percpu, a_cpu_without_memory_for_it_leaves_nothing_behind)
{
	unsigned long nth;
	int ret = -ENOMEM;

	EXPECT_EQ(setup_per_cpu_area(NR_CPUS, 0), -EINVAL);
	EXPECT_EQ(setup_per_cpu_area(0, 0), 0);
	SKIP_UNLESS(nr_cpu_ids < NR_CPUS, "all CPUs are there");
	for (nth = 1; nth < 20 && ret; nth++) {
		fail_arm(FAIL_alloc_pages, nth);
		ret = setup_per_cpu_area(NR_CPUS - 1, 0);
		fail_arm(FAIL_alloc_pages, 0);
		EXPECT_TRUE(ret == 0 || ret == -ENOMEM);
		EXPECT_EQ(__per_cpu_offset[NR_CPUS - 1] != 0, ret == 0);
	}
	EXPECT_TRUE(!ret && nth > 3);
	free_per_cpu_area(NR_CPUS - 1);
}

KTEST(percpu, the_list_names_sizes_and_sites)
{
	void *p = __alloc_percpu(48, 16);
	const char *text = command_output("cat /proc/percpuinfo");
	char line[64];

	snprintf(line, sizeof(line), "0x%08lx-0x%08lx      48 ktest_percpu_the_list",
	         (unsigned long)p, (unsigned long)p + 48);
	EXPECT_TRUE(strstr(text, line));
	EXPECT_TRUE(strstr(text, "cpu0: unit 0xfee00000 offset 0x100000"));
	free_percpu(p);
}
