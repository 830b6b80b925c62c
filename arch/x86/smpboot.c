/* SPDX-License-Identifier: MIT */
/* smpboot.c - starts the other CPUs.
 *
 * Owns: the list of CPUs while booting, the trampoline's page, the stacks. A CPU starts in real
 * mode in that page, below 1 MiB, under page tables of its own that map nothing but the page,
 * read-only, and the kernel. When it has arrived it says so by one compare-and-exchange; whoever
 * waits for it gives up by another, so it is either in or out. One that is out gets a second INIT,
 * which makes it wait for a start-up IPI that never comes. Source: Intel SDM vol. 3,
 * "Multiple-Processor (MP) Initialization". Locks: boot. */
#include "asm/smpboot.h"
#include "asm/apic.h"
#include "asm/cpufeature.h"
#include "asm/delay.h"
#include "asm/desc.h"
#include "asm/irqflags.h"
#include "asm/memtype.h"
#include "asm/pgtable.h"
#include "asm/processor.h"
#include "asm/shootdown.h"
#include "asm/stack.h"
#include "boot/acpi.h"
#include "bug.h"
#include "cpumask.h"
#include "fail.h"
#include "kernel.h"
#include "lib/string.h"
#include "mm/memblock.h"
#include "mm/mm_init.h"
#include "mm/numa.h"
#include "mm/page_alloc.h"
#include "mm/percpu.h"
#include "mm/topology.h"
#include "mm/vmalloc.h"
#include "printk.h"
#include "sched.h"
#include "smp.h"

/* INIT to start-up, first to second start-up: the manual's. A CPU that has not arrived then is
 * given the last, because a simulator on a busy host may have been doing something else. */
enum { INIT_US = 10000, STARTUP_US = 200, ARRIVE_US = 2000000, POLL_US = 20 };
enum { XAPIC_BROADCAST = 0xff, FIRST_MIB_RAM_END = 0xa0000 };

/* At the end of trampoline.asm. */
struct trampoline_params {
	u16 gdt_limit;
	u32 gdt_address;
	u16 pad1;
	u32 entry32;
	u16 entry32_selector, pad2;
	u32 cr0, cr3, cr4, nx, stack, entry;
} __packed;

extern const char trampoline_start[], trampoline_end[], trampoline_protected[], trampoline_gdt[],
	trampoline_params[];

/* Where in the page its page-directory pointers lie, behind the code. */
enum { POINTERS_OFFSET = PAGE_SIZE - PTRS_PER_PGD * sizeof(pgd_t) };

/* Which CPUs to start. The first is the one that runs. */
static struct {
	u32 id;
	int nid;
} listed[NR_CPUS] __initdata;
static unsigned int nr_listed __initdata = 1;

/* The trampoline's page and the two tables that map it. */
static phys_addr_t page_pa __initdata;
static pmd_t *identity_pmd __initdata;
static pte_t *identity_pte __initdata;

static struct kernel_stack stacks[NR_CPUS], fault_stacks[NR_CPUS];

void (*cpu_startup_hook)(void);

/* The one CPU that is being started. */
enum { NOBODY, AWAITED, ARRIVED };
static struct {
	unsigned int cpu;
	unsigned int state; /* atomic */
} starting;

/* --- step 1: which -------------------------------------------------------------------------- */

static bool __init already_listed(u32 id)
{
	for (unsigned int cpu = 0; cpu < nr_listed; cpu++)
		if (listed[cpu].id == id)
			return true;
	return false;
}

static int __init node_of(unsigned int cpu, const struct numa_info *info, unsigned int fake_nodes)
{
	if (fake_nodes)
		return (int)(cpu % nr_node_ids);
	return info ? numa_cpu_node(info, listed[cpu].id) : 0;
}

static void __init list_cpu(u32 id, unsigned int most)
{
	if (already_listed(id))
		return;
	if (id >= XAPIC_BROADCAST)
		pr_warn("SMP: CPU with APIC id %u left out: an xAPIC cannot reach it\n", id);
	else if (nr_listed >= most)
		pr_info("SMP: CPU with APIC id %u left out: more than %u\n", id, most);
	else
		listed[nr_listed++].id = id;
}

void __init smp_find_cpus(const struct numa_info *info, unsigned int fake_nodes,
                          unsigned int maxcpus)
{
	unsigned int most = maxcpus ? min(maxcpus, (unsigned int)NR_CPUS) : NR_CPUS;
	const struct madt_info *m = madt();

	listed[0].id = cpu_features.apic_id;
	if (cpu_features.apic && cpu_features.tsc)
		for (unsigned int i = 0; i < m->nr_cpus; i++)
			list_cpu(m->apic_id[i], most);
	for (unsigned int cpu = 0; cpu < nr_listed; cpu++)
		listed[cpu].nid = node_of(cpu, info, fake_nodes);
	if (nr_listed == 1)
		return;
	page_pa = memblock_phys_alloc_range_nid(PAGE_SIZE, PAGE_SIZE, PAGE_SIZE, FIRST_MIB_RAM_END,
	                                        NUMA_NO_NODE);
	if (page_pa)
		return;
	pr_warn("SMP: no free page below 640 KiB to start CPUs on, so there is one\n");
	nr_listed = 1;
}

/* --- step 2: room --------------------------------------------------------------------------- */

void __init smp_prepare_cpus(void)
{
	unsigned int cpu = 1;

	for (; cpu < nr_listed; cpu++) {
		if (setup_per_cpu_area(cpu, listed[cpu].nid)) {
			pr_warn("SMP: no memory for the data of CPU %u, left out with those behind\n",
			        cpu);
			break;
		}
		apic_set_id(cpu, listed[cpu].id);
		set_cpu_possible(cpu);
	}
	nr_listed = cpu;
	if (nr_listed > 1)
		page_alloc_add_cpus();
}

/* --- step 3: on the new CPU ----------------------------------------------------------------- */

/* On its stack, with the trampoline's page tables; no per-CPU data before its segment is loaded. */
static void __noreturn cpu_arrives(void)
{
	unsigned int cpu = starting.cpu, awaited = AWAITED;

	write_cr3(__pa(swapper_pg_dir));
	flush_tlb_all_local();
	if (!__atomic_compare_exchange_n(&starting.state, &awaited, ARRIVED, false,
	                                 __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		cpu_stop(); /* too late: given up */
	cpu_load_descriptors(cpu);
	idt_load();
	clear_task_switched();
	pat_init();
	apic_init_this_cpu();
	apic_timer_start();
	set_cpu_online(cpu);
	cpu_startup_hook();
	cpu_stop(); /* it does not come back */
}

/* --- step 3: stacks ------------------------------------------------------------------------- */

/* The page below an area is never mapped: the guard page of the one before, or a hole. */
static bool __init make_stack(struct kernel_stack *stack, const char *name, unsigned long size,
                              int nid)
{
	unsigned long bottom = (unsigned long)vmalloc_node(size, nid);

	if (!bottom)
		return false;
	*stack = (struct kernel_stack){
		.name = name, .guard = bottom - PAGE_SIZE, .bottom = bottom, .top = bottom + size};
	stack_fill((void *)bottom, size);
	stack_register(stack);
	return true;
}

static bool __init make_stacks(unsigned int cpu)
{
	static const char *const names[NR_CPUS] = {"cpu0", "cpu1", "cpu2", "cpu3",
	                                           "cpu4", "cpu5", "cpu6", "cpu7"};
	static const char *const fault_names[NR_CPUS] = {
		"double_fault0", "double_fault1", "double_fault2", "double_fault3",
		"double_fault4", "double_fault5", "double_fault6", "double_fault7"};

	return make_stack(&stacks[cpu], names[cpu], THREAD_SIZE, listed[cpu].nid) &&
	       make_stack(&fault_stacks[cpu], fault_names[cpu], PAGE_SIZE, listed[cpu].nid);
}

static void __init drop_stack(struct kernel_stack *stack)
{
	if (!stack->bottom)
		return;
	stack_unregister(stack);
	vfree((void *)stack->bottom);
}

/* --- step 3: the page ----------------------------------------------------------------------- */

static u32 __init copy_address(const char *where)
{
	return (u32)page_pa + (u32)(where - trampoline_start);
}

static void __init fill_params(struct trampoline_params *p)
{
	p->gdt_address = copy_address(trampoline_gdt);
	p->entry32 = copy_address(trampoline_protected);
	p->cr0 = (u32)read_cr0();
	p->cr3 = (u32)page_pa + POINTERS_OFFSET;
	p->cr4 = (u32)read_cr4();
	p->nx = cpu_features.nx;
	p->entry = (u32)cpu_arrives;
}

/* The page at its own address, executable and not writable; the kernel's half as everybody has it.
 */
static void __init fill_tables(pgd_t *pointers)
{
	for (unsigned int i = 0; i < KERNEL_PGD_PTRS; i++)
		pointers[KERNEL_PGD_INDEX + i] = swapper_pg_dir[KERNEL_PGD_INDEX + i];
	pointers[0].pgd = __pa(identity_pmd) | _PAGE_PRESENT;
	set_pmd(&identity_pmd[0], pte_table_pmd(__pa(identity_pte)));
	set_pte(&identity_pte[pte_index((unsigned long)page_pa)],
	        pfn_pte(PFN_DOWN(page_pa), PAGE_KERNEL_ROX));
}

/* Returns: the parameters in the page; NULL: no memory for its tables. */
static struct trampoline_params *__init make_trampoline(void)
{
	char *page = __va(page_pa);
	struct trampoline_params *params =
		(struct trampoline_params *)(page + (trampoline_params - trampoline_start));

	identity_pmd = (pmd_t *)get_zeroed_page(GFP_KERNEL);
	identity_pte = (pte_t *)get_zeroed_page(GFP_KERNEL);
	if (!identity_pmd || !identity_pte)
		return NULL;
	ASSERT(trampoline_end - trampoline_start <= POINTERS_OFFSET);
	memset(page, 0, PAGE_SIZE);
	memcpy(page, trampoline_start, (size_t)(trampoline_end - trampoline_start));
	fill_params(params);
	fill_tables((pgd_t *)(page + POINTERS_OFFSET));
	return params;
}

static void __init drop_trampoline(void)
{
	free_page((unsigned long)identity_pmd);
	free_page((unsigned long)identity_pte);
	free_reserved_area(page_pa, page_pa + PAGE_SIZE);
}

/* --- step 3: on the CPU that runs ----------------------------------------------------------- */

static bool __init wait_for_arrival(unsigned int usec)
{
	for (unsigned int waited = 0; waited < usec; waited += POLL_US) {
		if (__atomic_load_n(&starting.state, __ATOMIC_ACQUIRE) == ARRIVED)
			return true;
		udelay(POLL_US);
	}
	return false;
}

/* Returns: whether it has arrived. */
static bool __init send_for(unsigned int cpu)
{
	unsigned int awaited = AWAITED;
	u32 id = listed[cpu].id;

	starting.cpu = cpu;
	__atomic_store_n(&starting.state, AWAITED, __ATOMIC_RELEASE);
	if (!should_fail(FAIL_cpu_start)) {
		apic_send_startup(id, page_pa);
		if (!wait_for_arrival(STARTUP_US))
			apic_send_startup(id, page_pa);
	}
	if (wait_for_arrival(ARRIVE_US))
		return true;
	return !__atomic_compare_exchange_n(&starting.state, &awaited, NOBODY, false,
	                                    __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

static void __init start_cpu(unsigned int cpu, struct trampoline_params *params)
{
	if (!make_stacks(cpu)) {
		pr_warn("SMP: no memory for the stacks of CPU %u, left out\n", cpu);
		drop_stack(&stacks[cpu]);
		return;
	}
	params->stack = (u32)stacks[cpu].top;
	cpu_fill_descriptors(cpu, fault_stacks[cpu].top, doublefault_entry);
	if (send_for(cpu)) {
		while (!cpu_online(cpu))
			cpu_relax();
		return;
	}
	apic_send_init(listed[cpu].id);
	drop_stack(&stacks[cpu]);
	drop_stack(&fault_stacks[cpu]);
	pr_warn("SMP: CPU %u (APIC id %u, node %d) did not start within %u ms, left out\n", cpu,
	        listed[cpu].id, listed[cpu].nid, ARRIVE_US / 1000);
}

static void __init tell_cpus(void)
{
	unsigned int cpu;

	for_each_online_cpu (cpu)
		pr_info("SMP: CPU %u is APIC id %u on node %d\n", cpu, apic_id_of(cpu),
		        per_cpu(numa_node, cpu));
	pr_info("SMP: %u of %u CPUs run\n", num_online_cpus(), num_possible_cpus());
}

void __init smp_start_cpus(void)
{
	struct trampoline_params *params;

	if (!page_pa)
		return;
	params = nr_listed > 1 && apic_present() ? make_trampoline() : NULL;
	for (unsigned int cpu = 1; params && cpu < nr_listed; cpu++)
		apic_send_init(listed[cpu].id);
	if (params) {
		shootdown_enable();
		udelay(INIT_US);
	}
	for (unsigned int cpu = 1; params && cpu < nr_listed; cpu++)
		start_cpu(cpu, params);
	drop_trampoline();
	tell_cpus();
}
