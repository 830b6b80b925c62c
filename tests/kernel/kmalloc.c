/* SPDX-License-Identifier: MIT */
/* kmalloc.c - tests of memory of any size. */
#include "asm/memlayout.h"
#include "catch.h"
#include "fail.h"
#include "helpers.h"
#include "lib/string.h"
#include "lib/vsprintf.h"
#include "mm/page_alloc.h"
#include "mm/slab.h"
#include "mm/slab_check.h"
#include "mm/slab_debug.h"

static bool debugging(void)
{
	return kmalloc_caches[KMALLOC_NORMAL][3]->flags & SLAB_DEBUG_FLAGS;
}

KTEST(kmalloc, every_size_gives_memory_that_can_be_written)
{
	for (size_t size = 1; size <= 5 * KMALLOC_MAX_CACHE_SIZE; size += size / 8 + 1) {
		u8 *p = kmalloc(size, GFP_KERNEL);

		ASSERT_TRUE(p);
		memset(p, 0x5a, size);
		EXPECT_TRUE(ksize(p) >= size);
		kfree(p);
	}
}

KTEST(kmalloc, constant_and_variable_sizes_meet_in_one_class)
{
	volatile size_t size = 200;
	void *a = kmalloc(200, GFP_KERNEL), *b = kmalloc(size, GFP_KERNEL);

	ASSERT_TRUE(a && b);
	EXPECT_TRUE(virt_to_page(a)->slab_cache == virt_to_page(b)->slab_cache);
	EXPECT_STREQ(virt_to_page(a)->slab_cache->name, "kmalloc-256");
	kfree(a);
	kfree(b);
}

KTEST(kmalloc, freed_object_is_the_next_one_taken)
{
	void *a, *b;

	SKIP_UNLESS(!debugging(), "freed objects wait in quarantine");
	a = kmalloc(64, GFP_KERNEL);
	kfree(a);
	b = kmalloc(64, GFP_KERNEL);
	EXPECT_TRUE(a == b);
	kfree(b);
}

KTEST(kmalloc, powers_of_two_are_aligned_to_their_size)
{
	for (size_t size = 8; size <= PAGE_SIZE; size *= 2) {
		void *p[3];

		for (int i = 0; i < 3; i++) {
			p[i] = kmalloc(size, GFP_KERNEL);
			EXPECT_TRUE(IS_ALIGNED((unsigned long)p[i], size));
		}
		for (int i = 0; i < 3; i++)
			kfree(p[i]);
	}
}

KTEST(kmalloc, size_zero_is_a_pointer_of_its_own)
{
	volatile size_t zero = 0;

	EXPECT_TRUE(kmalloc(0, GFP_KERNEL) == ZERO_SIZE_PTR);
	EXPECT_TRUE(kmalloc(zero, GFP_KERNEL) == ZERO_SIZE_PTR);
	EXPECT_EQ(ksize(ZERO_SIZE_PTR), 0);
	kfree(ZERO_SIZE_PTR);
	kfree(NULL);
	EXPECT_EQ(ksize(NULL), 0);
}

KTEST(kmalloc, four_mebibytes_and_no_more)
{
	void *p = kmalloc(KMALLOC_MAX_SIZE, GFP_KERNEL | __GFP_NOWARN);

	EXPECT_REPORT(bad_size, EXPECT_TRUE(!kmalloc(KMALLOC_MAX_SIZE + 1, GFP_KERNEL)));
	EXPECT_FIELD("what", "kmalloc");
	EXPECT_REPORT(bad_size, EXPECT_TRUE(!kmalloc(~(size_t)0, GFP_KERNEL)));
	REQUIRE_LARGE_BLOCK(p);
	EXPECT_EQ(ksize(p), KMALLOC_MAX_SIZE);
	kfree(p);
}

KTEST(kmalloc, large_blocks_cannot_be_freed_as_pages)
{
	void *p = kmalloc(3 * PAGE_SIZE, GFP_KERNEL);

	ASSERT_TRUE(p);
	EXPECT_EQ(ksize(p), 4 * PAGE_SIZE);
	EXPECT_REPORT(free_slab, free_pages((unsigned long)p, 2));
	EXPECT_REPORT(invalid_free, kfree((char *)p + PAGE_SIZE));
	EXPECT_FIELD("offset", "4096");
	EXPECT_REPORT(invalid_free, kfree((char *)p + 8));
	kfree(p);
	EXPECT_REPORT(double_free, kfree(p));
}

KTEST(kmalloc, products_that_overflow_are_refused)
{
	EXPECT_REPORT(bad_size, EXPECT_TRUE(!kcalloc(0x10001, 0x10001, GFP_KERNEL)));
	EXPECT_FIELD("what", "overflow");
	EXPECT_REPORT(bad_size, EXPECT_TRUE(!kmalloc_array(~(size_t)0, 2, GFP_KERNEL)));
	EXPECT_REPORT(bad_size, EXPECT_TRUE(!krealloc_array(NULL, ~(size_t)0, 8, GFP_KERNEL)));
}

KTEST(kmalloc, kzalloc_and_kcalloc_clear)
{
	for (int round = 0; round < 3; round++) {
		u8 *a = kmalloc(120, GFP_KERNEL), *b, *c;

		memset(a, 0xff, 120);
		kfree(a);
		b = kzalloc(120, GFP_KERNEL);
		c = kcalloc(10, 12, GFP_KERNEL);
		ASSERT_TRUE(b && c);
		for (int i = 0; i < 120; i++)
			EXPECT_TRUE(!b[i] && !c[i]);
		kfree(b);
		kfree(c);
	}
}

KTEST(kmalloc, krealloc_keeps_the_content)
{
	u8 *p = NULL;

	for (size_t size = 1; size <= 4 * KMALLOC_MAX_CACHE_SIZE; size *= 2) {
		p = krealloc(p, size, GFP_KERNEL);
		ASSERT_TRUE(p);
		memset(p + size / 2, (u8)size, size - size / 2);
		EXPECT_EQ(p[0], 1);
	}
	for (size_t size = 4 * KMALLOC_MAX_CACHE_SIZE; size; size /= 2)
		p = krealloc(p, size, GFP_KERNEL);
	EXPECT_EQ(p[0], 1);
	EXPECT_TRUE(krealloc(p, 0, GFP_KERNEL) == ZERO_SIZE_PTR);
}

KTEST(kmalloc, krealloc_that_fails_leaves_the_old_object)
{
	char *p = kstrdup("as it was", GFP_KERNEL);

	ASSERT_TRUE(p);
	fail_arm(FAIL_slab, 1);
	EXPECT_TRUE(!krealloc(p, 500, GFP_KERNEL));
	fail_arm(FAIL_slab, 0);
	EXPECT_STREQ(p, "as it was");
	kfree(p);
}

KTEST(kmalloc, kmemdup_and_kstrdup_copy)
{
	static const char text[] = "five words make a text";
	char *a = kmemdup(text, sizeof(text), GFP_KERNEL), *b = kstrdup(text, GFP_KERNEL);

	ASSERT_TRUE(a && b);
	EXPECT_STREQ(a, text);
	EXPECT_STREQ(b, text);
	kfree(a);
	kfree(b);
	EXPECT_TRUE(!kmemdup(NULL, 5, GFP_KERNEL) && !kstrdup(NULL, GFP_KERNEL));
}

KTEST(kmalloc, dma_memory_lies_below_16_mib)
{
	for (size_t size = 8; size <= 4 * KMALLOC_MAX_CACHE_SIZE; size *= 3) {
		void *p = kmalloc(size, GFP_KERNEL | __GFP_DMA);

		ASSERT_TRUE(p);
		EXPECT_TRUE(PFN_DOWN(__pa(p)) < MAX_DMA_PFN);
		kfree(p);
	}
}

KTEST(kmalloc, flags_that_make_no_sense_are_refused)
{
	EXPECT_REPORT(bad_gfp, EXPECT_TRUE(!kmalloc(64, GFP_HIGHUSER)));
	EXPECT_FIELD("conflict", "highmem_object");
	EXPECT_REPORT(bad_gfp, EXPECT_TRUE(!kmalloc(64, GFP_KERNEL | __GFP_MOVABLE)));
	EXPECT_REPORT(bad_gfp, EXPECT_TRUE(!kmalloc(64, GFP_KERNEL | __GFP_COMP)));
	EXPECT_REPORT(bad_gfp, EXPECT_TRUE(!kmalloc(64, 1u << 30)));
	EXPECT_REPORT(bad_gfp, EXPECT_TRUE(!kmalloc(100000, GFP_HIGHUSER)));
	EXPECT_REPORT(bad_gfp, EXPECT_TRUE(!kmalloc(64, __GFP_NOFAIL)));
	EXPECT_FIELD_HERE("caller");
}

KTEST(kmalloc, atomic_requests_work_without_reclaim)
{
	void *p[40];

	for (u32 i = 0; i < ARRAY_SIZE(p); i++) {
		p[i] = kmalloc(1000, GFP_ATOMIC);
		EXPECT_TRUE(p[i]);
	}
	for (u32 i = 0; i < ARRAY_SIZE(p); i++)
		kfree(p[i]);
}

KTEST(kmalloc, out_of_memory_is_null_and_everything_comes_back)
{
	void *small, *large;

	kmem_cache_shrink_all();
	starve();
	small = kmalloc(2048, GFP_KERNEL | __GFP_NOWARN);
	large = kmalloc(100000, GFP_KERNEL | __GFP_NOWARN);
	starve_end();
	EXPECT_TRUE(!small && !large);
	kfree(small);
	kfree(large);
}

KTEST(kmalloc, node_of_choice_is_where_the_object_lies)
{
	pg_data_t *pgdat;

	for_each_online_pgdat (pgdat) {
		void *p = kmalloc_node(96, GFP_KERNEL | __GFP_THISNODE | __GFP_NOWARN,
		                       pgdat->node_id);

		if (!p)
			continue; /* a node without low memory */
		EXPECT_EQ(page_to_nid(virt_to_page(p)), pgdat->node_id);
		kfree(p);
	}
}

/* --- misuse ------------------------------------------------------------------------------- */

/* Run a refused operation: its report, nothing changed, all checkers content. */
#define EXPECT_REFUSED(kind, statement)                                                            \
	do {                                                                                       \
		u32 _before = slab_fingerprint();                                                  \
		const struct kmem_cache *_where;                                                   \
                                                                                                   \
		ktest_expect_begin();                                                              \
		statement;                                                                         \
		ktest_expect_end(__FILE__, __LINE__, REPORT_##kind);                               \
		EXPECT_EQ(slab_fingerprint(), _before);                                            \
		EXPECT_SOUND(slab_check_all(&_where));                                             \
	} while (0)

KTEST(kmalloc, double_free_on_top_of_the_array_is_refused)
{
	void *p = kmalloc(64, GFP_KERNEL);
	char address[16];

	kfree(p);
	EXPECT_REFUSED(double_free, kfree(p));
	EXPECT_FIELD("cache", "kmalloc-64");
	EXPECT_FIELD("action", "refused");
	EXPECT_FIELD_HERE("caller");
	snprintf(address, sizeof(address), "0x%08lx", (unsigned long)p);
	EXPECT_FIELD("obj", address);
}

KTEST(kmalloc, double_free_deep_in_the_array_is_refused)
{
	void *p[20];

	for (u32 i = 0; i < ARRAY_SIZE(p); i++)
		p[i] = kmalloc(192, GFP_KERNEL);
	for (u32 i = 1; i < ARRAY_SIZE(p); i++)
		kfree(p[i]);
	EXPECT_REFUSED(double_free, kfree(p[3]));
	kfree(p[0]); /* kept the slab */
}

KTEST(kmalloc, double_free_of_an_object_back_in_its_slab_is_refused)
{
	void *keep = kmalloc(64, GFP_KERNEL), *p = kmalloc(64, GFP_KERNEL);

	kfree(p);
	kmem_cache_shrink(kmalloc_caches[KMALLOC_NORMAL][3]);
	EXPECT_REFUSED(double_free, kfree(p));
	kfree(keep);
}

KTEST(kmalloc, double_free_of_every_class_is_refused)
{
	static const size_t sizes[] = {8,   16,  32,   64,   96,   128, 192,
	                               256, 512, 1024, 2048, 4096, 8192};

	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
		void *p = kmalloc(sizes[i], GFP_KERNEL);

		kfree(p);
		EXPECT_REFUSED(double_free, kfree(p));
	}
}

KTEST(kmalloc, an_object_that_holds_its_cookie_by_chance_can_be_freed)
{
	unsigned long *p;

	SKIP_UNLESS(!debugging(), "cookies lie behind the objects");
	p = kmalloc(64, GFP_KERNEL);
	ASSERT_TRUE(p);
	*p = (unsigned long)virt_to_page(p)->slab_array;
	kfree(p);
}

KTEST(kmalloc, address_inside_an_object_is_refused)
{
	static const size_t sizes[] = {64, 96, 192, 4096, 8192};
	static const unsigned int offsets[] = {1, 4, 32, 60};

	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
		char *p = kmalloc(sizes[i], GFP_KERNEL);

		for (u32 k = 0; k < ARRAY_SIZE(offsets); k++) {
			char number[8];

			EXPECT_REFUSED(invalid_free, kfree(p + offsets[k]));
			snprintf(number, sizeof(number), "%u", offsets[k]);
			EXPECT_FIELD("offset", number);
		}
		kfree(p);
	}
}

KTEST(kmalloc, addresses_that_are_no_heap_are_refused_by_name)
{
	static int global;
	static const int constant = 1;
	int local;

	EXPECT_REFUSED(not_heap, kfree(&global));
	EXPECT_FIELD("region", "kernel_data");
	EXPECT_REFUSED(not_heap, kfree(&constant));
	EXPECT_FIELD("region", "kernel_rodata");
	EXPECT_REFUSED(not_heap, kfree((void *)kfree));
	EXPECT_FIELD("region", "kernel_text");
	EXPECT_REFUSED(not_heap, kfree(&local));
	EXPECT_REFUSED(not_heap, kfree((void *)0x8048000));
	EXPECT_FIELD("region", "user");
	EXPECT_REFUSED(not_heap, kfree((void *)(VMALLOC_START + 0x3000)));
	EXPECT_FIELD("region", "vmalloc");
	EXPECT_REFUSED(not_heap, kfree((void *)PKMAP_BASE));
	EXPECT_FIELD("region", "pkmap");
	EXPECT_REFUSED(not_heap, kfree((void *)~0ul));
	EXPECT_REFUSED(not_heap, kfree((void *)17));
	EXPECT_FIELD("region", "null");
}

KTEST(kmalloc, a_page_that_is_no_slab_is_refused_by_its_state)
{
	struct page *page = alloc_page(GFP_KERNEL);
	void *p = lowmem_page_address(page);

	EXPECT_REFUSED(not_heap, kfree(p));
	EXPECT_FIELD("region", "allocated");
	__free_page(page);
	drain_all_pages(NULL);
	EXPECT_REFUSED(double_free, kfree(p));
	EXPECT_FIELD("state", "free");
}

static noinline void *large_here(void)
{
	void *p = kmalloc(20000, GFP_KERNEL);

	__asm__ volatile("");
	return p;
}

static noinline void free_here(void *p)
{
	kfree(p);
	__asm__ volatile("");
}

KTEST(kmalloc, a_large_block_freed_twice_names_both_sites)
{
	void *p = large_here();

	ASSERT_TRUE(p);
	free_here(p);
	EXPECT_REFUSED(double_free, kfree(p));
	ktest_expect_field_function(__FILE__, __LINE__, "alloc", "large_here");
	ktest_expect_field_function(__FILE__, __LINE__, "first_free", "free_here");
	EXPECT_FIELD_HERE("caller");
	EXPECT_REFUSED(use_of_freed, EXPECT_EQ(ksize(p), 0));
	EXPECT_FIELD("call", "ksize");
	EXPECT_REFUSED(use_of_freed, EXPECT_TRUE(!krealloc(p, 50000, GFP_KERNEL)));
	EXPECT_FIELD("call", "krealloc");
}

KTEST(kmalloc, ksize_and_krealloc_of_a_freed_object_are_refused)
{
	void *p = kmalloc(100, GFP_KERNEL);

	kfree(p);
	EXPECT_REFUSED(use_of_freed, EXPECT_EQ(ksize(p), 0));
	EXPECT_FIELD("call", "ksize");
	EXPECT_REFUSED(use_of_freed, EXPECT_TRUE(!krealloc(p, 200, GFP_KERNEL)));
	EXPECT_FIELD("call", "krealloc");
	EXPECT_REFUSED(double_free, krealloc(p, 0, GFP_KERNEL));
	EXPECT_REFUSED(not_heap, EXPECT_TRUE(!krealloc(&p, 10, GFP_KERNEL)));
	EXPECT_REFUSED(not_heap, EXPECT_EQ(ksize((void *)0x1000), 0));
}

KTEST(kmalloc, write_to_a_freed_object_is_found_when_it_is_taken)
{
	struct kmem_cache *cache = kmalloc_caches[KMALLOC_NORMAL][5];
	unsigned long *p;
	void *other;

	SKIP_UNLESS(!debugging(), "the debugged caches have cases of their own");
	p = kmalloc(128, GFP_KERNEL);
	if (page_to_nid(virt_to_page(p)) != numa_mem_id()) {
		kfree(p);
		ktest_skip("the object lies on another node: it is not the next to be taken");
		return;
	}
	kfree(p);
	*p ^= 1ul << 7;
	EXPECT_REPORT(use_after_free, other = kmalloc(128, GFP_KERNEL));
	EXPECT_FIELD("hint", "single_bit");
	EXPECT_FIELD("action", "quarantined");
	EXPECT_TRUE(other && other != p);
	EXPECT_EQ(cache->nr_damaged, 1);
	EXPECT_SOUND(slab_check(cache));
	kfree(other);
	EXPECT_EQ(slab_release_damaged(cache), 1);
}

static void touch(void *arg)
{
	*(volatile int *)arg = 1;
}

KTEST(kmalloc, touching_zero_size_memory_is_a_fault_by_that_name)
{
	struct caught caught;

	ktest_expect_begin();
	EXPECT_EQ(catch_run(touch, ZERO_SIZE_PTR, &caught), CAUGHT_FAULT);
	ktest_expect_end(__FILE__, __LINE__, REPORT_kernel_fault);
	EXPECT_FIELD("class", "zero_size_allocation");
}
