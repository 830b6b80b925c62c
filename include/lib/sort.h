/* SPDX-License-Identifier: MIT */
/* sort.h - heap sort: in place, no recursion, O(n log n) always. */
#pragma once
#include "types.h"

/* Sort n elements of size bytes by cmp (<0, 0, >0 as for qsort). size <= 64. */
void sort(void *base, size_t n, size_t size, int (*cmp)(const void *, const void *));
