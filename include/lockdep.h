/* SPDX-License-Identifier: MIT */
/* lockdep.h - the checking build watches the order in which locks are taken.
 *
 * Locks that are initialised at one place, and every statically defined lock, form a class. Each
 * lock taken while others are held adds edges to a graph of classes; a new edge that closes a ring
 * is an order that can deadlock, told when it is first seen and not when it strikes. Further: a
 * lock that an interrupt handler takes may never be held with interrupts on; who takes the same
 * lock twice, gives up one that is not his or ends while he holds one is named. Everything lies in
 * static tables. Source: Molnar's lock validator in Linux, as its documentation describes it.
 * Production builds: all of it is empty. */
#pragma once
#include <asm/percpu.h>
#include "compiler.h"
#include "types.h"

/* LOCK_SPIN spins, so it must not be taken twice, and counts for interrupt safety. LOCK_SLEEP does
 * not matter to interrupts. LOCK_READ may be held by several and is taken for reading. */
enum lock_kind { LOCK_SPIN, LOCK_SLEEP, LOCK_READ };

/* Its address is what makes a class: one static object for each place that initialises locks. */
struct lock_key {
	char unused;
};

/* What every lock carries. */
struct lockdep_map {
	const char *name; /* the words that it was initialised by */
#ifdef CONFIG_DEBUG
	const struct lock_key *key; /* NULL: the lock is static and a class of its own */
	unsigned int class;         /* 1 + index, 0 while unknown */
	unsigned int holder_cpu;    /* spinlocks: 1 + CPU that took it last */
	unsigned long holder_ip;    /* and where */
#endif
};

#define LOCKDEP_INIT(lock_name) .dep = {.name = lock_name},

#ifdef CONFIG_DEBUG
/* A lock that a task holds. */
struct held_lock {
	struct lockdep_map *map;
	unsigned long ip; /* who took it */
	u16 class;
	u8 kind;
	bool in_irq;
};
enum { MAX_HELD_LOCKS = 24 };

static inline void lockdep_init_map(struct lockdep_map *map, const char *name,
                                    const struct lock_key *key)
{
	*map = (struct lockdep_map){.name = name, .key = key};
}

/* The running task is about to take the lock: before it waits. A lock that it holds already ends it
 * (end_offender), because waiting would be for ever. */
void lock_acquire(struct lockdep_map *map, enum lock_kind kind, unsigned long ip);

/* It took the lock without waiting (trylock): no order to learn from that. */
void lock_acquired_try(struct lockdep_map *map, enum lock_kind kind, unsigned long ip);

/* It gives the lock up. Returns: false, reported, when it does not hold it: leave it alone. */
bool lock_release(struct lockdep_map *map, unsigned long ip);

/* Does the running task hold it? */
bool lock_is_held(const struct lockdep_map *map);

/* Report every lock that the running task holds beyond `depth` and forget them: it ends, or what it
 * was doing was ended. */
void lockdep_drop_held(unsigned int depth, const char *what);

/* Write "a@site b@site": the locks that the running task holds, innermost first. */
int lockdep_format_held(char *buf, size_t size);
/* A spinlock is the caller's now. */
static __always_inline void lock_taken(struct lockdep_map *map, unsigned long ip)
{
	map->holder_cpu = raw_smp_processor_id() + 1;
	map->holder_ip = ip;
}
#else
static inline void lockdep_init_map(struct lockdep_map *map, const char *name,
                                    const struct lock_key *key)
{
	(void)key;
	map->name = name;
}
static __always_inline void lock_taken(struct lockdep_map *map, unsigned long ip)
{
	(void)map, (void)ip;
}
static __always_inline void lock_acquire(struct lockdep_map *map, enum lock_kind kind,
                                         unsigned long ip)
{
	(void)map, (void)kind, (void)ip;
}
static __always_inline void lock_acquired_try(struct lockdep_map *map, enum lock_kind kind,
                                              unsigned long ip)
{
	(void)map, (void)kind, (void)ip;
}
static __always_inline bool lock_release(struct lockdep_map *map, unsigned long ip)
{
	(void)map, (void)ip;
	return true;
}
static inline void lockdep_drop_held(unsigned int depth, const char *what)
{
	(void)depth, (void)what;
}
static inline int lockdep_format_held(char *buf, size_t size)
{
	if (size)
		*buf = '\0';
	return 0;
}
#endif

/* Forget what was learnt about every class, for tests that break the rules on purpose. */
void lockdep_reset(void);

/* Is the checking off, because a table is full? Then nothing more is learnt. */
bool lockdep_enabled(void);

struct lockdep_stats {
	unsigned int classes, edges;
};
void lockdep_get_stats(struct lockdep_stats *stats);
