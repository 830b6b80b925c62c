/* SPDX-License-Identifier: MIT */
/* kmap.c - pkmap: 512 addresses that any page can be given for as long as wanted.
 *
 * Owns: the entries, the hash from page to entry. An entry's count is that of its users; at 0 it
 * is still mapped, and its page gets it back at no cost; negative: free. Idle entries are unmapped
 * all at once, with one flush of every CPU, when the search for a free one comes around the table;
 * until that is done they are neither in use nor free, and the lock is not held.
 *   Mapping a page again, and unmapping, take no lock: the count is moved by one and put back when
 * that was wrong; an entry with users does not change its page. All else holds the lock.
 * Source: Gorman ch. 9.2, Linux's counts. Differs: no lock on the usual way; entries are found by
 * hash in both directions. Locks: pkmap.lock (irq-safe, innermost). */
#include "asm/irqflags.h"
#include "asm/processor.h"
#include "asm/tlb.h"
#include "fault.h"
#include "kernel.h"
#include "lib/bitops.h"
#include "lib/string.h"
#include "lib/vsprintf.h"
#include "mm/highmem.h"
#include "mm/trace_sites.h"
#include "kmap_internal.h"
#include "printk.h"
#include "report.h"
#include "spinlock.h"

enum { BUCKETS = 256, FREE = -(1 << 30), LEAVING = -(1 << 28) };

/* (L) pkmap.lock  (A) atomic; to LEAVING and from FREE only under the lock */
struct pkmap_entry {
	struct page *page; /* (L) */
	int count;         /* (A) users, or about FREE, or about LEAVING: not flushed yet */
	unsigned long mapped_by, unmapped_by;
};

static struct {
	spinlock_t lock;
	unsigned int last;     /* (L) entry taken last */
	unsigned long flushes; /* (L) */
	unsigned int flushing; /* (L) CPUs that flush what is leaving, without the lock */
	struct pkmap_entry entry[LAST_PKMAP];
	struct pkmap_entry *next[LAST_PKMAP]; /* (L) in the bucket, up to &nobody */
	struct pkmap_entry
		*bucket[BUCKETS]; /* (L) first entry or &nobody; stale reads do no harm */
} pkmap;

/* Ends a bucket and is nobody's: no page is this one. */
static struct pkmap_entry nobody = {.page = (struct page *)1, .count = FREE};

static struct kmap_wait_ops kmap_wait_ops;

/* From here on the short ways of kmap() and kunmap() may do it: kmap_first_page, or no page. */
static struct page *first_fast_page;
static bool diverted;

/* Idle entries need attention: how many wait for one, and whether debug modes unmap at once. */
static unsigned int nr_waiting; /* atomic */

static unsigned int bucket_of(const struct page *page)
{
	return (unsigned int)(((unsigned long)page / sizeof(*page)) % BUCKETS);
}

/* --- the hash, locked --------------------------------------------------------------------- */

static unsigned int index_of(const struct pkmap_entry *e)
{
	return (unsigned int)(e - pkmap.entry);
}

static struct pkmap_entry *find_entry(const struct page *page)
{
	struct pkmap_entry *e = pkmap.bucket[bucket_of(page)];

	while (e != &nobody && e->page != page)
		e = pkmap.next[index_of(e)];
	return e == &nobody ? NULL : e;
}

static void hash_add(struct pkmap_entry *e)
{
	struct pkmap_entry **head = &pkmap.bucket[bucket_of(e->page)];

	pkmap.next[index_of(e)] = *head;
	WRITE_ONCE(*head, e);
}

static void hash_remove(struct pkmap_entry *e)
{
	struct pkmap_entry **link = &pkmap.bucket[bucket_of(e->page)];

	while (*link != e)
		link = &pkmap.next[index_of(*link)];
	WRITE_ONCE(*link, pkmap.next[index_of(e)]);
}

/* --- counts ------------------------------------------------------------------------------- */

/* One user more. Returns: false: the entry is free, it was put back. */
static __always_inline bool count_up(struct pkmap_entry *e)
{
	if (likely(__atomic_add_fetch(&e->count, 1, __ATOMIC_ACQUIRE) > 0))
		return true;
	__atomic_sub_fetch(&e->count, 1, __ATOMIC_RELAXED);
	return false;
}

/* One user less. Returns: those left; negative: there was none, it was put back. */
static __always_inline int count_down(struct pkmap_entry *e)
{
	int left = __atomic_sub_fetch(&e->count, 1, __ATOMIC_RELEASE);

	if (unlikely(left < 0))
		__atomic_add_fetch(&e->count, 1, __ATOMIC_RELAXED);
	return left;
}

static bool is_free(const struct pkmap_entry *e)
{
	return READ_ONCE(e->count) < FREE / 2;
}

/* --- entries, locked ---------------------------------------------------------------------- */

/* Unmap an idle entry: it is leaving, or free at once. Returns: false when it has users or is free.
 */
static __always_inline bool release_idle(struct pkmap_entry *e, int state)
{
	int idle = 0;

	if (!__atomic_compare_exchange_n(&e->count, &idle, state, false, __ATOMIC_ACQUIRE,
	                                 __ATOMIC_RELAXED))
		return false;
	hash_remove(e);
	e->page = NULL;
	pkmap_clear(index_of(e));
	return true;
}

/* Every CPU has forgotten it. */
static void set_free(struct pkmap_entry *e)
{
	__atomic_fetch_add(&e->count, FREE - LEAVING, __ATOMIC_RELEASE);
}

/* Not locked: CPUs that wait for the lock have interrupts off and could not answer. */
static void flush_all(void)
{
	kmap_flush_all_local();
	if (tlb_flush_others)
		tlb_flush_others(0, 0, _THIS_IP_);
}

static void flush_one(const struct pkmap_entry *e)
{
	unsigned long va = (unsigned long)pkmap_va(index_of(e));

	pkmap_flush_one(index_of(e));
	if (tlb_flush_others)
		tlb_flush_others(va, va + PAGE_SIZE, _THIS_IP_);
}

/* Nobody else has to forget anything. Locked. Returns: how many. */
static unsigned int flush_idle_here(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < LAST_PKMAP; i++)
		n += release_idle(&pkmap.entry[i], FREE);
	if (n) {
		kmap_flush_all_local();
		pkmap.flushes++;
	}
	return n;
}

/* The same where there are other CPUs. Locked with *flags; not while it flushes. */
static unsigned int flush_idle_everywhere(unsigned long *flags)
{
	DECLARE_BITMAP(leaving, LAST_PKMAP) = {0};
	unsigned int n = 0;

	for (unsigned int i = 0; i < LAST_PKMAP; i++) {
		if (!release_idle(&pkmap.entry[i], LEAVING))
			continue;
		__set_bit(i, leaving);
		n++;
	}
	if (!n)
		return 0;
	pkmap.flushes++;
	preempt_disable(); /* others may be waiting for us, busily */
	WRITE_ONCE(pkmap.flushing, pkmap.flushing + 1);
	spin_unlock_irqrestore(&pkmap.lock, *flags);
	flush_all();
	*flags = spin_lock_irqsave(&pkmap.lock);
	WRITE_ONCE(pkmap.flushing, pkmap.flushing - 1);
	preempt_enable();
	for (unsigned int i = 0; i < LAST_PKMAP; i++)
		if (test_bit(i, leaving))
			set_free(&pkmap.entry[i]);
	return n;
}

/* The next free entry behind the one taken last. NULL: none up to the end of the table. */
static struct pkmap_entry *scan_to_end(void)
{
	while (++pkmap.last < LAST_PKMAP)
		if (is_free(&pkmap.entry[pkmap.last]))
			return &pkmap.entry[pkmap.last];
	return NULL;
}

/* Make all idle entries free. Locked with *flags, but perhaps not all the time. Returns: how many.
 */
static unsigned int flush_idle(unsigned long *flags)
{
	return tlb_flush_others ? flush_idle_everywhere(flags) : flush_idle_here();
}

/* The page's entry, if another CPU has mapped it meanwhile, or the first free one. */
static struct pkmap_entry *find_or_scan(const struct page *page)
{
	struct pkmap_entry *e = find_entry(page);

	if (e)
		return e;
	pkmap.last = -1u;
	return scan_to_end();
}

/* Let the others make their entries free. Locked with *flags, but not all the time. Returns: false:
 * nobody is at it, or this context could not answer those who flush. */
static bool wait_for_flushes(unsigned long *flags)
{
	bool answers;

	if (!pkmap.flushing)
		return false;
	spin_unlock_irqrestore(&pkmap.lock, *flags);
	answers = !irqs_disabled();
	while (answers && READ_ONCE(pkmap.flushing))
		cpu_relax();
	*flags = spin_lock_irqsave(&pkmap.lock);
	return answers;
}

/* At the end of the table idle entries are made free, once, by one CPU; entries that are leaving
 * are no reason to sleep. Returns: the entry of the page, or a free one; NULL: all are in use. */
static noinline struct pkmap_entry *start_again(struct page *page, unsigned long flags)
{
	struct pkmap_entry *e;

	while (wait_for_flushes(&flags)) {
		e = find_or_scan(page);
		if (e)
			return e;
	}
	flush_idle(&flags);
	return find_or_scan(page);
}

static __always_inline void map_entry(struct pkmap_entry *e, struct page *page,
                                      unsigned long caller)
{
	pkmap_set(index_of(e), page_to_phys(page));
	e->page = page;
	e->mapped_by = caller;
	hash_add(e);
	__atomic_add_fetch(&e->count, 1 - FREE, __ATOMIC_RELEASE);
}

/* The entry of a page, one user more; NULL: there is none for it. */
static __always_inline struct pkmap_entry *take_entry(struct page *page, unsigned long caller)
{
	unsigned long flags = spin_lock_irqsave(&pkmap.lock);
	struct pkmap_entry *e = find_entry(page);

	if (likely(!e))
		e = scan_to_end();
	if (unlikely(!e))
		e = start_again(page, flags);
	if (likely(e) && likely(!e->page)) {
		map_entry(e, page, caller);
	} else if (e) {
		e->mapped_by = caller;
		count_up(e); /* it is not free, and only we could make it so */
	}
	spin_unlock_irqrestore(&pkmap.lock, flags);
	return e;
}

/* --- kmap --------------------------------------------------------------------------------- */

static bool may_sleep(unsigned long caller)
{
	unsigned long site;
	const char *context = atomic_context(&site);

	if (likely(!context))
		return true;
	report(REPORT_sleep_in_atomic, site, caller, "refused", "what=kmap context=%s since=%s",
	       context, report_site(site));
	return false;
}

static void report_full(unsigned long caller)
{
	struct kmap_use uses[8];
	unsigned int n;

	if (!report(REPORT_kmap_exhausted, LAST_PKMAP, caller, "refused",
	            "what=pkmap in_use=%u max=%u waiting=impossible", LAST_PKMAP, LAST_PKMAP))
		return;
	n = kmap_list_entries(uses, ARRAY_SIZE(uses));
	for (unsigned int i = 0; i < n; i++)
		pr_err("  0x%08lx pfn %lu: %u users, mapped last by %s\n", uses[i].va, uses[i].pfn,
		       uses[i].count, report_site(uses[i].site));
}

/* What a waiting kmap() wants. */
struct want {
	struct page *page;
	unsigned long caller;
	struct pkmap_entry *entry;
};

static bool get_entry(void *arg)
{
	struct want *want = arg;

	want->entry = take_entry(want->page, want->caller);
	return want->entry;
}

/* All entries are in use, or others wait for one: stand behind them. The count goes up before the
 * first look at the entries, and kunmap() looks at it after it has given up its own: one of the two
 * sees the other. NULL: nobody can wait here, told. */
static noinline struct pkmap_entry *wait_for_entry(struct page *page, unsigned long caller)
{
	struct want want = {page, caller, NULL};
	bool got;

	if (!kmap_wait_ops.wait) {
		report_full(caller);
		return NULL;
	}
	if (!may_sleep(caller))
		return NULL;
	__atomic_add_fetch(&nr_waiting, 1, __ATOMIC_SEQ_CST);
	got = kmap_wait_ops.wait(get_entry, &want);
	__atomic_sub_fetch(&nr_waiting, 1, __ATOMIC_SEQ_CST);
	if (!got)
		kmap_wait_ops.end();
	return want.entry;
}

/* A page that is not mapped, or not first in its bucket. */
static noinline void *map_page(struct page *page, unsigned long caller)
{
	struct pkmap_entry *e = NULL;

	if (!kmap_check_page(page, "kmap", caller))
		return NULL;
	if (likely(!READ_ONCE(nr_waiting)))
		e = take_entry(page, caller);
	if (unlikely(!e))
		e = wait_for_entry(page, caller);
	return e ? pkmap_va(index_of(e)) : NULL;
}

/* A page that needs no entry; diverted, any. */
static noinline void *map_low(struct page *page, unsigned long caller)
{
	void *va;

	if (unlikely(page >= kmap_first_page)) {
		va = map_page(page, caller);
		if (va)
			trace_kmap(page, va, caller);
		return va;
	}
	return kmap_check_page(page, "kmap", caller) ? lowmem_page_address(page) : NULL;
}

void *kmap(struct page *page)
{
	struct pkmap_entry *e = READ_ONCE(pkmap.bucket[bucket_of(page)]);

	if (unlikely(in_atomic()) && !may_sleep(_RET_IP_))
		return NULL;
	if (page < first_fast_page)
		return map_low(page, _RET_IP_);
	if (unlikely(e->page != page) || unlikely(page_ref_count(page) <= 0) ||
	    unlikely(!count_up(e)))
		return map_page(page, _RET_IP_);
	if (unlikely(READ_ONCE(e->page) != page)) { /* it went to another one meanwhile */
		count_down(e);
		return map_page(page, _RET_IP_);
	}
	e->mapped_by = _RET_IP_;
	return pkmap_va(index_of(e));
}

/* --- kunmap ------------------------------------------------------------------------------- */

static void report_not_mapped(const struct page *page, unsigned long caller)
{
	unsigned long last = 0;

	for (unsigned int i = 0; i < LAST_PKMAP && !last; i++)
		if (pkmap.entry[i].page == page)
			last = pkmap.entry[i].unmapped_by;
	report(REPORT_kmap_bad_unmap, (unsigned long)page, caller, "refused",
	       "obj=0x%08lx pfn=%ld what=not_mapped unmapped_by=%s", (unsigned long)page,
	       page_pointer_valid(page) ? (long)page_to_pfn(page) : -1l, report_site(last));
}

/* The last user is gone: in debug modes unmap at once; tell those who wait. */
static noinline void became_idle(struct pkmap_entry *e)
{
	unsigned long flags;
	bool leaves;

	if (kmap_mode != KMAP_MODE_RING) {
		flags = spin_lock_irqsave(&pkmap.lock);
		leaves = release_idle(e, LEAVING);
		spin_unlock_irqrestore(&pkmap.lock, flags);
		if (leaves) {
			flush_one(e);
			set_free(e);
		}
	}
	if (READ_ONCE(nr_waiting))
		kmap_wait_ops.wake();
}

static noinline void unmap_page(struct page *page, unsigned long caller)
{
	unsigned long flags = spin_lock_irqsave(&pkmap.lock);
	struct pkmap_entry *e = find_entry(page);
	int left = e ? count_down(e) : -1;

	if (left >= 0)
		e->unmapped_by = caller;
	spin_unlock_irqrestore(&pkmap.lock, flags);
	if (left < 0)
		report_not_mapped(page, caller);
	else if (!left)
		became_idle(e);
}

/* As map_low(). A jump leads here, so the return address is kunmap()'s. */
static noinline void unmap_low(struct page *page)
{
	if (likely(page < kmap_first_page))
		return;
	if (page_address(page)) /* else it is refused */
		trace_kunmap(page, _RET_IP_);
	unmap_page(page, _RET_IP_);
}

void kunmap(struct page *page)
{
	struct pkmap_entry *e = READ_ONCE(pkmap.bucket[bucket_of(page)]);
	int left;

	if (page < first_fast_page && page_pointer_valid(page))
		return unmap_low(page);
	if (unlikely(e->page != page)) {
		unmap_page(page, _RET_IP_);
		return;
	}
	left = count_down(e);
	if (unlikely(left < 0)) {
		unmap_page(page, _RET_IP_);
		return;
	}
	e->unmapped_by = _RET_IP_;
	if (!left && unlikely(READ_ONCE(nr_waiting) | (unsigned int)kmap_mode))
		became_idle(e);
}

unsigned int kmap_flush_unused(void)
{
	unsigned long flags = spin_lock_irqsave(&pkmap.lock);
	unsigned int n = flush_idle(&flags);

	spin_unlock_irqrestore(&pkmap.lock, flags);
	return n;
}

/* --- addresses ---------------------------------------------------------------------------- */

void *page_address(const struct page *page)
{
	const struct pkmap_entry *e;
	unsigned long flags;

	if (!PageHighMem(page))
		return lowmem_page_address(page);
	flags = spin_lock_irqsave(&pkmap.lock);
	e = find_entry(page);
	if (e && e->count < 1)
		e = NULL;
	spin_unlock_irqrestore(&pkmap.lock, flags);
	return e ? pkmap_va(index_of(e)) : NULL;
}

struct page *kmap_to_page(const void *va)
{
	u32 n = kmap_window_number(va);
	unsigned long i = pkmap_index(va);
	unsigned long pfn = max_pfn;

	if (i < LAST_PKMAP)
		return pkmap.entry[i].count > 0 ? pkmap.entry[i].page : NULL;
	if (n - KMAP_FIRST < KMAP_WINDOWS)
		pfn = kmap_window_mapped(n) ? kmap_window_pfn(n) : max_pfn;
	else if ((unsigned long)va >= PAGE_OFFSET && (unsigned long)va < LOWMEM_END_VA)
		pfn = PFN_DOWN(__pa(va));
	return pfn_valid(pfn) ? pfn_to_page(pfn) : NULL;
}

static bool explain_entry(unsigned long va, char *buf, size_t size)
{
	unsigned long i = pkmap_index((void *)va);
	const struct pkmap_entry *e;

	if (i >= LAST_PKMAP)
		return false;
	e = &pkmap.entry[i];
	if (e->unmapped_by)
		scnprintf(buf, size, "hint=stale_pkmap_entry slot=%lu unmapped_by=%s mapped_by=%s",
		          i, report_site(e->unmapped_by), report_site(e->mapped_by));
	else
		scnprintf(buf, size, "hint=pkmap_entry_never_used slot=%lu", i);
	return true;
}

static struct fault_explainer entry_explainer = {.explain = explain_entry};

/* --- modes -------------------------------------------------------------------------------- */

static void set_first_fast_page(void)
{
	first_fast_page = diverted ? (struct page *)~0ul : kmap_first_page;
}

void kmap_divert(bool on)
{
	diverted = on;
	set_first_fast_page();
}

enum kmap_mode kmap_set_mode(enum kmap_mode mode)
{
	enum kmap_mode before = kmap_mode;

	kmap_flush_unused();
	kmap_mode = mode;
	kmap_local_set_mode();
	set_first_fast_page();
	return before;
}

void kmap_set_wait_ops(struct kmap_wait_ops ops)
{
	kmap_wait_ops = ops;
}

void kmap_init(enum kmap_mode mode)
{
	spin_lock_init(&pkmap.lock);
	for (unsigned int i = 0; i < BUCKETS; i++)
		pkmap.bucket[i] = &nobody;
	for (unsigned int i = 0; i < LAST_PKMAP; i++)
		pkmap.entry[i].count = FREE;
	kmap_arch_init();
	kmap_local_init();
	fault_explainer_register(&entry_explainer);
	kmap_set_mode(mode);
}

/* --- looking ------------------------------------------------------------------------------ */

void kmap_get_stats(struct kmap_stats *stats)
{
	*stats = (struct kmap_stats){.mode = kmap_mode,
	                             .windows = kmap_depth(),
	                             .laps = kmap_local_laps(),
	                             .flushes = pkmap.flushes};
	for (unsigned int i = 0; i < LAST_PKMAP; i++) {
		int count = READ_ONCE(pkmap.entry[i].count);

		stats->entries += count > 0;
		stats->entries_idle += count == 0;
		stats->mappings += count > 0 ? (unsigned long)count : 0;
	}
}

unsigned int kmap_list_entries(struct kmap_use *uses, unsigned int max)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < LAST_PKMAP && n < max; i++) {
		const struct pkmap_entry *e = &pkmap.entry[i];

		if (e->count > 0)
			uses[n++] = (struct kmap_use){(unsigned long)pkmap_va(i), pkmap_pfn(i),
			                              e->mapped_by, (unsigned int)e->count};
	}
	return n;
}

static unsigned int times_hashed(unsigned int i)
{
	const struct pkmap_entry *e = pkmap.bucket[bucket_of(pkmap.entry[i].page)];
	unsigned int times = 0;

	for (unsigned int steps = 0; e != &nobody && steps <= LAST_PKMAP; steps++) {
		times += e == &pkmap.entry[i];
		e = pkmap.next[index_of(e)];
	}
	return times;
}

static const char *check_entry(unsigned int i)
{
	const struct pkmap_entry *e = &pkmap.entry[i];

	if (e->count < 0 && e->count != FREE && e->count != LEAVING)
		return "a pkmap entry has a count that cannot be";
	if (e->count < 0)
		return e->page || pkmap_mapped(i) ? "a free pkmap entry is mapped" : NULL;
	if (!page_pointer_valid(e->page))
		return "a pkmap entry has no page";
	if (!pkmap_mapped(i) || pkmap_pfn(i) != page_to_pfn(e->page))
		return "a pkmap entry does not map its page";
	if (e->count > 0 && page_ref_count(compound_head(e->page)) < 1)
		return "a pkmap entry in use maps a page that is free";
	return times_hashed(i) == 1 ? NULL : "a pkmap entry is not once in its bucket";
}

const char *kmap_check(void)
{
	unsigned long flags = spin_lock_irqsave(&pkmap.lock);
	const char *wrong = NULL;

	for (unsigned int i = 0; i < LAST_PKMAP && !wrong; i++)
		wrong = check_entry(i);
	spin_unlock_irqrestore(&pkmap.lock, flags);
	return wrong ? wrong : kmap_local_check();
}
