/* SPDX-License-Identifier: MIT */
/* port.h - what the benchmarks take from Linux. */
#pragma once
#include <linux/completion.h>
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <asm/msr.h>

#define bench_say(...) printk(KERN_INFO __VA_ARGS__)

static inline u64 bench_clock(void)
{
	return rdtsc();
}

static inline void bench_free_bulk(unsigned long nr, struct page **array)
{
	for (unsigned long i = 0; i < nr; i++) {
		__free_page(array[i]);
		array[i] = NULL; /* alloc_pages_bulk_array() fills what is empty */
	}
}
