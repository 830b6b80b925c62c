/* SPDX-License-Identifier: MIT */
/* processor.h - the translations that a CPU keeps, played by tests/host/vm.c, and registers that
 * nobody reads here. */
#pragma once
#include "types.h"

#define CR0_CD 0x40000000u

void flush_tlb_one(unsigned long va);
void flush_tlb_all_local(void);

static inline void cpu_relax(void)
{
}
static inline unsigned long read_cr0(void)
{
	return 0;
}
static inline void write_cr0(unsigned long v)
{
	(void)v;
}
static inline void wrmsr(u32 msr, u64 v)
{
	(void)msr;
	(void)v;
}
static inline void wbinvd(void)
{
}
