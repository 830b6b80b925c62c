/* SPDX-License-Identifier: MIT */
/* zonelist.h - building the zonelists. */
#pragma once

/* The zone that ZONE_MOVABLE is cut out of: ZONE_HIGHMEM when there is any. (C) */
extern int movable_zone;

/* Fill every node's fallback and THISNODE list with its populated zones. Context: boot, and
 * whenever a zone becomes or ceases to be populated. */
void build_all_zonelists(void);
