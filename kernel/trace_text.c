/* SPDX-License-Identifier: MIT */
/* trace_text.c - records as Linux's ftrace prints them. Owns: where each CPU's ring is read.
 *
 * No column of interrupt flags: the programs that read such lines do not expect one. */
#include "asm/delay.h"
#include "console.h"
#include "cpumask.h"
#include "kernel.h"
#include "lib/string.h"
#include "lib/vsprintf.h"
#include "mm/gfp.h"
#include "mm/mmzone.h"
#include "mutex.h"
#include "proc.h"
#include "trace_ctl.h"

/* --- one record --------------------------------------------------------------------------- */

/* A field's value, as unsigned or sign-extended. Little endian. */
static u32 field_value(const struct trace_field *f, const u8 *data)
{
	unsigned int unused = 32 - 8u * f->size;
	u32 value = 0;

	memcpy(&value, data + f->offset, f->size);
	return f->is_signed ? (u32)((s32)(value << unused) >> unused) : value;
}

static int print_gfp(char *buf, size_t size, gfp_t gfp)
{
	return gfp ? gfp_format(buf, size, gfp) : scnprintf(buf, size, "none");
}

static int print_value(char *buf, size_t size, const struct trace_field *f, const u8 *data)
{
	u32 value = f->kind == TRACE_KIND_STR ? 0 : field_value(f, data);

	switch ((enum trace_kind)f->kind) {
	case TRACE_KIND_PTR:
		return scnprintf(buf, size, "%08x", value);
	case TRACE_KIND_HEX:
		return scnprintf(buf, size, "0x%x", value);
	case TRACE_KIND_DEC:
	case TRACE_KIND_BOOL:
		return scnprintf(buf, size, "%u", value);
	case TRACE_KIND_SDEC:
		return scnprintf(buf, size, "%d", (s32)value);
	case TRACE_KIND_GFP:
		return print_gfp(buf, size, value);
	case TRACE_KIND_SITE:
		return scnprintf(buf, size, "%pS", (void *)(unsigned long)value);
	case TRACE_KIND_STR:
		return scnprintf(buf, size, "%.*s", f->size, (const char *)data + f->offset);
	case TRACE_KIND_ZONE:
		return scnprintf(buf, size, "%s", value < MAX_NR_ZONES ? zone_names[value] : "?");
	}
	return 0;
}

static int print_fields(char *buf, size_t size, const struct trace_record *r)
{
	const struct trace_event_type *type = &trace_event_types[r->id];
	int n = 0;

	for (u32 i = 0; i < type->nr_fields; i++) {
		const struct trace_field *f = &type->fields[i];

		n += scnprintf(buf + n, size - (size_t)n, " %s=", f->name);
		n += print_value(buf + n, size - (size_t)n, f, r->data);
	}
	return n;
}

int trace_format(char *buf, size_t size, const struct trace_record *r)
{
	u64 usec = tsc_khz ? div64_u64(r->tsc * 1000, tsc_khz) : 0,
	    seconds = div64_u64(usec, 1000000);
	char comm[TRACE_COMM + 1] = {0};
	int n;

	memcpy(comm, r->comm, sizeof(r->comm));
	if (r->id >= NR_TRACE_EVENTS)
		return scnprintf(buf, size, "a record of no known event, %u", r->id);
	n = scnprintf(buf, size, "%15s-%-5d [%03u] %5llu.%06u: %s:", comm, r->pid, r->cpu, seconds,
	              (u32)(usec - seconds * 1000000), trace_event_types[r->id].name);
	n += print_fields(buf + n, size - (size_t)n, r);
	return n + scnprintf(buf + n, size - (size_t)n, " seq=%u", r->seq);
}

/* --- all of them -------------------------------------------------------------------------- */

/* Where the reader is in a CPU's ring: the record at `next - 1` is in `record`. */
struct cursor {
	u32 next, end;
	bool have;
	struct trace_record record;
};

static DEFINE_MUTEX(show_mutex);
static struct cursor cursors[NR_CPUS]; /* show_mutex */

static void advance(unsigned int cpu)
{
	struct cursor *c = &cursors[cpu];

	c->have = false;
	while (!c->have && c->next != c->end)
		c->have = trace_read(cpu, c->next++, &c->record);
}

static void begin(void)
{
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++) {
		struct cursor *c = &cursors[cpu];

		c->end = trace_end(cpu);
		c->next = c->end - trace_count(cpu);
		advance(cpu);
	}
}

/* The CPU whose next record has the lowest number; nr_cpu_ids: no one has any. */
static unsigned int earliest(void)
{
	unsigned int best = nr_cpu_ids;

	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		if (cursors[cpu].have &&
		    (best == nr_cpu_ids || cursors[cpu].record.seq < cursors[best].record.seq))
			best = cpu;
	return best;
}

void trace_show(u32 n)
{
	u32 last = trace_seq, first = n < last ? last - n + 1 : 1;
	static char line[320]; /* show_mutex */
	unsigned int cpu;

	mutex_lock(&show_mutex);
	begin();
	while ((cpu = earliest()) != nr_cpu_ids && !console_break()) {
		const struct trace_record *r = &cursors[cpu].record;

		if (r->seq >= first && r->seq <= last) {
			int length = trace_format(line, sizeof(line) - 1, r);

			line[length] = '\n';
			console_write(line, (size_t)length + 1);
		}
		advance(cpu);
	}
	mutex_unlock(&show_mutex);
}

void show_trace(void)
{
	trace_show(~0u);
}
