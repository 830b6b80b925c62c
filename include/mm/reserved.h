/* SPDX-License-Identifier: MIT */
/* reserved.h - which reserved memory is what, by name: for refusals and /proc/iomem. */
#pragma once
#include "types.h"

enum { MAX_RESERVED_RANGES = 48 };

/* Physical bytes [start, end), kept out of the allocator under this name (not copied). */
struct reserved_range {
	phys_addr_t start, end;
	const char *name;
};

/* Remember a range. Later ranges win where they overlap. A full table forgets the newest, which is
 * then called "reserved". Context: boot. */
void reserved_remember(phys_addr_t start, phys_addr_t end, const char *name);

/* Forget what lies inside [start, end): it was freed. */
void reserved_forget(phys_addr_t start, phys_addr_t end);

/* Name of a reserved frame: "kernel_text", "module", "firmware_hole", ... never NULL. */
const char *reserved_name(unsigned long pfn);

/* The k-th range, NULL behind the last. */
const struct reserved_range *reserved_at(unsigned int k);
