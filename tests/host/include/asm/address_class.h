/* SPDX-License-Identifier: MIT */
/* address_class.h - what an address could be, on the host: the direct map, or not. */
#pragma once
#include "asm/memlayout.h"

static inline const char *address_class(unsigned long va)
{
	if (va < PAGE_SIZE)
		return "null";
	return va >= PAGE_OFFSET && va < LOWMEM_END_VA ? "direct map" : "user";
}
