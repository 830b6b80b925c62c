/* SPDX-License-Identifier: MIT */
/* list_check.h - are a list entry's neighbours still its neighbours? On the machine a wild link
 * faults and the fault counts as no; here a link is looked at before it is followed: it must point
 * into mem_map, into the rest of the arena (zones lie there) or into a registered zone. */
#pragma once
#include "asm/memmap.h"
#include "lib/list.h"

/* Is [p, p + sizeof(struct list_head)) memory that a list may lie in? host/machine.c */
bool host_list_memory(const struct list_head *p);

/* Lists may lie in this object too: a zone that is not in the arena. Until the next world. */
void host_register_lists(const void *start, size_t size);

static inline bool list_links_intact(const struct list_head *entry, const struct list_head *next,
                                     const struct list_head *prev)
{
	if (!host_list_memory(next) || !host_list_memory(prev))
		return false;
	return next->prev == entry && prev->next == entry;
}

static inline bool list_first_intact(const struct list_head *head, const struct list_head *next)
{
	return host_list_memory(next) && next->prev == head;
}

static inline bool word_holds(const unsigned long *p, unsigned long value)
{
	return host_list_memory((const struct list_head *)p) && *p == value;
}
