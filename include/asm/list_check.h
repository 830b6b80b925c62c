/* SPDX-License-Identifier: MIT */
/* list_check.h - are a list entry's neighbours still its neighbours? */
#pragma once
#include "lib/list.h"

/* Does next->prev == entry and prev->next == entry? An overwritten link may point anywhere: a fault
 * of the two loads counts as no. Two compares, nothing else. */
static __always_inline bool list_links_intact(const struct list_head *entry,
                                              const struct list_head *next,
                                              const struct list_head *prev)
{
	__asm__ goto("1:\tcmpl %0, %1\n\t"
	             "jne %l[broken]\n"
	             "2:\tcmpl %0, %2\n\t"
	             "jne %l[broken]\n\t"
	             ".pushsection __ex_table, \"a\"\n\t"
	             ".long 1b, %l[broken], 2b, %l[broken]\n\t"
	             ".popsection"
	             :
	             : "r"(entry), "m"(next->prev), "m"(prev->next)
	             : "cc"
	             : broken);
	return true;
broken:
	return false;
}

/* Does next->prev == head, for the first entry behind a list's head? Likewise. */
static __always_inline bool list_first_intact(const struct list_head *head,
                                              const struct list_head *next)
{
	__asm__ goto("1:\tcmpl %0, %1\n\t"
	             "jne %l[broken]\n\t"
	             ".pushsection __ex_table, \"a\"\n\t"
	             ".long 1b, %l[broken]\n\t"
	             ".popsection"
	             :
	             : "r"(head), "m"(next->prev)
	             : "cc"
	             : broken);
	return true;
broken:
	return false;
}

/* Does the word at p hold value? p may point anywhere: a fault counts as no. */
static __always_inline bool word_holds(const unsigned long *p, unsigned long value)
{
	__asm__ goto("1:\tcmpl %0, %1\n\t"
	             "jne %l[broken]\n\t"
	             ".pushsection __ex_table, \"a\"\n\t"
	             ".long 1b, %l[broken]\n\t"
	             ".popsection"
	             :
	             : "r"(value), "m"(*p)
	             : "cc"
	             : broken);
	return true;
broken:
	return false;
}
