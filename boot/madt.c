/* SPDX-License-Identifier: MIT */
/* madt.c - CPUs and interrupt controllers out of the MADT. Owns: nothing.
 * Source: ACPI specification 6.x, 5.2.12. */
#include "boot/acpi.h"
#include "errno.h"
#include "lib/unaligned.h"
#include "printk.h"

enum { MADT_LOCAL_APIC = 0, MADT_IO_APIC = 1, MADT_APIC_OVERRIDE = 5, MADT_X2APIC = 9 };
enum { MADT_HEADER = ACPI_HEADER_SIZE + 8, MADT_ENABLED = 1 };

static void add_cpu(struct madt_info *out, u32 apic_id, u32 flags)
{
	if (!(flags & MADT_ENABLED))
		return;
	if (out->nr_cpus < MAX_MADT_CPUS)
		out->apic_id[out->nr_cpus++] = apic_id;
}

static void add_ioapic(struct madt_info *out, const u8 *e)
{
	if (out->nr_ioapics == MAX_MADT_IOAPICS)
		return;
	out->ioapic[out->nr_ioapics].pa = get_unaligned_le32(e + 4);
	out->ioapic[out->nr_ioapics++].gsi_base = get_unaligned_le32(e + 8);
}

static void parse_entry(const u8 *e, u32 size, struct madt_info *out)
{
	switch (e[0]) {
	case MADT_LOCAL_APIC:
		if (size >= 8)
			add_cpu(out, e[3], get_unaligned_le32(e + 4));
		break;
	case MADT_IO_APIC:
		if (size >= 12)
			add_ioapic(out, e);
		break;
	case MADT_APIC_OVERRIDE:
		if (size >= 12)
			out->local_apic_pa =
				get_unaligned_le32(e + 4) | (u64)get_unaligned_le32(e + 8) << 32;
		break;
	case MADT_X2APIC:
		if (size >= 16)
			add_cpu(out, get_unaligned_le32(e + 4), get_unaligned_le32(e + 8));
		break;
	}
}

int madt_parse(const void *table, u32 length, struct madt_info *out)
{
	const u8 *p = table;

	*out = (struct madt_info){0};
	if (length < MADT_HEADER)
		return -EINVAL;
	out->local_apic_pa = get_unaligned_le32(p + ACPI_HEADER_SIZE);
	for (u32 at = MADT_HEADER; at + 2 <= length; at += p[at + 1]) {
		u32 size = p[at + 1];

		if (size < 2 || size > length - at) {
			pr_warn("ACPI: MADT entry at %u has size %u, the rest is ignored\n", at,
			        size);
			break;
		}
		parse_entry(p + at, size, out);
	}
	return 0;
}
