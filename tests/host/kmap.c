/* SPDX-License-Identifier: MIT */
/* kmap.c - see asm/kmap.h. Owns: the entries and what each CPU remembers of them. */
#include "asm/kmap.h"
#include "host.h"

DEFINE_PER_CPU(u32, kmap_word) = (u32)KMAP_SLOW;
void (*kmap_leak_hook)(unsigned int depth_before);

struct host_kmap_entry host_windows[KMAP_WINDOWS], host_pkmap[LAST_PKMAP];

enum { ALL = KMAP_WINDOWS + LAST_PKMAP };
static unsigned long tlb[NR_CPUS][ALL]; /* pfn + 1; 0: nothing */

void kmap_arch_init(void)
{
}

/* Windows first, pkmap's entries behind. */
static struct host_kmap_entry *entry(unsigned int k)
{
	if (k >= ALL)
		host_bug("kmap slot %u does not exist", k);
	return k < KMAP_WINDOWS ? &host_windows[k] : &host_pkmap[k - KMAP_WINDOWS];
}

static void set(unsigned int k, phys_addr_t pa)
{
	if (entry(k)->present)
		host_bug("kmap slot %u is mapped already", k);
	*entry(k) = (struct host_kmap_entry){PFN_DOWN(pa), true};
}

static bool clear(unsigned int k)
{
	bool was = entry(k)->present;

	entry(k)->present = false;
	return was;
}

void kmap_window_set(u32 n, phys_addr_t pa)
{
	set(n - KMAP_FIRST, pa);
}

bool kmap_window_clear(u32 n)
{
	return clear(n - KMAP_FIRST);
}

bool kmap_window_mapped(u32 n)
{
	return entry(n - KMAP_FIRST)->present;
}

unsigned long kmap_window_pfn(u32 n)
{
	return entry(n - KMAP_FIRST)->pfn;
}

void kmap_window_flush(u32 n)
{
	tlb[host_cpu][n - KMAP_FIRST] = 0;
}

void kmap_flush_all_local(void)
{
	memset(tlb[host_cpu], 0, sizeof(tlb[host_cpu]));
}

void pkmap_set(unsigned int i, phys_addr_t pa)
{
	set(KMAP_WINDOWS + i, pa);
}

void pkmap_clear(unsigned int i)
{
	clear(KMAP_WINDOWS + i);
}

bool pkmap_mapped(unsigned int i)
{
	return entry(KMAP_WINDOWS + i)->present;
}

unsigned long pkmap_pfn(unsigned int i)
{
	return entry(KMAP_WINDOWS + i)->pfn;
}

void pkmap_flush_one(unsigned int i)
{
	tlb[host_cpu][KMAP_WINDOWS + i] = 0;
}

unsigned long kmap_touch(const void *va)
{
	unsigned long i = pkmap_index(va);
	unsigned int k = i < LAST_PKMAP ? KMAP_WINDOWS + (unsigned int)i
	                                : kmap_window_number(va) - KMAP_FIRST;

	if (!tlb[host_cpu][k] && entry(k)->present)
		tlb[host_cpu][k] = entry(k)->pfn + 1;
	return tlb[host_cpu][k] - 1;
}

void kmap_host_reset(void)
{
	memset(tlb, 0, sizeof(tlb));
	memset(host_windows, 0, sizeof(host_windows));
	memset(host_pkmap, 0, sizeof(host_pkmap));
	kmap_leak_hook = NULL;
}
