/* SPDX-License-Identifier: MIT */
/* shootdown.c - tests of flushes on other CPUs. The emulated CPUs keep translations as real ones
 * do, so that a flush that is missing shows. */
#include "asm/shootdown.h"
#include "asm/apic.h"
#include "asm/irqflags.h"
#include "asm/page_ops.h"
#include "asm/pgtable.h"
#include "asm/tlb.h"
#include "asm/uaccess.h"
#include "helpers.h"
#include "ktest.h"
#include "mm/debug_pagealloc.h"
#include "mm/highmem.h"
#include "mm/page_alloc.h"
#include "mm/pgtable.h"
#include "mm/vmalloc.h"
#include "on_cpus.h"

enum { OLD = 0x01d01d01, NEW = 0x2e32e32e };

/* What each CPU reads at an address. */
static struct look {
	const u32 *va;
	u32 word[NR_CPUS];
	bool there[NR_CPUS];
} look;

static void look_there(void *arg)
{
	unsigned int cpu = smp_processor_id();
	unsigned long word;

	(void)arg;
	look.there[cpu] = probe_kernel_word(look.va, &word);
	look.word[cpu] = (u32)word;
}

static void look_everywhere(const void *va)
{
	look.va = va;
	on_each_cpu(look_there, NULL, true);
}

/* How many CPUs see this word there; how many see anything. */
static unsigned int see_word(const void *va, u32 word)
{
	unsigned int cpu, n = 0;

	look_everywhere(va);
	for_each_online_cpu (cpu)
		n += look.there[cpu] && look.word[cpu] == word;
	return n;
}

static unsigned int see_anything(const void *va)
{
	unsigned int cpu, n = 0;

	look_everywhere(va);
	for_each_online_cpu (cpu)
		n += look.there[cpu];
	return n;
}

/* Two frames and an address that shows the first. */
static struct page *frames[2];
static u32 *window;
static pte_t *entry;

static bool open_window(void)
{
	frames[0] = alloc_page(GFP_KERNEL);
	frames[1] = alloc_page(GFP_KERNEL);
	window = frames[0] && frames[1] ? vmap(frames, 1, VM_MAP, PAGE_KERNEL) : NULL;
	if (!window)
		return false;
	*(u32 *)lowmem_page_address(frames[0]) = OLD;
	*(u32 *)lowmem_page_address(frames[1]) = NEW;
	entry = lookup_kernel_pte((unsigned long)window);
	return entry;
}

static void close_window(void)
{
	set_pte(entry, pfn_pte(page_to_pfn(frames[0]), PAGE_KERNEL));
	flush_tlb_page((unsigned long)window);
	vunmap(window);
	__free_page(frames[0]);
	__free_page(frames[1]);
}

KTEST(shootdown, a_change_without_a_flush_leaves_others_with_the_old_frame)
{
	unsigned int cpu = another_cpu();

	SKIP_UNLESS_SMP();
	ASSERT_TRUE(open_window());
	EXPECT_EQ(see_word(window, OLD), num_online_cpus());
	set_pte(entry, pfn_pte(page_to_pfn(frames[1]), PAGE_KERNEL));
	local_flush_tlb_kernel_range((unsigned long)window, (unsigned long)window + PAGE_SIZE);
	look.va = window;
	smp_call_function_single(cpu, look_there, NULL, true);
	/* if this fails, the machine keeps no translations and the other cases prove nothing */
	EXPECT_TRUE(look.there[cpu] && look.word[cpu] == OLD);
	flush_tlb_page((unsigned long)window);
	EXPECT_EQ(see_word(window, NEW), num_online_cpus());
	close_window();
}

KTEST(shootdown, unmapped_without_a_flush_is_still_seen_and_with_one_is_not)
{
	unsigned int cpu = another_cpu();

	SKIP_UNLESS_SMP();
	ASSERT_TRUE(open_window());
	EXPECT_EQ(see_word(window, OLD), num_online_cpus());
	set_pte(entry, (pte_t){0});
	look.va = window;
	smp_call_function_single(cpu, look_there, NULL, true);
	EXPECT_TRUE(look.there[cpu] && look.word[cpu] == OLD);
	flush_tlb_page((unsigned long)window);
	EXPECT_EQ(see_anything(window), 0);
	close_window();
}

KTEST(shootdown, a_complete_flush_reaches_everybody)
{
	SKIP_UNLESS_SMP();
	ASSERT_TRUE(open_window());
	EXPECT_EQ(see_word(window, OLD), num_online_cpus());
	set_pte(entry, pfn_pte(page_to_pfn(frames[1]), PAGE_KERNEL));
	flush_tlb_all();
	EXPECT_EQ(see_word(window, NEW), num_online_cpus());
	close_window();
}

KTEST(shootdown, vunmap_is_seen_by_all_when_it_returns)
{
	struct page *page = alloc_page(GFP_KERNEL);
	u32 *va;

	ASSERT_TRUE(page);
	va = vmap(&page, 1, VM_MAP, PAGE_KERNEL);
	ASSERT_TRUE(va);
	*va = OLD;
	EXPECT_EQ(see_word(va, OLD), num_online_cpus());
	vunmap(va);
	EXPECT_EQ(see_anything(va), 0);
	__free_page(page);
}

KTEST(shootdown, a_purge_flushes_everybody_once_for_many_areas)
{
	enum { AREAS = 8, PAGES = 17 };
	u32 *va[AREAS];
	unsigned int cpu = another_cpu();
	unsigned long before;

	SKIP_UNLESS_SMP();
	SKIP_UNLESS(!debug_pagealloc_enabled(), "vmalloc keeps nothing");
	SKIP_UNLESS(totalram_pages() / 64 > AREAS * (PAGES + 1),
	            "a purge comes before the last one");
	vm_unmap_aliases();
	for (unsigned int i = 0; i < AREAS; i++) {
		va[i] = vmalloc(PAGES * PAGE_SIZE);
		ASSERT_TRUE(va[i]);
		*va[i] = OLD + i;
		EXPECT_EQ(see_word(va[i], OLD + i), num_online_cpus());
	}
	before = apic_count(TLB_FLUSH_VECTOR, cpu);
	for (unsigned int i = 0; i < AREAS; i++)
		vfree(va[i]);
	EXPECT_EQ(apic_count(TLB_FLUSH_VECTOR, cpu) - before, 0);
	vm_unmap_aliases();
	/* one for the areas, one for each table that became unused */
	EXPECT_TRUE(apic_count(TLB_FLUSH_VECTOR, cpu) - before <= 3);
	for (unsigned int i = 0; i < AREAS; i++)
		EXPECT_EQ(see_anything(va[i]), 0);
}

KTEST(shootdown, a_lap_of_kmap_is_seen_by_all)
{
	enum { MANY = LAST_PKMAP + 40 };
	static struct page *pages[MANY];
	unsigned int n = 0;

	SKIP_UNLESS_SMP();
	while (n < MANY && (pages[n] = alloc_page(GFP_HIGHUSER | __GFP_NOWARN)) &&
	       PageHighMem(pages[n]))
		fill_page(page_to_pfn(pages[n]), NEW + n), n++;
	for (unsigned int i = 0; i < n; i++) {
		void *va = kmap(pages[i]);

		if (i % 32 == 0 || i >= LAST_PKMAP)
			EXPECT_EQ(see_word(va, NEW + i), num_online_cpus());
		kunmap(pages[i]);
	}
	if (n < MANY && pages[n])
		__free_page(pages[n]);
	free_pages_bulk_array(n, pages);
	kmap_flush_unused();
	SKIP_UNLESS(n == MANY, "too little high memory");
}

/* --- from all sides --------------------------------------------------------------------------- */

static void flush_often(void *arg)
{
	unsigned int rounds = min(12u, 32 / num_online_cpus());
	unsigned long flags;

	for (unsigned int i = 0; i < rounds; i++) {
		if (i & 1)
			flush_tlb_page((unsigned long)arg);
		else
			flush_tlb_all();
		flags = local_irq_save();
		flush_tlb_page((unsigned long)arg);
		local_irq_restore(flags);
	}
}

KTEST(shootdown, flushes_from_all_sides_with_interrupts_off_do_not_hang)
{
	run_on_all_cpus(flush_often, (void *)VMALLOC_START);
}

static unsigned int released;

static void be_deaf(void *arg)
{
	unsigned long flags = local_irq_save();

	__atomic_store_n((unsigned int *)arg, 1, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&released, __ATOMIC_ACQUIRE))
		cpu_relax();
	local_irq_restore(flags);
}

KTEST(shootdown, a_deaf_cpu_is_named_and_flushes_by_nmi)
{
	unsigned int cpu = another_cpu(), before = ipi_timeout_ms, deaf = 0;
	unsigned long told;

	SKIP_UNLESS_SMP();
	ASSERT_TRUE(open_window());
	EXPECT_EQ(see_word(window, OLD), num_online_cpus());
	released = 0;
	start_on_cpu(cpu, be_deaf, &deaf);
	while (!__atomic_load_n(&deaf, __ATOMIC_ACQUIRE))
		cpu_relax();
	set_pte(entry, pfn_pte(page_to_pfn(frames[1]), PAGE_KERNEL));
	ipi_timeout_ms = 150;
	ktest_expect_begin();
	flush_tlb_page((unsigned long)window); /* it returns */
	told = ktest_expect_many(REPORT_ipi_timeout);
	ipi_timeout_ms = before;
	EXPECT_TRUE(told >= 1); /* a busy host may keep another CPU from answering, too */
	EXPECT_FIELD("what", "tlb_flush");
	EXPECT_FIELD_HERE("caller");
	if (told == 1)
		ktest_expect_field_function(__FILE__, __LINE__, "stuck_at", "be_deaf");
	__atomic_store_n(&released, 1, __ATOMIC_RELEASE);
	wait_for_started();
	EXPECT_EQ(see_word(window, NEW), num_online_cpus());
	close_window();
}
