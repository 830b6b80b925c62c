/* SPDX-License-Identifier: MIT */
/* mmio_devices.c - the machine's local APIC, I/O APICs and HPET, found through ACPI, mapped by
 * ioremap and asked who they are. Owns: their mappings, which stay.
 * Source: Intel SDM vol. 3, "Local APIC"; Intel 82093AA data sheet; IA-PC HPET specification 1.0a,
 * 2.3. */
#include "asm/mmio_devices.h"
#include "asm/cpufeature.h"
#include "asm/processor.h"
#include "boot/acpi.h"
#include "lib/unaligned.h"
#include "mm/ioremap.h"

enum { LAPIC_ID = 0x20, LAPIC_VERSION = 0x30, LAPIC_SIZE = 0x1000 };
enum { IOAPIC_INDEX = 0x00, IOAPIC_DATA = 0x10, IOAPIC_SIZE = 0x20 };
enum { IOAPIC_REG_ID = 0, IOAPIC_REG_VERSION = 1 };
enum { HPET_CAP = 0x00, HPET_PERIOD = 0x04, HPET_CONFIG = 0x10, HPET_COUNTER = 0xf0 };
enum { HPET_SIZE = 0x400, HPET_ENABLE = 1, HPET_COUNTER_64 = 1 << 13 };
enum { HPET_TABLE_ADDRESS = 44, HPET_TABLE_SIZE = 56 };
#define MSR_APIC_BASE 0x1bu

#define FEMTOSECONDS 1000000000000000ull

static volatile char *lapic, *ioapic[MAX_MADT_IOAPICS], *hpet;
static phys_addr_t hpet_pa;

static u32 read_register(const volatile char *base, unsigned int offset)
{
	return *(const volatile u32 *)(base + offset);
}

static void write_register(volatile char *base, unsigned int offset, u32 value)
{
	*(volatile u32 *)(base + offset) = value;
}

/* --- local APIC --------------------------------------------------------------------------- */

static phys_addr_t lapic_pa(void)
{
	if (madt()->local_apic_pa)
		return madt()->local_apic_pa;
	return rdmsr(MSR_APIC_BASE) & 0xffffff000ull;
}

static void probe_lapic(void)
{
	if (cpu_features.apic)
		lapic = ioremap(lapic_pa(), LAPIC_SIZE);
}

bool lapic_info(struct lapic_info *info)
{
	u32 version;

	if (!lapic)
		return false;
	version = read_register(lapic, LAPIC_VERSION);
	*info = (struct lapic_info){.pa = lapic_pa(),
	                            .id = read_register(lapic, LAPIC_ID) >> 24,
	                            .version = version & 0xff,
	                            .lvt_entries = (version >> 16 & 0xff) + 1};
	return true;
}

/* --- I/O APICs ---------------------------------------------------------------------------- */

static u32 read_ioapic(volatile char *base, u32 index)
{
	write_register(base, IOAPIC_INDEX, index);
	return read_register(base, IOAPIC_DATA);
}

static void probe_ioapics(void)
{
	for (u32 i = 0; i < madt()->nr_ioapics; i++)
		ioapic[i] = ioremap(madt()->ioapic[i].pa, IOAPIC_SIZE);
}

bool ioapic_info(unsigned int k, struct ioapic_info *info)
{
	u32 version;

	if (k >= MAX_MADT_IOAPICS || !ioapic[k])
		return false;
	version = read_ioapic(ioapic[k], IOAPIC_REG_VERSION);
	*info = (struct ioapic_info){.pa = madt()->ioapic[k].pa,
	                             .gsi_base = madt()->ioapic[k].gsi_base,
	                             .id = read_ioapic(ioapic[k], IOAPIC_REG_ID) >> 24 & 15,
	                             .version = version & 0xff,
	                             .inputs = (version >> 16 & 0xff) + 1};
	return true;
}

/* --- HPET --------------------------------------------------------------------------------- */

static void probe_hpet(void)
{
	u32 length;
	const u8 *table = acpi_map("HPET", &length);

	if (!table)
		return;
	if (length >= HPET_TABLE_SIZE)
		hpet_pa = get_unaligned_le64(table + HPET_TABLE_ADDRESS);
	acpi_unmap(table);
	hpet = hpet_pa ? ioremap(hpet_pa, HPET_SIZE) : NULL;
	if (hpet) /* counts from now on; no comparator interrupts */
		write_register(hpet, HPET_CONFIG, read_register(hpet, HPET_CONFIG) | HPET_ENABLE);
}

bool hpet_info(struct hpet_info *info)
{
	u32 cap, period;

	if (!hpet)
		return false;
	cap = read_register(hpet, HPET_CAP);
	period = read_register(hpet, HPET_PERIOD);
	*info = (struct hpet_info){.pa = hpet_pa,
	                           .vendor = cap >> 16,
	                           .revision = cap & 0xff,
	                           .comparators = (cap >> 8 & 31) + 1,
	                           .counter_bits = cap & HPET_COUNTER_64 ? 64 : 32,
	                           .period_fs = period,
	                           .hz = period ? FEMTOSECONDS / period : 0,
	                           .counter = read_register(hpet, HPET_COUNTER)};
	return true;
}

void mmio_devices_print(void (*print)(const char *fmt, ...))
{
	struct lapic_info lapic;
	struct ioapic_info ioapic;
	struct hpet_info hpet;

	if (lapic_info(&lapic))
		print("LAPIC: id %u version 0x%02x, %u local vectors, at 0x%08llx\n", lapic.id,
		      lapic.version, lapic.lvt_entries, lapic.pa);
	for (unsigned int k = 0; ioapic_info(k, &ioapic); k++)
		print("IOAPIC %u: id %u version 0x%02x, %u inputs from GSI %u, at 0x%08llx\n", k,
		      ioapic.id, ioapic.version, ioapic.inputs, ioapic.gsi_base, ioapic.pa);
	if (hpet_info(&hpet))
		print("HPET: vendor 0x%04x revision %u, %u comparators, %u-bit counter at %llu Hz, "
		      "at 0x%08llx\n",
		      hpet.vendor, hpet.revision, hpet.comparators, hpet.counter_bits, hpet.hz,
		      hpet.pa);
}

void mmio_devices_init(void)
{
	probe_lapic();
	probe_ioapics();
	probe_hpet();
}
