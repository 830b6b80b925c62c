/* SPDX-License-Identifier: MIT */
/* cpufeature.h - what this CPU can do, read once at boot. */
#pragma once
#include "types.h"

struct cpu_features {
	char vendor[13];
	char model[49];
	u32 family, model_id, stepping;
	u32 phys_bits; /* MAXPHYADDR, 32..52: 36 when CPUID does not say */
	u32 apic_id;   /* of the boot CPU */
	bool pae, pse, pge, nx, sse, fxsr, tsc, apic, pat, smep, smap;
};

/* Of the boot CPU. (C) constant after cpu_detect(). */
extern struct cpu_features cpu_features;

/* End of the physical addresses that both the CPU and the kernel's frame numbers can express. */
u64 phys_addr_limit(void);

/* Fill cpu_features from CPUID and switch on what the kernel uses: SSE stores, SMEP, SMAP.
 * Context: boot, once per CPU. */
void cpu_detect(void);
