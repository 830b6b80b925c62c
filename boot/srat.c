/* SPDX-License-Identifier: MIT */
/* srat.c - nodes from the firmware's affinity tables. Owns: nothing.
 * Source: ACPI specification 6.x, 5.2.16, 5.2.17. */
#include "boot/srat.h"
#include "boot/acpi.h"
#include "errno.h"
#include "kernel.h"
#include "lib/unaligned.h"
#include "printk.h"

enum { SRAT_CPU = 0, SRAT_MEMORY = 1, SRAT_X2APIC = 2, SRAT_ENABLED = 1 };
enum { SRAT_HEADER = ACPI_HEADER_SIZE + 12, SLIT_HEADER = ACPI_HEADER_SIZE + 8 };

void numa_info_reset(struct numa_info *info)
{
	*info = (struct numa_info){.nr_nodes = 1};
	for (int a = 0; a < MAX_NUMNODES; a++)
		for (int b = 0; b < MAX_NUMNODES; b++)
			info->distance[a][b] = a == b ? LOCAL_DISTANCE : REMOTE_DISTANCE;
}

/* Node id of a proximity domain, a new one for a new domain; -1: too many. */
static int domain_to_node(struct numa_info *out, u32 domain)
{
	for (unsigned int nid = 0; nid < out->nr_nodes; nid++)
		if (out->domain[nid] == domain)
			return (int)nid;
	if (out->nr_nodes == MAX_NUMNODES) {
		pr_warn("NUMA: SRAT has more than %d proximity domains (domain %u)\n", MAX_NUMNODES,
		        domain);
		return -1;
	}
	out->domain[out->nr_nodes] = domain;
	return (int)out->nr_nodes++;
}

static int check_overlap(const struct numa_info *out, const struct node_block *b)
{
	for (unsigned int i = 0; i < out->nr_blocks; i++) {
		const struct node_block *o = &out->blocks[i];

		if (o->nid == b->nid || b->start >= o->end || o->start >= b->end)
			continue;
		pr_warn("NUMA: SRAT: node %d [mem 0x%llx-0x%llx] overlaps node %d "
		        "[mem 0x%llx-0x%llx]\n",
		        b->nid, b->start, b->end - 1, o->nid, o->start, o->end - 1);
		return -EINVAL;
	}
	return 0;
}

static int add_memory(struct numa_info *out, u32 domain, u64 base, u64 length)
{
	struct node_block b = {base, base + length, domain_to_node(out, domain)};

	if (b.nid < 0)
		return -EINVAL;
	if (b.end <= b.start)
		return 0; /* empty or wrapping: says nothing */
	if (check_overlap(out, &b))
		return -EINVAL;
	if (out->nr_blocks == MAX_NODE_BLOCKS) {
		pr_warn("NUMA: SRAT has more than %d memory ranges\n", MAX_NODE_BLOCKS);
		return -EINVAL;
	}
	out->blocks[out->nr_blocks++] = b;
	return 0;
}

static int add_cpu(struct numa_info *out, u32 domain, u32 apic_id)
{
	int nid = domain_to_node(out, domain);

	if (nid < 0)
		return -EINVAL;
	if (out->nr_cpus < MAX_SRAT_CPUS) {
		out->cpus[out->nr_cpus].apic_id = apic_id;
		out->cpus[out->nr_cpus++].nid = nid;
	}
	return 0;
}

static int parse_entry(const u8 *e, u32 size, struct numa_info *out)
{
	switch (e[0]) {
	case SRAT_CPU:
		if (size < 16 || !(get_unaligned_le32(e + 4) & SRAT_ENABLED))
			return 0;
		return add_cpu(out, e[2] | (u32)e[9] << 8 | (u32)e[10] << 16 | (u32)e[11] << 24,
		               e[3]);
	case SRAT_MEMORY:
		if (size < 40 || !(get_unaligned_le32(e + 28) & SRAT_ENABLED))
			return 0;
		return add_memory(out, get_unaligned_le32(e + 2), get_unaligned_le64(e + 8),
		                  get_unaligned_le64(e + 16));
	case SRAT_X2APIC:
		if (size < 24 || !(get_unaligned_le32(e + 12) & SRAT_ENABLED))
			return 0;
		return add_cpu(out, get_unaligned_le32(e + 4), get_unaligned_le32(e + 8));
	}
	return 0;
}

static int refuse(struct numa_info *out)
{
	pr_warn("NUMA: SRAT refused, one node\n");
	numa_info_reset(out);
	return -EINVAL;
}

int srat_parse(const void *table, u32 length, struct numa_info *out)
{
	const u8 *p = table;

	numa_info_reset(out);
	out->nr_nodes = 0;
	if (length < SRAT_HEADER)
		return refuse(out);
	for (u32 at = SRAT_HEADER; at + 2 <= length; at += p[at + 1]) {
		u32 size = p[at + 1];

		if (size < 2 || size > length - at) {
			pr_warn("NUMA: SRAT entry at %u has size %u, the rest is ignored\n", at,
			        size);
			break;
		}
		if (parse_entry(p + at, size, out))
			return refuse(out);
	}
	return out->nr_blocks ? 0 : refuse(out);
}

/* The table counts domains in their own order; ours may differ. */
static bool slit_sound(const u8 *p, u64 n, const struct numa_info *out)
{
	for (unsigned int a = 0; a < out->nr_nodes; a++) {
		for (unsigned int b = 0; b < out->nr_nodes; b++) {
			u8 d;

			if (out->domain[a] >= n || out->domain[b] >= n)
				return false;
			d = p[SLIT_HEADER + out->domain[a] * n + out->domain[b]];
			if (a == b ? d != LOCAL_DISTANCE : d <= LOCAL_DISTANCE)
				return false;
		}
	}
	return true;
}

int slit_parse(const void *table, u32 length, struct numa_info *out)
{
	const u8 *p = table;
	u64 n = length >= SLIT_HEADER ? get_unaligned_le64(p + ACPI_HEADER_SIZE) : 0;

	if (!n || n > 255 || length < SLIT_HEADER + n * n || !slit_sound(p, n, out)) {
		pr_warn("NUMA: SLIT is not sound, ignored\n");
		return -EINVAL;
	}
	for (unsigned int a = 0; a < out->nr_nodes; a++)
		for (unsigned int b = 0; b < out->nr_nodes; b++)
			out->distance[a][b] = p[SLIT_HEADER + out->domain[a] * n + out->domain[b]];
	return 0;
}
