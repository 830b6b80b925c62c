/* SPDX-License-Identifier: MIT */
/* cpu.c - what the CPU is and can do. Owns: cpu_features.
 * Source: Intel SDM vol. 2, "CPUID"; vol. 3, "Control Registers". */
#include "asm/cpufeature.h"
#include "asm/memlayout.h"
#include "asm/processor.h"
#include "kernel.h"
#include "lib/string.h"
#include "printk.h"

struct cpu_features cpu_features;

static void read_vendor(struct cpu_features *f)
{
	struct cpuid_regs r = cpuid(0);

	memcpy(f->vendor, &r.ebx, 4);
	memcpy(f->vendor + 4, &r.edx, 4);
	memcpy(f->vendor + 8, &r.ecx, 4);
}

static void read_model_name(struct cpu_features *f)
{
	const char *name = f->model;

	strscpy(f->model, "unknown model", sizeof(f->model));
	if (cpuid(0x80000000).eax < 0x80000004)
		return;
	for (u32 i = 0; i < 3; i++) {
		struct cpuid_regs r = cpuid(0x80000002 + i);

		memcpy(f->model + 16 * i, &r, sizeof(r));
	}
	while (*name == ' ')
		name++;
	memmove(f->model, name, strlen(name) + 1);
}

static void read_signature(struct cpu_features *f)
{
	u32 eax = cpuid(1).eax;

	f->stepping = eax & 15;
	f->model_id = (eax >> 4 & 15) | (eax >> 12 & 0xf0);
	f->family = (eax >> 8 & 15) + (eax >> 20 & 255);
}

static void read_features(struct cpu_features *f)
{
	u32 edx = cpuid(1).edx, max_extended = cpuid(0x80000000).eax;

	f->pse = edx >> 3 & 1;
	f->tsc = edx >> 4 & 1;
	f->pae = edx >> 6 & 1;
	f->apic = edx >> 9 & 1;
	f->pge = edx >> 13 & 1;
	f->pat = edx >> 16 & 1;
	f->fxsr = edx >> 24 & 1;
	f->sse = edx >> 25 & 1;
	if (cpuid(0).eax >= 7) {
		f->smep = cpuid(7).ebx >> 7 & 1;
		f->smap = cpuid(7).ebx >> 20 & 1;
	}
	if (max_extended >= 0x80000001)
		f->nx = cpuid(0x80000001).edx >> 20 & 1;
	f->apic_id = cpuid(1).ebx >> 24;
	f->phys_bits = max_extended >= 0x80000008 ? cpuid(0x80000008).eax & 255 : 0;
	if (f->phys_bits < 32 || f->phys_bits > 52)
		f->phys_bits = 36;
}

static void enable_features(struct cpu_features *f)
{
	unsigned long cr4 = read_cr4();

	if (f->sse && f->fxsr) {
		write_cr0((read_cr0() & ~(CR0_EM | CR0_TS)) | CR0_MP);
		cr4 |= CR4_OSFXSR | CR4_OSXMMEXCPT;
	} else {
		f->sse = false;
	}
	if (f->smep)
		cr4 |= CR4_SMEP;
	if (f->smap)
		cr4 |= CR4_SMAP;
	write_cr4(cr4);
}

u64 phys_addr_limit(void)
{
	return min(1ull << cpu_features.phys_bits, (u64)PHYS_ADDR_SIZE);
}

void cpu_detect(void)
{
	struct cpu_features *f = &cpu_features;

	read_vendor(f);
	read_model_name(f);
	read_signature(f);
	read_features(f);
	enable_features(f);
}
