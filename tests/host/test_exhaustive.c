/* SPDX-License-Identifier: MIT */
/* test_exhaustive.c - every sequence of calls up to a depth, on zones of a few pageblocks.
 *
 * Built with five orders: pageblocks of 8 frames, largest blocks of 16. Each case walks the tree of
 * all sequences: at a state it takes every step there is, has the whole state checked against the
 * model of small_zone.c, goes on from there, and puts everything back. A state that was left before
 * with as many steps to go is not walked again: what follows a state depends on it alone. States
 * are told apart by 60 bits of a hash of all that the allocator keeps, the order of its lists
 * included; among a million of them two are taken for one with a chance of one in two million. */
#include "host.h"
#include "lib/bitops.h"
#include "mm/buddy.h"
#include "mm/page_isolation.h"
#include "mm/pageblock.h"
#include "small_zone.h"

_Static_assert(MAX_ORDER == 5, "the trees are measured for five orders");

enum { MOST_FRAMES = 48, MOST_DEPTH = 15, SEEN_BITS = 21, MOST_STATES = 1 << 20 };

enum step_kind { TAKE, GIVE, ISOLATE, REJOIN, RESERVE, UNRESERVE };

/* order and type of a block to take, or the frame of a block or pageblock. */
struct step {
	enum step_kind kind;
	unsigned int order, mt;
	unsigned long pfn;
};

/* Which steps a case has beside taking and giving. */
static struct kit {
	unsigned int types; /* blocks of the first so many migrate types are taken */
	bool isolation;     /* pageblocks are isolated and rejoined */
	bool reserve;       /* pageblocks become the high-order reserve and leave it */
} kit;

static struct step path[MOST_DEPTH];
static unsigned int depth;
static unsigned long nr_steps, nr_states;

/* --- state -------------------------------------------------------------------------------- */

/* All that the zone is, from its first largest block's frame on. */
struct saved {
	struct zone zone;
	s8 owner[MOST_FRAMES];
	u8 types[2 * MOST_FRAMES / pageblock_nr_pages];
	struct page pages[MOST_FRAMES];
};

static unsigned long zone_frames(void)
{
	return sz.end - sz.start;
}

static unsigned long nr_types(void)
{
	return (max_pfn >> pageblock_order) + 1;
}

static void save(struct saved *s)
{
	s->zone = sz.zone;
	memcpy(s->owner, sz.owner, zone_frames());
	memcpy(s->types, pageblock_types, nr_types());
	memcpy(s->pages, pfn_to_page(sz.start), zone_frames() * sizeof(struct page));
}

static void restore(const struct saved *s)
{
	sz.zone = s->zone;
	memcpy(sz.owner, s->owner, zone_frames());
	memcpy(pageblock_types, s->types, nr_types());
	memcpy(pfn_to_page(sz.start), s->pages, zone_frames() * sizeof(struct page));
}

static u64 mix(u64 h, u64 value)
{
	h = (h ^ value) * 0x9e3779b97f4a7c15ull;
	return h ^ h >> 29;
}

static u64 hash_lists(u64 h)
{
	for (unsigned int i = 0; i < MAX_ORDER * MIGRATE_TYPES; i++) {
		const struct list_head *head =
			&sz.zone.free_area[i / MIGRATE_TYPES].free_list[i % MIGRATE_TYPES];
		const struct page *page;

		list_for_each_entry (page, head, lru)
			h = mix(h, page_to_pfn(page) << 8 | i);
	}
	return h;
}

static u64 hash_state(void)
{
	u64 h = 1;

	for (unsigned long pfn = sz.start; pfn < sz.end; pfn++) {
		const struct page *page = pfn_to_page(pfn);

		h = mix(h, page->flags << 8 | (u8)page_ref_count(page));
	}
	for (unsigned long i = 0; i < nr_types(); i++)
		h = mix(h, pageblock_types[i]);
	return hash_lists(h);
}

/* Hashes of the states left, with how many steps were to go then in the low four bits. */
static u64 seen[1 << SEEN_BITS];

/* Was this state left before with as many steps to go? It is now. */
static bool left_before(unsigned int to_go)
{
	u64 key = hash_state() & ~15ull;
	size_t at = key >> (64 - SEEN_BITS);

	while (seen[at] && (seen[at] & ~15ull) != key)
		at = (at + 1) % ARRAY_SIZE(seen);
	if (seen[at] && (seen[at] & 15) >= to_go)
		return true;
	nr_states += !seen[at];
	if (nr_states > MOST_STATES)
		host_bug("more than %d states", MOST_STATES);
	seen[at] = key | to_go;
	return false;
}

/* --- steps -------------------------------------------------------------------------------- */

/* Is there a free block of this order that a request may take? */
static bool model_has(unsigned int order)
{
	for (unsigned long pfn = sz.start; pfn < sz.end; pfn++) {
		unsigned long n = 0;

		if (!IS_ALIGNED(pfn, 1ul << order) || pfn + (1ul << order) > sz.end)
			continue;
		while (n < 1ul << order && !sz.owner[pfn + n - sz.start] &&
		       get_pfnblock_migratetype(pfn + n) < MIGRATE_PCPTYPES)
			n++;
		if (n == 1ul << order)
			return true;
	}
	return false;
}

/* As rmqueue_locked(): the own type first. A block must come if there is one. */
static bool take(unsigned int order, unsigned int mt)
{
	bool possible = model_has(order);
	struct page *page = small_take(order, mt);

	if (!page)
		page = small_take_fallback(order, mt);
	CHECK_EQ(page != NULL, possible);
	return page;
}

static bool give(unsigned long pfn)
{
	int order = sz.owner[pfn - sz.start] - 1;

	if (order < 0)
		return false; /* free, or not the first frame of its block */
	small_give(pfn_to_page(pfn), (unsigned int)order);
	return true;
}

/* The pageblock of a block in hand. */
static bool reserve(unsigned long pfn)
{
	unsigned long before = sz.zone.nr_reserved_highatomic;

	if (sz.owner[pfn - sz.start] > 0)
		reserve_highatomic_pageblock(pfn_to_page(pfn), &sz.zone);
	return sz.zone.nr_reserved_highatomic != before;
}

/* Returns: whether the step could be taken and has changed something. */
static bool do_step(const struct step *s)
{
	switch (s->kind) {
	case TAKE:
		return take(s->order, s->mt);
	case GIVE:
		return give(s->pfn);
	case ISOLATE:
		return !set_migratetype_isolate(pfn_to_page(s->pfn));
	case REJOIN:
		return get_pfnblock_migratetype(s->pfn) == MIGRATE_ISOLATE &&
		       !unset_migratetype_isolate(pfn_to_page(s->pfn), MIGRATE_MOVABLE);
	case RESERVE:
		return reserve(s->pfn);
	case UNRESERVE:
		return unreserve_highatomic_pageblock(&sz.zone, MIGRATE_MOVABLE);
	}
	return false;
}

static void describe_path(void)
{
	static const char *const kinds[] = {"take",   "give",    "isolate",
	                                    "rejoin", "reserve", "unreserve"};

	for (unsigned int i = 0; i < depth; i++) {
		const struct step *s = &path[i];

		if (s->kind == TAKE)
			host_note("  take order %u %s", s->order, migratetype_names[s->mt]);
		else
			host_note("  %s %lu", kinds[s->kind], s->pfn);
	}
}

/* --- the tree ----------------------------------------------------------------------------- */

static void explore(unsigned int to_go);

/* Take one step from the state saved, and every sequence that follows it. */
static void try_step(struct step s, const struct saved *before, unsigned int to_go)
{
	if (host_failed())
		return;
	path[depth++] = s;
	if (do_step(&s)) {
		nr_steps++;
		CHECK_SOUND(small_check());
		if (!left_before(to_go - 1))
			explore(to_go - 1);
		restore(before);
	}
	if (host_failed() && depth) {
		describe_path();
		depth = 0;
	} else {
		depth--;
	}
}

static void try_pageblock_steps(unsigned long pfn, const struct saved *before, unsigned int to_go)
{
	if (!kit.isolation || (pfn > sz.start && !IS_ALIGNED(pfn, pageblock_nr_pages)))
		return;
	try_step((struct step){.kind = ISOLATE, .pfn = pfn}, before, to_go);
	try_step((struct step){.kind = REJOIN, .pfn = pfn}, before, to_go);
}

static void explore(unsigned int to_go)
{
	struct saved before;

	if (!to_go)
		return;
	save(&before);
	for (unsigned int mt = 0; mt < kit.types; mt++)
		for (unsigned int order = 0; order < MAX_ORDER; order++)
			try_step((struct step){.kind = TAKE, .order = order, .mt = mt}, &before,
			         to_go);
	for (unsigned long pfn = sz.start; pfn < sz.end; pfn++) {
		try_step((struct step){.kind = GIVE, .pfn = pfn}, &before, to_go);
		try_pageblock_steps(pfn, &before, to_go);
		if (kit.reserve)
			try_step((struct step){.kind = RESERVE, .pfn = pfn}, &before, to_go);
	}
	if (kit.reserve)
		try_step((struct step){.kind = UNRESERVE}, &before, to_go);
}

/* All sequences of `steps` steps on the zone [start, end), the short ones first, so that what is
 * told of a bug is as short as can be. */
static void explore_zone(unsigned long start, unsigned long end, unsigned int steps)
{
	if (end - start > MOST_FRAMES || steps > MOST_DEPTH)
		host_bug("a tree of %u steps on %lu frames", steps, end - start);
	memset(seen, 0, sizeof(seen));
	depth = 0;
	nr_steps = nr_states = 0;
	small_zone_open(start, end, MIGRATE_MOVABLE);
	CHECK_SOUND(small_check());
	for (unsigned int most = 1; most <= steps && !host_failed(); most++)
		explore(most);
	host_note("%lu steps to %lu states", nr_steps, nr_states);
}

TEST(every_10_steps_with_one_type_on_one_largest_block_are_sound)
{
	kit = (struct kit){.types = 1};
	explore_zone(16, 32, 10);
}

TEST(every_7_steps_with_two_types_on_one_largest_block_are_sound)
{
	kit = (struct kit){.types = 2};
	explore_zone(16, 32, 7);
}

TEST(every_5_steps_with_three_types_on_two_largest_blocks_are_sound)
{
	kit = (struct kit){.types = 3};
	explore_zone(16, 48, 5);
}

TEST(every_7_steps_on_a_zone_with_odd_borders_are_sound)
{
	kit = (struct kit){.types = 2};
	explore_zone(20, 43, 7);
}

TEST(every_6_steps_with_isolation_on_one_largest_block_are_sound)
{
	kit = (struct kit){.types = 2, .isolation = true};
	explore_zone(16, 32, 6);
}

TEST(every_5_steps_with_isolation_and_a_reserve_on_two_largest_blocks_are_sound)
{
	kit = (struct kit){.types = 2, .isolation = true, .reserve = true};
	explore_zone(16, 48, 5);
}
