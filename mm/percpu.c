/* SPDX-License-Identifier: MIT */
/* percpu.c - which bytes of the per-CPU units belong to whom.
 *
 * Owns: the bitmaps of percpu_space, the one map of all units (percpu_map.h). First fit from the
 * lowest free granule: (1) mark a run of granules used, under the lock; (2) see that frames are
 * behind it in every unit, without the lock, because that may sleep; (3) clear the copies. A
 * failure in (2) unmarks the run. percpu_area.c has the frames. Locks: percpu_space.lock,
 * innermost, irq-safe. */
#include "mm/percpu.h"
#include "fail.h"
#include "kernel.h"
#include "lib/string.h"
#include "mm/gfp.h"
#include "mm/topology.h"
#include "mm/trace_sites.h"
#include "percpu_map.h"
#include "preempt.h"
#include "printk.h"
#include "report.h"

/* What may be asked for besides size: how hard to try, not where. */
#define PERCPU_GFP_MASK                                                                            \
	(GFP_KERNEL | GFP_ATOMIC | __GFP_NOWARN | __GFP_NORETRY | __GFP_RETRY_MAYFAIL |            \
	 __GFP_NOMEMALLOC | __GFP_MEMALLOC | __GFP_ZERO)

enum { FREED_JUNK = 0x6b };

static struct percpu_site *site_of(unsigned long g)
{
	struct percpu_site *page = percpu_space.sites[g / SITES_PER_PAGE];

	return page ? &page[g % SITES_PER_PAGE] : NULL;
}

static void *pointer_of(unsigned long g)
{
	return (void *)(percpu_base() + g * PERCPU_GRANULE);
}

/* Fill every CPU's copy. The granules are the caller's. */
static void fill_copies(unsigned long g, unsigned long n, int c)
{
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		memset(percpu_unit(cpu) + g * PERCPU_GRANULE, c, n * PERCPU_GRANULE);
}

/* --- runs of granules, locked ------------------------------------------------------------- */

/* Where the allocation that begins at g ends: at the next one or at a free granule. */
static unsigned long run_length(unsigned long g)
{
	const struct percpu_chunk *c = chunk_of(g);
	unsigned long at = g % CHUNK_GRANULES, i = (at + 1) / BITS_PER_LONG;
	unsigned long mask = ~0ul << ((at + 1) % BITS_PER_LONG), word = 0;

	for (; i < CHUNK_GRANULES / BITS_PER_LONG; i++, mask = ~0ul) {
		word = (c->first[i] | ~c->used[i]) & mask;
		if (word)
			break;
	}
	return i * BITS_PER_LONG + (word ? __ffs(word) : 0) - at;
}

/* The hint moves up only over what is used for certain. */
static void move_hint(unsigned long found, unsigned long n)
{
	if (found == percpu_space.hint)
		percpu_space.hint += n;
}

/* First fit. Returns: the first granule of the run, now used; or UNIT_GRANULES: none in the chunks
 * that there are, *missing is then the lowest chunk that could be added (NR_CHUNKS: none). */
static unsigned long take_run(unsigned long n, unsigned long align, unsigned int *missing)
{
	unsigned long hint = percpu_space.hint, at;

	*missing = NR_CHUNKS;
	for (unsigned int i = (unsigned int)(hint / CHUNK_GRANULES); i < NR_CHUNKS; i++) {
		unsigned long base = (unsigned long)i * CHUNK_GRANULES;

		if (!percpu_space.chunks[i]) {
			*missing = i;
			return UNIT_GRANULES;
		}
		at = bitmap_find_zero_area(percpu_space.chunks[i]->used, CHUNK_GRANULES,
		                           hint > base ? hint - base : 0, n, align);
		if (at == CHUNK_GRANULES)
			continue;
		percpu_mark_run(base + at, n);
		move_hint(base + at, n);
		return base + at;
	}
	return UNIT_GRANULES;
}

/* --- allocate ------------------------------------------------------------------------------ */

static bool refuse_request(size_t size, size_t align, gfp_t gfp, unsigned long caller)
{
	const char *what = NULL;

	if (!size || size > PERCPU_MAX_SIZE)
		what = "size";
	else if (!is_power_of_2(align) || align > PAGE_SIZE)
		what = "align";
	else if (gfp & ~PERCPU_GFP_MASK)
		what = "gfp";
	if (likely(!what))
		return false;
	report(REPORT_percpu_bad_alloc, size ^ align, caller, "refused",
	       "what=%s size=%lu align=%lu gfp=0x%x max_size=%u unit=%lu", what,
	       (unsigned long)size, (unsigned long)align, gfp, PERCPU_MAX_SIZE, PERCPU_UNIT_SIZE);
	return true;
}

/* Growing may sleep; whether it comes to that is nothing that a caller could know.
 * Returns: gfp as the context allows it. */
static gfp_t check_may_sleep(gfp_t gfp, unsigned long caller)
{
	unsigned long site;
	const char *context;

	if (likely(!gfpflags_allow_blocking(gfp) || !(context = atomic_context(&site))))
		return gfp;
	report(REPORT_sleep_in_atomic, gfp, caller, "none",
	       "what=alloc_percpu gfp=0x%x context=%s since=%s", gfp, context, report_site(site));
	return gfp & ~__GFP_DIRECT_RECLAIM;
}

static void tell_no_room(size_t size, gfp_t gfp)
{
	if (!(gfp & __GFP_NOWARN))
		pr_warn("percpu: no room for %lu bytes in the units, %lu of %lu bytes in use\n",
		        (unsigned long)size, percpu_space.nr_granules * PERCPU_GRANULE,
		        PERCPU_UNIT_SIZE);
}

/* Take n granules, adding bitmaps as needed. Returns: the first, or UNIT_GRANULES. */
static unsigned long find_room(unsigned long n, unsigned long align, size_t size, gfp_t gfp,
                               unsigned long caller)
{
	for (;;) {
		unsigned long flags = spin_lock_irqsave(&percpu_space.lock);
		unsigned int missing;
		unsigned long g = take_run(n, align, &missing);

		spin_unlock_irqrestore(&percpu_space.lock, flags);
		if (g < UNIT_GRANULES)
			return g;
		if (missing == NR_CHUNKS) {
			tell_no_room(size, gfp);
			return UNIT_GRANULES;
		}
		if (!percpu_add_meta((void **)&percpu_space.chunks[missing], gfp, caller))
			return UNIT_GRANULES;
	}
}

static void give_back(unsigned long g, unsigned long n)
{
	unsigned long flags = spin_lock_irqsave(&percpu_space.lock);

	percpu_unmark_run(g, n);
	spin_unlock_irqrestore(&percpu_space.lock, flags);
}

static void record_alloc(unsigned long g, unsigned long caller)
{
	struct percpu_site *site = site_of(g);

	ASSERT(site); /* percpu_populate() saw to it */
	*site = (struct percpu_site){.alloc = caller};
}

static void *alloc_for(size_t size, size_t align, gfp_t gfp, unsigned long caller)
{
	unsigned long n = DIV_ROUND_UP(size, PERCPU_GRANULE), g;

	if (unlikely(refuse_request(size, align, gfp, caller)))
		return NULL;
	if (unlikely(should_fail(FAIL_alloc_percpu)))
		return NULL;
	if (DEBUG_BUILD || unlikely(in_atomic()))
		gfp = check_may_sleep(gfp, caller);
	gfp &= ~__GFP_ZERO; /* the copies are cleared anyway */
	g = find_room(n, max(align / PERCPU_GRANULE, (size_t)1), size, gfp, caller);
	if (unlikely(g == UNIT_GRANULES))
		return NULL;
	if (unlikely(!percpu_populate(g, n, gfp, caller))) {
		give_back(g, n);
		return NULL;
	}
	record_alloc(g, caller);
	fill_copies(g, n, 0);
	return pointer_of(g);
}

static noinline void *alloc_traced(size_t size, size_t align, gfp_t gfp, unsigned long caller)
{
	void *ptr = alloc_for(size, align, gfp, caller);
	struct trace_percpu what = {
		.size = size,
		.align = align,
		.bytes = DIV_ROUND_UP(size, PERCPU_GRANULE) * PERCPU_GRANULE,
		.gfp = gfp,
		.atomic = !gfpflags_allow_blocking(gfp),
		.base = percpu_base(),
		.off = (unsigned long)ptr - percpu_base(),
		.caller = caller,
	};

	if (ptr)
		trace_percpu_alloc_percpu(&what);
	return ptr;
}

void *__alloc_percpu_gfp(size_t size, size_t align, gfp_t gfp)
{
	if (trace_enabled(percpu_alloc_percpu))
		return alloc_traced(size, align, gfp, _RET_IP_);
	return alloc_for(size, align, gfp, _RET_IP_);
}

void *__alloc_percpu(size_t size, size_t align)
{
	if (trace_enabled(percpu_alloc_percpu))
		return alloc_traced(size, align, GFP_KERNEL, _RET_IP_);
	return alloc_for(size, align, GFP_KERNEL, _RET_IP_);
}

/* --- free ---------------------------------------------------------------------------------- */

/* The unit that an address lies in; -1: none. */
static int unit_of_address(unsigned long va)
{
	unsigned int cpu = 0;

	while (cpu < NR_CPUS && va - (unsigned long)percpu_unit(cpu) >= PERCPU_UNIT_SIZE)
		cpu++;
	return cpu < NR_CPUS ? (int)cpu : -1;
}

/* The start of the allocation that granule g lies in; g itself when it is free. */
static unsigned long start_of(unsigned long g)
{
	const struct percpu_chunk *c = chunk_of(g);
	unsigned long at = g % CHUNK_GRANULES;

	if (!c || !test_bit(at, c->used))
		return g;
	while (at && !test_bit(at, c->first))
		at--;
	return g - g % CHUNK_GRANULES + at;
}

/* Why ptr is not the start of a live allocation; NULL: it is. Locked. */
static const char *what_is_wrong(unsigned long offset)
{
	unsigned long g = offset / PERCPU_GRANULE;
	const struct percpu_chunk *c;

	if (offset >= PERCPU_UNIT_SIZE)
		return "no_percpu_pointer";
	if (offset < percpu_static_size())
		return "static_variable";
	c = chunk_of(g);
	if (!c || !test_bit(g % CHUNK_GRANULES, c->used))
		return site_of(g) && site_of(g)->freed ? "free_already" : "never_allocated";
	if (offset % PERCPU_GRANULE || !test_bit(g % CHUNK_GRANULES, c->first))
		return "interior";
	return site_of(g) ? NULL : "half_allocated";
}

static void report_free_again(void *ptr, unsigned long g, unsigned long caller)
{
	const struct percpu_site *site = site_of(g);

	report(REPORT_double_free, (unsigned long)ptr, caller, "refused",
	       "obj=0x%08lx what=percpu offset=%lu first_free=%s alloc=%s", (unsigned long)ptr,
	       g * PERCPU_GRANULE, report_site(site ? site->freed : 0),
	       report_site(site ? site->alloc : 0));
}

static void report_bad_free(void *ptr, const char *what, unsigned long offset, unsigned long caller)
{
	int cpu = unit_of_address((unsigned long)ptr);
	unsigned long start = offset < PERCPU_UNIT_SIZE ? start_of(offset / PERCPU_GRANULE) : 0;
	const struct percpu_site *site = start ? site_of(start) : NULL;

	if (cpu >= 0)
		what = "a_cpus_copy"; /* per_cpu_ptr() was applied */
	report(REPORT_percpu_bad_free, (unsigned long)ptr, caller, "refused",
	       "obj=0x%08lx what=%s start=0x%08lx size=%lu copy_of_cpu=%d alloc=%s",
	       (unsigned long)ptr, what, site ? (unsigned long)pointer_of(start) : 0,
	       site ? run_length(start) * PERCPU_GRANULE : 0, cpu,
	       report_site(site ? site->alloc : 0));
}

static void tell_bad_free(void *ptr, const char *what, unsigned long offset, unsigned long caller)
{
	if (!strcmp(what, "free_already"))
		report_free_again(ptr, offset / PERCPU_GRANULE, caller);
	else
		report_bad_free(ptr, what, offset, caller);
}

/* A live allocation begins at g. Locked. */
static void release_run(unsigned long g, unsigned long caller)
{
	struct percpu_site *site = site_of(g);
	unsigned long n = run_length(g);

	if (DEBUG_BUILD)
		fill_copies(g, n, FREED_JUNK);
	if (site)
		site->freed = caller;
	percpu_unmark_run(g, n);
}

static noinline void trace_free(unsigned long g, unsigned long caller)
{
	trace_percpu_free_percpu(percpu_base(), g * PERCPU_GRANULE, caller);
}

void free_percpu(void *ptr)
{
	unsigned long offset = (unsigned long)ptr - percpu_base(), g = offset / PERCPU_GRANULE;
	unsigned long flags;
	const char *wrong;

	if (!ptr)
		return;
	flags = spin_lock_irqsave(&percpu_space.lock);
	wrong = what_is_wrong(offset);
	if (likely(!wrong)) {
		if (trace_enabled(percpu_free_percpu))
			trace_free(g, _RET_IP_);
		release_run(g, _RET_IP_);
	}
	spin_unlock_irqrestore(&percpu_space.lock, flags);
	if (unlikely(wrong))
		tell_bad_free(ptr, wrong, offset, _RET_IP_);
}

/* --- looking ------------------------------------------------------------------------------- */

/* The first granule at or behind g where an allocation begins; UNIT_GRANULES: none. */
static unsigned long next_alloc(unsigned long g)
{
	while (g < UNIT_GRANULES) {
		unsigned long base = g - g % CHUNK_GRANULES, at = CHUNK_GRANULES;

		if (chunk_of(g))
			at = find_next_bit(chunk_of(g)->first, CHUNK_GRANULES, g % CHUNK_GRANULES);
		g = base + at;
		if (at < CHUNK_GRANULES)
			break;
	}
	return g;
}

bool percpu_for_each(bool (*fn)(const struct percpu_alloc_info *info, void *arg), void *arg)
{
	unsigned long flags = spin_lock_irqsave(&percpu_space.lock), n;
	unsigned long g = next_alloc(percpu_static_granules());
	bool go_on = true;

	for (; g < UNIT_GRANULES && go_on; g = next_alloc(g + n)) {
		const struct percpu_site *site = site_of(g);
		struct percpu_alloc_info info = {.offset = g * PERCPU_GRANULE};

		n = run_length(g);
		info.size = n * PERCPU_GRANULE;
		info.site = site ? site->alloc : 0;
		go_on = fn(&info, arg);
	}
	spin_unlock_irqrestore(&percpu_space.lock, flags);
	return go_on;
}

void percpu_get_stats(struct percpu_stats *stats)
{
	unsigned long flags = spin_lock_irqsave(&percpu_space.lock);
	unsigned long populated = bitmap_weight(percpu_space.populated, 0, PERCPU_UNIT_PAGES);

	*stats = (struct percpu_stats){
		.static_bytes = percpu_static_size(),
		.used_bytes = percpu_space.nr_granules * PERCPU_GRANULE,
		.nr_allocs = percpu_space.nr_allocs,
		.nr_populated = populated,
		.nr_meta_pages = percpu_space.nr_meta,
		.nr_pages = populated * nr_cpu_ids,
	};
	spin_unlock_irqrestore(&percpu_space.lock, flags);
}

/* --- check --------------------------------------------------------------------------------- */

/* Every used granule belongs to an allocation that began before it. */
static const char *check_chunk(const struct percpu_chunk *c)
{
	bool open = false;

	for (unsigned long i = 0; i < CHUNK_GRANULES; i++) {
		bool used = test_bit(i, c->used), first = test_bit(i, c->first);

		if (first && !used)
			return "an allocation begins in a free granule";
		if (used && !first && !open)
			return "a used granule belongs to no allocation";
		open = used;
	}
	return NULL;
}

struct tally {
	unsigned long allocs, granules;
	const char *wrong;
};

static bool check_alloc(const struct percpu_alloc_info *info, void *arg)
{
	unsigned long end = info->offset + info->size - 1;
	struct tally *t = arg;

	t->allocs++;
	t->granules += info->size / PERCPU_GRANULE;
	for (unsigned long page = info->offset / PAGE_SIZE; page <= end / PAGE_SIZE; page++)
		if (!test_bit(page, percpu_space.populated))
			t->wrong = "an allocation has no frames behind it";
	return true;
}

/* The units agree: a page has a frame of its own in all of them, or in none. */
static const char *check_page(unsigned int index)
{
	bool populated = test_bit(index, percpu_space.populated);

	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++) {
		unsigned long pfn = percpu_page_pfn(cpu, index);

		if (!pfn == populated)
			return "units do not have frames behind the same pages";
		for (unsigned int other = 0; pfn && other < cpu; other++)
			if (percpu_page_pfn(other, index) == pfn)
				return "two CPUs' copies lie in one frame";
	}
	return NULL;
}

static const char *check_units(void)
{
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		if ((unsigned long)percpu_unit(cpu) - percpu_base() != __per_cpu_offset[cpu])
			return "a CPU's offset is not its unit's";
	for (unsigned int index = 0; index < PERCPU_UNIT_PAGES; index++) {
		const char *wrong = check_page(index);

		if (wrong)
			return wrong;
	}
	return NULL;
}

/* The static variables are one used run at the start. */
static const char *check_statics(void)
{
	unsigned long n = percpu_static_granules();
	const struct percpu_chunk *c = chunk_of(0);

	if (find_next_zero_bit(c->used, n, 0) < n || find_next_bit(c->first, n, 1) < n)
		return "the map of the static variables is damaged";
	return NULL;
}

static const char *check_hint(void)
{
	for (unsigned long base = 0; base < percpu_space.hint; base += CHUNK_GRANULES) {
		unsigned long n = min(percpu_space.hint - base, (unsigned long)CHUNK_GRANULES);

		if (!chunk_of(base) || find_next_zero_bit(chunk_of(base)->used, n, 0) < n)
			return "a free granule lies below the hint";
	}
	return NULL;
}

const char *percpu_check(void)
{
	struct tally t = {0};
	const char *wrong = check_units();

	for (unsigned int i = 0; i < NR_CHUNKS && !wrong; i++)
		if (percpu_space.chunks[i])
			wrong = check_chunk(percpu_space.chunks[i]);
	if (wrong)
		return wrong;
	percpu_for_each(check_alloc, &t);
	if (t.wrong)
		return t.wrong;
	if (t.allocs != percpu_space.nr_allocs || t.granules != percpu_space.nr_granules)
		return "live allocations do not sum to the counts";
	wrong = check_statics();
	return wrong ? wrong : check_hint();
}
