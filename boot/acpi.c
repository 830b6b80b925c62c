/* SPDX-License-Identifier: MIT */
/* acpi.c - finds the ACPI tables and lets only sound ones through.
 * Owns: the list of tables. Source: ACPI specification 6.x, 5.2.5 - 5.2.8. */
#include "boot/acpi.h"
#include "asm/fixmap.h"
#include "kernel.h"
#include "lib/string.h"
#include "lib/unaligned.h"
#include "printk.h"

enum { BIOS_AREA = 0xe0000, BIOS_AREA_SIZE = 0x20000, EBDA_POINTER = 0x40e, MAX_TABLE = 0x40000 };

static struct acpi_table tables[MAX_ACPI_TABLES];
static unsigned int nr_tables;
static const struct e820_table *map;

bool acpi_checksum_ok(const void *bytes, u32 length)
{
	const u8 *p = bytes;
	u8 sum = 0;

	while (length--)
		sum = (u8)(sum + *p++);
	return sum == 0;
}

static bool rsdp_ok(const u8 *p)
{
	return !memcmp(p, "RSD PTR ", 8) && acpi_checksum_ok(p, 20) &&
	       (p[15] < 2 || acpi_checksum_ok(p, RSDP_SIZE));
}

/* Search [pa, pa + size) at every 16 bytes and copy what is found. */
static bool search_rsdp(phys_addr_t pa, size_t size, u8 *rsdp)
{
	u8 *area = early_memremap(pa, size);
	bool found = false;

	for (size_t i = 0; area && !found && i + RSDP_SIZE <= size; i += 16) {
		found = rsdp_ok(area + i);
		if (found)
			memcpy(rsdp, area + i, RSDP_SIZE);
	}
	if (area)
		early_memunmap(area);
	return found;
}

static bool find_rsdp(const struct bootinfo *bi, u8 *rsdp)
{
	u16 *segment;
	phys_addr_t ebda;

	if (bi->rsdp_size) {
		memcpy(rsdp, bi->rsdp, RSDP_SIZE);
		if (rsdp_ok(rsdp))
			return true;
		pr_warn("ACPI: RSDP from the boot loader has a wrong checksum, ignored\n");
	}
	segment = early_memremap(EBDA_POINTER, 2);
	ebda = (phys_addr_t)*segment << 4;
	early_memunmap(segment);
	if (ebda >= 0x80000 && ebda < 0xa0000 && search_rsdp(ebda, 1024, rsdp))
		return true;
	return search_rsdp(BIOS_AREA, BIOS_AREA_SIZE, rsdp);
}

/* Inside something that the firmware listed, or the BIOS area that it never lists? */
static bool plausible_range(phys_addr_t pa, u32 length)
{
	if (length > PHYS_ADDR_MAX - pa)
		return false;
	if (pa >= BIOS_AREA && pa + length <= BIOS_AREA + BIOS_AREA_SIZE)
		return true;
	return e820_all_known(map, pa, pa + length);
}

/* Map a table whose address alone is known. Returns: it, checked, or NULL with the reason told. */
static const u8 *map_checked(phys_addr_t pa, const char *named_by)
{
	const u8 *head;
	char sig[5] = {0};
	u32 length;

	if (!plausible_range(pa, ACPI_HEADER_SIZE)) {
		pr_warn("ACPI: table at 0x%llx (named by %s) lies outside memory, ignored\n", pa,
		        named_by);
		return NULL;
	}
	head = early_memremap(pa, ACPI_HEADER_SIZE);
	if (!head) {
		pr_warn("ACPI: table at 0x%llx (named by %s) cannot be mapped, ignored\n", pa,
		        named_by);
		return NULL;
	}
	memcpy(sig, head, 4);
	length = get_unaligned_le32(head + 4);
	early_memunmap((void *)head);
	if (length < ACPI_HEADER_SIZE || length > MAX_TABLE || !plausible_range(pa, length)) {
		pr_warn("ACPI: %s at 0x%llx has an impossible length %u, ignored\n", sig, pa,
		        length);
		return NULL;
	}
	head = early_memremap(pa, length);
	if (head && acpi_checksum_ok(head, length))
		return head;
	pr_warn("ACPI: %s at 0x%llx has a wrong checksum, ignored\n", sig, pa);
	if (head)
		early_memunmap((void *)head);
	return NULL;
}

static void add_table(phys_addr_t pa, const char *named_by)
{
	const u8 *head = map_checked(pa, named_by);
	struct acpi_table *t = &tables[nr_tables];

	if (!head)
		return;
	if (nr_tables == MAX_ACPI_TABLES) {
		pr_warn("ACPI: more than %u tables, the rest is ignored\n", MAX_ACPI_TABLES);
	} else {
		*t = (struct acpi_table){.pa = pa, .length = get_unaligned_le32(head + 4)};
		memcpy(t->signature, head, 4);
		nr_tables++;
		pr_info("ACPI: %s 0x%08llx %06x\n", t->signature, t->pa, t->length);
	}
	early_memunmap((void *)head);
}

/* The root lists the others: 8-byte addresses in an XSDT, 4-byte ones in an RSDT. */
static bool read_root(phys_addr_t pa, u32 entry_size)
{
	const u8 *root = map_checked(pa, "RSDP");
	u32 length;

	if (!root)
		return false;
	length = get_unaligned_le32(root + 4);
	for (u32 at = ACPI_HEADER_SIZE; at + entry_size <= length; at += entry_size)
		add_table(entry_size == 8 ? get_unaligned_le64(root + at)
		                          : get_unaligned_le32(root + at),
		          entry_size == 8 ? "XSDT" : "RSDT");
	early_memunmap((void *)root);
	return true;
}

static struct madt_info madt_info;

static void read_madt(void)
{
	u32 length;
	const void *table = acpi_map("APIC", &length);

	if (!table)
		return;
	madt_parse(table, length, &madt_info);
	acpi_unmap(table);
	pr_info("ACPI: MADT: %u CPUs, %u I/O APICs, local APIC at 0x%08llx\n", madt_info.nr_cpus,
	        madt_info.nr_ioapics, madt_info.local_apic_pa);
}

void acpi_init(const struct bootinfo *bi, const struct e820_table *sanitised)
{
	u8 rsdp[RSDP_SIZE];

	map = sanitised;
	nr_tables = 0;
	if (!find_rsdp(bi, rsdp)) {
		pr_info("ACPI: no RSDP, so no tables\n");
		return;
	}
	if (rsdp[15] < 2 || !get_unaligned_le64(rsdp + 24) ||
	    !read_root(get_unaligned_le64(rsdp + 24), 8))
		read_root(get_unaligned_le32(rsdp + 16), 4);
	read_madt();
}

const struct acpi_table *acpi_table_at(unsigned int k)
{
	return k < nr_tables ? &tables[k] : NULL;
}

const void *acpi_map(const char *signature, u32 *length)
{
	for (unsigned int i = 0; i < nr_tables; i++) {
		if (strcmp(tables[i].signature, signature))
			continue;
		*length = tables[i].length;
		return early_memremap(tables[i].pa, tables[i].length);
	}
	return NULL;
}

void acpi_unmap(const void *table)
{
	early_memunmap((void *)table);
}

const struct madt_info *madt(void)
{
	return &madt_info;
}
