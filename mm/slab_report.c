/* SPDX-License-Identifier: MIT */
/* slab_report.c - misuse of objects in words. Owns: nothing. Allocates nothing, takes no lock. */
#include "slab_report.h"
#include "asm/address_class.h"
#include "lib/bitops.h"
#include "internal.h"
#include "lib/string.h"
#include "lib/vsprintf.h"
#include "printk.h"

static const char *track_site(const struct slab_place *at, bool freed)
{
	const struct slab_tail *tail;

	if (!(at->slab->cache->flags & SLAB_STORE_USER))
		return "?";
	tail = slab_tail(at->slab->cache, slab_object(at->slab, at->index));
	return report_site(freed ? tail->free.trace[0] : tail->alloc.trace[0]);
}

const char *slab_fields(const struct slab_place *at)
{
	char *buf = report_text();
	const struct kmem_cache *cache = at->slab->cache;

	scnprintf(buf, REPORT_TEXT,
	          "obj=0x%08lx cache=%s size=%u slab=0x%08lx index=%u node=%d alloc=%s "
	          "first_free=%s",
	          (unsigned long)slab_object(at->slab, at->index), report_word(cache->name),
	          cache->object_size, (unsigned long)at->slab, at->index, at->slab->nid,
	          track_site(at, false), track_site(at, true));
	return buf;
}

/* --- details ---------------------------------------------------------------------------------- */

enum { ROW = 16, ROWS = 4 };

/* One row: bad bytes, [from, to) of the object, in brackets. */
static void print_row(const u8 *object, long start, long from, long to)
{
	char line[ROW * 4 + 1];
	int n = 0;

	for (long i = start; i < start + ROW; i++)
		n += scnprintf(line + n, sizeof(line) - (size_t)n,
		               i >= from && i < to ? "[%02x]" : " %02x ", object[i]);
	pr_err("  %+5ld: %s\n", start, line);
}

/* 64 bytes of the slab around offset `from` of an object. */
static void print_bytes(const struct slab_place *at, long from, long to)
{
	const struct kmem_cache *cache = at->slab->cache;
	const u8 *object = slab_object(at->slab, at->index);
	long first = -(long)cache->object_offset;
	long last = first + (long)cache->size; /* the piece that the object has */
	long start = max(ALIGN_DOWN(from - ROW, (long)ROW), ALIGN(first, (long)ROW));

	pr_err("  object of %u bytes at %p in %s, [] is bad:\n", cache->object_size,
	       (const void *)object, cache->name);
	for (int row = 0; row < ROWS && start + ROW <= last; row++, start += ROW)
		print_row(object, start, from, to);
}

static void print_track(const char *what, const struct slab_track *track)
{
	if (!track->seq)
		return;
	pr_err("  %s as event %u on cpu %u by\n", what, track->seq, track->cpu);
	for (int i = 0; i < TRACK_DEPTH && track->trace[i]; i++)
		pr_err("    %pB\n", (void *)track->trace[i]);
}

void print_owners(const struct slab_place *at)
{
	const struct kmem_cache *cache = at->slab->cache;
	const struct slab_tail *tail;

	if (!(cache->flags & SLAB_STORE_USER))
		return;
	tail = slab_tail(cache, slab_object(at->slab, at->index));
	print_track("allocated", &tail->alloc);
	print_track("freed", &tail->free);
}

/* --- what is no object ------------------------------------------------------------------------ */

/* What an address that is in no slab could be. */
static const char *kind_of_address(const void *p, const struct slab_place *at)
{
	if (!at->page)
		return report_word(address_class((unsigned long)p));
	if (PageSlab(compound_head(at->page)))
		return "kmalloc_large";
	if (PageReserved(at->page))
		return report_word(address_class((unsigned long)p));
	return page_kind(page_to_pfn(at->page));
}

void report_not_object(const void *p, const struct slab_place *at, unsigned long caller)
{
	struct page *head = at->page ? compound_head(at->page) : NULL;

	if (at->slab) {
		if (report(REPORT_invalid_free, (unsigned long)p, caller, "refused",
		           "addr=0x%08lx offset=%ld %s", (unsigned long)p, at->offset,
		           slab_fields(at)))
			print_owners(at);
	} else if (head && PageSlab(head)) {
		report(REPORT_invalid_free, (unsigned long)p, caller, "refused",
		       "addr=0x%08lx offset=%ld cache=kmalloc-large %s alloc=%s", (unsigned long)p,
		       (long)((const char *)p - (char *)lowmem_page_address(head)),
		       page_fields(head), report_site(head->alloc_site));
	} else {
		report(REPORT_not_heap, (unsigned long)p, caller, "refused",
		       "addr=0x%08lx region=%s", (unsigned long)p, kind_of_address(p, at));
	}
}

void report_freed(const struct slab_place *at, const char *what, unsigned long caller)
{
	enum report_kind kind = *what == 'f' ? REPORT_double_free : REPORT_use_of_freed;

	if (report(kind, (unsigned long)slab_object(at->slab, at->index), caller, "refused",
	           "%s call=%s", slab_fields(at), what))
		print_owners(at);
}

void report_wrong_cache(const struct slab_place *at, const struct kmem_cache *cache,
                        unsigned long caller)
{
	if (report(REPORT_wrong_cache, (unsigned long)slab_object(at->slab, at->index), caller,
	           "refused", "%s freed_to=%s", slab_fields(at), report_word(cache->name)))
		print_owners(at);
}

/* --- what was overwritten --------------------------------------------------------------------- */

void report_cookie(const struct slab_place *at, unsigned long found, unsigned long caller)
{
	unsigned long expected = array_cookie(at->page->slab_array);
	long offset = at->slab->cache->cookie_offset;

	if (report(REPORT_use_after_free, (unsigned long)slab_object(at->slab, at->index), caller,
	           "quarantined", "%s offset=%ld found=0x%08lx expected=0x%08lx hint=%s",
	           slab_fields(at), offset, found, expected,
	           is_power_of_2(found ^ expected) ? "single_bit" : "overwrite")) {
		print_bytes(at, offset, offset + (long)sizeof(long));
		print_owners(at);
	}
}

void report_damage(const struct slab_place *at, const struct slab_damage *damage, bool taken,
                   unsigned long caller)
{
	bool red = strcmp(damage->where, "object");

	if (report(red ? REPORT_red_zone : REPORT_use_after_free,
	           (unsigned long)slab_object(at->slab, at->index), caller,
	           taken ? "restored" : "quarantined",
	           "%s where=%s offset=%ld length=%u found=0x%02x expected=0x%02x hint=%s",
	           slab_fields(at), damage->where, damage->offset, damage->length, damage->found,
	           damage->expected,
	           damage->length == 1 && is_power_of_2(damage->found ^ damage->expected)
	                   ? "single_bit"
	                   : "overwrite")) {
		print_bytes(at, damage->offset, damage->offset + (long)damage->length);
		print_owners(at);
	}
}

void report_ctor(const struct slab_place *at, int offset, unsigned long expected,
                 unsigned long caller)
{
	const void *object = slab_object(at->slab, at->index);

	if (report(REPORT_ctor_broken, (unsigned long)object, caller, "restored",
	           "%s offset=%d found=0x%08lx expected=0x%08lx", slab_fields(at), offset,
	           *(const unsigned long *)((const char *)object + offset), expected)) {
		print_bytes(at, offset, offset + (long)sizeof(long));
		print_owners(at);
	}
}
