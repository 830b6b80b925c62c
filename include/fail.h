/* SPDX-License-Identifier: MIT */
/* fail.h - making a chosen allocation fail: fail=SITE:NTH on the command line, `fail` in the shell.
 *
 * A site is a place that can run out of memory. Arming a site makes its NTH call from now fail,
 * once. The site learns of it through a hook, so that a fast path need not look. */
#pragma once
#include "kernel.h"

#define FAIL_SITES(X)                                                                              \
	X(alloc_pages, "page allocations of any order")                                            \
	X(slab, "objects of caches, kmalloc")                                                      \
	X(alloc_percpu, "per-CPU allocations")                                                     \
	X(cpu_start, "starts of CPUs: the CPU does not answer")

enum fail_site {
#define X(site, text) FAIL_##site,
	FAIL_SITES(X)
#undef X
		NR_FAIL_SITES
};

/* Call number that will fail, counted down, atomic; 0: not armed. */
extern unsigned long fail_countdown[NR_FAIL_SITES];

/* How often a site was told to fail since boot. */
extern unsigned long fail_injected[NR_FAIL_SITES];

/* Is it this call's turn? Context: any. */
bool fail_count_down(enum fail_site site);
static inline bool should_fail(enum fail_site site)
{
	return unlikely(READ_ONCE(fail_countdown[site])) && fail_count_down(site);
}

/* Arm a site (nth > 0) or disarm it (0). */
void fail_arm(enum fail_site site, unsigned long nth);

/* Be told when a site is armed or disarmed. One hook a site. Context: boot. */
void fail_set_hook(enum fail_site site, void (*hook)(bool armed));

/* Parse "SITE:NTH". Returns: 0 or -EINVAL. */
int fail_parse(const char *text);

const char *fail_site_name(enum fail_site site);
