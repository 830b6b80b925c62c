/* SPDX-License-Identifier: MIT */
/* test_vmalloc.c - vmalloc, vmap and ioremap with a software MMU: what addresses lead to, on every
 * CPU, its TLB included, and that nothing is left. */
#include "../../mm/vmalloc_internal.h"
#include "asm/page_ops.h"
#include "asm/tlb.h"
#include "fail.h"
#include "host.h"
#include "mm/debug_pagealloc.h"
#include "mm/ioremap.h"
#include "mm/page_alloc.h"
#include "mm/pgtable.h"
#include "mm/slab.h"
#include "mm/slab_init.h"
#include "mm/vmalloc.h"
#include "mm/vmap_area.h"
#include "vm.h"
#include "world.h"

/* The world keeps its hands off free frames around mem_map; whoever allocates one may use it. */
static void allow_free_frames(void)
{
	for (unsigned long pfn = 1; pfn < max_low_pfn; pfn++)
		if (pfn_valid(pfn) && !PageReserved(pfn_to_page(pfn)))
			host_frame(pfn);
}

static void boot(unsigned int cpus)
{
	struct world w;

	world_small(&w);
	w.cpus = cpus;
	world_build(&w);
	allow_free_frames();
	pat_init();
	kmem_cache_init();
	vmalloc_init();
	vmalloc_set_strict(false);
	if (cpus > 1)
		vm_use_all_cpus();
}

/* Everything that was freed goes back; each CPU drains its own cache. */
static void drain(void)
{
	unsigned int cpu = host_cpu;

	for (host_cpu = 0; host_cpu < nr_cpu_ids; host_cpu++)
		vm_unmap_aliases();
	host_cpu = cpu;
	vm_unmap_aliases();
}

static void check_empty(void)
{
	struct vmalloc_stats s;

	drain();
	s = vmalloc_stats();
	CHECK_EQ(s.areas + s.pages + s.cached + s.lazy, 0);
	CHECK_EQ(nr_kernel_page_tables(), 0);
	CHECK_SOUND(vmalloc_check());
	CHECK_SOUND(vm_tlb_check());
}

/* Write and read back through the MMU of this CPU. Returns: whether every page is there. */
static bool fill(const char *va, unsigned long size, u8 with)
{
	for (unsigned long at = 0; at < size; at += PAGE_SIZE) {
		u8 *byte = vm_touch((unsigned long)va + at);

		if (!byte)
			return false;
		*byte = (u8)(with + at / PAGE_SIZE);
	}
	return true;
}

static unsigned long count_wrong(const char *va, unsigned long size, u8 with)
{
	unsigned long wrong = 0;

	for (unsigned long at = 0; at < size; at += PAGE_SIZE) {
		const u8 *byte = vm_touch((unsigned long)va + at);

		wrong += !byte || *byte != (u8)(with + at / PAGE_SIZE);
	}
	return wrong;
}

TEST(area_is_there_and_nothing_around_it)
{
	char *va;

	boot(1);
	for (unsigned long pages = 1; pages < 90; pages += 1 + pages / 4) {
		va = vmalloc(pages * PAGE_SIZE);
		REQUIRE(va);
		CHECK(fill(va, pages * PAGE_SIZE, 7));
		CHECK(!vm_touch((unsigned long)va - 1));
		CHECK(!vm_touch((unsigned long)va + pages * PAGE_SIZE));
		CHECK_EQ(count_wrong(va, pages * PAGE_SIZE, 7), 0);
		vfree(va);
		CHECK(!vm_touch((unsigned long)va));
		CHECK_SOUND(vmalloc_check());
		CHECK_SOUND(vm_tlb_check());
	}
	check_empty();
}

/* The model: who has which area, filled with what. CPUs take turns, each with its own TLB. */
static void random_life(unsigned int cpus, u32 steps)
{
	enum { SLOTS = 60 };
	struct {
		char *va;
		unsigned long size;
		u8 with;
	} slots[SLOTS] = {{0}};

	boot(cpus);
	for (u32 i = 0; i < steps && !host_failed(); i++) {
		u32 k = test_below(SLOTS);

		host_cpu = test_below(cpus);
		if (!slots[k].va) {
			slots[k].size = (1 + test_below(test_chance(8) ? 200 : 12)) * PAGE_SIZE;
			slots[k].with = (u8)test_random();
			slots[k].va = vmalloc(slots[k].size);
			if (slots[k].va)
				CHECK(fill(slots[k].va, slots[k].size, slots[k].with));
		} else if (test_chance(2)) { /* from another CPU than wrote it, perhaps */
			CHECK_EQ(count_wrong(slots[k].va, slots[k].size, slots[k].with), 0);
		} else {
			vfree(slots[k].va);
			CHECK(!vm_touch(
				(unsigned long)slots[k].va)); /* this CPU has forgotten it */
			slots[k].va = NULL;
		}
		if (i % 16 == 0) {
			CHECK_SOUND(vmalloc_check());
			CHECK_SOUND(vm_tlb_check());
		}
	}
	for (u32 k = 0; k < SLOTS; k++)
		vfree(slots[k].va);
	host_cpu = 0;
	check_empty();
}

TEST(random_areas_on_one_cpu_hold_what_was_written)
{
	random_life(1, 6000);
}

TEST(random_areas_on_four_cpus_reach_no_frame_that_is_free)
{
	random_life(4, 6000);
}

TEST(other_cpus_see_a_freed_area_until_the_purge_but_nobody_elses_frame)
{
	unsigned long size = 80 * PAGE_SIZE;
	struct page *page;
	char *va;

	boot(2);
	va = vmalloc(size);
	REQUIRE(va);
	page = vmalloc_to_page(va);
	host_cpu = 1;
	CHECK(fill(va, size, 3));
	host_cpu = 0;
	vfree(va);
	CHECK(!vm_touch((unsigned long)va));
	CHECK_EQ(page_ref_count(page), 1);
	CHECK_SOUND(vm_tlb_check());
	vm_unmap_aliases();
	host_cpu = 1;
	CHECK(!vm_touch((unsigned long)va));
	host_cpu = 0;
	check_empty();
}

TEST(purge_flushes_the_others_once_for_all_areas)
{
	void *va[8];

	boot(2);
	for (int i = 0; i < 8; i++)
		va[i] = vmalloc_node(20 * PAGE_SIZE, 0);
	host_cpu = 1;
	for (int i = 0; i < 8; i++)
		CHECK(fill(va[i], 20 * PAGE_SIZE, 1));
	host_cpu = 0;
	for (int i = 0; i < 3; i++)
		vfree(va[i]);
	host_cpu = 1;
	CHECK_EQ(vm_tlb_count((unsigned long)va[0], (unsigned long)va[2] + 20 * PAGE_SIZE), 60);
	host_cpu = 0;
	vm_unmap_aliases();
	host_cpu = 1;
	CHECK_EQ(vm_tlb_count((unsigned long)va[0], (unsigned long)va[2] + 20 * PAGE_SIZE), 0);
	host_cpu = 0;
	for (int i = 3; i < 8; i++)
		vfree(va[i]);
	check_empty();
}

TEST(vunmap_reaches_every_cpu_at_once)
{
	struct page *pages[5];
	char *va;

	boot(3);
	for (int i = 0; i < 5; i++)
		pages[i] = alloc_page(GFP_KERNEL | __GFP_HIGHMEM);
	va = vmap(pages, 5, VM_MAP, PAGE_KERNEL);
	REQUIRE(va);
	for (host_cpu = 0; host_cpu < 3; host_cpu++)
		CHECK(fill(va, 5 * PAGE_SIZE, 9));
	host_cpu = 0;
	vunmap(va);
	for (int i = 0; i < 5; i++)
		__free_page(pages[i]);
	CHECK_SOUND(vm_tlb_check());
	check_empty();
}

/* Of so many areas of more than 64 pages that one lies in two tables. */
TEST(a_large_area_comes_back_with_its_frames)
{
	enum { AREAS = 9, SIZE = 70 * PAGE_SIZE };
	char *va[AREAS], *other;

	boot(2);
	for (u32 i = 0; i < AREAS; i++) {
		va[i] = vmalloc(SIZE);
		REQUIRE(va[i] && fill(va[i], SIZE, (u8)i));
	}
	for (u32 i = 0; i < AREAS; i++) {
		vfree(va[i]);
		CHECK_EQ(vmalloc_stats().cached, 70);
		for (unsigned long at = 0; at < SIZE; at += PAGE_SIZE)
			CHECK(!vm_touch((unsigned long)va[i] + at));
		CHECK_SOUND(vmalloc_check());
		EXPECT_REPORT(vfree_twice, vfree(va[i]));
		other = vmalloc(SIZE - PAGE_SIZE);
		CHECK(other && other != va[i] && vmalloc_stats().cached == 70);
		CHECK(vmalloc(SIZE) == va[i]);
		CHECK_EQ(count_wrong(va[i], SIZE, (u8)i), 0);
		CHECK_SOUND(vmalloc_check());
		CHECK_SOUND(vm_tlb_check());
		vfree(other);
		drain();
	}
	for (u32 i = 0; i < AREAS; i++)
		vfree(va[i]);
	check_empty();
}

/* Its addresses stay with the CPU; nothing of its pages does. */
TEST(addresses_of_a_vmap_area_are_kept_and_given_back)
{
	struct page *pages[6];
	char *va;

	boot(2);
	for (int i = 0; i < 6; i++)
		pages[i] = alloc_page(GFP_KERNEL);
	for (u32 round = 0; round < 6; round++) {
		va = vmap(pages + round % 2, 5, VM_MAP, PAGE_KERNEL);
		REQUIRE(va && fill(va, 5 * PAGE_SIZE, (u8)round));
		CHECK(vm_touch((unsigned long)va) == lowmem_page_address(pages[round % 2]));
		CHECK(!vm_touch((unsigned long)va + 5 * PAGE_SIZE));
		CHECK_EQ(vmalloc_space.nr_areas, 1); /* the one that there was */
		vunmap(va);
		CHECK_EQ(vmalloc_space.nr_areas, 1);
		CHECK(!vm_touch((unsigned long)va));
		EXPECT_REPORT(vfree_twice, vunmap(va));
		CHECK_SOUND(vmalloc_check());
		CHECK_SOUND(vm_tlb_check());
	}
	check_empty();
	CHECK_EQ(vmalloc_space.nr_areas, 0);
}

/* Every allocation of vmalloc made to fail, one after the other. */
TEST(failure_at_each_allocation_leaves_nothing)
{
	static const enum fail_site sites[] = {FAIL_alloc_pages, FAIL_slab};

	for (u32 s = 0; s < ARRAY_SIZE(sites); s++) {
		for (unsigned long nth = 1; nth < 200; nth++) {
			unsigned long injected, areas;
			void *va;

			boot(1);
			injected = fail_injected[sites[s]];
			areas = vmalloc_stats().areas;
			fail_arm(sites[s], nth);
			va = __vmalloc(100 * PAGE_SIZE, GFP_KERNEL | __GFP_HIGHMEM | __GFP_NOWARN);
			fail_arm(sites[s], 0);
			if (!va)
				CHECK_EQ(vmalloc_stats().areas, areas);
			vfree(va);
			check_empty();
			if (fail_injected[sites[s]] == injected)
				break;
		}
	}
}

TEST(area_of_many_tables)
{
	unsigned long size = 1500 * PAGE_SIZE;
	char *va;

	boot(1);
	va = vmalloc(size);
	REQUIRE(va);
	CHECK_EQ(find_vm_area(va)->nr_pages, 1500);
	CHECK(fill(va, size, 1));
	vfree(va);
	check_empty();
}

TEST(memory_that_is_short_is_taken_from_what_is_kept)
{
	unsigned long pages = 0;
	void *held[400];
	u32 n = 0;

	boot(1);
	while (n < 400 &&
	       (held[n] = __vmalloc(60 * PAGE_SIZE, GFP_KERNEL | __GFP_HIGHMEM | __GFP_NOWARN)))
		n++;
	pages = n * 60ul;
	while (n)
		vfree(held[--n]);
	while (n < 400 &&
	       (held[n] = __vmalloc(60 * PAGE_SIZE, GFP_KERNEL | __GFP_HIGHMEM | __GFP_NOWARN)))
		n++;
	CHECK(n * 60ul + 120 >= pages);
	while (n)
		vfree(held[--n]);
	check_empty();
}

TEST(misuse_is_refused_and_changes_nothing)
{
	char *va;

	boot(1);
	va = vmalloc(3 * PAGE_SIZE);
	REQUIRE(va);
	EXPECT_REPORT(vfree_invalid, vfree(va + PAGE_SIZE));
	CHECK_FIELD("what", "interior");
	EXPECT_REPORT(vfree_mismatch, vunmap(va));
	EXPECT_REPORT(vmalloc_bad_size, CHECK(!vmalloc(0)));
	EXPECT_REPORT(ioremap_refused, CHECK(!ioremap(MiB(2), 8)));
	CHECK_FIELD("reason", "ram");
	CHECK_SOUND(vmalloc_check());
	vfree(va);
	EXPECT_REPORT(vfree_twice, vfree(va));
	check_empty();
}

TEST(registers_are_mapped_with_their_mode)
{
	unsigned long pfn;
	u64 entry;
	char *va;

	boot(1);
	va = ioremap_wc(0xfd000123, 10);
	REQUIRE(va);
	CHECK_EQ((unsigned long)va & (PAGE_SIZE - 1), 0x123);
	CHECK(vm_walk((unsigned long)va, &pfn, &entry) && pfn == 0xfd000);
	CHECK_EQ(cache_mode_of(entry, false), CACHE_WC);
	EXPECT_REPORT(ioremap_conflict, CHECK(!ioremap(0xfd000fff, 1)));
	iounmap(va);
	check_empty();
}

/* A free frame cannot be touched on this host while debug_pagealloc is on: ASan sees to it. */
TEST(debug_pagealloc_hides_free_frames)
{
	char *va;

	boot(1);
	CHECK_EQ(debug_pagealloc_enable(), 0);
	va = (char *)__get_free_pages(GFP_KERNEL | __GFP_ZERO, 2);
	REQUIRE(va);
	va[3 * PAGE_SIZE] = 1;
	free_pages((unsigned long)va, 2);
	debug_pagealloc_disable();
}
