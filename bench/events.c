/* SPDX-License-Identifier: MIT */
/* events.c - a list of events, made once from a fixed seed, replayed alike in both kernels.
 *
 * One event: allocate a page block or an object into a slot, or give back what a slot holds. The
 * mix, in 1000 allocations, follows what a busy machine asks for:
 *   kind     share  what
 *   object     560  kmalloc: half up to 64 bytes, most of the rest up to 512, few up to 4 KiB
 *   user       330  order 0, GFP_HIGHUSER_MOVABLE
 *   kernel      70  order 0, GFP_KERNEL
 *   block       36  order 1 to 3, GFP_KERNEL
 *   large        4  order 4 to 9, GFP_HIGHUSER_MOVABLE: one order half as often as the one below
 * Lifetimes, in allocations: 70 % up to 64, 25 % up to 2048, 5 % to the end of the list.
 * Owns: the list while it runs. */
#include "loops.h"

enum { ALLOCATIONS = 20000, SHORT = 64, MEDIUM = 2048, NOBODY = 0xffff };
enum { OBJECT, KERNEL, USER, FREE };

/* size: bytes of an object, order of a block. slot: of the allocation. */
struct event {
	u16 slot;
	u16 what : 2, size : 14;
};

struct event_list {
	unsigned int count;
	u32 sum; /* of all events: equal lists have equal ones */
	struct event events[2 * ALLOCATIONS];
	u16 first_due[ALLOCATIONS], next_due[ALLOCATIONS]; /* what dies at a time */
	void *held[ALLOCATIONS];
	u8 kinds[ALLOCATIONS];
};

static struct event_list *list;

/* --- the list --------------------------------------------------------------------------------- */

static void add_event(unsigned int slot, unsigned int what, unsigned int size)
{
	list->events[list->count++] =
		(struct event){(u16)slot, (u16)(what & 3), (u16)(size & 0x3fff)};
	list->sum = (list->sum ^ (slot << 16 | size << 2 | what)) * 16777619u;
}

static unsigned int object_size(u32 *state)
{
	u32 r = bench_random(state) % 100;

	if (r < 50)
		return 8 + bench_random(state) % 57;
	return r < 92 ? 65 + bench_random(state) % 448 : 513 + bench_random(state) % 3584;
}

static unsigned int large_order(u32 *state)
{
	unsigned int order = 4;

	while (order < 9 && bench_random(state) & 0x100)
		order++;
	return order;
}

static void add_allocation(unsigned int slot, u32 *state)
{
	u32 r = bench_random(state) % 1000;

	if (r < 560)
		add_event(slot, OBJECT, object_size(state));
	else if (r < 890)
		add_event(slot, USER, 0);
	else if (r < 960)
		add_event(slot, KERNEL, 0);
	else if (r < 996)
		add_event(slot, KERNEL, 1 + bench_random(state) % 3);
	else
		add_event(slot, USER, large_order(state));
}

static unsigned int lifetime(u32 *state)
{
	u32 r = bench_random(state) % 100;

	if (r < 70)
		return 1 + bench_random(state) % SHORT;
	return r < 95 ? 1 + bench_random(state) % MEDIUM : ALLOCATIONS;
}

static void add_due(unsigned int now)
{
	for (unsigned int slot = list->first_due[now]; slot != NOBODY; slot = list->next_due[slot])
		add_event(slot, FREE, 0);
}

static void make_list(void)
{
	u32 state = BENCH_SEED;

	for (unsigned int i = 0; i < ALLOCATIONS; i++)
		list->first_due[i] = NOBODY;
	list->count = 0;
	list->sum = 2166136261u;
	for (unsigned int now = 0; now < ALLOCATIONS; now++) {
		unsigned int due;

		add_due(now);
		add_allocation(now, &state);
		due = now + lifetime(&state);
		if (due < ALLOCATIONS) {
			list->next_due[now] = list->first_due[due];
			list->first_due[due] = (u16)now;
		}
	}
}

/* --- the interpreter -------------------------------------------------------------------------- */

static void free_slot(unsigned int slot)
{
	if (list->kinds[slot] == OBJECT)
		kfree(list->held[slot]);
	else if (list->held[slot])
		__free_pages((struct page *)list->held[slot], list->kinds[slot] >> 2);
	list->held[slot] = NULL;
}

static void *alloc_for(const struct event *e)
{
	if (e->what == OBJECT)
		return kmalloc(e->size, GFP_KERNEL);
	return alloc_pages(e->what == USER ? GFP_HIGHUSER_MOVABLE : GFP_KERNEL, e->size);
}

static void play(const struct event *e)
{
	if (e->what == FREE) {
		free_slot(e->slot);
	} else {
		list->held[e->slot] = alloc_for(e);
		list->kinds[e->slot] = (u8)(e->what == OBJECT ? OBJECT : e->what | e->size << 2);
	}
}

static noinline void replay(void)
{
	for (const struct event *e = list->events; e < list->events + list->count; e++)
		play(e);
}

static void give_back_rest(void)
{
	for (unsigned int slot = 0; slot < ALLOCATIONS; slot++)
		if (list->held[slot])
			free_slot(slot);
}

/* Pages in use at most, beyond those at the start; what is left in pagesets counts as used. */
static unsigned long replay_watching(void)
{
	unsigned long before = bench_free_pages(), least = before;

	for (const struct event *e = list->events; e < list->events + list->count; e++) {
		play(e);
		least = min(least, bench_free_pages());
	}
	return before - least;
}

static u64 measure_replay(void)
{
	unsigned int ticks = bench_mask_ticks();
	u64 counts = bench_clock();

	replay();
	counts = bench_clock() - counts;
	bench_unmask_ticks(ticks);
	give_back_rest();
	return counts;
}

static void run(void)
{
	unsigned int tries = clock_counts_instructions() ? 1 : 5;
	u64 least = ~0ull;

	bench_begin();
	make_list();
	bench_say("# events: %u, their sum %08x\n", list->count, list->sum);
	measure_replay();
	while (tries--)
		least = min(least, measure_replay());
	bench_print("events-per-1000", least * 1000, list->count);
	bench_print("events-peak-pages", replay_watching(), 1);
	bench_print_unusable("events-end-unusable-order9", 9);
	give_back_rest();
}

unsigned int bench_events(const char *pattern)
{
	if (!bench_matches(pattern, "events-per-1000"))
		return 0;
	list = vzalloc(sizeof(*list));
	if (!list) {
		bench_say("# events: no memory for the list\n");
		return 0;
	}
	run();
	vfree(list);
	return 1;
}
