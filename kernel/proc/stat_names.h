/* SPDX-License-Identifier: MIT */
/* stat_names.h - the counters of /proc/zoneinfo and /proc/vmstat by name. */
#pragma once
#include "mm/mmzone.h"

extern const char *const zone_stat_names[NR_VM_ZONE_STAT_ITEMS];

/* Linux 6.1's node counters in its order, NULL at the end. */
extern const char *const node_stat_names[];

/* Value of a node counter, summed over nodes. Counters of parts that Quire does not have yet are
 * 0, because there are no such pages. */
unsigned long node_stat(const char *name);
