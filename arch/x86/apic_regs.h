/* SPDX-License-Identifier: MIT */
/* apic_regs.h - the local APIC's registers, for the files that drive it.
 * Source: Intel SDM vol. 3, "Local APIC Register Address Map", "Local Vector Table". */
#pragma once
#include "types.h"

enum {
	APIC_ID = 0x20,
	APIC_TASK_PRIORITY = 0x80,
	APIC_EOI = 0xb0,
	APIC_SPURIOUS = 0xf0,
	APIC_ERROR_STATUS = 0x280,
	APIC_COMMAND = 0x300,
	APIC_COMMAND_HIGH = 0x310,
	APIC_LVT_TIMER = 0x320,
	APIC_LVT_LINT0 = 0x350,
	APIC_LVT_LINT1 = 0x360,
	APIC_LVT_ERROR = 0x370,
	APIC_TIMER_INITIAL = 0x380,
	APIC_TIMER_CURRENT = 0x390,
	APIC_TIMER_DIVIDE = 0x3e0,
};

enum {
	SPURIOUS_ENABLE = 1 << 8,
	LVT_NMI = 4 << 8,
	LVT_EXTINT = 7 << 8,
	LVT_MASKED = 1u << 16,
	LVT_PERIODIC = 1 << 17,
	COMMAND_NMI = 4 << 8,
	COMMAND_INIT = 5 << 8,
	COMMAND_STARTUP = 6 << 8,
	COMMAND_PENDING = 1 << 12,
	COMMAND_ASSERT = 1 << 14,
	COMMAND_LEVEL = 1 << 15,
	TIMER_DIVIDE_16 = 3,
};

#define MSR_APIC_BASE     0x1bu
#define APIC_BASE_X2APIC  0x400ull
#define APIC_BASE_ENABLE  0x800ull
#define APIC_BASE_ADDRESS 0xffffff000ull

u32 apic_read(unsigned int reg);
void apic_write(unsigned int reg, u32 value);
