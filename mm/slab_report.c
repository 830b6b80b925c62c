/* SPDX-License-Identifier: MIT */
/* slab_report.c - misuse of objects in words. Owns: nothing. Looks at no object but by its slab. */
#include "slab_report.h"
#include "asm/address_class.h"
#include "lib/bitops.h"
#include "lib/vsprintf.h"
#include "printk.h"

const char *slab_fields(const struct slab_place *at)
{
	static char bufs[2][128];
	static unsigned int turn;
	char *buf = bufs[turn++ % 2];
	const struct kmem_cache *cache = at->slab->cache;

	scnprintf(buf, sizeof(bufs[0]),
	          "obj=0x%08lx cache=%s size=%u slab=0x%08lx index=%u node=%d",
	          (unsigned long)slab_object(at->slab, at->index), report_word(cache->name),
	          cache->object_size, (unsigned long)at->slab, at->index, at->slab->nid);
	return buf;
}

/* What an address that is in no slab could be. */
static const char *kind_of_address(const void *p, const struct slab_place *at)
{
	if (!at->page)
		return report_word(address_class((unsigned long)p));
	if (PageSlab(compound_head(at->page)))
		return "kmalloc_large";
	return page_kind(page_to_pfn(at->page));
}

void report_not_object(const void *p, const struct slab_place *at, unsigned long caller)
{
	if (at->slab) {
		report(REPORT_invalid_free, (unsigned long)p, caller, "refused",
		       "addr=0x%08lx offset=%ld %s", (unsigned long)p, at->offset, slab_fields(at));
		return;
	}
	report(REPORT_not_heap, (unsigned long)p, caller, "refused",
	       "addr=0x%08lx region=%s class=%s", (unsigned long)p, kind_of_address(p, at),
	       report_word(address_class((unsigned long)p)));
}

void report_freed(const struct slab_place *at, const char *what, unsigned long caller)
{
	enum report_kind kind = *what == 'f' ? REPORT_double_free : REPORT_use_of_freed;

	report(kind, (unsigned long)slab_object(at->slab, at->index), caller, "refused",
	       "%s call=%s", slab_fields(at), what);
}

void report_wrong_cache(const struct slab_place *at, const struct kmem_cache *cache,
                        unsigned long caller)
{
	report(REPORT_wrong_cache, (unsigned long)slab_object(at->slab, at->index), caller,
	       "refused", "%s freed_to=%s", slab_fields(at), report_word(cache->name));
}

void report_written(const struct slab_place *at, unsigned long found, unsigned long expected,
                    unsigned long caller)
{
	report(REPORT_use_after_free, (unsigned long)slab_object(at->slab, at->index), caller,
	       "quarantined", "%s offset=%u found=0x%08lx expected=0x%08lx hint=%s",
	       slab_fields(at), at->slab->cache->cookie_offset, found, expected,
	       is_power_of_2(found ^ expected) ? "single_bit" : "overwrite");
}
