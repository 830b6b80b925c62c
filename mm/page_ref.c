/* SPDX-License-Identifier: MIT */
/* page_ref.c - references to allocated blocks. Owns: the rule that a page without references never
 * gets one back: a stale pointer cannot resurrect what was freed.
 * Source: Gorman ch. 2.4; Linux's names. */
#include "mm/page_ref.h"
#include "internal.h"
#include "report.h"

/* One more would look like less than none. */
enum { REFCOUNT_MAX = 0x7fffffff };

int page_count(struct page *page)
{
	return page_ref_count(compound_head(page));
}

static void report_refcount(struct page *page, const char *what, unsigned long caller)
{
	report(REPORT_bad_refcount, page_to_pfn(page), caller, "refused",
	       "%s what=%s refcount=%d state=%s first_free=%s", page_fields(page), what,
	       page_ref_count(page), page_kind(page_to_pfn(page)),
	       report_site(last_freed_as(page)->free_site));
}

bool get_page_unless_zero(struct page *page)
{
	int count = page_ref_count(page);

	while (count > 0 && count < REFCOUNT_MAX)
		if (__atomic_compare_exchange_n(&page->_refcount, &count, count + 1, false,
		                                __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
			return true;
	return false;
}

void get_page(struct page *page)
{
	if (unlikely(!page_pointer_valid(page)))
		report(REPORT_bad_refcount, (unsigned long)page, _RET_IP_, "refused",
		       "page=0x%08lx what=get_page_of_no_page", (unsigned long)page);
	else if (unlikely(!get_page_unless_zero(compound_head(page))))
		report_refcount(page, "get_page", _RET_IP_);
}

/* One less unless there is none. Returns: what is left, or -1: there was none. */
static int put_reference(struct page *page)
{
	int count = page_ref_count(page);

	while (count > 0)
		if (__atomic_compare_exchange_n(&page->_refcount, &count, count - 1, false,
		                                __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
			return count - 1;
	return -1;
}

void put_page(struct page *page)
{
	struct page *head;
	int left;

	if (unlikely(!page_pointer_valid(page))) {
		report(REPORT_bad_refcount, (unsigned long)page, _RET_IP_, "refused",
		       "page=0x%08lx what=put_page_of_no_page", (unsigned long)page);
		return;
	}
	head = compound_head(page);
	left = put_reference(head);
	if (left < 0)
		report_refcount(page, "put_page", _RET_IP_);
	else if (left == 0)
		free_last_reference(head, _RET_IP_);
}
