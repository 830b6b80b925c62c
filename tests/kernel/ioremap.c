/* SPDX-License-Identifier: MIT */
/* ioremap.c - tests of device registers: the machine's real ones, and what is refused. */
#include "mm/ioremap.h"
#include "asm/cpufeature.h"
#include "asm/mmio_devices.h"
#include "asm/page_ops.h"
#include "asm/pgwalk.h"
#include "asm/uaccess.h"
#include "boot/acpi.h"
#include "ktest.h"
#include "lib/string.h"
#include "mm/memblock.h"
#include "mm/page_alloc.h"
#include "mm/vmalloc.h"

#define ROM_PA 0xfffc0000ull /* the firmware: nobody maps it */

static enum cache_mode mode_at(const void *va)
{
	return cache_mode_of(pgwalk((unsigned long)va).pte.pte, false);
}

KTEST(ioremap, real_hpet_counts)
{
	struct hpet_info before, after;

	SKIP_UNLESS(hpet_info(&before), "the machine has no HPET");
	EXPECT_EQ(before.vendor, 0x8086);
	EXPECT_TRUE(before.period_fs > 100000 && before.period_fs <= 100000000);
	EXPECT_TRUE(before.comparators >= 3);
	for (unsigned int i = 0; i < 100000; i++)
		barrier();
	hpet_info(&after);
	EXPECT_TRUE(after.counter != before.counter);
}

KTEST(ioremap, real_local_apic_says_who_it_is)
{
	struct lapic_info lapic;

	SKIP_UNLESS(lapic_info(&lapic), "the CPU has no local APIC");
	EXPECT_EQ(lapic.id, cpu_features.apic_id);
	EXPECT_TRUE(lapic.version >= 0x10 && lapic.version < 0x20);
	EXPECT_TRUE(lapic.lvt_entries >= 4 && lapic.lvt_entries <= 8);
}

KTEST(ioremap, real_ioapic_says_who_it_is)
{
	struct ioapic_info ioapic;

	SKIP_UNLESS(ioapic_info(0, &ioapic), "the firmware lists no I/O APIC");
	EXPECT_EQ(ioapic.inputs, 24);
	EXPECT_TRUE(ioapic.version >= 0x11 && ioapic.version <= 0x20);
	EXPECT_EQ(ioapic.gsi_base, 0);
	EXPECT_TRUE(!ioapic_info(MAX_MADT_IOAPICS, &ioapic));
}

KTEST(ioremap, registers_of_devices_are_uncached)
{
	struct lapic_info lapic;
	void *va;

	SKIP_UNLESS(lapic_info(&lapic), "the CPU has no local APIC");
	va = ioremap(lapic.pa, 4096); /* once more, the same way */
	ASSERT_TRUE(va);
	EXPECT_EQ(mode_at(va), CACHE_UC_MINUS);
	EXPECT_REPORT(ioremap_conflict, EXPECT_TRUE(!ioremap_wc(lapic.pa, 4096)));
	iounmap(va);
}

KTEST(ioremap, offset_in_the_page_is_kept)
{
	u32 *one = ioremap(ROM_PA, 8), *two = ioremap(ROM_PA + 4, 4);

	ASSERT_TRUE(one && two);
	EXPECT_EQ((unsigned long)two & (PAGE_SIZE - 1), 4);
	EXPECT_EQ(*(volatile u32 *)two, ((volatile u32 *)one)[1]);
	EXPECT_EQ(find_vm_area(two)->phys_addr, ROM_PA);
	EXPECT_SOUND(vmalloc_check());
	iounmap(one);
	iounmap(two); /* anywhere in the first page will do */
}

KTEST(ioremap, range_over_a_page_border_takes_two)
{
	char *va = ioremap(ROM_PA + PAGE_SIZE - 2, 4);

	ASSERT_TRUE(va);
	EXPECT_EQ(get_vm_area_size(find_vm_area(va)), 2 * PAGE_SIZE);
	iounmap(va);
}

KTEST(ioremap, each_cache_mode_is_what_was_asked)
{
	static const struct {
		void *(*map)(phys_addr_t pa, unsigned long size);
		enum cache_mode mode;
	} calls[] = {{ioremap, CACHE_UC_MINUS},
	             {ioremap_uc, CACHE_UC},
	             {ioremap_wc, CACHE_WC},
	             {ioremap_wt, CACHE_WT},
	             {ioremap_cache, CACHE_WB}};

	SKIP_UNLESS(cpu_features.pat, "this CPU has no page attribute table");
	for (unsigned int i = 0; i < ARRAY_SIZE(calls); i++) {
		void *va = calls[i].map(ROM_PA, 64);

		ASSERT_TRUE(va);
		EXPECT_EQ(mode_at(va), calls[i].mode);
		iounmap(va);
	}
}

KTEST(ioremap, large_ranges_use_large_pages)
{
	char *va = ioremap(0xfc000000, 4 * SZ_1M + PAGE_SIZE);

	ASSERT_TRUE(va);
	EXPECT_TRUE(pgwalk((unsigned long)va).large && pgwalk((unsigned long)va + SZ_2M).large);
	EXPECT_TRUE(!pgwalk((unsigned long)va + 4 * SZ_1M).large);
	EXPECT_EQ(pgwalk((unsigned long)va + 3 * SZ_1M).pa, 0xfc000000 + 3 * SZ_1M);
	EXPECT_SOUND(vmalloc_check());
	iounmap(va);
}

KTEST(ioremap, unmapped_registers_are_gone_at_once)
{
	void *va = ioremap(ROM_PA, 64);
	unsigned long word;

	ASSERT_TRUE(va);
	EXPECT_TRUE(probe_kernel_word(va, &word));
	iounmap(va);
	EXPECT_TRUE(!probe_kernel_word(va, &word));
	EXPECT_TRUE(!find_vm_area(va));
}

KTEST(ioremap, ram_is_refused_with_its_range)
{
	const struct memblock_region *r = &memblock.memory.regions[memblock.memory.cnt - 1];
	char found[48];

	EXPECT_REPORT(ioremap_refused, EXPECT_TRUE(!ioremap(0x200000, 16)));
	EXPECT_FIELD("reason", "ram");
	EXPECT_FIELD("pa", "0x200000");
	EXPECT_FIELD_HERE("caller");
	EXPECT_TRUE(report_field("ram", found, sizeof(found)) && strchr(found, '-'));
	EXPECT_REPORT(ioremap_refused, EXPECT_TRUE(!ioremap_wc(r->base + r->size - 1, 2)));
	EXPECT_FIELD("reason", "ram");
	EXPECT_REPORT(ioremap_refused, EXPECT_TRUE(!ioremap_cache(__pa(&memblock), 4)));
	EXPECT_FIELD("reason", "ram");
	EXPECT_SOUND(vmalloc_check());
}

KTEST(ioremap, impossible_ranges_are_refused)
{
	u64 limit = phys_addr_limit();

	EXPECT_REPORT(ioremap_refused, EXPECT_TRUE(!ioremap(ROM_PA, 0)));
	EXPECT_FIELD("reason", "zero");
	EXPECT_REPORT(ioremap_refused, EXPECT_TRUE(!ioremap(~0ull - 5, 10)));
	EXPECT_FIELD("reason", "wraps");
	EXPECT_REPORT(ioremap_refused, EXPECT_TRUE(!ioremap(limit, 1)));
	EXPECT_FIELD("reason", "beyond_limit");
	EXPECT_REPORT(ioremap_refused, EXPECT_TRUE(!ioremap(limit - 4096, 4097)));
	EXPECT_FIELD("reason", "beyond_limit");
	EXPECT_FIELD("size", "4097");
	EXPECT_REPORT(vmalloc_bad_size, EXPECT_TRUE(!ioremap(0xf0000000, 0x0e000000)));
	EXPECT_FIELD("what", "ioremap");
}

KTEST(ioremap, second_mode_is_refused)
{
	void *va = ioremap(ROM_PA, 64), *same;

	ASSERT_TRUE(va);
	EXPECT_REPORT(ioremap_conflict, EXPECT_TRUE(!ioremap_wc(ROM_PA + 512, 4)));
	EXPECT_FIELD("want", "write-combining");
	EXPECT_FIELD("have", "uncached-minus");
	EXPECT_FIELD_HERE("alloc");
	EXPECT_FIELD_HERE("caller");
	EXPECT_REPORT(ioremap_conflict, EXPECT_TRUE(!ioremap_cache(ROM_PA - 8, 16)));
	same = ioremap(ROM_PA + 8, 8);
	EXPECT_TRUE(same);
	iounmap(same);
	iounmap(va);
	va = ioremap_wc(ROM_PA, 64); /* nobody has it now */
	EXPECT_TRUE(va);
	iounmap(va);
	EXPECT_SOUND(vmalloc_check());
}
