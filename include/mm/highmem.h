/* SPDX-License-Identifier: MIT */
/* highmem.h - kernel addresses for pages that have none of their own.
 *
 *   kmap_local_page()  a window of this CPU for a few lines of code; nests up to 16 deep, undone in
 *                      the reverse order; may be held across a context switch, not handed on
 *   kmap_atomic()      the same with preemption off until the matching kunmap_atomic()
 *   kmap()             one of 512 entries that all CPUs see, for as long as wanted; may sleep
 *
 * Low pages have an address anyway and take no window, unless debug_highmem=on forces them to.
 * Source: Gorman ch. 9; Bovet and Cesati ch. 8; LWN, "Atomic kmaps become local"; Linux's names. */
#pragma once
#include "asm/kmap.h"
#include "mm/kmap_ctrl.h"
#include "mm/page_alloc.h"
#include "preempt.h"

/* --- windows ------------------------------------------------------------------------------ */

enum {
	KMAP_RING = KMAP_SLOTS_PER_CPU / 2, /* of each CPU's, those on the fast path */
	KMAP_DEPTH_ONE = 1 << KMAP_DEPTH_SHIFT,
	KMAP_TAKE = KMAP_DEPTH_ONE + 1,           /* one window more, and the next one */
	KMAP_FULL = KMAP_MAX << KMAP_DEPTH_SHIFT, /* this bit: 16 windows in use */
	KMAP_RING_END = KMAP_RING,                /* this bit: the ring's last was taken */
	KMAP_NOT_NOW = KMAP_SLOW | KMAP_FULL | KMAP_RING_END,
};
_Static_assert((KMAP_MAX & (KMAP_MAX - 1)) == 0 && (KMAP_RING & (KMAP_RING - 1)) == 0, "bits");

/* Who mapped and unmapped each window last. (O) the window's CPU */
struct kmap_site {
	unsigned long mapped, unmapped;
};
extern struct kmap_site kmap_sites[KMAP_WINDOWS];

/* Pages from here on need a window. (C) */
extern struct page *kmap_first_page;

void *kmap_window_slow(struct page *page, u32 word);
void *kmap_atomic_slow(struct page *page, u32 word);
bool kunmap_window_slow(const void *va);
bool kunmap_atomic_slow(const void *va);

/* The checking build: note that a window is kmap_atomic()'s; is va to be unmapped by this call? */
void kmap_note_atomic(const void *va);
bool kmap_call_is_right(const void *va, bool atomic);
bool kmap_page_is_sound(const struct page *page, const char *what);

/* What kmap_local_page() and kmap_atomic() look at: everything in the checking build, else only a
 * NULL that the compiler sees, which costs nothing where it is none. */
#define KMAP_LOOKS_AT(page) (DEBUG_BUILD || (__builtin_constant_p(!(page)) && !(page)))

static __always_inline struct kmap_site *kmap_site(u32 n)
{
	return (struct kmap_site *)((unsigned long)kmap_sites -
	                            KMAP_FIRST * sizeof(kmap_sites[0])) +
	       n;
}

/* Take the next window of the ring. The word's one addition takes it and counts it, so that an
 * interrupt comes before or after, never between. What does not go the short way goes by `slow`. */
static __always_inline void *__kmap_window(struct page *page,
                                           void *(*slow)(struct page *page, u32 word))
{
	u32 word = raw_cpu_fetch_add(kmap_word, KMAP_TAKE), n = (word + 1) & KMAP_NUMBER;

	if (unlikely(word & KMAP_NOT_NOW))
		return slow(page, word);
	kmap_window_set_page(n, (unsigned long)page - (unsigned long)mem_map);
	store_ip(&kmap_site(n)->mapped);
	return kmap_window_va(n);
}

/* Unmap the window if it is the one that was taken last and is mapped; all else the long way.
 * Returns: false when the request was refused. */
static __always_inline bool __kunmap_window(const void *va, bool (*slow)(const void *va))
{
	u32 n = kmap_window_number(va);

	if (unlikely((raw_cpu_read(kmap_word) ^ n) << (32 - KMAP_DEPTH_SHIFT)) ||
	    unlikely(!kmap_window_clear(n)))
		return slow(va);
	store_ip(&kmap_site(n)->unmapped);
	raw_cpu_sub(kmap_word, KMAP_DEPTH_ONE);
	return true;
}

/* Map a page for this context.
 * Context: any. Returns: its address, or NULL: 16 windows are in use already (reported with the
 * holders), or there is no such page or it is free. That is reported in the checking build; in
 * the other one the page is the caller's promise: of a pointer that is none, the window shows
 * whatever frame it works out to, or faults, and only a literal NULL is told. */
static __always_inline void *kmap_local_page(struct page *page)
{
	void *va;

	if (KMAP_LOOKS_AT(page) && !kmap_page_is_sound(page, "kmap_local_page"))
		return NULL;
	if (page < kmap_first_page)
		return lowmem_page_address(page);
	raw_cpu_add(__preempt_count, PREEMPT_OFFSET);
	va = __kmap_window(page, kmap_window_slow);
	preempt_enable();
	return va;
}

/* Map a frame that need not have a struct page, always through a window. As kmap_local_page(), and
 * NULL, reported, for a frame beyond what the CPU can address. */
void *kmap_local_pfn(unsigned long pfn);

/* Undo the innermost mapping of this context; va: any address in it. Addresses of the direct map
 * are ignored. Out of order, twice, or not a window: reported, nothing changes; in the checking
 * build also a window that kmap_atomic() mapped. */
static __always_inline void kunmap_local(const void *va)
{
	if (DEBUG_BUILD && !kmap_call_is_right(va, false))
		return;
	raw_cpu_add(__preempt_count, PREEMPT_OFFSET);
	__kunmap_window(va, kunmap_window_slow);
	preempt_enable();
}

/* The same, and nothing else runs on this CPU until kunmap_atomic(): that also means that page
 * faults are not served. */
static __always_inline void *kmap_atomic(struct page *page)
{
	void *va;

	if (KMAP_LOOKS_AT(page) && !kmap_page_is_sound(page, "kmap_atomic"))
		return NULL;
	raw_cpu_add(__preempt_count, KMAP_OFFSET);
	if (page < kmap_first_page) {
		this_cpu_write(preempt_site, _THIS_IP_);
		return lowmem_page_address(page);
	}
	va = __kmap_window(page, kmap_atomic_slow);
	if (DEBUG_BUILD)
		kmap_note_atomic(va);
	return va;
}

/* Without any kmap_atomic() to undo: reported, nothing changes. The short way, which undoes the
 * window taken last, does not look; there only the checking build tells. */
static __always_inline void kunmap_atomic(const void *va)
{
	if (DEBUG_BUILD && !kmap_call_is_right(va, true))
		return;
	if (likely(__kunmap_window(va, kunmap_atomic_slow)) &&
	    unlikely(raw_cpu_sub_and_test(__preempt_count, KMAP_OFFSET)))
		__preempt_schedule();
}

/* --- contexts ----------------------------------------------------------------------------- */

/* The running context leaves this CPU: remember its windows and unmap them. Context: the scheduler,
 * interrupts off. */
void kmap_local_sched_out(struct kmap_ctrl *ctrl);

/* A context comes back to this CPU: map its windows where they were. On another CPU than it left,
 * it is refused with a report. Returns: false when it was. */
bool kmap_local_sched_in(struct kmap_ctrl *ctrl);

/* Unmap what this context holds beyond `depth` windows and tell who left it: a handler returns, a
 * program goes back to user mode, a test was ended. what: a word for the report. */
void kmap_local_release(unsigned int depth, const char *what);

/* --- pkmap -------------------------------------------------------------------------------- */

/* Map a page for as long as wanted, for all CPUs. Mapped again, it has the same address and the
 * mappings are counted. May wait for an entry.
 * Context: may sleep. Returns: its address; NULL, reported: there is no such page, it is free,
 * the context may not sleep, or all entries are in use and nobody could be waited for. */
void *kmap(struct page *page);

/* Undo one kmap(). Of a page that is not mapped: reported. Context: any. */
void kunmap(struct page *page);

/* The kernel address that a page has now: its own, or pkmap's; NULL: none. Context: any. */
void *page_address(const struct page *page);

/* The page behind a kernel address of the direct map, pkmap or a window; NULL: there is none. */
struct page *kmap_to_page(const void *va);

/* Unmap every entry that is not in use and flush. Returns: how many. Context: any. */
unsigned int kmap_flush_unused(void);

/* How a context waits for an entry; without it there is nobody who could be waited for. Set by the
 * floor that has threads. */
struct kmap_wait_ops {
	/* Sleep in line until ready(arg) is true, tested whenever it is this one's turn. Called
	 * without locks. Returns: false: it ended without (the task is to be ended). */
	bool (*wait)(bool (*ready)(void *arg), void *arg);
	void (*wake)(void); /* an entry has become unused: the next in line; any context */
	void (*end)(void);  /* end the task whose wait() returned false */
};
void kmap_set_wait_ops(struct kmap_wait_ops ops);

/* --- copying ------------------------------------------------------------------------------ */

/* Bytes of pages, wherever these lie; [offset, offset + len) beyond the page is reported and
 * refused. Context: any. */
void clear_highpage(struct page *page);
void copy_highpage(struct page *to, struct page *from);
void memcpy_from_page(void *to, struct page *page, size_t offset, size_t len);
void memcpy_to_page(struct page *page, size_t offset, const void *from, size_t len);
void memset_page(struct page *page, size_t offset, int c, size_t len);
void memcpy_page(struct page *to, size_t to_offset, struct page *from, size_t from_offset,
                 size_t len);
static inline void memzero_page(struct page *page, size_t offset, size_t len)
{
	memset_page(page, offset, 0, len);
}

/* --- modes and looking -------------------------------------------------------------------- */

/* RING: windows are taken in turn and flushed once a lap. FLUSH: each is flushed when it is
 * unmapped and has an unmapped neighbour on either side. FORCE: FLUSH, and low pages take windows
 * too. */
enum kmap_mode { KMAP_MODE_RING, KMAP_MODE_FLUSH, KMAP_MODE_FORCE };

/* Change it. Context: nothing is mapped by anybody. Returns: what it was. */
enum kmap_mode kmap_set_mode(enum kmap_mode mode);

/* Context: boot, once, after memory is known. */
void kmap_init(enum kmap_mode mode);

/* Make a CPU's windows ready. Context: boot of that CPU. */
void kmap_init_cpu(unsigned int cpu);

struct kmap_stats {
	enum kmap_mode mode;
	unsigned int windows;        /* in use by this context */
	unsigned int entries;        /* pkmap entries in use */
	unsigned int entries_idle;   /* mapped still, but not in use */
	unsigned long mappings;      /* kmap() calls without their kunmap() */
	unsigned long laps, flushes; /* of this CPU's ring; of pkmap */
};
void kmap_get_stats(struct kmap_stats *stats);

/* A window or entry in use, for reports and /proc/kmapinfo. */
struct kmap_use {
	unsigned long va, pfn, site;
	unsigned int count; /* level of a window, users of an entry */
};
unsigned int kmap_list_windows(struct kmap_use *uses, unsigned int max);
unsigned int kmap_list_entries(struct kmap_use *uses, unsigned int max);

/* Check everything (I25). Returns: NULL or what is wrong. */
const char *kmap_check(void);
const char *kmap_local_check(void);
