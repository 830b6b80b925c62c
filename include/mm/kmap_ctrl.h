/* SPDX-License-Identifier: MIT */
/* kmap_ctrl.h - the windows of kmap_local_page() that belong to a context which does not run. */
#pragma once
#include "types.h"

enum { KMAP_MAX = 16 }; /* windows that one context may hold */

/* Each lies where it was when the context goes on. */
struct kmap_ctrl {
	unsigned int idx; /* how many */
	unsigned int cpu; /* whose windows these are: the context must go on there */
	struct {
		u16 slot; /* among the CPU's */
		unsigned long pfn;
	} held[KMAP_MAX];
};
