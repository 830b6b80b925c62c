/* SPDX-License-Identifier: MIT */
/* test_kmalloc.c - sizes, and everything that is no object, address by address. */
#include "../../mm/slab_internal.h"
#include "fail.h"
#include "host.h"
#include "mm/slab.h"
#include "mm/slab_check.h"
#include "mm/slab_init.h"
#include "world.h"

static struct world w;

static void open_pc(void)
{
	w = (struct world){0};
	world_pc(&w, MiB(32));
	w.plain_frames = true;
	world_build(&w);
	kmem_cache_init();
}

TEST(the_class_of_a_size_is_the_smallest_that_holds_it)
{
	open_pc();
	for (size_t size = 1; size <= KMALLOC_MAX_CACHE_SIZE; size++) {
		unsigned int k = kmalloc_index(size);

		CHECK(kmalloc_sizes[k] >= size);
		CHECK(!k || kmalloc_sizes[k - 1] < size);
	}
}

TEST(every_size_has_room_for_itself)
{
	open_pc();
	for (size_t size = 0; size <= 20000; size += 1 + size / 64) {
		char *p = kmalloc(size, GFP_KERNEL), *q = kmalloc(size, GFP_KERNEL);

		if (size) {
			memset(p, 1, size);
			memset(q, 2, size);
			CHECK_EQ(p[size - 1], 1);
			CHECK(ksize(p) >= size);
		} else {
			CHECK(p == ZERO_SIZE_PTR);
		}
		kfree(p);
		kfree(q);
	}
}

/* Is it an object with a user: this case, or the allocator's arrays? */
static bool is_taken(const void *p)
{
	struct slab_place at = slab_locate(p);

	return at.slab && !at.offset && !slab_object_is_free(&at);
}

/* Free every address of a slab but those of the objects: each one is refused. */
TEST(no_address_but_an_object_s_start_is_freed)
{
	static const size_t sizes[] = {8, 32, 96, 192, 1024, 3000, 8192};

	open_pc();
	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		char *p = kmalloc(sizes[i], GFP_KERNEL);
		struct page *head = compound_head(virt_to_page(p));
		char *base = lowmem_page_address(head);
		size_t bytes = PAGE_SIZE << page_order(head);
		unsigned long before = report_count(), refused = 0;
		u32 state = slab_fingerprint();

		for (size_t at = 0; at < bytes; at++) {
			if (is_taken(base + at))
				continue;
			kfree(base + at);
			refused++;
		}
		CHECK_EQ(report_count() - before, refused);
		CHECK_EQ(slab_fingerprint(), state);
		host_allow_reports(before);
		kfree(p);
	}
}

TEST(no_wild_address_is_freed)
{
	unsigned long before;
	u32 state;

	open_pc();
	before = report_count();
	state = slab_fingerprint();
	for (int i = 0; i < 20000; i++) {
		unsigned long va = test_chance(2) ? (unsigned long)host_arena + test_random()
		                                  : (unsigned long)test_random64();
		struct slab_place at = slab_locate((void *)va);

		if (at.slab || !va)
			continue;
		kfree((void *)va);
	}
	CHECK_EQ(slab_fingerprint(), state);
	host_allow_reports(before);
}

TEST(overflowing_products_never_give_a_small_block)
{
	open_pc();
	for (int i = 0; i < 2000; i++) {
		size_t n = test_random64() >> test_below(64),
		       size = test_random64() >> test_below(64);
		unsigned long before = report_count();
		void *p = kcalloc(n, size, GFP_KERNEL | __GFP_NOWARN);

		host_allow_reports(before);
		if (p && p != ZERO_SIZE_PTR) {
			CHECK((unsigned __int128)n * size <= ksize(p));
			kfree(p);
		}
	}
}
