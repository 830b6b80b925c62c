/* SPDX-License-Identifier: MIT */
/* trace.h - the event trace: what the allocators did, in order, without printing.
 *
 * Records of 64 bytes lie in one ring for each CPU; a full ring overwrites its oldest. Each record
 * has a number, counted from 1 over all CPUs: it names an event for good, because a machine that
 * runs under -icount does the same again. Writing a record takes no lock and allocates nothing; an
 * interrupt waits for it, an NMI may come in between.
 *
 * Off, a site costs at most two instructions (a test of trace_on), and no site stands on a fast
 * path: switching tracing on diverts the fast paths (trace_ctl.h). Programs outside read
 * trace_rings and trace_event_types; nothing about the layout need be known to them but these two
 * structures. Source: the events of Linux's tracepoints, by name and field. */
#pragma once
#include "kernel.h"
#include "trace_events.h"
#include "types.h"

enum trace_event {
#define TRACE_ENUM(name) TRACE_##name,
	TRACE_EVENTS(TRACE_ENUM) NR_TRACE_EVENTS
#undef TRACE_ENUM
};
_Static_assert(NR_TRACE_EVENTS <= 32, "each event has a bit in trace_on");

#define TRACE_BIT(name) (1u << TRACE_##name)
#define TRACE_ALL       ((u32)((1ull << NR_TRACE_EVENTS) - 1))

enum { TRACE_DATA = 32, TRACE_COMM = 12, TRACE_NAME = 14 };
typedef char trace_name_t[TRACE_NAME];

/* One event. seq 0: nothing is there, or it is being written. */
struct trace_record {
	u16 id;  /* enum trace_event */
	u16 cpu; /* that it happened on */
	u32 seq; /* 1 is the first since boot, over all CPUs */
	u64 tsc;
	s32 pid; /* of the task that ran, and its name, not always ended by 0 */
	char comm[TRACE_COMM];
	u8 data[TRACE_DATA]; /* struct trace_NAME, as trace_event_types says */
};
_Static_assert(sizeof(struct trace_record) == 64, "programs outside take it for an array");

/* A CPU's ring. The k-th record ever written lies at records[k % nr_records]. */
struct trace_ring {
	struct trace_record *records; /* NULL: tracing was never on */
	u32 nr_records;               /* a power of two */
	u32 head;                     /* records written since the last clear; atomic */
};
extern struct trace_ring trace_rings[];

/* The data of each event: struct trace_mm_page_alloc and so on. */
#define TRACE_MEMBER(event, type, name, kind) type name;
#define TRACE_STRUCT(event)                                                                        \
	struct trace_##event {                                                                     \
		TRACE_FIELDS_##event(TRACE_MEMBER, event)                                          \
	};                                                                                         \
	_Static_assert(sizeof(struct trace_##event) <= TRACE_DATA, #event " fits a record");
TRACE_EVENTS(TRACE_STRUCT)
#undef TRACE_STRUCT
#undef TRACE_MEMBER

enum trace_kind {
	TRACE_KIND_PTR,
	TRACE_KIND_HEX,
	TRACE_KIND_DEC,
	TRACE_KIND_SDEC,
	TRACE_KIND_BOOL,
	TRACE_KIND_GFP,
	TRACE_KIND_SITE,
	TRACE_KIND_STR,
	TRACE_KIND_ZONE,
};

struct trace_field {
	const char *name;
	u8 offset; /* bytes from the start of trace_record.data */
	u8 size;   /* bytes */
	u8 is_signed;
	u8 kind; /* enum trace_kind */
};

struct trace_event_type {
	const char *name;
	const char *format; /* "page=%08lx pfn=%lu ...": how printf would print the fields */
	const struct trace_field *fields;
	u32 nr_fields;
};
extern const struct trace_event_type trace_event_types[NR_TRACE_EVENTS];

/* --- for sites ---------------------------------------------------------------------------- */

/* Events that are recorded, as bits. Written by trace_ctl.c only. */
extern u32 trace_on;

/* Is this event recorded? At most two instructions. */
#define trace_enabled(name) unlikely(trace_on &TRACE_BIT(name))

/* Write a record. data: the event's structure. Context: any, NMI included. */
void trace_emit(enum trace_event id, const void *data, size_t size);

#define TRACE_EMIT(name, ...)                                                                      \
	trace_emit(TRACE_##name, &(struct trace_##name){__VA_ARGS__}, sizeof(struct trace_##name))

/* --- for readers -------------------------------------------------------------------------- */

/* The number of the last event; events that were overwritten in a CPU's ring. */
extern u32 trace_seq;
u32 trace_dropped(unsigned int cpu);

/* After this event debug_stop() is called; 0: never. Set by stop=N. */
extern u32 trace_stop;

/* Does nothing: a place for a breakpoint, from where event seq can be looked at before the kernel
 * goes on. */
void debug_stop(u32 seq);

/* How many records were written to a CPU's ring since it was cleared; how many of them are there.
 */
u32 trace_end(unsigned int cpu);
u32 trace_count(unsigned int cpu);

/* The k-th of those written, from trace_end() - trace_count() on. Returns: false: it is there no
 * more, or is being written. Context: any. */
bool trace_read(unsigned int cpu, u32 k, struct trace_record *out);
