/* SPDX-License-Identifier: MIT */
/* reports.c - tests of what the shell and /proc print: read back as a script would. */
#include "asm/page_ops.h"
#include "console.h"
#include "helpers.h"
#include "kernel.h"
#include "ktest.h"
#include "lib/string.h"
#include "lib/vsprintf.h"
#include "mm/buddy.h"
#include "mm/page_alloc.h"
#include "mm/pageblock.h"
#include "mm/vmstat.h"
#include "resource.h"
#include "shell.h"

static const char *const text = command_text;
#define output(line) command_output(line)

/* The number behind the first occurrence of label. */
static unsigned long number_after(const char *s, const char *label)
{
	const char *at = strstr(s, label), *end;

	if (!at)
		return ~0ul;
	at += strlen(label);
	while (*at == ' ' || *at == '=')
		at++;
	return (unsigned long)strtoull(at, &end);
}

static unsigned int count_lines(const char *s)
{
	unsigned int n = 0;

	for (; *s; s++)
		n += *s == '\n';
	return n;
}

static unsigned int populated_zones(void)
{
	struct zone *zone;
	unsigned int n = 0;

	for_each_populated_zone (zone)
		n++;
	return n;
}

KTEST(reports, buddyinfo_columns_sum_to_the_free_pages)
{
	const char *s;
	struct zone *zone;

	drain_all_pages(NULL);
	s = output("cat /proc/buddyinfo");
	EXPECT_EQ(count_lines(s), populated_zones());
	for_each_populated_zone (zone) {
		unsigned long sum = 0;
		char head[40];

		snprintf(head, sizeof(head), "Node %d, zone %8s ", zone->node, zone->name);
		s = strstr(text, head);
		ASSERT_TRUE(s);
		s += strlen(head);
		for (unsigned int order = 0; order < MAX_ORDER; order++) {
			while (*s == ' ')
				s++;
			sum += (unsigned long)strtoull(s, &s) << order;
		}
		EXPECT_EQ(sum, zone_page_state(zone, NR_FREE_PAGES));
	}
}

KTEST(reports, zoneinfo_has_linux_lines_for_every_zone)
{
	static const char *const lines[] = {"  pages free     ",
	                                    "        boost    ",
	                                    "        min      ",
	                                    "        low      ",
	                                    "        high     ",
	                                    "        spanned  ",
	                                    "        present  ",
	                                    "        managed  ",
	                                    "        protection: (",
	                                    "      nr_free_pages ",
	                                    "  pagesets\n    cpu: 0\n              count: ",
	                                    "              high:  ",
	                                    "              batch: ",
	                                    "  start_pfn:           "};
	const char *s = output("cat /proc/zoneinfo");
	const struct zone *dma = any_zone(ZONE_DMA);
	char head[64];

	for (u32 i = 0; i < ARRAY_SIZE(lines); i++)
		EXPECT_TRUE(strstr(s, lines[i]));
	snprintf(head, sizeof(head), "Node %d, zone      DMA\n  per-node stats\n", dma->node);
	EXPECT_TRUE(strstr(s, head));
	EXPECT_TRUE(strstr(s, "Node 0, zone  Movable"));
	EXPECT_EQ(number_after(strstr(s, head), "managed"), dma->managed_pages);
}

KTEST(reports, pagetypeinfo_sums_agree_with_buddyinfo)
{
	const char *s = output("cat /proc/pagetypeinfo");
	char line[64];

	EXPECT_EQ(number_after(s, "Page block order:"), pageblock_order);
	EXPECT_EQ(number_after(s, "Pages per block:"), pageblock_nr_pages);
	snprintf(line, sizeof(line), "Node %4d, zone %8s, type %12s ", any_zone(ZONE_DMA)->node,
	         "DMA", "Movable");
	EXPECT_TRUE(strstr(s, line));
	EXPECT_TRUE(strstr(s, "Number of blocks type     Unmovable      Movable  Reclaimable"));
	EXPECT_EQ(count_lines(s), 4 + populated_zones() * (MIGRATE_TYPES + 1) + 2);
}

KTEST(reports, meminfo_adds_up)
{
	const char *s = output("cat /proc/meminfo");
	unsigned long total = number_after(s, "MemTotal:"), low = number_after(s, "LowTotal:");

	EXPECT_EQ(total, totalram_pages() * 4);
	EXPECT_EQ(low + number_after(s, "HighTotal:"), total);
	EXPECT_EQ(number_after(s, "LowFree:") + number_after(s, "HighFree:"),
	          number_after(s, "MemFree:"));
	EXPECT_TRUE(number_after(s, "MemAvailable:") <= number_after(s, "MemFree:"));
	EXPECT_TRUE(!strncmp(s, "MemTotal:       ", 16));
	EXPECT_EQ(count_lines(s), 43); /* as many as Linux prints */
}

KTEST(reports, vmstat_counts_allocations)
{
	unsigned long before = number_after(output("cat /proc/vmstat"), "pgfree "), after;
	struct page *page = alloc_pages(GFP_KERNEL, 3);

	__free_pages(page, 3);
	after = number_after(output("cat /proc/vmstat"), "pgfree ");
	EXPECT_EQ(after - before, 8);
	EXPECT_TRUE(number_after(text, "nr_free_pages ") > 0);
	EXPECT_EQ(number_after(text, "numa_miss ") == ~0ul, 0);
}

KTEST(reports, iomem_names_ram_and_the_kernel)
{
	const char *s = output("cat /proc/iomem");

	EXPECT_TRUE(strstr(s, " : System RAM\n"));
	EXPECT_TRUE(strstr(s, "  Kernel code\n") || strstr(s, " : Kernel code\n"));
	EXPECT_TRUE(resource_ram_bytes() / 4096 + 1 >= totalram_pages());
}

KTEST(reports, alloc_and_free_take_the_same_numbers)
{
	const char *s = output("alloc 2 GFP_KERNEL|__GFP_ZERO");
	unsigned long pfn = number_after(s, "pfn"), order = number_after(s, "order");
	char line[64];

	EXPECT_TRUE(!strncmp(s, "ALLOC pfn=", 10) && strstr(s, " zone="));
	EXPECT_EQ(number_after(s, "node"), page_to_nid(pfn_to_page(pfn)));
	EXPECT_EQ(order, 2);
	EXPECT_STREQ(page_kind(pfn), "allocated");
	snprintf(line, sizeof(line), "free %lu %lu", pfn, order);
	EXPECT_STREQ(output(line), "");
	EXPECT_TRUE(page_ref_count(pfn_to_page(pfn)) == 0);
}

KTEST(reports, misuse_from_the_shell_is_told)
{
	EXPECT_REPORT(free_reserved, output("free 0 0"));
	EXPECT_TRUE(strstr(text, "MMBUG kind=free_reserved"));
	EXPECT_REPORT(free_outside, output("free 4294967295 0"));
	EXPECT_REPORT(bad_order, output("alloc 11"));
	EXPECT_TRUE(strstr(text, "ALLOC failed order=11"));
	EXPECT_REPORT(bad_gfp, output("alloc 0 GFP_DMA|__GFP_HIGHMEM"));
	EXPECT_REPORT(bad_node, output("alloc 0 GFP_KERNEL node=99"));
}

KTEST(reports, nonsense_gets_a_usage_line)
{
	EXPECT_TRUE(strstr(output("alloc"), "usage: alloc"));
	EXPECT_TRUE(strstr(output("alloc x"), "usage: alloc"));
	EXPECT_TRUE(strstr(output("alloc 0 GFP_NONSENSE"), "is no GFP flag"));
	EXPECT_TRUE(strstr(output("free 1"), "usage: free"));
	EXPECT_TRUE(strstr(output("page"), "usage: page"));
	EXPECT_TRUE(strstr(output("walk zzz"), "usage: walk"));
	EXPECT_TRUE(strstr(output("frobnicate"), "no such command"));
	EXPECT_TRUE(strstr(output("cat /proc/nothing"), "no such file"));
	EXPECT_TRUE(strstr(output("sysctl vm.nothing"), "no tunable"));
	EXPECT_TRUE(strstr(output("echo 5 > /proc/meminfo"), "cannot be written"));
}

KTEST(reports, shell_splits_commands_quotes_and_comments)
{
	EXPECT_STREQ(output("echo a; echo b ;; echo \"c ; d\" # e"), "a\nb\nc ; d\n");
	EXPECT_STREQ(output("   "), "");
	EXPECT_STREQ(output("# only a comment"), "");
	EXPECT_STREQ(output("repeat 3 echo x"), "x\nx\nx\n");
}

KTEST(reports, sysctl_reads_sets_and_refuses)
{
	char line[64];
	unsigned long old = number_after(output("sysctl vm.watermark_scale_factor"), "= ");

	EXPECT_EQ(old, 10);
	EXPECT_TRUE(strstr(output("sysctl vm.watermark_scale_factor=20"), "= 20"));
	EXPECT_TRUE(strstr(output("sysctl vm.watermark_scale_factor=0"), "invalid value"));
	EXPECT_TRUE(strstr(output("cat /proc/sys/vm/watermark_scale_factor"), "20"));
	snprintf(line, sizeof(line), "echo %lu > /proc/sys/vm/watermark_scale_factor", old);
	EXPECT_STREQ(output(line), "");
	EXPECT_EQ(count_lines(output("sysctl -a")), 5);
}

KTEST(reports, free_shows_the_same_totals_as_meminfo)
{
	unsigned long total = number_after(output("free -l"), "Mem:");

	EXPECT_EQ(total, totalram_pages() * 4);
	EXPECT_TRUE(strstr(text, "Low:") && strstr(text, "High:") && strstr(text, "Swap:"));
	EXPECT_EQ(number_after(output("free -m"), "Mem:"), totalram_pages() / 256);
}

KTEST(reports, page_command_takes_pfn_address_and_physical)
{
	struct page *page = alloc_page(GFP_KERNEL);
	char line[64], head[32];

	ASSERT_TRUE(page);
	snprintf(head, sizeof(head), "pfn %lu ", page_to_pfn(page));
	snprintf(line, sizeof(line), "page %lu", page_to_pfn(page));
	EXPECT_TRUE(strstr(output(line), head) && strstr(text, "allocated"));
	snprintf(line, sizeof(line), "page 0x%lx", (unsigned long)lowmem_page_address(page) + 5);
	EXPECT_TRUE(strstr(output(line), head));
	snprintf(line, sizeof(line), "page pa:0x%llx", page_to_phys(page));
	EXPECT_TRUE(strstr(output(line), head));
	EXPECT_TRUE(strstr(output("page 0xfffffff"), "beyond_memory"));
	__free_page(page);
}

KTEST(reports, check_command_says_ok)
{
	EXPECT_STREQ(output("check"), "CHECK ok\n");
}

KTEST(reports, machine_tables_are_shown)
{
	EXPECT_TRUE(strstr(output("gdt"), "0060  0  0  00000000 ffffffff") &&
	            strstr(text, "007b") && strstr(text, "double fault tss"));
	EXPECT_TRUE(strstr(output("map"), "kernel text") &&
	            strstr(text, "writable and executable pages: "));
	EXPECT_TRUE(strstr(output("walk 0xc0100000"), "pgd[") && strstr(text, "pmd["));
	EXPECT_TRUE(strstr(output("help"), "alloc ORDER") &&
	            strstr(output("help boot"), "highmem="));
	EXPECT_TRUE(strstr(output("cat /proc/interrupts"), "timer"));
}
