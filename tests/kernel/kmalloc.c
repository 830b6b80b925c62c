/* SPDX-License-Identifier: MIT */
/* kmalloc.c - tests of memory of any size. */
#include "helpers.h"
#include "ktest.h"
#include "mm/page_alloc.h"
#include "mm/slab.h"

KTEST(kmalloc, every_class_gives_memory_that_can_be_written)
{
	for (size_t size = 1; size <= 3 * KMALLOC_MAX_CACHE_SIZE; size += size / 8 + 1) {
		u8 *p = kmalloc(size, GFP_KERNEL);

		ASSERT_TRUE(p);
		memset(p, 0x5a, size);
		EXPECT_TRUE(ksize(p) >= size);
		kfree(p);
	}
}

KTEST(kmalloc, freed_object_is_the_next_one_taken)
{
	void *a = kmalloc(64, GFP_KERNEL), *b;

	kfree(a);
	b = kmalloc(64, GFP_KERNEL);
	EXPECT_TRUE(a == b);
	kfree(b);
}

KTEST(kmalloc, double_free_is_refused)
{
	void *p = kmalloc(64, GFP_KERNEL);

	kfree(p);
	EXPECT_REPORT(double_free, kfree(p));
}
