/* SPDX-License-Identifier: MIT */
/* direct_map.h - taking single frames out of the direct map, and putting them back. */
#pragma once
#include "types.h"

/* Show or hide a low frame's kernel address. Hiding also flushes it on every CPU; the entry keeps
 * frame and rights.
 * Returns: false when the address is mapped by a 2 MiB page, or not at all: nothing is changed.
 * Context: any. */
bool direct_map_set(unsigned long pfn, bool present);

/* Are the 2 MiB around a low frame one page? Or has it a table? (Neither: a hole in RAM.) */
bool direct_map_is_large(unsigned long pfn);
bool direct_map_has_table(unsigned long pfn);

/* One of its 2 MiB pages was split, or joined again: for DirectMap4k and DirectMap2M. */
void direct_map_note_split(bool split);
