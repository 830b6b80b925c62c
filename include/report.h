/* SPDX-License-Identifier: MIT */
/* report.h - how misuse and corruption are told.
 *
 * Every report is one machine-readable line and then prose:
 *   MMBUG kind=double_free obj=0xc1203000 order=3 zone=Normal cpu=0 task=0 caller=f+0x1c
 *         first_free=g+0x44 alloc=h+0x90 action=refused seq=12    (on one line)
 * Rules: it comes before suspect memory is touched; it allocates nothing and takes no mm lock; the
 * same kind, object and caller again is counted, and told at powers of two only. doc/reports.md has
 * a paragraph for each kind. */
#pragma once
#include "compiler.h"
#include "types.h"

/* kind, what it means in a few words */
#define REPORT_KINDS(X)                                                                            \
	X(double_free, "freed again while it is already free")                                     \
	X(wrong_order, "freed with another order than it was allocated with")                      \
	X(free_tail, "freed by a page that is not the first of its block")                         \
	X(free_reserved, "freed a page that was never the allocator's to give")                    \
	X(free_outside, "freed something that is no page of memory")                               \
	X(free_slab, "freed a page that belongs to a slab cache")                                  \
	X(bad_page, "freed while still in use")                                                    \
	X(bad_refcount, "reference count moved on a page that is free or has none left")           \
	X(bad_order, "asked for an order that does not exist")                                     \
	X(bad_gfp, "asked with flags that contradict each other")                                  \
	X(bad_node, "asked for a node that does not exist")                                        \
	X(bad_size, "asked for a size that cannot be")                                             \
	X(bad_split, "asked to split what is not one whole block of its own")                      \
	X(not_reserved, "gave the allocator memory that was not reserved")                         \
	X(bad_isolation,                                                                           \
	  "asked to isolate what is no pageblock, or to make it a type that is none")              \
	X(sleep_in_atomic, "asked to sleep where sleeping is not allowed")                         \
	X(list_corrupt, "the links of a free block were overwritten")                              \
	X(page_corrupt, "the struct page of a free page was written to")                           \
	X(page_poison, "memory was written after it was freed")                                    \
	X(invalid_free, "freed by an address inside an object, not its start")                     \
	X(not_heap, "freed something that is no object of any cache")                              \
	X(wrong_cache, "freed to another cache than the object's own")                             \
	X(use_of_freed, "asked about an object that is free")                                      \
	X(use_after_free, "an object was written to after it was freed")                           \
	X(red_zone, "bytes beside an object were written")                                         \
	X(ctor_broken, "an object was freed, but not as its constructor made it")                  \
	X(slab_corrupt, "what the slab allocator keeps about its objects was overwritten")         \
	X(bad_cache, "asked for a cache that makes no sense")                                      \
	X(cache_busy, "gave a cache up while objects of it were still allocated")                  \
	X(percpu_bad_alloc, "asked for per-CPU memory that cannot be")                             \
	X(percpu_bad_free, "freed something that is no per-CPU allocation")                        \
	X(percpu_no_cpu, "reached for the data of a CPU that is not there")                        \
	X(percpu_may_move, "used this CPU's data while it could be moved to another CPU")          \
	X(kmap_bad_page, "asked to map a page that is free or does not exist")                     \
	X(kmap_bad_unmap, "unmapped out of order, twice, or what was never mapped")                \
	X(kmap_exhausted, "all kmap windows or entries are in use")                                \
	X(kmap_leak, "left an interrupt with a kmap window still mapped")                          \
	X(kmap_wrong_cpu, "kmap windows cannot follow to another CPU")                             \
	X(kmap_bad_range, "copied beyond the end of a page")                                       \
	X(mempool_misuse, "a reserve of objects was used wrongly")                                 \
	X(memblock_misuse, "the boot allocator was used wrongly")                                  \
	X(vfree_invalid, "freed an address that no area of kernel addresses begins at")            \
	X(vfree_twice, "freed an area of kernel addresses that is freed already")                  \
	X(vfree_mismatch, "freed an area of kernel addresses with another call than made it")      \
	X(vmalloc_bad_size, "asked for kernel addresses of a size that cannot be")                 \
	X(vmalloc_no_hole, "no hole among the kernel addresses is large enough")                   \
	X(vmap_bad_page, "mapped something that is no page in use")                                \
	X(bad_mapping, "asked to change kernel page tables where or how that cannot be")           \
	X(ioremap_refused, "asked to map as device registers what are none")                       \
	X(ioremap_conflict, "asked to map device registers in two ways at once")                   \
	X(ipi_timeout, "another CPU did not answer in time")                                       \
	X(ipi_context, "asked another CPU where waiting for it can hang")                          \
	X(kernel_fault, "the kernel touched memory that it may not touch")                         \
	X(exception, "the kernel executed an instruction that the CPU refused")                    \
	X(stack_overflow, "a kernel stack ran into its guard page")                                \
	X(state_check, "a whole-state checker found an invariant broken")                          \
	X(lock_twice, "took a lock that it holds already")                                         \
	X(lock_order, "took two locks in an order that can deadlock")                              \
	X(lock_irq, "a lock that interrupt handlers take was held with interrupts on")             \
	X(lock_not_held, "gave up a lock that it does not hold")                                   \
	X(lock_held, "ended while it held a lock")                                                 \
	X(hung_task, "waited for a wake-up that did not come")                                     \
	X(bad_task, "asked something of a task that cannot be")                                    \
	X(wx_mapping, "kernel memory is writable and executable at once")

enum report_kind {
#define X(kind, text) REPORT_##kind,
	REPORT_KINDS(X)
#undef X
		NR_REPORT_KINDS
};

/* What a report does beyond telling: report=warn|oops|panic on the command line. oops ends the test
 * case or shell command that is to blame; panic ends the machine. */
enum report_mode { REPORT_WARN, REPORT_OOPS, REPORT_PANIC };
extern enum report_mode report_mode;

/* Print one report.
 * caller:  a code address of whoever is to blame; obj: what repeated reports are counted by.
 * action:  what becomes of it: "refused", "quarantined", "none", ...
 * fmt:     the fields between kind= and cpu=, as "name=value name=value".
 * Returns: true when it was told in full (go on with details), false for a counted repeat.
 * Context: any, but not under a zone lock. */
bool report(enum report_kind kind, unsigned long obj, unsigned long caller, const char *action,
            const char *fmt, ...) __printf(5, 6);

/* The last machine line (without newline), and how many reports there were, repeats included. */
const char *report_last_line(void);
unsigned long report_count(void);
enum report_kind report_last_kind(void);
const char *report_kind_name(enum report_kind kind);

/* Copy the value of field= in the last machine line into buf. Returns: false when not there. */
bool report_field(const char *field, char *buf, size_t size);

/* Forget which reports were told, so that the next of each kind is told in full. The shell does
 * it for each line, the test harness for each case. */
void report_rearm(void);

/* While on, a kind of which one report was told in full is told in one line: the test harness
 * switches it on where it waits for a report, and a suite of 700 has 800 of them. */
void report_be_brief(bool on);

/* How often report_rearm() was called: whoever limits messages of his own starts over with it. */
unsigned long report_epoch(void);

/* One of this CPU's twelve buffers of REPORT_TEXT bytes, in turn: for pieces of a report's text. */
enum { REPORT_TEXT = 288 };
char *report_text(void);

/* text with its blanks as '_', so that it can be a field's value; as report_text(). */
const char *report_word(const char *text);

/* "f+0x1c" of a return address, "?" of anything else; as report_text(). */
const char *report_site(unsigned long addr);

/* "f+0x1c" of an instruction, its number when it is in no function. */
const char *report_ip(unsigned long addr);
