/* SPDX-License-Identifier: MIT */
/* memblock.c - two sorted lists of byte ranges, and first fit between them.
 * Owns: memblock. Never frees pages, knows no zones: mem_init.c does.
 * Source: Gorman ch. 5; Knuth TAOCP 1, 2.5 (first fit).
 * Invariants (memblock_check): (1) regions are sorted, disjoint, non-empty; (2) neighbours that
 * touch differ in node; (3) total_size is their sum.
 * They hold between any two changes of an entry, so an operation that finds no room on its way
 * leaves a sound list.
 * Growth: a full array doubles into memory that it finds in itself, excluding the range that is
 * being added or removed. */
#include "mm/memblock.h"
#include "asm/page.h"
#include "bug.h"
#include "errno.h"
#include "lib/string.h"
#include "printk.h"
#include "report.h"

enum { MAX_GROWN = 16 };
#define DMA_GOAL (16ull << 20)

static struct memblock_region memory_regions[INIT_MEMBLOCK_REGIONS];
static struct memblock_region reserved_regions[INIT_MEMBLOCK_REGIONS];

/* Arrays taken from memory by growth; freed with everything else at hand-over. */
static struct {
	phys_addr_t base, size;
} grown[MAX_GROWN];
static unsigned int nr_grown;

struct memblock memblock;

static void type_reset(struct memblock_type *type, const char *name,
                       struct memblock_region *regions)
{
	*type = (struct memblock_type){
		.name = name,
		.max = INIT_MEMBLOCK_REGIONS,
		.regions = regions,
	};
}

void memblock_reset(void)
{
	memblock.current_limit = PHYS_ADDR_MAX;
	memblock.retired = false;
	nr_grown = 0;
	type_reset(&memblock.memory, "memory", memory_regions);
	type_reset(&memblock.reserved, "reserved", reserved_regions);
}

static void check_not_retired(unsigned long caller)
{
	if (unlikely(memblock.retired))
		panic("memblock used after hand-over to the page allocator by %pB", (void *)caller);
}

static phys_addr_t region_end(const struct memblock_region *r)
{
	return r->base + r->size;
}

/* The end of [base, base + size), cut at the top of the physical address type. */
static phys_addr_t range_end(phys_addr_t base, phys_addr_t size)
{
	return size > PHYS_ADDR_MAX - base ? PHYS_ADDR_MAX : base + size;
}

/* Index of the first region that ends above addr. */
static unsigned long first_above(const struct memblock_type *type, phys_addr_t addr)
{
	unsigned long lo = 0, hi = type->cnt;

	while (lo < hi) {
		unsigned long mid = lo + (hi - lo) / 2;

		if (region_end(&type->regions[mid]) > addr)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

static void insert_region(struct memblock_type *type, unsigned long at, phys_addr_t base,
                          phys_addr_t size, int nid)
{
	struct memblock_region *r = &type->regions[at];

	memmove(r + 1, r, (type->cnt - at) * sizeof(*r));
	*r = (struct memblock_region){base, size, nid};
	type->cnt++;
	type->total_size += size;
}

static void delete_region(struct memblock_type *type, unsigned long at)
{
	struct memblock_region *r = &type->regions[at];

	type->total_size -= r->size;
	type->cnt--;
	memmove(r, r + 1, (type->cnt - at) * sizeof(*r));
}

/* The region's new range; the sum follows. */
static void resize_region(struct memblock_type *type, struct memblock_region *r, phys_addr_t base,
                          phys_addr_t end)
{
	type->total_size += end - base - r->size;
	r->base = base;
	r->size = end - base;
}

/* Join region i with the next one if they touch and are of one node. Returns: whether it did. */
static bool join_with_next(struct memblock_type *type, unsigned long i)
{
	struct memblock_region *r = &type->regions[i];
	phys_addr_t end;

	if (i + 1 >= type->cnt || region_end(r) != r[1].base || r->nid != r[1].nid)
		return false;
	end = region_end(r + 1);
	delete_region(type, i + 1);
	resize_region(type, r, r->base, end);
	return true;
}

static void join_all(struct memblock_type *type)
{
	for (unsigned long i = 0; i < type->cnt;)
		if (!join_with_next(type, i))
			i++;
}

/* Search free memory outside [avoid, avoid_end), without reserving it. */
static phys_addr_t find_free(phys_addr_t size, phys_addr_t align, phys_addr_t start,
                             phys_addr_t end, int nid, phys_addr_t avoid, phys_addr_t avoid_end)
{
	struct free_range r;
	phys_addr_t pos = start;

	while (memblock_next_free(&pos, nid, &r) && r.start < end) {
		phys_addr_t base = max(r.start, start), top = min(r.end, end);

		if (base < avoid_end && top > avoid) {
			if (base < avoid) {
				top = avoid;
				pos = avoid_end; /* look behind it next time */
			} else {
				base = avoid_end;
			}
		}
		base = ALIGN(max(base, (phys_addr_t)1), align);
		if (base < top && top - base >= size)
			return base;
	}
	return 0;
}

/* Double the array. The new one is low mapped memory outside [avoid, avoid_end). The entry of
 * `reserved` that it takes for itself is there: in the new array, or by make_room(). */
static bool grow(struct memblock_type *type, phys_addr_t avoid, phys_addr_t avoid_end)
{
	phys_addr_t size = PAGE_ALIGN((phys_addr_t)type->max * 2 * sizeof(*type->regions));
	phys_addr_t base = nr_grown == MAX_GROWN
	                           ? 0
	                           : find_free(size, PAGE_SIZE, 0, memblock.current_limit,
	                                       NUMA_NO_NODE, avoid, avoid_end);

	if (!base)
		return false;
	memcpy(__va(base), type->regions, type->cnt * sizeof(*type->regions));
	type->regions = __va(base);
	type->max = (unsigned long)(size / sizeof(*type->regions));
	grown[nr_grown].base = base;
	grown[nr_grown++].size = size;
	return !memblock_add_range(&memblock.reserved, base, size, NUMA_NO_NODE);
}

/* Room for n more regions, by growth outside [avoid, avoid_end) if there must be: then pointers
 * and indices into the list, and for both lists into `reserved`, are not good any more. A test's
 * own list never grows. */
static bool make_room(struct memblock_type *type, unsigned long n, phys_addr_t avoid,
                      phys_addr_t avoid_end)
{
	while (type->cnt + n > type->max) {
		if (type == &memblock.memory) {
			if (!make_room(&memblock.reserved, 1, avoid, avoid_end))
				return false;
		} else if (type != &memblock.reserved) {
			return false;
		}
		if (!grow(type, avoid, avoid_end))
			return false;
	}
	return true;
}

/* Does the region before region i end at addr, on this node? */
static bool ends_at(const struct memblock_type *type, unsigned long i, phys_addr_t addr, int nid)
{
	const struct memblock_region *r = &type->regions[i];

	return i && region_end(r - 1) == addr && r[-1].nid == nid;
}

/* Does region i begin at addr, on this node? */
static bool begins_at(const struct memblock_type *type, unsigned long i, phys_addr_t addr, int nid)
{
	const struct memblock_region *r = &type->regions[i];

	return i < type->cnt && r->base == addr && r->nid == nid;
}

/* List [base, end), of which nothing is listed: as part of the regions that it touches, else as a
 * region of its own, and only that takes an entry. Returns: false when there is no room for it. */
static bool fill_gap(struct memblock_type *type, phys_addr_t base, phys_addr_t end, int nid)
{
	unsigned long i = first_above(type, base);
	struct memblock_region *r = &type->regions[i];

	if (ends_at(type, i, base, nid)) {
		resize_region(type, r - 1, r[-1].base, end);
		join_with_next(type, i - 1);
	} else if (begins_at(type, i, end, nid)) {
		resize_region(type, r, base, region_end(r));
	} else if (type->cnt < type->max) {
		insert_region(type, i, base, end - base, nid);
	} else {
		return false;
	}
	return true;
}

/* Gap by gap, and the list is sound after each. */
int memblock_add_range(struct memblock_type *type, phys_addr_t base, phys_addr_t size, int nid)
{
	phys_addr_t end = range_end(base, size), pos = base;

	while (pos < end) {
		unsigned long i = first_above(type, pos);
		const struct memblock_region *next = &type->regions[i];
		phys_addr_t gap_end = i < type->cnt ? min(next->base, end) : end;

		if (gap_end <= pos) {
			pos = region_end(next);
			continue;
		}
		if (fill_gap(type, pos, gap_end, nid)) {
			pos = gap_end;
		} else if (!make_room(type, 1, base, end)) {
			type->dropped++;
			return -ENOMEM;
		}
	}
	return 0;
}

/* Does a region reach over addr? Then splitting there takes one more entry. */
static bool is_inside_region(const struct memblock_type *type, phys_addr_t addr)
{
	unsigned long i = first_above(type, addr);

	return i < type->cnt && type->regions[i].base < addr;
}

/* Split regions so that none crosses addr. There must be room. */
static void split_at(struct memblock_type *type, phys_addr_t addr)
{
	unsigned long i = first_above(type, addr);
	struct memblock_region *r = &type->regions[i];
	phys_addr_t end;

	if (!is_inside_region(type, addr))
		return;
	end = region_end(r);
	resize_region(type, r, r->base, addr);
	insert_region(type, i + 1, addr, end - addr, r->nid);
}

/* No room to split around a hole: give up the smaller side, so that nothing wrong stays listed. */
static void drop_smaller_side(struct memblock_type *type, phys_addr_t base, phys_addr_t end)
{
	struct memblock_region *r = &type->regions[first_above(type, base)];

	type->dropped++;
	if (base - r->base < region_end(r) - end)
		resize_region(type, r, end, region_end(r));
	else
		resize_region(type, r, r->base, base);
}

/* Does one region reach over both ends? Then taking [base, end) out makes it two. */
static bool is_hole(const struct memblock_type *type, phys_addr_t base, phys_addr_t end)
{
	const struct memblock_region *r = &type->regions[first_above(type, base)];

	return is_inside_region(type, base) && region_end(r) > end;
}

int memblock_remove_range(struct memblock_type *type, phys_addr_t base, phys_addr_t size)
{
	phys_addr_t end = range_end(base, size);
	unsigned long i;

	if (base >= end)
		return 0;
	if (is_hole(type, base, end)) {
		if (!make_room(type, 1, base, end)) {
			drop_smaller_side(type, base, end);
			return -ENOMEM;
		}
		split_at(type, end);
	}
	for (i = first_above(type, base); i < type->cnt && type->regions[i].base < end;) {
		struct memblock_region *r = &type->regions[i];

		if (r->base < base) {
			resize_region(type, r, r->base, base);
			i++;
		} else if (region_end(r) > end) {
			resize_region(type, r, end, region_end(r));
		} else {
			delete_region(type, i);
		}
	}
	return 0;
}

bool memblock_contains(const struct memblock_type *type, phys_addr_t base, phys_addr_t size)
{
	phys_addr_t end = range_end(base, size);

	for (unsigned long i = first_above(type, base); i < type->cnt && base < end; i++) {
		if (type->regions[i].base > base)
			return false;
		base = region_end(&type->regions[i]);
	}
	return base >= end;
}

int memblock_add_node(phys_addr_t base, phys_addr_t size, int nid)
{
	check_not_retired(_RET_IP_);
	return memblock_add_range(&memblock.memory, base, size, nid);
}

int memblock_add(phys_addr_t base, phys_addr_t size)
{
	check_not_retired(_RET_IP_);
	return memblock_add_range(&memblock.memory, base, size, NUMA_NO_NODE);
}

int memblock_remove(phys_addr_t base, phys_addr_t size)
{
	check_not_retired(_RET_IP_);
	return memblock_remove_range(&memblock.memory, base, size);
}

int memblock_reserve(phys_addr_t base, phys_addr_t size)
{
	check_not_retired(_RET_IP_);
	return memblock_add_range(&memblock.reserved, base, size, NUMA_NO_NODE);
}

int memblock_make_room(unsigned long n)
{
	check_not_retired(_RET_IP_);
	return make_room(&memblock.reserved, n, 0, 0) ? 0 : -ENOMEM;
}

int memblock_phys_free(phys_addr_t base, phys_addr_t size)
{
	check_not_retired(_RET_IP_);
	if (size && memblock_contains(&memblock.reserved, base, size))
		return memblock_remove_range(&memblock.reserved, base, size);
	report(REPORT_memblock_misuse, (unsigned long)base, _RET_IP_, "refused",
	       "what=free_unreserved base=0x%llx size=0x%llx", base, size);
	return -EINVAL;
}

int memblock_set_node(phys_addr_t base, phys_addr_t size, int nid)
{
	struct memblock_type *type = &memblock.memory;
	phys_addr_t end = range_end(base, size);
	unsigned long i;

	check_not_retired(_RET_IP_);
	if (base >= end)
		return 0;
	if (!make_room(type, is_inside_region(type, base) + is_inside_region(type, end), 0, 0))
		return -ENOMEM;
	split_at(type, base);
	split_at(type, end);
	for (i = first_above(type, base); i < type->cnt && type->regions[i].base < end; i++)
		type->regions[i].nid = nid;
	join_all(type);
	return 0;
}

bool memblock_next_free(phys_addr_t *pos, int nid, struct free_range *out)
{
	const struct memblock_type *mem = &memblock.memory, *res = &memblock.reserved;

	for (unsigned long i = first_above(mem, *pos); i < mem->cnt; i++) {
		const struct memblock_region *m = &mem->regions[i];
		phys_addr_t start = max(m->base, *pos), end = region_end(m);
		unsigned long k = first_above(res, start);

		if (nid != NUMA_NO_NODE && m->nid != nid)
			continue;
		for (; k < res->cnt && res->regions[k].base <= start; k++)
			start = region_end(&res->regions[k]);
		if (start >= end)
			continue;
		if (k < res->cnt)
			end = min(end, res->regions[k].base);
		*out = (struct free_range){start, end, m->nid};
		*pos = end;
		return true;
	}
	return false;
}

static phys_addr_t alloc_range(phys_addr_t size, phys_addr_t align, phys_addr_t start,
                               phys_addr_t end, int nid, unsigned long caller)
{
	phys_addr_t base;

	check_not_retired(caller);
	if (!size || !align || align & (align - 1))
		panic("memblock: bad request by %pB: size 0x%llx align 0x%llx", (void *)caller,
		      size, align);
	base = find_free(size, align, start, end, nid, 0, 0);
	if (base && memblock_add_range(&memblock.reserved, base, size, NUMA_NO_NODE))
		return 0;
	return base;
}

phys_addr_t memblock_phys_alloc_range_nid(phys_addr_t size, phys_addr_t align, phys_addr_t start,
                                          phys_addr_t end, int nid)
{
	return alloc_range(size, align, start, end, nid, _RET_IP_);
}

static void *alloc_low(size_t size, size_t align, unsigned long caller)
{
	phys_addr_t limit = min(memblock.current_limit, (phys_addr_t)MAXMEM), pa;

	pa = alloc_range(size, align, DMA_GOAL, limit, NUMA_NO_NODE, caller);
	if (!pa)
		pa = alloc_range(size, align, 0, limit, NUMA_NO_NODE, caller);
	return pa ? memset(__va(pa), 0, size) : NULL;
}

void *memblock_alloc_try(size_t size, size_t align)
{
	return alloc_low(size, align, _RET_IP_);
}

void *memblock_alloc(size_t size, size_t align)
{
	void *va = alloc_low(size, align, _RET_IP_);

	if (!va)
		panic("memblock: no %zu bytes of low memory for %pB", size, (void *)_RET_IP_);
	return va;
}

phys_addr_t memblock_phys_mem_size(void)
{
	return memblock.memory.total_size;
}

phys_addr_t memblock_reserved_size(void)
{
	return memblock.reserved.total_size;
}

phys_addr_t memblock_end_of_DRAM(void)
{
	const struct memblock_type *mem = &memblock.memory;

	return mem->cnt ? region_end(&mem->regions[mem->cnt - 1]) : 0;
}

bool memblock_is_memory(phys_addr_t pa)
{
	return memblock_contains(&memblock.memory, pa, 1);
}

bool memblock_is_reserved(phys_addr_t pa)
{
	return memblock_contains(&memblock.reserved, pa, 1);
}

bool memblock_is_free(phys_addr_t base, phys_addr_t size)
{
	const struct memblock_type *res = &memblock.reserved;
	unsigned long i = first_above(res, base);

	return memblock_contains(&memblock.memory, base, size) &&
	       (i == res->cnt || res->regions[i].base >= range_end(base, size));
}

bool memblock_grown_array(unsigned int k, phys_addr_t *base, phys_addr_t *size)
{
	if (k >= nr_grown)
		return false;
	*base = grown[k].base;
	*size = grown[k].size;
	return true;
}

void memblock_retire(void)
{
	memblock.retired = true;
}

const char *memblock_check(const struct memblock_type *type)
{
	phys_addr_t sum = 0;

	for (unsigned long i = 0; i < type->cnt; i++) {
		const struct memblock_region *r = &type->regions[i], *next = r + 1;

		if (!r->size)
			return "empty region";
		sum += r->size;
		if (i + 1 == type->cnt)
			break;
		if (region_end(r) > next->base)
			return "regions overlap or are not sorted";
		if (region_end(r) == next->base && r->nid == next->nid)
			return "neighbours are not joined";
	}
	return sum == type->total_size ? NULL : "total size is not the sum";
}
