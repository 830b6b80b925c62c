/* SPDX-License-Identifier: MIT */
/* kmap_local.c - kmap windows beyond the fast path: laps, nesting, misuse, contexts.
 *
 * Owns: kmap_word and struct kmap_cpu of each CPU, kmap_sites. Each CPU has 128 slots:
 *
 *    1 .. 64   the ring: taken one after the other and left unmapped, but unflushed, behind; at its
 *              end, when nothing is in use, everything is flushed and the next lap begins
 *   65 .. 71   never mapped: kmap_word's number is 65 when the window taken last may be a slow one,
 *              so that the short way of unmapping, which compares numbers, leaves it to the long
 *              one; what is about to take a window and its interrupts count further for a moment
 *   72 .. 127  slow windows: for what is mapped while the ring is at its end; flushed one by one
 *
 * Invariants: (1) ring slots behind kmap_word's number are not mapped and in no TLB; (2) those in
 * use are in the order of their levels, slow ones are noted in level[]; (3) a level in use and not
 * in slow_levels is the next mapped ring slot; (4) the depth in kmap_word counts them. In the modes
 * FLUSH and FORCE every window is a slow one, and only odd slots are used, so that its neighbours
 * stay unmapped. kmap_word is changed by single instructions only; everything else in here runs
 * with interrupts off. Locks: none, nothing is shared between CPUs. */
#include "asm/cpufeature.h"
#include "asm/irqflags.h"
#include "asm/page_ops.h"
#include "fault.h"
#include "kernel.h"
#include "lib/vsprintf.h"
#include "mm/highmem.h"
#include "mm/topology.h"
#include "internal.h"
#include "kmap_internal.h"
#include "printk.h"
#include "report.h"
#include "smp.h"

/* (O) owner CPU, interrupts off */
struct kmap_cpu {
	u8 level[KMAP_MAX];       /* slot of a level that is slow */
	unsigned int slow_levels; /* a bit per level */
	unsigned int turn;        /* slow window used last */
	unsigned long laps;
};

static DEFINE_PER_CPU(struct kmap_cpu, kmap_cpu);
struct kmap_site kmap_sites[KMAP_WINDOWS];
static bool mapped_atomic[KMAP_WINDOWS]; /* (O) the checking build: it is kmap_atomic()'s */
struct page *kmap_first_page;
static unsigned long pfn_limit; /* (C) frames from here on the CPU cannot address */
enum kmap_mode kmap_mode;

enum { RING_OVER = KMAP_RING + 1, FIRST_SLOW = KMAP_RING + 8 };
_Static_assert(FIRST_SLOW + KMAP_MAX <= KMAP_SLOTS_PER_CPU, "a slow window for each level");

_Static_assert(sizeof(void *) != 4 || sizeof(struct page) == 32, "asm/kmap.h multiplies by it");

static u32 first_window(void)
{
	return KMAP_FIRST + raw_smp_processor_id() * KMAP_SLOTS_PER_CPU;
}

static unsigned int depth_of(u32 word)
{
	return word >> KMAP_DEPTH_SHIFT & KMAP_DEPTH;
}

static struct kmap_site *site_of(u32 n)
{
	return &kmap_sites[n - KMAP_FIRST];
}

static struct kmap_cpu *this_cpu_kmap(void)
{
	return raw_cpu_ptr(&kmap_cpu);
}

/* --- which window is which level ---------------------------------------------------------- */

/* The slots in use, outermost first. Returns: how many were found (I25: the depth). */
static unsigned int list_slots(u8 *slots)
{
	const struct kmap_cpu *k = this_cpu_kmap();
	unsigned int depth = kmap_depth(), ring = 1, n = 0;

	for (unsigned int level = 0; level < min(depth, (unsigned int)KMAP_MAX); level++) {
		if (k->slow_levels >> level & 1) {
			slots[n++] = k->level[level];
			continue;
		}
		while (ring <= KMAP_RING && !kmap_window_mapped(first_window() + ring))
			ring++;
		if (ring <= KMAP_RING)
			slots[n++] = (u8)ring++;
	}
	return n;
}

/* The innermost window in use; 0: there is none. */
static u32 top_window(void)
{
	u8 slots[KMAP_MAX];
	unsigned int n = list_slots(slots);

	return n ? first_window() + slots[n - 1] : 0;
}

/* --- mapping ------------------------------------------------------------------------------ */

static void report_exhausted(unsigned long caller)
{
	u8 slots[KMAP_MAX];
	unsigned int n = list_slots(slots);
	u32 top = n ? first_window() + slots[n - 1] : KMAP_FIRST;

	if (!report(REPORT_kmap_exhausted, (unsigned long)KMAP_FULL, caller, "refused",
	            "what=windows in_use=%u max=%u top=0x%08lx mapped_by=%s", n, KMAP_MAX,
	            (unsigned long)kmap_window_va(top), report_site(site_of(top)->mapped)))
		return;
	for (unsigned int level = 0; level < n; level++) {
		u32 w = first_window() + slots[level];

		pr_err("  level %2u: 0x%08lx pfn %lu mapped by %s\n", level,
		       (unsigned long)kmap_window_va(w), kmap_window_pfn(w),
		       report_site(site_of(w)->mapped));
	}
}

/* Nothing is in use and the ring is at its end: flush and begin the next lap with a window taken.
 */
static u32 begin_lap(void)
{
	kmap_flush_all_local();
	this_cpu_kmap()->laps++;
	this_cpu_write(kmap_word, first_window() + KMAP_TAKE);
	return first_window() + 1;
}

/* The next slow slot that is not in use: of the odd ones in debug modes, behind the ring else. */
static unsigned int pick_slow_slot(u32 word)
{
	struct kmap_cpu *k = this_cpu_kmap();
	bool guarded = word & KMAP_SLOW;
	unsigned int lowest = guarded ? 1 : FIRST_SLOW;

	do {
		k->turn = guarded ? (k->turn + 2) | 1 : k->turn + 1;
		if (k->turn >= KMAP_SLOTS_PER_CPU || k->turn < lowest)
			k->turn = lowest;
	} while (kmap_window_mapped(first_window() + k->turn));
	return k->turn;
}

/* Note that `level` is mapped by a slow slot. */
static void note_slow_level(unsigned int level, unsigned int slot)
{
	struct kmap_cpu *k = this_cpu_kmap();

	k->level[level] = (u8)slot;
	k->slow_levels |= 1u << level;
}

static u32 take_slow_window(u32 word)
{
	unsigned int slot = pick_slow_slot(word);

	if ((word & KMAP_NUMBER) !=
	    first_window() + KMAP_RING)     /* the first of them: 65 from now on */
		this_cpu_sub(kmap_word, 1); /* the number stays; the level counts */
	note_slow_level(depth_of(word), slot);
	return first_window() + slot;
}

static void *map_slowly(phys_addr_t pa, u32 word, unsigned long caller)
{
	unsigned long flags = local_irq_save();
	u32 n;

	if (word & KMAP_FULL) {
		this_cpu_sub(kmap_word, KMAP_TAKE);
		local_irq_restore(flags);
		report_exhausted(caller);
		return NULL;
	}
	n = depth_of(word) || word & KMAP_SLOW ? take_slow_window(word) : begin_lap();
	kmap_window_set(n, pa);
	site_of(n)->mapped = caller;
	local_irq_restore(flags);
	return kmap_window_va(n);
}

void *kmap_window_slow(struct page *page, u32 word)
{
	return map_slowly(page_to_phys(page), word, _RET_IP_);
}

void *kmap_atomic_slow(struct page *page, u32 word)
{
	void *va = map_slowly(page_to_phys(page), word, _RET_IP_);

	if (!va)
		raw_cpu_sub(__preempt_count, KMAP_OFFSET);
	return va;
}

static noinline void *refuse_pfn(unsigned long pfn, unsigned long caller)
{
	report(REPORT_kmap_bad_page, pfn, caller, "refused",
	       "pfn=%lu what=kmap_local_pfn state=beyond_limit limit=0x%llx", pfn,
	       (u64)phys_addr_limit());
	return NULL;
}

void *kmap_local_pfn(unsigned long pfn)
{
	u32 word, n;
	void *va;

	if (unlikely(pfn >= pfn_limit))
		return refuse_pfn(pfn, _RET_IP_);
	preempt_disable();
	word = raw_cpu_fetch_add(kmap_word, KMAP_TAKE);
	n = (word + 1) & KMAP_NUMBER;
	if (likely(!(word & KMAP_NOT_NOW))) {
		kmap_window_set(n, PFN_PHYS(pfn));
		site_of(n)->mapped = _RET_IP_;
		va = kmap_window_va(n);
	} else {
		va = map_slowly(PFN_PHYS(pfn), word, _RET_IP_);
	}
	preempt_enable();
	return va;
}

bool kmap_check_page(const struct page *page, const char *what, unsigned long caller)
{
	if (unlikely(!page_pointer_valid(page))) {
		report(REPORT_kmap_bad_page, (unsigned long)page, caller, "refused",
		       "obj=0x%08lx what=%s state=no_page", (unsigned long)page, what);
		return false;
	}
	if (likely(page_ref_count(compound_head((struct page *)page)) > 0))
		return true;
	report(REPORT_kmap_bad_page, (unsigned long)page, caller, "refused",
	       "%s what=%s state=%s freed_by=%s", page_fields(page), what,
	       page_kind(page_to_pfn(page)), report_site(page->free_site));
	return false;
}

bool kmap_page_is_sound(const struct page *page, const char *what)
{
	return kmap_check_page(page, what, _RET_IP_);
}

/* --- unmapping ---------------------------------------------------------------------------- */

/* Unmap the innermost window, n. */
static void drop_top(u32 n, unsigned long caller)
{
	struct kmap_cpu *k = this_cpu_kmap();
	unsigned int level = kmap_depth() - 1;

	kmap_window_clear(n);
	if (k->slow_levels >> level & 1) {
		kmap_window_flush(n);
		k->slow_levels &= ~(1u << level);
	}
	site_of(n)->unmapped = caller;
	mapped_atomic[n - KMAP_FIRST] = false;
	this_cpu_sub(kmap_word, KMAP_DEPTH_ONE);
}

static bool is_window(u32 n)
{
	return n - KMAP_FIRST < KMAP_WINDOWS;
}

static const char *what_is_wrong(u32 n)
{
	if (!is_window(n))
		return "no_window";
	if (n - first_window() >= KMAP_SLOTS_PER_CPU)
		return "another_cpus_window";
	return kmap_window_mapped(n) ? "out_of_order" : "not_mapped";
}

static void report_bad_unmap(const void *va, u32 n, u32 top, unsigned long caller)
{
	const struct kmap_site *s = is_window(n) ? site_of(n) : NULL;

	report(REPORT_kmap_bad_unmap, (unsigned long)va, caller, "refused",
	       "addr=0x%08lx what=%s slot=%d expected=0x%08lx mapped_by=%s unmapped_by=%s "
	       "top_mapped_by=%s",
	       (unsigned long)va, what_is_wrong(n), s ? (int)(n - first_window()) : -1,
	       top ? (unsigned long)kmap_window_va(top) : 0, report_site(s ? s->mapped : 0),
	       report_site(s ? s->unmapped : 0), report_site(top ? site_of(top)->mapped : 0));
}

/* Kernel addresses that kmap_local_page() gives for low pages. */
static bool is_low_address(const void *va)
{
	return (unsigned long)va >= PAGE_OFFSET && (unsigned long)va < LOWMEM_END_VA &&
	       kmap_first_page;
}

static bool unmap_slowly(const void *va, unsigned long caller)
{
	u32 n = kmap_window_number(va), top;
	unsigned long flags;

	if (likely(is_low_address(va)))
		return true;
	flags = local_irq_save();
	top = top_window();
	if (n == top && top)
		drop_top(n, caller);
	local_irq_restore(flags);
	if (likely(n == top && top))
		return true;
	report_bad_unmap(va, n, top, caller);
	return false;
}

bool kunmap_window_slow(const void *va)
{
	return unmap_slowly(va, _RET_IP_);
}

/* --- the wrong call ----------------------------------------------------------------------- */

/* Is there a kmap_atomic() to undo? Else the preempt count would go below zero. */
static bool atomic_is_held(const void *va, unsigned long caller)
{
	unsigned int count = preempt_count();

	if (likely(count & KMAP_COUNT_MASK))
		return true;
	report(REPORT_kmap_bad_unmap, (unsigned long)va, caller, "refused",
	       "addr=0x%08lx what=no_kmap_atomic preempt_count=0x%x", (unsigned long)va, count);
	return false;
}

bool kunmap_atomic_slow(const void *va)
{
	return atomic_is_held(va, _RET_IP_) && unmap_slowly(va, _RET_IP_);
}

void kmap_note_atomic(const void *va)
{
	u32 n = kmap_window_number(va);

	if (is_window(n))
		mapped_atomic[n - KMAP_FIRST] = true;
}

bool kmap_call_is_right(const void *va, bool atomic)
{
	u32 n = kmap_window_number(va);

	if (atomic && !atomic_is_held(va, _RET_IP_))
		return false;
	if (!is_window(n) || !kmap_window_mapped(n) || n != top_window())
		return true; /* the call itself looks closer */
	if (mapped_atomic[n - KMAP_FIRST] != atomic) {
		report(REPORT_kmap_bad_unmap, (unsigned long)va, _RET_IP_, "refused",
		       "addr=0x%08lx what=mapped_by_%s slot=%u mapped_by=%s", (unsigned long)va,
		       atomic ? "kmap_local" : "kmap_atomic", n - first_window(),
		       report_site(site_of(n)->mapped));
		return false;
	}
	mapped_atomic[n - KMAP_FIRST] = false;
	return true;
}

/* --- contexts ----------------------------------------------------------------------------- */

void kmap_local_sched_out(struct kmap_ctrl *ctrl)
{
	u8 slots[KMAP_MAX];

	ctrl->idx = list_slots(slots);
	ctrl->cpu = raw_smp_processor_id();
	for (unsigned int i = 0; i < ctrl->idx; i++) {
		u32 n = first_window() + slots[i];

		ctrl->held[i].slot = slots[i];
		ctrl->held[i].pfn = kmap_window_pfn(n);
		kmap_window_clear(n);
		kmap_window_flush(n);
	}
	this_cpu_kmap()->slow_levels = 0;
	this_cpu_sub(kmap_word, kmap_depth() << KMAP_DEPTH_SHIFT);
}

/* Until the last of these windows is unmapped, the ring counts as at its end: its slots may be
 * among them, and where the ring goes on is of no use then. */
bool kmap_local_sched_in(struct kmap_ctrl *ctrl)
{
	u32 word = raw_cpu_read(kmap_word);

	if (!ctrl->idx)
		return true;
	ASSERT(!depth_of(word));
	if (ctrl->cpu != raw_smp_processor_id()) {
		report(REPORT_kmap_wrong_cpu, ctrl->cpu, _RET_IP_, "refused",
		       "windows=%u of_cpu=%u on_cpu=%u", ctrl->idx, ctrl->cpu,
		       raw_smp_processor_id());
		return false;
	}
	for (unsigned int i = 0; i < ctrl->idx; i++) {
		u32 n = first_window() + ctrl->held[i].slot;

		kmap_window_set(n, PFN_PHYS(ctrl->held[i].pfn));
		kmap_window_flush(n);
		note_slow_level(i, ctrl->held[i].slot);
	}
	if (!(word & KMAP_SLOW))
		word = first_window() + RING_OVER;
	this_cpu_write(kmap_word, word + ctrl->idx * KMAP_DEPTH_ONE);
	ctrl->idx = 0;
	return true;
}

static void report_leak(u32 n, unsigned int depth, const char *what)
{
	report(REPORT_kmap_leak, (unsigned long)kmap_window_va(n), site_of(n)->mapped, "unmapped",
	       "addr=0x%08lx what=%s slot=%u pfn=%lu mapped_by=%s depth=%u expected=%u",
	       (unsigned long)kmap_window_va(n), what, n - first_window(), kmap_window_pfn(n),
	       report_site(site_of(n)->mapped), kmap_depth(), depth);
}

void kmap_local_release(unsigned int depth, const char *what)
{
	unsigned long flags = local_irq_save();

	while (kmap_depth() > depth) {
		u32 n = top_window();

		if (!n) { /* counted, but nothing is mapped */
			this_cpu_sub(kmap_word, (kmap_depth() - depth) << KMAP_DEPTH_SHIFT);
			break;
		}
		report_leak(n, depth, what);
		drop_top(n, _RET_IP_);
	}
	local_irq_restore(flags);
}

static unsigned long top_holder(void)
{
	u32 top = top_window();

	return top ? site_of(top)->mapped : 0;
}

static void release_after_irq(unsigned int depth)
{
	kmap_local_release(depth, "interrupt");
}

/* --- faults ------------------------------------------------------------------------------- */

static unsigned int cpu_of(u32 n)
{
	return (n - KMAP_FIRST) / KMAP_SLOTS_PER_CPU;
}

static unsigned int slot_of(u32 n)
{
	return (n - KMAP_FIRST) % KMAP_SLOTS_PER_CPU;
}

/* A slot that is kept unmapped so that its neighbours' bounds hold. */
static void explain_guard(u32 n, char *buf, size_t size)
{
	bool below = n > KMAP_FIRST && kmap_window_mapped(n - 1);
	u32 neighbour = below ? n - 1 : n + 1;

	if (kmap_window_mapped(neighbour))
		scnprintf(buf, size, "hint=kmap_%s slot=%u of_cpu=%u mapped_by=%s",
		          below ? "overrun" : "underrun", slot_of(neighbour), cpu_of(neighbour),
		          report_site(site_of(neighbour)->mapped));
	else
		scnprintf(buf, size, "hint=kmap_guard slot=%u of_cpu=%u", slot_of(n), cpu_of(n));
}

/* An access to a slot that is not mapped. */
static bool explain_window(unsigned long va, char *buf, size_t size)
{
	u32 n = kmap_window_number((void *)va);

	if (!is_window(n))
		return false;

	if (kmap_mode != KMAP_MODE_RING && !(slot_of(n) & 1))
		explain_guard(n, buf, size);
	else if (site_of(n)->unmapped)
		scnprintf(buf, size,
		          "hint=stale_kmap_slot slot=%u of_cpu=%u unmapped_by=%s mapped_by=%s",
		          slot_of(n), cpu_of(n), report_site(site_of(n)->unmapped),
		          report_site(site_of(n)->mapped));
	else
		scnprintf(buf, size, "hint=kmap_slot_never_used slot=%u of_cpu=%u", slot_of(n),
		          cpu_of(n));
	return true;
}

static struct fault_explainer window_explainer = {.explain = explain_window};

/* --- modes -------------------------------------------------------------------------------- */

void kmap_init_cpu(unsigned int cpu)
{
	u32 first = KMAP_FIRST + cpu * KMAP_SLOTS_PER_CPU;

	per_cpu(kmap_word, cpu) = kmap_mode == KMAP_MODE_RING ? first : (u32)KMAP_SLOW;
}

static void begin_anew(void *unused)
{
	(void)unused;
	ASSERT(!depth_of(this_cpu_read(kmap_word)));
	kmap_init_cpu(smp_processor_id());
	kmap_flush_all_local();
}

void kmap_local_set_mode(void)
{
	kmap_first_page = kmap_mode == KMAP_MODE_FORCE ? NULL : mem_map + max_low_pfn;
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		if (!cpu_online(cpu))
			kmap_init_cpu(cpu);
	on_each_cpu(begin_anew, NULL, true);
}

void kmap_local_init(void)
{
	pfn_limit = (unsigned long)(phys_addr_limit() >> PAGE_SHIFT);
	kmap_leak_hook = release_after_irq;
	kmap_holder_hook = top_holder;
	fault_explainer_register(&window_explainer);
}

/* --- looking ------------------------------------------------------------------------------ */

unsigned int kmap_list_windows(struct kmap_use *uses, unsigned int max)
{
	unsigned long flags = local_irq_save();
	u8 slots[KMAP_MAX];
	unsigned int n = list_slots(slots);

	n = min(n, max);
	for (unsigned int i = 0; i < n; i++) {
		u32 w = first_window() + slots[i];

		uses[i] = (struct kmap_use){(unsigned long)kmap_window_va(w), kmap_window_pfn(w),
		                            site_of(w)->mapped, i};
	}
	local_irq_restore(flags);
	return n;
}

unsigned long kmap_local_laps(void)
{
	return this_cpu_kmap()->laps;
}

static const char *check_this_cpu(void)
{
	u32 word = raw_cpu_read(kmap_word), number = word & KMAP_NUMBER;
	unsigned int mapped = 0;
	u8 slots[KMAP_MAX];

	if (depth_of(word) > KMAP_MAX)
		return "more kmap windows are counted than there are";
	if (!(word & KMAP_SLOW) && number - first_window() > RING_OVER)
		return "a CPU's next kmap window is not one of its own";
	for (unsigned int slot = 0; slot < KMAP_SLOTS_PER_CPU; slot++)
		mapped += kmap_window_mapped(first_window() + slot);
	if (mapped != depth_of(word) || list_slots(slots) != mapped)
		return "kmap windows mapped are not those counted";
	if (this_cpu_kmap()->slow_levels >> depth_of(word))
		return "a kmap window is noted for a level that is not in use";
	for (u32 n = number + 1; !(word & KMAP_SLOW) && n <= first_window() + KMAP_RING; n++)
		if (kmap_window_mapped(n) && !this_cpu_kmap()->slow_levels)
			return "a kmap window is mapped that is still to be taken";
	return NULL;
}

const char *kmap_local_check(void)
{
	unsigned long flags = local_irq_save();
	const char *wrong = check_this_cpu();

	local_irq_restore(flags);
	return wrong;
}
