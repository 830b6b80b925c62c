/* SPDX-License-Identifier: MIT */
/* processor.h - control registers, model-specific registers, CPUID, the time stamp counter.
 * Source: Intel SDM vol. 3, "Control Registers" and "Architectural MSRs". */
#pragma once
#include "types.h"

#define CR0_MP 0x00000002u
#define CR0_EM 0x00000004u
#define CR0_TS 0x00000008u
#define CR0_WP 0x00010000u
#define CR0_CD 0x40000000u
#define CR0_PG 0x80000000u

#define CR4_PSE        0x00000010u
#define CR4_PAE        0x00000020u
#define CR4_PGE        0x00000080u
#define CR4_OSFXSR     0x00000200u
#define CR4_OSXMMEXCPT 0x00000400u
#define CR4_SMEP       0x00100000u
#define CR4_SMAP       0x00200000u

#define MSR_EFER 0xC0000080u
#define EFER_NX  0x00000800u

#define DEFINE_CR(n)                                                                               \
	static inline unsigned long read_cr##n(void)                                               \
	{                                                                                          \
		unsigned long v;                                                                   \
		__asm__ volatile("movl %%cr" #n ", %0" : "=r"(v) : : "memory");                    \
		return v;                                                                          \
	}                                                                                          \
	static inline void write_cr##n(unsigned long v)                                            \
	{                                                                                          \
		__asm__ volatile("movl %0, %%cr" #n : : "r"(v) : "memory");                        \
	}
DEFINE_CR(0)
DEFINE_CR(2)
DEFINE_CR(3)
DEFINE_CR(4)

static inline u64 rdmsr(u32 msr)
{
	u32 lo, hi;

	__asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
	return (u64)hi << 32 | lo;
}

static inline void wrmsr(u32 msr, u64 v)
{
	__asm__ volatile("wrmsr" : : "c"(msr), "a"((u32)v), "d"((u32)(v >> 32)) : "memory");
}

struct cpuid_regs {
	u32 eax, ebx, ecx, edx;
};

static inline struct cpuid_regs cpuid(u32 leaf)
{
	struct cpuid_regs r;

	__asm__ volatile("cpuid"
	                 : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
	                 : "0"(leaf), "2"(0));
	return r;
}

/* Under `-icount shift=0` this is the number of instructions executed. */
static inline u64 rdtsc(void)
{
	u32 lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
	return (u64)hi << 32 | lo;
}

static inline void cpu_relax(void)
{
	__asm__ volatile("pause" : : : "memory");
}

/* Clear CR0.TS: SSE instructions work again after a hardware task switch. */
static inline void clear_task_switched(void)
{
	__asm__ volatile("clts" : : : "memory");
}

/* Write every modified cache line back and empty the caches. */
static inline void wbinvd(void)
{
	__asm__ volatile("wbinvd" : : : "memory");
}

/* Stop this CPU for good. */
static inline void __attribute__((noreturn)) cpu_stop(void)
{
	for (;;)
		__asm__ volatile("cli; hlt");
}

/* Drop this CPU's translation of one page, global or not. */
static inline void flush_tlb_one(unsigned long va)
{
	__asm__ volatile("invlpg (%0)" : : "r"(va) : "memory");
}

/* Drop all of this CPU's translations, global ones too: toggling CR4.PGE does that. */
static inline void flush_tlb_all_local(void)
{
	unsigned long cr4 = read_cr4();

	if (cr4 & CR4_PGE) {
		write_cr4(cr4 & ~CR4_PGE);
		write_cr4(cr4);
	} else {
		write_cr3(read_cr3());
	}
}
