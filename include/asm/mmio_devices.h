/* SPDX-License-Identifier: MIT */
/* mmio_devices.h - the interrupt controllers and the timer that are reached through memory: what
 * their own registers say. Each call reads the registers anew; false: there is no such device. */
#pragma once
#include "types.h"

struct lapic_info {
	phys_addr_t pa;
	u32 id, version, lvt_entries;
};
bool lapic_info(struct lapic_info *info);

struct ioapic_info {
	phys_addr_t pa;
	u32 gsi_base, id, version, inputs;
};
bool ioapic_info(unsigned int k, struct ioapic_info *info);

struct hpet_info {
	phys_addr_t pa;
	u32 vendor, revision, comparators, counter_bits, period_fs;
	u64 hz;
	u32 counter; /* its lower half, running */
};
bool hpet_info(struct hpet_info *info);

/* One line for each. */
void mmio_devices_print(void (*print)(const char *fmt, ...));

/* Find and map them; the HPET's counter runs afterwards. Context: boot, after vmalloc_init(). */
void mmio_devices_init(void);
