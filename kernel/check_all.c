/* SPDX-License-Identifier: MIT */
/* check_all.c - the list of the checkers. Owns: nothing. */
#include "check_all.h"
#include "kernel.h"
#include "lib/vsprintf.h"
#include "mm/check.h"
#include "mm/highmem.h"
#include "mm/percpu.h"
#include "mm/slab.h"
#include "mm/slab_check.h"
#include "mm/vmalloc.h"
#include "mm/mmzone.h"
#include "preempt.h"
#include "sched.h"

static const char *check_zones(void)
{
	static char text[96];
	const struct zone *where;
	const char *wrong = mm_check(&where);

	if (!wrong)
		return NULL;
	snprintf(text, sizeof(text), "%s%s%s", where ? where->name : "", where ? ": " : "", wrong);
	return text;
}

static const char *check_caches(void)
{
	static char text[96];
	const struct kmem_cache *cache;
	const char *wrong = slab_check_all(&cache);

	if (!wrong)
		return NULL;
	snprintf(text, sizeof(text), "%s%s%s", cache ? cache->name : "", cache ? ": " : "", wrong);
	return text;
}

/* Who calls this holds nothing. */
static const char *check_preempt(void)
{
	static char text[64];

	if (!preempt_count())
		return NULL;
	snprintf(text, sizeof(text), "the preempt count is 0x%x, but nothing is held",
	         preempt_count());
	return text;
}

/* Those for caches sleep, so what forbids that is looked for first. */
static const char *(*const checkers[])(void) = {
	check_preempt, check_zones, check_caches, percpu_check,
	vmalloc_check, kmap_check,  sched_check,
};

const char *check_all(void)
{
	const char *wrong = NULL;

	for (u32 i = 0; i < ARRAY_SIZE(checkers) && !wrong; i++)
		wrong = checkers[i]();
	return wrong;
}
