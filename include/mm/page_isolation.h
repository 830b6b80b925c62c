/* SPDX-License-Identifier: MIT */
/* page_isolation.h - take a pageblock out of allocation, to empty it. */
#pragma once
#include "mm/mmzone.h"

/* Take a pageblock out of allocation: its free pages become MIGRATE_ISOLATE, pages freed later in
 * it too. Returns: 0, -EBUSY when it is isolated or highatomic already, or
 * belongs to two zones, -EINVAL, with a report, when page is no page of a zone.
 * Context: takes zone->lock; drain the pagesets afterwards to catch pages in them. */
int set_migratetype_isolate(struct page *page);

/* Undo it, as type mt, one of those below MIGRATE_PCPTYPES. Returns: 0 or -EINVAL when it is not
 * isolated, or, with a report, when there is no such page or type. */
int unset_migratetype_isolate(struct page *page, unsigned int mt);
