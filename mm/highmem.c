/* SPDX-License-Identifier: MIT */
/* highmem.c - the bytes of any page: cleared, filled, copied through windows. Owns: nothing. */
#include "mm/highmem.h"
#include "asm/page_ops.h"
#include "lib/string.h"
#include "report.h"

void clear_highpage(struct page *page)
{
	clear_page_pfn(page_to_pfn(page));
}

/* Does [offset, offset + len) lie in a page? */
static bool range_is_sound(const struct page *page, size_t offset, size_t len, const char *what,
                           unsigned long caller)
{
	if (likely(offset <= PAGE_SIZE && len <= PAGE_SIZE - offset))
		return true;
	report(REPORT_kmap_bad_range, (unsigned long)page, caller, "refused",
	       "what=%s pfn=%lu offset=%lu size=%lu page_size=%lu", what, page_to_pfn(page),
	       (unsigned long)offset, (unsigned long)len, PAGE_SIZE);
	return false;
}

void memcpy_from_page(void *to, struct page *page, size_t offset, size_t len)
{
	const char *from;

	if (!range_is_sound(page, offset, len, "memcpy_from_page", _RET_IP_))
		return;
	from = kmap_local_page(page);
	if (!from)
		return;
	memcpy(to, from + offset, len);
	kunmap_local(from);
}

void memcpy_to_page(struct page *page, size_t offset, const void *from, size_t len)
{
	char *to;

	if (!range_is_sound(page, offset, len, "memcpy_to_page", _RET_IP_))
		return;
	to = kmap_local_page(page);
	if (!to)
		return;
	memcpy(to + offset, from, len);
	kunmap_local(to);
}

void memset_page(struct page *page, size_t offset, int c, size_t len)
{
	char *to;

	if (!range_is_sound(page, offset, len, "memset_page", _RET_IP_))
		return;
	to = kmap_local_page(page);
	if (!to)
		return;
	memset(to + offset, c, len);
	kunmap_local(to);
}

/* Both ranges are sound; they may overlap when it is one page. */
static void move_bytes(struct page *to, size_t to_offset, struct page *from, size_t from_offset,
                       size_t len)
{
	char *dst = kmap_local_page(to);
	const char *src = dst ? kmap_local_page(from) : NULL;

	if (src) {
		if (to == from)
			memmove(dst + to_offset, dst + from_offset, len);
		else if (len == PAGE_SIZE)
			copy_page(dst, src);
		else
			memcpy(dst + to_offset, src + from_offset, len);
		kunmap_local(src);
	}
	if (dst)
		kunmap_local(dst);
}

void memcpy_page(struct page *to, size_t to_offset, struct page *from, size_t from_offset,
                 size_t len)
{
	if (range_is_sound(to, to_offset, len, "memcpy_page", _RET_IP_) &&
	    range_is_sound(from, from_offset, len, "memcpy_page", _RET_IP_))
		move_bytes(to, to_offset, from, from_offset, len);
}

void copy_highpage(struct page *to, struct page *from)
{
	move_bytes(to, 0, from, 0, PAGE_SIZE);
}
