/* SPDX-License-Identifier: MIT */
/* acpi.h - the firmware's tables: found, checked, listed. Three are read: SRAT and SLIT for the
 * nodes, MADT for the CPUs and interrupt controllers.
 * Source: ACPI specification 6.x, 5.2 "ACPI System Description Tables". */
#pragma once
#include "boot/bootinfo.h"
#include "types.h"

enum { MAX_ACPI_TABLES = 32, ACPI_HEADER_SIZE = 36 };

struct acpi_table {
	char signature[5];
	phys_addr_t pa;
	u32 length;
};

/* Find the RSDP (the loader's copy, else a search of the BIOS area) and list every table that the
 * XSDT or RSDT names. A table with a wrong checksum, an impossible length or an address outside
 * the firmware map is left out with a message.
 * map: sanitised. Context: boot. */
void acpi_init(const struct bootinfo *bi, const struct e820_table *map);

/* The k-th listed table, NULL behind the last. */
const struct acpi_table *acpi_table_at(unsigned int k);

/* Map the first table with this signature. Returns: it and *length, or NULL: none. */
const void *acpi_map(const char *signature, u32 *length);
void acpi_unmap(const void *table);

/* Do the bytes sum to 0 modulo 256? */
bool acpi_checksum_ok(const void *bytes, u32 length);

/* What the MADT says, kept for the interrupt controllers and the other CPUs. */
enum { MAX_MADT_CPUS = 64, MAX_MADT_IOAPICS = 4 };
struct madt_info {
	phys_addr_t local_apic_pa;
	u32 nr_cpus; /* enabled ones, at most MAX_MADT_CPUS are kept */
	u32 apic_id[MAX_MADT_CPUS];
	u32 nr_ioapics;
	struct {
		u32 pa, gsi_base;
	} ioapic[MAX_MADT_IOAPICS];
};

/* Read a MADT of length bytes. Stops at the first entry that cannot be.
 * Returns: 0, or -EINVAL when the table is too short for its header. */
int madt_parse(const void *table, u32 length, struct madt_info *out);

/* The MADT as read at boot; nr_cpus is 0 when there was none. */
const struct madt_info *madt(void);
