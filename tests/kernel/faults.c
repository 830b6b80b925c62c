/* SPDX-License-Identifier: MIT */
/* faults.c - tests of what happens when the kernel does what it may not. Each fault is caught, and
 * what was told about it is read. */
#include "asm/cpufeature.h"
#include "asm/fixmap.h"
#include "asm/pgtable.h"
#include "asm/processor.h"
#include "asm/sections.h"
#include "asm/stack.h"
#include "asm/traps.h"
#include "catch.h"
#include "ktest.h"
#include "lib/string.h"
#include "mm/page_alloc.h"
#include "preempt.h"

static void read_at(void *arg)
{
	(void)*(volatile u32 *)arg;
}

static void write_at(void *arg)
{
	*(volatile u8 *)arg = 0;
}

static void call_at(void *arg)
{
	((void (*)(void))arg)();
}

static struct caught run(void (*fn)(void *), void *arg)
{
	struct caught c;

	catch_run(fn, arg, &c);
	return c;
}

void read_first(void *arg);
__asm__(".pushsection .text\n"
        ".globl read_first\n.type read_first, @function\n"
        "read_first: movl (%eax), %eax\n"
        "ret\n"
        ".size read_first, . - read_first\n"
        ".popsection");

KTEST(faults, null_read_is_named)
{
	struct caught c;

	EXPECT_REPORT(kernel_fault, c = run(read_at, (void *)8));
	EXPECT_TRUE(c.kind == CAUGHT_FAULT && c.trapno == X86_TRAP_PF && c.address == 8);
	EXPECT_FIELD("class", "null");
	EXPECT_FIELD("access", "read");
	EXPECT_FIELD("reason", "not_present");
	EXPECT_FIELD("addr", "0x00000008");
}

/* The fault is at read_first's first instruction: whoever lies before it is not to blame. */
KTEST(faults, a_fault_at_the_start_of_a_function_names_that_function)
{
	char ip[64], caller[64];
	struct caught c;

	EXPECT_REPORT(kernel_fault, catch_run(read_first, (void *)16, &c));
	EXPECT_EQ(c.ip, (unsigned long)read_first);
	EXPECT_TRUE(report_field("ip", ip, sizeof(ip)));
	EXPECT_TRUE(report_field("caller", caller, sizeof(caller)));
	EXPECT_STREQ(caller, ip);
	EXPECT_TRUE(!strncmp(caller, "read_first+0x0", 14));
}

KTEST(faults, wild_write_is_named)
{
	EXPECT_REPORT(kernel_fault, run(write_at, (void *)0x12345678));
	EXPECT_FIELD("class", "user");
	EXPECT_FIELD("access", "write");
	EXPECT_FIELD("mode", "kernel");
}

KTEST(faults, write_to_text_is_refused)
{
	char before = *_stext;

	EXPECT_REPORT(kernel_fault, run(write_at, _stext));
	EXPECT_FIELD("class", "kernel_text");
	EXPECT_FIELD("reason", "rights");
	EXPECT_EQ(*_stext, before);
}

KTEST(faults, write_to_rodata_is_refused)
{
	EXPECT_REPORT(kernel_fault, run(write_at, __start_rodata));
	EXPECT_FIELD("class", "kernel_rodata");
	EXPECT_FIELD("reason", "rights");
}

KTEST(faults, executing_data_is_refused)
{
	static u8 ret_instruction = 0xc3;

	SKIP_UNLESS(cpu_features.nx, "this CPU has no NX");
	EXPECT_REPORT(kernel_fault, run(call_at, &ret_instruction));
	EXPECT_FIELD("class", "kernel_data");
	EXPECT_FIELD("access", "execute");
}

KTEST(faults, executing_the_stack_is_refused)
{
	u8 ret_instruction = 0xc3;

	SKIP_UNLESS(cpu_features.nx, "this CPU has no NX");
	EXPECT_REPORT(kernel_fault, run(call_at, &ret_instruction));
	EXPECT_FIELD("class", "boot_stack");
}

KTEST(faults, wild_jump_is_named)
{
	EXPECT_REPORT(kernel_fault, run(call_at, (void *)0x1000));
	EXPECT_FIELD("class", "user");
	EXPECT_FIELD("addr", "0x00001000");
}

static void divide_by_zero(void *arg)
{
	(void)arg;
	__asm__ volatile("xorl %%edx, %%edx; movl $1, %%eax; xorl %%ecx, %%ecx; divl %%ecx"
	                 :
	                 :
	                 : "eax", "ecx", "edx");
}

KTEST(faults, divide_error_is_named)
{
	struct caught c;

	EXPECT_REPORT(exception, c = run(divide_by_zero, NULL));
	EXPECT_EQ(c.trapno, X86_TRAP_DE);
	EXPECT_FIELD("trap", "divide_error");
	ktest_expect_field_function(__FILE__, __LINE__, "ip", "divide_by_zero");
}

static void undefined_instruction(void *arg)
{
	(void)arg;
	__asm__ volatile("ud2");
}

KTEST(faults, invalid_opcode_is_named)
{
	EXPECT_REPORT(exception, run(undefined_instruction, NULL));
	EXPECT_FIELD("trap", "invalid_opcode");
}

static void load_bad_selector(void *arg)
{
	__asm__ volatile("movw %w0, %%gs" : : "r"(arg));
}

KTEST(faults, protection_fault_tells_the_selector)
{
	EXPECT_REPORT(exception, run(load_bad_selector, (void *)0x48));
	EXPECT_FIELD("trap", "general_protection_fault");
	EXPECT_FIELD("error_code", "0x48");
}

KTEST(faults, breakpoint_is_told_and_survived)
{
	__asm__ volatile("int3");
}

static void do_panic(void *arg)
{
	panic("on purpose: %s", (const char *)arg);
}

KTEST(faults, panic_can_be_caught_with_its_message)
{
	struct caught c = run(do_panic, "x");

	EXPECT_EQ(c.kind, CAUGHT_PANIC);
	EXPECT_STREQ(c.message, "on purpose: x");
}

static struct caught inner;

static void panic_in_an_oops_frame(void *arg)
{
	catch_oops(do_panic, arg, &inner);
}

KTEST(faults, an_oops_ends_a_command_but_a_panic_goes_on_outwards)
{
	char word[] = "y";
	struct caught c;

	EXPECT_REPORT(kernel_fault, catch_oops(read_at, (void *)8, &c));
	EXPECT_EQ(c.kind, CAUGHT_FAULT);
	c = run(panic_in_an_oops_frame, word);
	EXPECT_EQ(c.kind, CAUGHT_PANIC);
	EXPECT_STREQ(c.message, "on purpose: y");
	EXPECT_EQ(inner.kind, CAUGHT_NOTHING);
}

static void ask_for_order_eleven(void *arg)
{
	(void)arg;
	alloc_pages_node(NUMA_NO_NODE, GFP_KERNEL, MAX_ORDER);
}

static struct caught run_strictly(enum report_mode mode)
{
	enum report_mode before = report_mode;
	struct caught c;

	report_mode = mode;
	EXPECT_REPORT(bad_order, c = run(ask_for_order_eleven, NULL));
	report_mode = before;
	return c;
}

KTEST(faults, a_strict_report_ends_whoever_caused_it)
{
	struct caught c = run_strictly(REPORT_OOPS);

	EXPECT_EQ(c.kind, CAUGHT_REPORT);
	EXPECT_STREQ(c.message, "report=oops: bad_order");
	c = run_strictly(REPORT_PANIC);
	EXPECT_EQ(c.kind, CAUGHT_PANIC);
	EXPECT_STREQ(c.message, "report=panic: bad_order");
	c = run_strictly(REPORT_WARN);
	EXPECT_EQ(c.kind, CAUGHT_NOTHING);
}

KTEST(faults, an_interrupt_handler_is_not_abandoned)
{
	EXPECT_TRUE(catch_active(CAUGHT_FAULT) && catch_active(CAUGHT_PANIC));
	preempt_count_add(HARDIRQ_OFFSET, _THIS_IP_);
	EXPECT_TRUE(!catch_active(CAUGHT_FAULT) && !catch_active(CAUGHT_PANIC));
	preempt_count_sub(HARDIRQ_OFFSET);
}

/* A reserved bit in an entry: the walk must show a corrupt table. */
KTEST(faults, reserved_bit_in_an_entry_is_named)
{
	struct page *page = alloc_page(GFP_KERNEL);
	unsigned long va = fix_to_virt(FIX_TEST);
	pgprot_t prot = PAGE_KERNEL;

	ASSERT_TRUE(page);
	prot.pgprot |= 1ull << 51;
	set_fixmap(FIX_TEST, page_to_phys(page), prot);
	EXPECT_REPORT(kernel_fault, run(read_at, (void *)va));
	EXPECT_FIELD("reason", "reserved_bit");
	clear_fixmap(FIX_TEST);
	__free_page(page);
}

/* --- stacks ----------------------------------------------------------------------------- */

static noinline unsigned long recurse(unsigned long depth)
{
	volatile char frame[64];

	frame[0] = (char)depth;
	return depth ? recurse(depth - 1) + (unsigned long)frame[0] : 0;
}

static void recurse_for_ever(void *arg)
{
	(void)arg;
	recurse(~0ul >> 1);
}

KTEST(faults, overflow_of_the_boot_stack_is_named)
{
	struct caught c;

	EXPECT_REPORT(stack_overflow, c = run(recurse_for_ever, NULL));
	EXPECT_EQ(c.kind, CAUGHT_STACK_OVERFLOW);
	EXPECT_FIELD("stack", "boot");
	EXPECT_TRUE(c.address >= (unsigned long)boot_stack_guard &&
	            c.address < (unsigned long)boot_stack);
}

struct run_on {
	void (*fn)(void *arg);
	unsigned long top;
};

static void switch_and_run(void *arg)
{
	struct run_on *r = arg;

	call_on_stack(r->fn, NULL, r->top);
}

/* One page in a fixmap slot is the stack; the slot below it is not mapped. */
KTEST(faults, overflow_of_another_stack_names_that_one)
{
	struct page *page = alloc_page(GFP_KERNEL);
	unsigned long bottom = fix_to_virt(FIX_TEST);
	struct kernel_stack stack = {.name = "test",
	                             .guard = bottom - PAGE_SIZE,
	                             .bottom = bottom,
	                             .top = bottom + PAGE_SIZE};
	struct run_on r = {recurse_for_ever, bottom + PAGE_SIZE};
	struct caught c;

	ASSERT_TRUE(page);
	set_fixmap(FIX_TEST, page_to_phys(page), PAGE_KERNEL);
	stack_register(&stack);
	EXPECT_REPORT(stack_overflow, c = run(switch_and_run, &r));
	EXPECT_FIELD("stack", "test");
	EXPECT_EQ(c.kind, CAUGHT_STACK_OVERFLOW);
	EXPECT_EQ(c.address & PAGE_MASK, stack.guard);
	stack_unregister(&stack);
	clear_fixmap(FIX_TEST);
	__free_page(page);
}
