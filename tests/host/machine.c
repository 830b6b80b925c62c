/* SPDX-License-Identifier: MIT */
/* machine.c - physical memory, mem_map's bits, locks, interrupts and CPUs of the machine that the
 * host plays.
 *
 * Owns: the arena (low memory at its kernel address), the high frames, and every variable that
 * tests/host/include/asm/ declares. Memory is reserved address space: a page of the host's exists
 * once it is touched, so a machine of many GiB costs what its mem_map costs. */
#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include "asm/fixmap.h"
#include "asm/irqflags.h"
#include "asm/kmap.h"
#include "asm/list_check.h"
#include "asm/memmap.h"
#include "asm/page.h"
#include "asm/page_ops.h"
#include "asm/percpu.h"
#include "asm/sections.h"
#include "asm/spinlock.h"
#include "asm/devices.h"
#include "errno.h"
#include "hung.h"
#include "host.h"
#include "host_private.h"
#include "mm/page.h"
#include "vm.h"
#include "preempt.h"
#include "sched.h"
#include "smp.h"
#include "wait.h"

_Static_assert(sizeof(struct page) == 1 << HOST_PAGE_STRUCT_SHIFT, "asm/memmap.h knows the size");

#define HIGH_BYTES PHYS_ADDR_SIZE

char *host_arena;
static char *high;

unsigned long memmap_pieces[NR_MEMMAP_PIECES / 64];
unsigned long max_low_pfn;
bool host_irqs_off;
unsigned int host_locks_held;

enum { MAX_FORBIDDEN = 4096, MAX_LISTS = 16 };

struct span {
	const char *start;
	size_t size;
};
static struct span forbidden[MAX_FORBIDDEN], lists[MAX_LISTS];
static unsigned int nr_forbidden, nr_lists;

/* --- memory ------------------------------------------------------------------------------- */

/* Address space without memory behind it, aligned to 4 MiB. */
static char *reserve_space(size_t size, int prot)
{
	size_t align = 4ul << 20;
	char *p =
		mmap(NULL, size + align, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED) {
		perror("mmap of the machine's memory");
		exit(2);
	}
	return (char *)ALIGN((unsigned long)p, align);
}

void machine_setup(void)
{
	host_arena = reserve_space(MAXMEM, PROT_READ | PROT_WRITE);
	high = reserve_space(HIGH_BYTES, PROT_READ | PROT_WRITE);
}

void machine_reset(void)
{
	while (nr_forbidden) {
		nr_forbidden--;
		ASAN_UNPOISON_MEMORY_REGION(forbidden[nr_forbidden].start,
		                            forbidden[nr_forbidden].size);
	}
	nr_lists = 0;
	if (madvise(host_arena, MAXMEM, MADV_DONTNEED) || madvise(high, HIGH_BYTES, MADV_DONTNEED))
		perror("madvise");
	memset(memmap_pieces, 0, sizeof(memmap_pieces));
	max_low_pfn = 0;
	host_irqs_off = false;
	host_locks_held = 0;
	host_cpu = 0;
	vm_reset();
	kmap_host_reset();
}

void host_forbid(const void *start, size_t size)
{
	if (nr_forbidden == MAX_FORBIDDEN)
		host_bug("too many forbidden spans");
	forbidden[nr_forbidden++] = (struct span){start, size};
	ASAN_POISON_MEMORY_REGION(start, size);
}

/* A frame's own bytes may be used by whoever has the frame, forbidden span or not. */
void *host_frame(unsigned long pfn)
{
	char *frame = (pfn < max_low_pfn ? host_arena : high) + PFN_PHYS(pfn);

	if (pfn >= max_pfn)
		host_bug("frame %lu is beyond the machine's memory, %lu frames", pfn, max_pfn);
	ASAN_UNPOISON_MEMORY_REGION(frame, PAGE_SIZE);
	return frame;
}

void fill_page(unsigned long pfn, u32 word)
{
	u32 *p = host_frame(pfn);

	for (unsigned int i = 0; i < PAGE_SIZE / sizeof(*p); i++)
		p[i] = word;
}

int check_page_fill(unsigned long pfn, u32 word, u32 *found)
{
	const u32 *p = host_frame(pfn);

	for (unsigned int i = 0; i < PAGE_SIZE / sizeof(*p); i++) {
		if (p[i] != word) {
			*found = p[i];
			return (int)(i * sizeof(*p));
		}
	}
	return -1;
}

void memmap_fill(void *dst, const void *entry, unsigned long n)
{
	struct page *page = dst;

	while (n--)
		*page++ = *(const struct page *)entry;
}

/* --- calls between CPUs ------------------------------------------------------------------- */

int smp_call_function_single(unsigned int cpu, smp_call_func_t fn, void *arg, bool wait)
{
	unsigned int self = host_cpu;
	bool irqs_off = host_irqs_off;

	(void)wait;
	if (!cpu_online(cpu))
		return -ENXIO;
	if (irqs_off)
		host_bug("CPU %u is called with interrupts off", cpu);
	host_cpu = cpu;
	host_irqs_off = true;
	fn(arg);
	host_irqs_off = irqs_off;
	host_cpu = self;
	return 0;
}

void smp_call_function_many(const struct cpumask *mask, smp_call_func_t fn, void *arg, bool wait)
{
	unsigned int self = host_cpu, cpu;

	for_each_cpu(cpu, mask) if (cpu != self) smp_call_function_single(cpu, fn, arg, wait);
}

void on_each_cpu(smp_call_func_t fn, void *arg, bool wait)
{
	unsigned int cpu;

	for_each_online_cpu (cpu)
		smp_call_function_single(cpu, fn, arg, wait);
}

void stop_machine(smp_call_func_t fn, void *arg)
{
	smp_call_function_single(host_cpu, fn, arg, true);
}

/* --- tasks ---------------------------------------------------------------------------------- */

/* There is one task, so nobody ever wakes who sleeps: code that comes to that has locked what it
 * holds already, or waits for what cannot come. */

volatile unsigned long jiffies;
unsigned long hung_task_ticks;

void __might_sleep(const char *what, unsigned long caller)
{
	(void)caller;
	if (host_irqs_off || host_locks_held)
		host_bug("%s with interrupts off or a spinlock held", what);
}

void schedule(void)
{
	host_bug("the only task sleeps");
}

long schedule_timeout(long ticks)
{
	host_bug("the only task sleeps for %ld ticks", ticks);
}

bool try_to_wake_up(struct task_struct *p, unsigned int states)
{
	(void)p, (void)states;
	return false;
}

bool cond_resched(void)
{
	return false;
}

void end_if_doomed(void)
{
}

void for_each_task(bool (*fn)(struct task_struct *p, void *arg), void *arg)
{
	fn(&init_task, arg);
}

/* --- lists -------------------------------------------------------------------------------- */

void host_register_lists(const void *start, size_t size)
{
	if (nr_lists == MAX_LISTS)
		host_bug("too many registered lists");
	lists[nr_lists++] = (struct span){start, size};
}

static bool inside(const struct list_head *p, const char *start, size_t size)
{
	size_t offset = (size_t)((unsigned long)p - (unsigned long)start);

	return offset < size && size - offset >= sizeof(*p);
}

/* The arena is all there, but what is forbidden in it is as good as not. A head may be a global of
 * the kernel sources. */
bool host_list_memory(const struct list_head *p)
{
	extern const char __start_quire_data[], __stop_quire_data[];
	extern const char __start_quire_bss[], __stop_quire_bss[];

	if ((unsigned long)p % sizeof(p))
		return false;
	if (inside(p, __start_quire_data, (size_t)(__stop_quire_data - __start_quire_data)) ||
	    inside(p, __start_quire_bss, (size_t)(__stop_quire_bss - __start_quire_bss)))
		return !__asan_region_is_poisoned((void *)p, sizeof(*p));
	if (inside(p, host_arena, MAXMEM))
		return !__asan_region_is_poisoned((void *)p, sizeof(*p));
	for (unsigned int i = 0; i < nr_lists; i++)
		if (inside(p, lists[i].start, lists[i].size))
			return true;
	return false;
}

/* --- firmware tables ---------------------------------------------------------------------- */

/* A copy of exactly size bytes: ASan sees every read beyond it. Writes are lost, as nothing in
 * boot/ writes to firmware memory. The machine would map nonsense for a range that wraps. */
void *early_memremap(phys_addr_t pa, size_t size)
{
	char *copy;

	if (pa + size < pa)
		host_bug("early_memremap of 0x%llx, %zu bytes: the range wraps",
		         (unsigned long long)pa, size);
	if (!size || size > EARLY_WINDOW_PAGES * PAGE_SIZE || pa + size > PHYS_ADDR_SIZE)
		return NULL;
	copy = malloc(size);
	memcpy(copy, (pa < MAXMEM ? host_arena : high) + pa, size);
	return copy;
}

void early_memunmap(void *va)
{
	free(va);
}

const char *host_check_idle(void)
{
	if (host_locks_held)
		return "a lock is held";
	return host_irqs_off ? "interrupts are off" : NULL;
}
