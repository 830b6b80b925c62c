/* SPDX-License-Identifier: MIT */
/* trace_ctl.h - the event trace as its user sees it: switched on and off, read as text.
 *
 * Switching events on makes the rings if there are none yet, then leads the calls they happen in
 * the long way (mm/trace_sites.h): allocations cost several times as much, and every one is seen.
 * Requests that are under way at that moment may be missed. */
#pragma once
#include "trace.h"

enum {
	TRACE_DEFAULT_RECORDS = 4096, /* of each CPU: 256 KiB */
	TRACE_LEAST_RECORDS = 64,
	TRACE_MOST_RECORDS = 65536, /* 4 MiB: the largest block */
};

/* Record these events (bits) and no others; 0: none. The records stay until they are cleared.
 * Returns: 0; -ENOMEM, told: no memory for the rings, and nothing has changed. Context: may sleep.
 */
int trace_set(u32 events);

/* Give each CPU a ring of this many records, rounded up to a power of two; what the old ones hold
 * is lost. 0: give their memory back; the next trace_set() makes rings again. Returns: 0; -EINVAL:
 * more than TRACE_MOST_RECORDS; -EBUSY: 0 while events are on; -ENOMEM, told: there are no rings
 * now and the trace is off. Context: may sleep. */
int trace_resize(u32 records);

/* Forget what was recorded. Numbers go on. */
void trace_clear(void);

/* The events whose names match a shell pattern, as bits; "on" and "all" match every event. */
u32 trace_match(const char *pattern);

/* Parse "PATTERN[,PATTERN...]". Returns: 0 and the events; -EINVAL: nothing has such a name. */
int trace_parse(const char *text, u32 *events);

/* Only blocks of at least this order; only this zone (enum zone_type, MAX_NR_ZONES: all). */
void trace_set_filter(unsigned int min_order, unsigned int zone);

/* trace=, trace_size= and stop= of the command line: the boot CPU's ring while memblock gives
 * memory; recording from when the page allocator does; the other CPUs' rings once it is known how
 * many there are. Context: boot. */
void trace_boot_rings(u32 records);
void trace_boot_start(u32 events);
void trace_boot_cpus(void);

/* A record as a line without its end: "task-pid [cpu] seconds: event: field=value ... seq=N".
 * Returns: the length written. */
int trace_format(char *buf, size_t size, const struct trace_record *r);

/* Print the last n events that are there, of all CPUs, in the order of their numbers. */
void trace_show(u32 n);
