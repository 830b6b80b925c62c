/* SPDX-License-Identifier: MIT */
/* trace.c - the recorder: see trace.h. Owns: the rings, the numbers, the table of types.
 *
 * A place in the ring is taken by one atomic addition, so that an NMI in the middle takes the next
 * one. A record's number is written last: a reader that finds 0, or another number after it has
 * copied, knows that it was too early or too late. Locks: none. */
#include "trace.h"
#include "asm/irqflags.h"
#include "asm/percpu.h"
#include "asm/timestamp.h"
#include "compiler.h"
#include "lib/string.h"
#include "sched.h"

u32 trace_on;
u32 trace_seq;
u32 trace_stop;
struct trace_ring trace_rings[NR_CPUS];

/* --- the table ---------------------------------------------------------------------------- */

#define TRACE_FORMAT_PTR  "%08lx"
#define TRACE_FORMAT_HEX  "0x%lx"
#define TRACE_FORMAT_DEC  "%lu"
#define TRACE_FORMAT_SDEC "%ld"
#define TRACE_FORMAT_BOOL "%lu"
#define TRACE_FORMAT_GFP  "%s"
#define TRACE_FORMAT_SITE "%pS"
#define TRACE_FORMAT_STR  "%s"
#define TRACE_FORMAT_ZONE "%s"

#define TYPE_FIELD(event, type, name, kind)                                                        \
	{#name, offsetof(struct trace_##event, name), sizeof(type),                                \
	 TRACE_KIND_##kind == TRACE_KIND_SDEC, TRACE_KIND_##kind},
#define TYPE_FORMAT(event, type, name, kind) " " #name "=" TRACE_FORMAT_##kind

#define TYPE_FIELDS(event)                                                                         \
	static const struct trace_field event##_fields[] = {                                       \
		TRACE_FIELDS_##event(TYPE_FIELD, event)};
TRACE_EVENTS(TYPE_FIELDS)

#define TYPE(event)                                                                                \
	{#event, TRACE_FIELDS_##event(TYPE_FORMAT, event) + 1 /* the first blank */,               \
	 event##_fields, ARRAY_SIZE(event##_fields)},
const struct trace_event_type trace_event_types[NR_TRACE_EVENTS] = {TRACE_EVENTS(TYPE)};

/* --- writing ------------------------------------------------------------------------------ */

/* Here a debugger waits for an event; a call that does nothing is not left out. */
noinline void debug_stop(u32 seq)
{
	__asm__ volatile("" : : "r"(seq) : "memory");
}

/* A place in this CPU's ring that is nobody else's. NULL: there is no ring. */
static struct trace_record *take_place(unsigned int cpu)
{
	struct trace_ring *ring = &trace_rings[cpu];
	struct trace_record *records = READ_ONCE(ring->records);
	u32 k = __atomic_fetch_add(&ring->head, 1, __ATOMIC_RELAXED);

	return records ? &records[k & (ring->nr_records - 1)] : NULL;
}

static void fill(struct trace_record *r, enum trace_event id, unsigned int cpu, const void *data,
                 size_t size)
{
	const struct task_struct *task = current;

	r->id = (u16)id;
	r->cpu = (u16)cpu;
	r->tsc = timestamp();
	r->pid = task->pid;
	memcpy(r->comm, task->comm, sizeof(r->comm));
	memcpy(r->data, data, size);
	memset(r->data + size, 0, sizeof(r->data) - size);
}

/* Interrupts are off so that a CPU's records have their numbers in order. */
void trace_emit(enum trace_event id, const void *data, size_t size)
{
	unsigned long flags = local_irq_save();
	unsigned int cpu = raw_smp_processor_id();
	struct trace_record *r = take_place(cpu);
	u32 seq = 0;

	if (likely(r)) {
		WRITE_ONCE(r->seq, 0);
		barrier();
		fill(r, id, cpu, data, size);
		barrier();
		seq = __atomic_add_fetch(&trace_seq, 1, __ATOMIC_RELAXED);
		WRITE_ONCE(r->seq, seq);
	}
	local_irq_restore(flags);
	if (unlikely(seq && seq == trace_stop))
		debug_stop(seq);
}

/* --- reading ------------------------------------------------------------------------------ */

u32 trace_end(unsigned int cpu)
{
	return trace_rings[cpu].records ? READ_ONCE(trace_rings[cpu].head) : 0;
}

u32 trace_count(unsigned int cpu)
{
	return min(trace_end(cpu), trace_rings[cpu].nr_records);
}

u32 trace_dropped(unsigned int cpu)
{
	return trace_end(cpu) - trace_count(cpu);
}

bool trace_read(unsigned int cpu, u32 k, struct trace_record *out)
{
	const struct trace_ring *ring = &trace_rings[cpu];
	const struct trace_record *r;
	u32 seq;

	if (!ring->records || trace_end(cpu) - k > ring->nr_records)
		return false;
	r = &ring->records[k & (ring->nr_records - 1)];
	seq = READ_ONCE(r->seq);
	barrier();
	*out = *r;
	barrier();
	return seq && seq == READ_ONCE(r->seq);
}
