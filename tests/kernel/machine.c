/* SPDX-License-Identifier: MIT */
/* machine.c - tests of floor 1: segments, interrupts, per-CPU data, symbols, page tables. */
#include "asm/apic.h"
#include "asm/cpufeature.h"
#include "asm/desc.h"
#include "asm/devices.h"
#include "asm/fixmap.h"
#include "asm/irq.h"
#include "asm/irqflags.h"
#include "asm/page_ops.h"
#include "asm/paging.h"
#include "asm/percpu.h"
#include "asm/pgtable.h"
#include "asm/pgwalk.h"
#include "asm/processor.h"
#include "asm/restart.h"
#include "asm/sections.h"
#include "asm/stack.h"
#include "asm/setjmp.h"
#include "asm/traps.h"
#include "asm/uaccess.h"
#include "catch.h"
#include "errno.h"
#include "ksyms.h"
#include "ktest.h"
#include "lib/string.h"
#include "lib/vsprintf.h"
#include "mm/debug_pagealloc.h"
#include "mm/page_alloc.h"
#include "preempt.h"
#include "spinlock.h"
#include "stacktrace.h"

KTEST(machine, gdt_has_linux_slots)
{
	const struct desc_struct *gdt = cpu_gdt(0);

	EXPECT_EQ(__KERNEL_CS, 0x60);
	EXPECT_EQ(__USER_DS, 0x7b);
	EXPECT_TRUE(gdt[12].type == 0xb && gdt[12].dpl == 0 && gdt[14].dpl == 3);
	EXPECT_TRUE(desc_base(&gdt[13]) == 0 && desc_limit(&gdt[13]) == 0xffffffff);
	EXPECT_EQ(gdt[GDT_ENTRY_TSS].type, DESC_TYPE_TSS_BUSY);
	EXPECT_EQ(desc_base(&gdt[GDT_ENTRY_PERCPU]), __per_cpu_offset[0]);
	EXPECT_EQ(gdt[0].p, 0);
}

KTEST(machine, segment_registers_hold_the_selectors)
{
	u16 cs, ds, fs, tr, ldt;

	__asm__ volatile("mov %%cs, %0; mov %%ds, %1; mov %%fs, %2; str %3; sldt %4"
	                 : "=r"(cs), "=r"(ds), "=r"(fs), "=r"(tr), "=r"(ldt));
	EXPECT_EQ(cs, __KERNEL_CS);
	EXPECT_EQ(ds, __KERNEL_DS);
	EXPECT_EQ(fs, __KERNEL_PERCPU);
	EXPECT_EQ(tr, __TSS_SEL);
	EXPECT_EQ(ldt, __LDT_SEL);
}

DEFINE_PER_CPU(unsigned long, test_percpu) = 7;

KTEST(machine, per_cpu_variables_are_copies_of_the_template)
{
	unsigned long *mine = raw_cpu_ptr(&test_percpu);

	EXPECT_EQ(this_cpu_read(test_percpu), 7);
	EXPECT_TRUE(mine != &test_percpu && mine == per_cpu_ptr(&test_percpu, 0));
	this_cpu_add(test_percpu, 5);
	EXPECT_EQ(*mine, 12);
	EXPECT_EQ(*(unsigned long *)(__per_cpu_load + ((char *)&test_percpu - __per_cpu_start)), 7);
	this_cpu_write(test_percpu, 7);
	EXPECT_EQ(raw_smp_processor_id(), 0);
}

KTEST(machine, timer_interrupts_arrive)
{
	unsigned long irqs = irq_count(IRQ_TIMER) + apic_count(LOCAL_TIMER_VECTOR, 0);
	unsigned long before = jiffies; /* the handler's order */

	while (jiffies - before < 3)
		safe_halt();
	irqs = irq_count(IRQ_TIMER) + apic_count(LOCAL_TIMER_VECTOR, 0) - irqs;
	EXPECT_TRUE(irqs >= 3);
	EXPECT_EQ(irq_spurious(), 0);
	EXPECT_TRUE(!in_interrupt());
}

KTEST(machine, interrupt_flag_is_saved_and_restored)
{
	unsigned long outer = local_irq_save(), inner = local_irq_save();

	EXPECT_TRUE(irqs_disabled());
	local_irq_restore(inner);
	EXPECT_TRUE(irqs_disabled());
	local_irq_restore(outer);
	EXPECT_TRUE(!irqs_disabled());
}

static void no_handler(struct pt_regs *regs)
{
	(void)regs;
}

KTEST(machine, interrupt_lines_have_one_handler)
{
	EXPECT_EQ(request_irq(IRQ_SERIAL, no_handler), -EBUSY);
	EXPECT_EQ(request_irq(NR_IRQS, no_handler), -EINVAL);
}

KTEST(machine, spinlock_goes_from_free_to_held_and_back)
{
	DEFINE_SPINLOCK(lock);
	unsigned long flags;

	for (int i = 0; i < 1000; i++) {
		spin_lock(&lock);
		spin_unlock(&lock);
	}
	flags = spin_lock_irqsave(&lock);
	EXPECT_TRUE(spin_is_locked(&lock) && irqs_disabled());
	spin_unlock_irqrestore(&lock, flags);
	EXPECT_TRUE(!spin_is_locked(&lock) && !irqs_disabled());
}

/* The wait is half a second at least, some ten here: cut it short when it has begun. */
static void cut_wait_short(struct pt_regs *regs)
{
	if (this_cpu_read(spin_looks_left) <= 2)
		return;
	this_cpu_write(spin_looks_left, 2);
	regs->flags &= ~X86_EFLAGS_TF;
}

static void lock_twice(void *arg)
{
	raw_spin_lock(arg);
	__asm__ volatile("pushfl; orl $0x100, (%%esp); popfl" : : : "cc", "memory");
	raw_spin_lock(arg);
}

/* Not a silent hang: a fault under a lock leaves it taken, too. */
KTEST(machine, a_lock_taken_twice_is_named)
{
	DEFINE_RAW_SPINLOCK(twice);
	struct caught caught;

	this_cpu_write(spin_looks_left, 0);
	single_step_hook = cut_wait_short;
	if (DEBUG_BUILD) {
		EXPECT_REPORT(lock_twice, catch_run(lock_twice, &twice, &caught));
		ktest_expect_field_function(__FILE__, __LINE__, "first_taken", "lock_twice");
		EXPECT_EQ(caught.kind, CAUGHT_REPORT);
	} else {
		EXPECT_EQ(catch_run(lock_twice, &twice, &caught), CAUGHT_PANIC);
		EXPECT_TRUE(strstr(caught.message, "spinlock twice ("));
	}
	single_step_hook = NULL;
}

KTEST(machine, longjmp_comes_back_with_the_value)
{
	struct jmp_context ctx;
	volatile int turns = 0;
	int value = arch_setjmp(&ctx);

	turns = turns + 1;
	if (!value)
		arch_longjmp(&ctx, 42);
	EXPECT_EQ(value, 42);
	EXPECT_EQ(turns, 2);
}

KTEST(machine, symbols_name_functions_by_address)
{
	unsigned long offset, size, addr = (unsigned long)__alloc_pages;
	char text[96];

	EXPECT_STREQ(ksym_lookup(addr + 3, &offset, &size), "__alloc_pages");
	EXPECT_EQ(offset, 3);
	EXPECT_EQ(ksym_find("__alloc_pages"), addr);
	EXPECT_TRUE(!ksym_lookup(0x1000, &offset, &size) && !ksym_find("no_such_function"));
	EXPECT_STREQ(report_ip(addr), "__alloc_pages+0x0");
	EXPECT_STREQ(report_ip(0x1000), "0x00001000");
	snprintf(text, sizeof(text), "%ps", (void *)addr);
	EXPECT_STREQ(text, "__alloc_pages");
}

KTEST(machine, return_address_behind_a_last_call_names_the_caller)
{
	unsigned long offset, size, addr = (unsigned long)__alloc_pages;
	char expected[32];

	EXPECT_TRUE(ksym_lookup(addr, &offset, &size));
	snprintf(expected, sizeof(expected), "__alloc_pages+0x%lx", size);
	EXPECT_STREQ(report_site(addr + size), expected);
	EXPECT_STREQ(report_site(0x1000), "?");
}

static noinline unsigned int traced(unsigned long *entries)
{
	return stack_trace_from((unsigned long)__builtin_frame_address(0), entries, 8);
}

KTEST(machine, stack_trace_finds_the_callers)
{
	unsigned long entries[8], offset, size;
	unsigned int n = traced(entries);
	const char *name;

	ASSERT_TRUE(n >= 2);
	name = ksym_lookup(entries[0], &offset, &size);
	EXPECT_STREQ(name, __func__);
}

KTEST(machine, probe_reads_mapped_words_and_survives_others)
{
	unsigned long word = 0x1234, out = 0;

	EXPECT_TRUE(probe_kernel_word(&word, &out));
	EXPECT_EQ(out, 0x1234);
	EXPECT_TRUE(!probe_kernel_word((void *)0x10, &out));
	EXPECT_TRUE(!probe_kernel_word((void *)(LOWMEM_END_VA + 0x1000), &out));
}

KTEST(machine, restart_table_sends_a_section_back_until_it_commits)
{
	struct section {
		unsigned long first, commit;
	};
	extern const struct section __start___restart_table[], __stop___restart_table[];
	const struct section *s = __start___restart_table;
	struct pt_regs regs = {0};
	unsigned long count = nr_restarts;

	SKIP_UNLESS(s < __stop___restart_table, "the checking build has no restartable sections");
	for (; s < __stop___restart_table; s++) {
		regs.ip = s->first;
		restart_interrupted_section(&regs);
		EXPECT_EQ(regs.ip, s->first);
		regs.ip = s->commit;
		restart_interrupted_section(&regs);
		EXPECT_EQ(regs.ip, s->first);
		regs.ip = s->commit + 4;
		restart_interrupted_section(&regs);
		EXPECT_EQ(regs.ip, s->commit + 4);
	}
	nr_restarts = count;
}

/* --- page tables ------------------------------------------------------------------------ */

KTEST(machine, kernel_text_is_read_only_and_executable)
{
	struct pgwalk w = pgwalk((unsigned long)_stext);

	EXPECT_TRUE(w.present && !w.large && !pte_write(w.pte) && pte_exec(w.pte));
	EXPECT_EQ(w.pa, __pa(_stext));
}

KTEST(machine, rodata_and_data_are_not_executable)
{
	struct pgwalk ro = pgwalk((unsigned long)__start_rodata);
	struct pgwalk rw = pgwalk((unsigned long)_sdata);

	EXPECT_TRUE(ro.present && !pte_write(ro.pte));
	EXPECT_TRUE(rw.present && pte_write(rw.pte));
	SKIP_UNLESS(cpu_features.nx, "this CPU has no NX");
	EXPECT_TRUE(!pte_exec(ro.pte) && !pte_exec(rw.pte));
}

KTEST(machine, no_page_is_writable_and_executable)
{
	SKIP_UNLESS(cpu_features.nx, "this CPU has no NX");
	EXPECT_EQ(count_wx_pages(NULL), 0);
}

KTEST(machine, direct_map_translates_every_low_page)
{
	SKIP_UNLESS(!debug_pagealloc_enabled(), "free pages are not mapped");
	for (unsigned long pfn = 256; pfn < max_low_pfn; pfn += 509) {
		struct pgwalk w = pgwalk((unsigned long)__va(PFN_PHYS(pfn)));

		if (pfn_valid(pfn) && !PageReserved(pfn_to_page(pfn)))
			EXPECT_TRUE(w.present && w.pa == PFN_PHYS(pfn) && pte_write(w.pte));
	}
}

KTEST(machine, nothing_is_mapped_where_nothing_should_be)
{
	for (unsigned int i = 0; i < KERNEL_PGD_INDEX; i++)
		EXPECT_TRUE(pgd_none(swapper_pg_dir[i])); /* nothing left to walk through */
	EXPECT_TRUE(!pgwalk(0).present);
	EXPECT_TRUE(!pgwalk(0x100000).present);
	EXPECT_TRUE(!pgwalk((unsigned long)boot_stack_guard).present);
	for (unsigned int i = 0; i < NR_IMAGE_STACKS; i++) {
		unsigned long bottom = (unsigned long)image_stack(i);

		EXPECT_TRUE(!pgwalk(bottom - 1).present && pgwalk(bottom).present);
		EXPECT_TRUE(pgwalk(bottom + image_stack_size(i) - 1).present);
		EXPECT_TRUE(stack_find(bottom - 1) && stack_find(bottom - 1) == stack_find(bottom));
	}
	EXPECT_TRUE(!pgwalk(LOWMEM_END_VA).present);
	EXPECT_TRUE(!pgwalk(FIXADDR_TOP).present);
	if (max_low_pfn < PFN_DOWN(MAXMEM))
		EXPECT_TRUE(!pgwalk((unsigned long)__va(PFN_PHYS(max_low_pfn))).present);
}

static bool sum_range(const struct map_range *r, void *arg)
{
	unsigned long *pages = arg;

	if (r->start >= PAGE_OFFSET && r->start < LOWMEM_END_VA)
		pages[r->flags & _PAGE_PSE ? 1 : 0] += (r->end - r->start) >> PAGE_SHIFT;
	return true;
}

KTEST(machine, direct_map_counters_agree_with_the_tables)
{
	unsigned long pages[2] = {0};

	SKIP_UNLESS(!debug_pagealloc_enabled(), "free pages are not mapped");
	for_each_kernel_mapping(sum_range, pages);
	EXPECT_EQ(pages[0], direct_map_4k);
	EXPECT_EQ(pages[1], direct_map_2m * PTRS_PER_PTE);
}

KTEST(machine, fixmap_slot_maps_what_it_is_told_and_flushes)
{
	struct page *a = alloc_page(GFP_KERNEL), *b = alloc_page(GFP_KERNEL);
	volatile u32 *slot = (volatile u32 *)fix_to_virt(FIX_TEST);
	unsigned long word;

	ASSERT_TRUE(a && b);
	*(u32 *)lowmem_page_address(a) = 0xaaaa;
	*(u32 *)lowmem_page_address(b) = 0xbbbb;
	set_fixmap(FIX_TEST, page_to_phys(a), PAGE_KERNEL);
	EXPECT_EQ(*slot, 0xaaaa);
	set_fixmap(FIX_TEST, page_to_phys(b), PAGE_KERNEL);
	EXPECT_EQ(*slot, 0xbbbb);
	clear_fixmap(FIX_TEST);
	EXPECT_TRUE(!probe_kernel_word((void *)slot, &word));
	EXPECT_EQ(virt_to_fix(fix_to_virt(FIX_TEST) + 5), FIX_TEST);
	__free_page(a);
	__free_page(b);
}

KTEST(machine, early_windows_map_any_alignment_and_run_out)
{
	void *windows[EARLY_WINDOWS];
	phys_addr_t pa = __pa(_stext) + 123;

	EXPECT_TRUE(!early_memremap(pa, 0) && !early_memremap(pa, 1u << 20));
	EXPECT_TRUE(!early_memremap(PHYS_ADDR_SIZE - 4, 8));
	for (int i = 0; i < EARLY_WINDOWS; i++) {
		windows[i] = early_memremap(pa, 5000);
		ASSERT_TRUE(windows[i]);
		EXPECT_TRUE(!memcmp(windows[i], _stext + 123, 5000));
	}
	EXPECT_TRUE(!early_memremap(pa, 1));
	for (int i = 0; i < EARLY_WINDOWS; i++)
		early_memunmap(windows[i]);
}

KTEST(machine, accessors_make_and_read_entries)
{
	pte_t e = pfn_pte(0x123456, PAGE_KERNEL_RO);

	EXPECT_TRUE(pte_present(e) && !pte_write(e) && !pte_user(e) && !pte_none(e));
	EXPECT_EQ(pte_pfn(e), 0x123456);
	EXPECT_TRUE(pte_write(pte_mkwrite(e)) && !pte_write(pte_wrprotect(pte_mkwrite(e))));
	EXPECT_TRUE(!pte_dirty(pte_mkclean(e)) && pte_dirty(pte_mkdirty(pte_mkclean(e))));
	EXPECT_TRUE(!pte_young(pte_mkold(e)) && pte_young(pte_mkyoung(pte_mkold(e))));
	EXPECT_TRUE(pte_exec(pte_mkexec(e)));
	EXPECT_EQ(pte_pfn(pte_modify(e, PAGE_KERNEL)), 0x123456);
	EXPECT_TRUE(pmd_none((pmd_t){0}) && pmd_bad((pmd_t){0}));
	EXPECT_TRUE(pmd_large(pfn_pmd(512, PAGE_KERNEL)) && pmd_bad(pfn_pmd(512, PAGE_KERNEL)));
	EXPECT_TRUE(!pmd_bad(pte_table_pmd(0x5000)) && !pmd_large(pte_table_pmd(0x5000)));
}
