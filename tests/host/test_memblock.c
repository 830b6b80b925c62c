/* SPDX-License-Identifier: MIT */
/* test_memblock.c - the boot allocator against a model of one cell a byte (or 64 bytes), its
 * arrays' growth, its limits and its refusals. */
#include "asm/page.h"
#include "errno.h"
#include "host.h"
#include "mm/memblock.h"
#include "world.h"

/* --- a model ------------------------------------------------------------------------------ */

enum { MAX_CELLS = 4096, NOTHING = -2 };

/* What each cell of [base, base + nr * size) is. */
static struct model {
	u64 base;
	u32 size, nr;
	u64 other;         /* memory outside of the cells */
	s8 mem[MAX_CELLS]; /* node, NUMA_NO_NODE, or NOTHING */
	bool res[MAX_CELLS];
} m;

static void model_init(u64 base, u32 size, u32 nr)
{
	m = (struct model){.base = base, .size = size, .nr = nr};
	memset(m.mem, NOTHING, sizeof(m.mem));
}

static u64 cell_addr(u32 cell)
{
	return m.base + (u64)cell * m.size;
}

static void check_type(const struct memblock_type *type)
{
	CHECK_SOUND(memblock_check(type));
	CHECK(type->cnt <= type->max);
}

static u64 sum_grown(void)
{
	phys_addr_t base, size, sum = 0;

	for (unsigned int k = 0; memblock_grown_array(k, &base, &size); k++)
		sum += size;
	return sum;
}

/* Every cell's first and last byte are what the model says. */
static void compare_with_model(void)
{
	u64 known = m.other, taken = sum_grown();

	check_type(&memblock.memory);
	check_type(&memblock.reserved);
	for (u32 c = 0; c < m.nr; c++) {
		u64 addr = cell_addr(c), last = addr + m.size - 1;

		CHECK_EQ(memblock_is_memory(addr), m.mem[c] != NOTHING);
		CHECK_EQ(memblock_is_memory(last), m.mem[c] != NOTHING);
		CHECK_EQ(memblock_is_reserved(addr), m.res[c]);
		CHECK_EQ(memblock_is_reserved(last), m.res[c]);
		known += m.mem[c] != NOTHING ? m.size : 0;
		taken += m.res[c] ? m.size : 0;
	}
	CHECK_EQ(memblock_phys_mem_size(), known);
	CHECK_EQ(memblock_reserved_size(), taken);
}

static int node_of(u64 addr)
{
	const struct memblock_region *r;

	for_each_memory_region (r)
		if (addr >= r->base && addr - r->base < r->size)
			return r->nid;
	return NOTHING;
}

static void compare_nodes(void)
{
	for (u32 c = 0; c < m.nr; c++)
		CHECK_EQ(node_of(cell_addr(c)), m.mem[c]);
}

/* Cells that one free range holds: memory of one node, not reserved. */
static bool model_free(u32 cell, int nid)
{
	return m.mem[cell] != NOTHING && !m.res[cell] &&
	       (nid == NUMA_NO_NODE || m.mem[cell] == nid);
}

/* memblock_next_free() from the start on gives the model's free cells, maximal, in order. */
static void compare_free_ranges(int nid)
{
	phys_addr_t pos = 0;
	struct free_range r;
	u32 c = 0;

	for (;;) {
		u32 start;

		while (c < m.nr && !model_free(c, nid))
			c++;
		if (c == m.nr)
			break;
		for (start = c; c < m.nr && model_free(c, nid) && m.mem[c] == m.mem[start];)
			c++;
		CHECK(memblock_next_free(&pos, nid, &r));
		CHECK_EQ(r.start, cell_addr(start));
		CHECK_EQ(r.end, cell_addr(c));
		CHECK_EQ(r.nid, m.mem[start]);
		if (host_failed())
			return;
	}
	CHECK(!memblock_next_free(&pos, nid, &r));
}

/* --- random operations -------------------------------------------------------------------- */

static void random_cells(u32 *first, u32 *n)
{
	*first = test_below(m.nr);
	*n = 1 + test_below(min(m.nr - *first, 1 + test_below(m.nr)));
}

static void op_add(u32 first, u32 n)
{
	int nid = (int)test_below(4) - 1;

	memblock_add_node(cell_addr(first), (u64)n * m.size, nid);
	for (u32 c = first; c < first + n; c++)
		if (m.mem[c] == NOTHING)
			m.mem[c] = (s8)nid;
}

static void op_remove(u32 first, u32 n)
{
	memblock_remove(cell_addr(first), (u64)n * m.size);
	memset(m.mem + first, NOTHING, n);
}

static void op_set_node(u32 first, u32 n)
{
	int nid = (int)test_below(3);

	memblock_set_node(cell_addr(first), (u64)n * m.size, nid);
	for (u32 c = first; c < first + n; c++)
		if (m.mem[c] != NOTHING)
			m.mem[c] = (s8)nid;
}

static void op_reserve(u32 first, u32 n)
{
	memblock_reserve(cell_addr(first), (u64)n * m.size);
	memset(m.res + first, true, n);
}

static void op_free(u32 first, u32 n)
{
	bool all = true;

	for (u32 c = first; c < first + n; c++)
		all = all && m.res[c];
	if (all) {
		CHECK_EQ(memblock_phys_free(cell_addr(first), (u64)n * m.size), 0);
		memset(m.res + first, false, n);
		return;
	}
	EXPECT_REPORT(memblock_misuse,
	              CHECK_EQ(memblock_phys_free(cell_addr(first), (u64)n * m.size), -EINVAL));
	CHECK_FIELD("what", "free_unreserved");
}

/* Can [base, base + n) be given out? Byte cells only. */
static bool model_fits(u64 base, u32 n, int nid)
{
	for (u32 c = (u32)(base - m.base); c < base - m.base + n; c++)
		if (c >= m.nr || !model_free(c, nid) || m.mem[c] != m.mem[base - m.base])
			return false;
	return true;
}

/* First fit by trying every address. */
static u64 model_alloc(u32 n, u32 align, u64 start, u64 end, int nid)
{
	for (u64 base = max(start, m.base); base + n <= min(end, m.base + m.nr); base++)
		if (base % align == 0 && base && model_fits(base, n, nid))
			return base;
	return 0;
}

static void op_alloc(u32 first, u32 n)
{
	u64 start = test_chance(2) ? 0 : cell_addr(first);
	u64 end = test_chance(2) ? PHYS_ADDR_MAX : cell_addr(first) + test_below(m.nr);
	u32 size = 1 + test_below(test_chance(4) ? n : 12), align = 1u << test_below(6);
	int nid = (int)test_below(4) - 1;
	u64 want = model_alloc(size, align, start, end, nid);

	CHECK_EQ(memblock_phys_alloc_range_nid(size, align, start, end, nid), want);
	if (want)
		memset(m.res + (want - m.base), true, size);
}

static void random_op(bool alloc)
{
	static void (*const ops[])(u32 first, u32 n) = {op_add,     op_add,  op_remove, op_set_node,
	                                                op_reserve, op_free, op_free,   op_alloc};
	u32 first, n;

	random_cells(&first, &n);
	ops[test_below(alloc ? 8 : 7)](first, n);
}

/* 240 cells make at most 120 regions: the arrays stay as they are. */
TEST(random_operations_agree_with_a_byte_model)
{
	for (u32 round = 0; round < 60 && !host_failed(); round++) {
		memblock_reset();
		model_init(test_chance(2) ? 0x1000 : test_below(64), 1, 40 + test_below(200));
		for (u32 i = 0; i < 300 && !host_failed(); i++) {
			random_op(true);
			compare_with_model();
			compare_free_ranges((int)test_below(4) - 1);
		}
		compare_nodes();
	}
}

/* --- growth ------------------------------------------------------------------------------- */

/* RAM for the arrays at 1 MiB, and the model's window far above it: growth takes the lowest. */
static void start_window(void)
{
	memblock_reset();
	memblock.current_limit = MAXMEM;
	memblock_add_node(MiB(1), MiB(8), 0);
	model_init(MiB(512), 64, MAX_CELLS);
	m.other = MiB(8);
}

/* The arrays that growth took are reserved, mapped RAM and apart from each other. */
static void check_grown(unsigned int at_least)
{
	phys_addr_t base, size, other, other_size;
	unsigned int n = 0;

	for (; memblock_grown_array(n, &base, &size); n++) {
		CHECK(memblock_contains(&memblock.reserved, base, size));
		CHECK(memblock_contains(&memblock.memory, base, size));
		CHECK(base + size <= memblock.current_limit && base % PAGE_SIZE == 0);
		for (unsigned int k = 0; k < n && memblock_grown_array(k, &other, &other_size); k++)
			CHECK(other + other_size <= base || other >= base + size);
	}
	CHECK(n >= at_least);
}

TEST(lists_grow_beyond_128_regions_and_agree_with_the_model)
{
	for (u32 round = 0; round < 6 && !host_failed(); round++) {
		start_window();
		for (u32 i = 0; i < 4000 && !host_failed(); i++) {
			u32 first = test_below(m.nr - 8), n = 1 + test_below(3);

			switch (test_below(8)) {
			case 0:
				op_remove(first, n);
				break;
			case 1:
				op_free(first, 1);
				break;
			case 2:
				op_set_node(first, n);
				break;
			default:
				test_chance(2) ? op_add(first, n) : op_reserve(first, n);
			}
			if (i % 100 == 0)
				compare_with_model();
		}
		compare_with_model();
		compare_nodes();
		CHECK(memblock.memory.cnt > INIT_MEMBLOCK_REGIONS);
		CHECK(memblock.reserved.cnt > INIT_MEMBLOCK_REGIONS);
		CHECK_EQ(memblock.memory.dropped + memblock.reserved.dropped, 0);
		check_grown(4);
	}
}

/* The lowest free memory is what is being reserved just now: the array must not go there. The books
 * tell: reserved bytes are the ranges and the arrays, none counted twice. */
TEST(growth_avoids_the_range_that_is_being_reserved)
{
	u64 sum = 0;

	memblock_reset();
	memblock.current_limit = MAXMEM;
	memblock_add(MiB(1), MiB(8));
	for (u32 i = 0; i < 400 && !host_failed(); i++) {
		phys_addr_t pos = 0;
		struct free_range r;

		do
			REQUIRE(memblock_next_free(&pos, -1, &r));
		while (r.end - r.start < 0x4000);
		memblock_reserve(r.start + 64, 0x2000);
		sum += 0x2000;
		CHECK_EQ(memblock_reserved_size(), sum + sum_grown());
		check_type(&memblock.reserved);
	}
	check_grown(2);
}

TEST(without_memory_to_grow_into_ram_is_dropped_not_invented)
{
	memblock_reset();
	memblock.current_limit = 0; /* nothing is mapped */
	for (u32 i = 0; i < 200; i++)
		memblock_add(MiB(1) + (u64)i * 8192, 4096);
	CHECK_EQ(memblock.memory.cnt, INIT_MEMBLOCK_REGIONS);
	CHECK_EQ(memblock.memory.dropped, 200 - INIT_MEMBLOCK_REGIONS);
	check_type(&memblock.memory);
	for (u32 i = 0; i < 200; i++) {
		CHECK(!memblock_is_memory(MiB(1) + (u64)i * 8192 + 4096));
		CHECK_EQ(memblock_is_memory(MiB(1) + (u64)i * 8192), i < INIT_MEMBLOCK_REGIONS);
	}
}

/* --- one list that cannot grow ------------------------------------------------------------ */

static struct memblock_region few[8];
static struct memblock_type list;

/* 8 regions of 4 KiB, 4 KiB apart: no room for a ninth. */
static void full_list(void)
{
	list = (struct memblock_type){.name = "test", .max = 8, .regions = few};
	for (u32 i = 0; i < 8; i++)
		memblock_add_range(&list, 0x10000 + i * 0x2000, 0x1000, 0);
}

TEST(full_list_gives_up_the_smaller_side_of_a_hole)
{
	full_list();
	CHECK_EQ(memblock_remove_range(&list, 0x10400, 0x100), -ENOMEM);
	CHECK(!memblock_contains(&list, 0x10400, 1));
	CHECK(!memblock_contains(&list, 0x10000, 1) && memblock_contains(&list, 0x10500, 0xb00));
	CHECK_EQ(memblock_remove_range(&list, 0x12c00, 0x100), -ENOMEM);
	CHECK(!memblock_contains(&list, 0x12d00, 1) && memblock_contains(&list, 0x12000, 0xc00));
	check_type(&list);
	CHECK_EQ(list.dropped, 2);
}

TEST(full_list_still_removes_whole_regions)
{
	full_list();
	CHECK_EQ(memblock_remove_range(&list, 0x12000, 0x1000), 0);
	CHECK_EQ(list.cnt, 7);
	CHECK_EQ(memblock_remove_range(&list, 0x14000, 0x3000), 0);
	CHECK_EQ(list.cnt, 5);
	check_type(&list);
}

/* Nothing needs to be split in two here: each border only cuts a region shorter. */
TEST(full_list_cuts_regions_at_both_ends_of_a_removed_range)
{
	full_list();
	memblock_remove_range(&list, 0x10800, 0x2000); /* from within the first into the second */
	check_type(&list);
	CHECK(!memblock_contains(&list, 0x10800, 1));
	CHECK(!memblock_contains(&list, 0x12000, 1));
	CHECK(list.total_size <= 8 * 0x1000 - 0x800);
}

/* Add random ranges until one does not fit. Returns: whether one did not. */
static bool fill_at_random(struct memblock_region *regions, u32 max)
{
	list = (struct memblock_type){.name = "test", .max = max, .regions = regions};
	model_init(0x1000, 1, 200);
	for (u32 i = 0; i < 60; i++) {
		u32 first, n;

		random_cells(&first, &n);
		n = min(n, 4u);
		memset(m.mem + first, 0, n);
		if (memblock_add_range(&list, cell_addr(first), n, 0))
			return true;
		for (u32 c = 0; c < m.nr; c++)
			CHECK_EQ(memblock_contains(&list, cell_addr(c), 1), m.mem[c] != NOTHING);
	}
	return false;
}

TEST(full_list_holds_nothing_that_was_never_added)
{
	static struct memblock_region some[20];

	for (u32 round = 0; round < 200 && !host_failed(); round++) {
		bool cut = fill_at_random(some, 20);

		CHECK_EQ(list.dropped, cut);
		CHECK(list.cnt <= 20);
		for (u32 c = 0; c < m.nr; c++)
			if (memblock_contains(&list, cell_addr(c), 1))
				CHECK(m.mem[c] != NOTHING);
	}
}

TEST(full_list_is_sound_after_a_range_was_cut_short)
{
	static struct memblock_region some[20];

	for (u32 round = 0; round < 200 && !host_failed(); round++) {
		fill_at_random(some, 20);
		check_type(&list);
	}
}

TEST(set_node_that_finds_no_room_leaves_the_list_sound)
{
	memblock_reset();
	memblock.current_limit = 0; /* nothing to grow into */
	for (u32 i = 0; i < INIT_MEMBLOCK_REGIONS - 1; i++)
		memblock_add_node(MiB(1) + (u64)i * 8192, 4096, 0);
	CHECK_EQ(memblock_set_node(MiB(1) + 1024, 1024, 1), -ENOMEM);
	CHECK_SOUND(memblock_check(&memblock.memory));
}

/* --- allocation --------------------------------------------------------------------------- */

static void plain_ram(void)
{
	memblock_reset();
	memblock.current_limit = MAXMEM;
	memblock_add_node(MiB(1), MiB(31), 0);
}

TEST(alloc_takes_the_lowest_range_that_fits)
{
	plain_ram();
	memblock_reserve(MiB(1), 0x3000);
	memblock_reserve(MiB(1) + 0x5000, 0x1000);
	CHECK_EQ(memblock_phys_alloc_range_nid(0x2000, 0x1000, 0, PHYS_ADDR_MAX, -1),
	         MiB(1) + 0x3000);
	CHECK_EQ(memblock_phys_alloc_range_nid(0x2000, 0x1000, 0, PHYS_ADDR_MAX, -1),
	         MiB(1) + 0x6000);
	CHECK_EQ(memblock_phys_alloc_range_nid(1, 1, 0, PHYS_ADDR_MAX, -1), MiB(1) + 0x8000);
	CHECK_EQ(memblock_phys_alloc_range_nid(1, 1, 0, PHYS_ADDR_MAX, -1), MiB(1) + 0x8001);
	CHECK_EQ(memblock_phys_alloc_range_nid(7, 64, 0, PHYS_ADDR_MAX, -1), MiB(1) + 0x8040);
}

TEST(alloc_until_nothing_is_left_covers_every_byte)
{
	u64 sum = 0, pa;

	plain_ram();
	while ((pa = memblock_phys_alloc_range_nid(0x7000 + test_below(0x9000), 1, 0, PHYS_ADDR_MAX,
	                                           -1)))
		sum++;
	CHECK(sum > MiB(31) / 0x10000);
	while ((pa = memblock_phys_alloc_range_nid(1, 1, 0, PHYS_ADDR_MAX, -1)))
		CHECK(memblock_is_memory(pa));
	CHECK_EQ(memblock_reserved_size(), MiB(31));
	CHECK_EQ(memblock.reserved.cnt, 1);
	CHECK_EQ(memblock_phys_alloc_range_nid(1, 1, 0, PHYS_ADDR_MAX, -1), 0);
	CHECK(!memblock_alloc_try(1, 1));
}

TEST(address_zero_is_never_given_out)
{
	memblock_reset();
	memblock_add(0, 0x10000);
	CHECK_EQ(memblock_phys_alloc_range_nid(0x1000, 0x1000, 0, PHYS_ADDR_MAX, -1), 0x1000);
	CHECK_EQ(memblock_phys_alloc_range_nid(16, 1, 0, PHYS_ADDR_MAX, -1), 1);
}

TEST(boot_allocations_are_zeroed_and_leave_the_dma_zone_alone)
{
	u8 *p;

	plain_ram();
	memset(__va(MiB(16)), 0x5a, 0x10000);
	p = memblock_alloc(0x1234, 64);
	CHECK_EQ(__pa(p), MiB(16));
	for (u32 i = 0; i < 0x1234; i++)
		CHECK_EQ(p[i], 0);
	CHECK_EQ(p[0x1234], 0x5a);
	memblock_reserve(MiB(16), MiB(16));
	CHECK(__pa(memblock_alloc(64, 64)) < MiB(16));
}

TEST(alloc_stays_below_the_mapped_limit)
{
	plain_ram();
	memblock.current_limit = MiB(17);
	CHECK(memblock_alloc_try(MiB(1), 4096));
	CHECK(__pa(memblock_alloc(4096, 4096)) < MiB(16));
	CHECK(!memblock_alloc_try(MiB(16), 4096));
}

TEST(alloc_of_a_node_stays_on_the_node)
{
	u64 pa;

	plain_ram();
	memblock_set_node(MiB(4), MiB(2), 1);
	CHECK_EQ(memblock_phys_alloc_range_nid(4096, 4096, 0, PHYS_ADDR_MAX, 1), MiB(4));
	CHECK_EQ(memblock_phys_alloc_range_nid(MiB(3), 4096, 0, PHYS_ADDR_MAX, 1), 0);
	CHECK_EQ(memblock_phys_alloc_range_nid(4096, 4096, 0, PHYS_ADDR_MAX, 2), 0);
	while ((pa = memblock_phys_alloc_range_nid(0x11000, 4096, 0, PHYS_ADDR_MAX, 1)))
		CHECK(pa >= MiB(4) && pa + 0x11000 <= MiB(6));
}

TEST(a_request_near_the_top_of_the_address_space_fails_quietly)
{
	memblock_reset();
	memblock_add(PHYS_ADDR_MAX - 0xffff, 0xffff);
	CHECK_EQ(memblock_phys_alloc_range_nid(0x1000, 1ull << 40, 0, PHYS_ADDR_MAX, -1), 0);
	CHECK_EQ(memblock_phys_alloc_range_nid(PHYS_ADDR_MAX, 1, 0, PHYS_ADDR_MAX, -1), 0);
	CHECK_EQ(memblock_phys_alloc_range_nid(0x1000, 0x1000, 0, PHYS_ADDR_MAX, -1),
	         PHYS_ADDR_MAX - 0xffff);
}

TEST(what_is_free_is_ram_of_any_node_and_not_taken)
{
	plain_ram();
	memblock_set_node(MiB(4), MiB(4), 1);
	memblock_reserve(MiB(16), 0x1000);
	CHECK(memblock_is_free(MiB(1), MiB(15)));
	CHECK(memblock_is_free(MiB(16) + 0x1000, MiB(16) - 0x1000));
	CHECK(!memblock_is_free(MiB(1) - 1, 2));
	CHECK(!memblock_is_free(MiB(1), MiB(15) + 1));
	CHECK(!memblock_is_free(MiB(16) + 0xfff, 1));
	CHECK(!memblock_is_free(MiB(31), MiB(1) + 1));
}

TEST(room_made_beforehand_is_there_without_growth)
{
	phys_addr_t base, size;

	plain_ram();
	CHECK_EQ(memblock_make_room(1000), 0);
	for (unsigned int k = 0; memblock_grown_array(k, &base, &size); k++)
		CHECK(memblock_is_reserved(base));
	size = memblock_reserved_size();
	for (u32 i = 0; i < 1000; i++)
		CHECK_EQ(memblock_reserve(MiB(16) + i * 128, 64), 0);
	CHECK_EQ(memblock_reserved_size(), size + 64000); /* and no new array */
	memblock_reset();
	CHECK_EQ(memblock_make_room(INIT_MEMBLOCK_REGIONS), 0);
	CHECK_EQ(memblock_make_room(INIT_MEMBLOCK_REGIONS + 1), -ENOMEM);
}

/* --- misuse ------------------------------------------------------------------------------- */

TEST(reserving_twice_changes_nothing)
{
	plain_ram();
	for (int i = 0; i < 3; i++) {
		memblock_reserve(MiB(2), 0x5000);
		memblock_reserve(MiB(2) + 0x1000, 0x1000);
	}
	CHECK_EQ(memblock.reserved.cnt, 1);
	CHECK_EQ(memblock_reserved_size(), 0x5000);
}

static noinline void free_wrongly(u64 base, u64 size)
{
	CHECK_EQ(memblock_phys_free(base, size), -EINVAL);
}

TEST(freeing_what_is_not_reserved_is_refused_and_names_the_caller)
{
	plain_ram();
	memblock_reserve(MiB(2), 0x5000);
	EXPECT_REPORT(memblock_misuse, free_wrongly(MiB(2), 0x5001));
	CHECK_FIELD("action", "refused");
	CHECK_FIELD("base", "0x200000");
	CHECK_FIELD_IN("caller", "free_wrongly");
	EXPECT_REPORT(memblock_misuse, free_wrongly(MiB(2) - 1, 2));
	EXPECT_REPORT(memblock_misuse, free_wrongly(MiB(8), 0x1000));
	EXPECT_REPORT(memblock_misuse, free_wrongly(MiB(2), 0));
	CHECK_EQ(memblock_reserved_size(), 0x5000);
	CHECK_EQ(memblock_phys_free(MiB(2) + 0x1000, 0x1000), 0);
	CHECK_EQ(memblock.reserved.cnt, 2);
}

TEST(ranges_that_wrap_are_cut_at_the_top)
{
	memblock_reset();
	memblock_add(PHYS_ADDR_MAX - 0xfff, 0x5000);
	CHECK_EQ(memblock_phys_mem_size(), 0xfff);
	memblock_reserve(PHYS_ADDR_MAX - 0x7ff, PHYS_ADDR_MAX);
	CHECK_EQ(memblock_reserved_size(), 0x7ff);
	memblock_remove(PHYS_ADDR_MAX - 0x7ff, PHYS_ADDR_MAX);
	CHECK_EQ(memblock_phys_mem_size(), 0x800);
	check_type(&memblock.memory);
}

TEST(empty_ranges_say_nothing)
{
	plain_ram();
	memblock_add(MiB(40), 0);
	memblock_reserve(MiB(4), 0);
	memblock_remove(MiB(4), 0);
	memblock_set_node(MiB(4), 0, 3);
	CHECK_EQ(memblock.memory.cnt, 1);
	CHECK_EQ(memblock.reserved.cnt, 0);
	CHECK_SOUND(memblock_check(&memblock.memory));
}

struct request {
	u64 size, align;
};

static noinline void ask_phys(void *arg)
{
	const struct request *r = arg;

	memblock_phys_alloc_range_nid(r->size, r->align, 0, PHYS_ADDR_MAX, -1);
}

static noinline void ask_low(void *arg)
{
	const struct request *r = arg;

	memblock_alloc((size_t)r->size, (size_t)r->align);
}

TEST(size_zero_and_odd_alignments_panic_naming_the_caller)
{
	static const struct request bad[] = {{0, 4096}, {4096, 0}, {4096, 3}, {1, 48}, {0, 0}};

	plain_ram();
	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		struct request r = bad[i];

		EXPECT_PANIC("bad request by ask_phys", ask_phys, &r);
		EXPECT_PANIC("bad request by ask_low", ask_low, &r);
	}
	EXPECT_PANIC("size 0x0 align 0x1000", ask_low, (&(struct request){0, 4096}));
	CHECK_EQ(memblock_reserved_size(), 0);
}

TEST(a_boot_allocation_that_cannot_be_served_panics_naming_the_caller)
{
	plain_ram();
	EXPECT_PANIC("no 104857600 bytes of low memory for ask_low", ask_low,
	             (&(struct request){MiB(100), 64}));
}

static void late_add(void *arg)
{
	memblock_add(MiB(64), *(const u64 *)arg);
}

static void late_add_node(void *arg)
{
	memblock_add_node(MiB(64), *(const u64 *)arg, 0);
}

static void late_remove(void *arg)
{
	memblock_remove(MiB(1), *(const u64 *)arg);
}

static void late_reserve(void *arg)
{
	memblock_reserve(MiB(1), *(const u64 *)arg);
}

static void late_free(void *arg)
{
	memblock_phys_free(MiB(1), *(const u64 *)arg);
}

static void late_set_node(void *arg)
{
	memblock_set_node(MiB(1), *(const u64 *)arg, 1);
}

static void late_alloc(void *arg)
{
	memblock_alloc(*(const u64 *)arg, 64);
}

static void late_alloc_try(void *arg)
{
	memblock_alloc_try(*(const u64 *)arg, 64);
}

static void late_phys_alloc(void *arg)
{
	memblock_phys_alloc_range_nid(*(const u64 *)arg, 64, 0, PHYS_ADDR_MAX, -1);
}

TEST(every_call_after_hand_over_panics_naming_the_caller)
{
	static void (*const calls[])(void *) = {late_add,     late_add_node,  late_remove,
	                                        late_reserve, late_free,      late_set_node,
	                                        late_alloc,   late_alloc_try, late_phys_alloc};
	static const char *const names[] = {"late_add+",     "late_add_node+",  "late_remove+",
	                                    "late_reserve+", "late_free+",      "late_set_node+",
	                                    "late_alloc+",   "late_alloc_try+", "late_phys_alloc+"};
	u64 size = 4096;

	plain_ram();
	memblock_retire();
	for (u32 i = 0; i < ARRAY_SIZE(calls); i++) {
		EXPECT_PANIC("memblock used after hand-over", calls[i], &size);
		CHECK(strstr(host_panic_text(), names[i]));
	}
	CHECK_EQ(memblock_reserved_size(), 0);
	CHECK_EQ(memblock_phys_mem_size(), MiB(31));
}

/* --- growth while the list is at work ------------------------------------------------------ */

/* Ranges of 64 bytes, 128 apart, until the list is full. Returns: where the next would begin. */
static u64 fill_until_it_must_grow(struct memblock_type *type, u64 base, int nid)
{
	for (; type->cnt < type->max; base += 128)
		memblock_add_range(type, base, 64, nid);
	return base;
}

/* The array that `memory` grows into while a range is taken out of it must not lie in that range.
 */
TEST(removing_memory_never_leaves_the_list_in_what_was_removed)
{
	phys_addr_t base, size;

	memblock_reset();
	memblock.current_limit = MAXMEM;
	memblock_add(MiB(1), MiB(1));
	fill_until_it_must_grow(&memblock.memory, MiB(16), 0);
	memblock_remove(MiB(1) + 0x1000, MiB(1) / 2); /* makes one region two: the list grows */
	REQUIRE(memblock_grown_array(0, &base, &size));
	CHECK(memblock_contains(&memblock.memory, base, size));
}

/* One call that fills many gaps between regions of another node, and grows on the way. */
TEST(growth_in_the_middle_of_a_range_keeps_what_was_added_before_it)
{
	struct memblock_type *type = &memblock.memory;
	u64 end;

	memblock_reset();
	memblock.current_limit = MAXMEM;
	memblock_add_node(MiB(1), MiB(1), 0);
	while (type->cnt < type->max - 2)
		memblock_add_node(MiB(16) + (u64)type->cnt * 128, 64, 0);
	end = MiB(16) + (u64)type->cnt * 128;
	CHECK_EQ(memblock_add_node(MiB(16), end - MiB(16), 1), 0);
	check_type(type);
	CHECK(memblock_contains(type, MiB(16), end - MiB(16)));
	CHECK_EQ(type->cnt, 1 + 125 + 126); /* a gap on both sides of each */
}

/* All gaps of a full list are filled: that only joins regions. */
TEST(full_list_takes_ranges_that_join_what_it_has)
{
	u64 end;

	memblock_reset();
	memblock.current_limit = 0; /* nothing to grow into */
	end = fill_until_it_must_grow(&memblock.reserved, MiB(16), NUMA_NO_NODE);
	CHECK_EQ(memblock_reserve(MiB(16), end - MiB(16)), 0);
	CHECK_EQ(memblock.reserved.cnt, 1);
	CHECK_EQ(memblock.reserved.dropped, 0);
	check_type(&memblock.reserved);
}

/* The array that `reserved` grows into can only lie next to the range that made it grow. */
TEST(an_array_next_to_the_range_that_made_the_list_grow_joins_it)
{
	struct memblock_type *type = &memblock.reserved;
	phys_addr_t base, size;

	memblock_reset();
	memblock.current_limit = MAXMEM;
	memblock_add(MiB(1), MiB(1));
	fill_until_it_must_grow(type, MiB(16), NUMA_NO_NODE);
	CHECK_EQ(memblock_reserve(MiB(1), 4096), 0);
	REQUIRE(memblock_grown_array(0, &base, &size));
	CHECK_EQ(base, MiB(1) + 4096);
	CHECK_EQ(type->cnt, INIT_MEMBLOCK_REGIONS + 1);
	check_type(type);
}

/* `memory` and `reserved` are both full when `memory` loses its middle: neither of the two new
 * arrays may lie in what is removed. */
TEST(both_lists_grow_outside_what_is_removed)
{
	phys_addr_t base, size;

	memblock_reset();
	memblock.current_limit = MAXMEM;
	memblock_add(MiB(1), MiB(1));
	fill_until_it_must_grow(&memblock.memory, MiB(16), 0);
	fill_until_it_must_grow(&memblock.reserved, MiB(32), NUMA_NO_NODE);
	CHECK_EQ(memblock_remove(MiB(1) + 0x1000, MiB(1) / 2), 0);
	for (unsigned int k = 0; k < 2; k++) {
		REQUIRE(memblock_grown_array(k, &base, &size));
		CHECK(memblock_contains(&memblock.memory, base, size));
		CHECK(memblock_contains(&memblock.reserved, base, size));
	}
	check_type(&memblock.memory);
	check_type(&memblock.reserved);
}
