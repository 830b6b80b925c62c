/* SPDX-License-Identifier: MIT */
/* port.h - what the benchmarks take from Quire. */
#pragma once
#include "asm/page_ops.h"
#include "asm/processor.h"
#include "asm/timestamp.h"
#include "bug.h"
#include "compiler.h"
#include "completion.h"
#include "console.h"
#include "kernel.h"
#include "lib/string.h"
#include "lib/vsprintf.h"
#include "mm/highmem.h"
#include "mm/ioremap.h"
#include "mm/page_alloc.h"
#include "mm/percpu.h"
#include "mm/slab.h"
#include "mm/vmalloc.h"

#define bench_say(...) cprintf(__VA_ARGS__)

static inline u64 bench_clock(void)
{
	return timestamp();
}

/* Linux has no call for it: its port gives back one by one. */
#define bench_free_bulk(nr, array) free_pages_bulk_array(nr, array)
