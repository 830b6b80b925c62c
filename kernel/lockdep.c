/* SPDX-License-Identifier: MIT */
/* lockdep.c - the order in which classes of locks are taken, and what is wrong with it.
 *
 * Owns: the classes, the graph. Edge A -> B: somebody held A and took B.
 * (1) A lock that the task holds already ends the task. (2) A new edge A -> B while B reaches A is
 * a ring: reported with both chains, and not added, so that the graph stays free of rings. (3)
 * Classes taken by interrupt handlers may not reach classes held with interrupts on: looked at
 * whenever an edge or a use is new. Everything is found the first time, whoever runs. Limits: the
 * tables below; when one is full, learning stops (lockdep_enabled()). Source: Molnar's lock
 * validator in Linux, as its documentation describes it. Locks: graph_lock, the machine's bare
 * lock, interrupts off; nothing is told while it is held. */
#include "lockdep.h"
#include "asm/irqflags.h"
#include "asm/sections.h"
#include "asm/spinlock.h"
#include "bug.h"
#include "kernel.h"
#include "lib/string.h"
#include "lib/vsprintf.h"
#include "preempt.h"
#include "report.h"
#include "sched.h"

#ifdef CONFIG_DEBUG
enum { MAX_CLASSES = 256, MAX_EDGES = 1024, WORDS = MAX_CLASSES / 32, NONE = MAX_CLASSES };

/* What has been seen of a class, and where it was first. */
enum lock_use { USED_IN_IRQ, HELD_IRQS_ON, NR_USES };

struct lock_class {
	const void *key;
	const char *name;
	unsigned long site[NR_USES]; /* 0: not seen */
};

struct edge {
	u16 from, to;
	unsigned long from_ip, to_ip;
};

static struct lock_class classes[MAX_CLASSES];
static struct edge edges[MAX_EDGES];
static u32 graph[MAX_CLASSES][WORDS];
static unsigned int nr_classes, nr_edges;
static bool full;
static arch_spinlock_t graph_lock;

/* This CPU is at work on the graph or inside a report about locks: what that takes is not looked
 * at.
 */
static DEFINE_PER_CPU(bool, lockdep_busy);

static unsigned long graph_lock_irqsave(void)
{
	unsigned long flags = local_irq_save();

	this_cpu_write(lockdep_busy, true); /* a fault in here must not come back for the lock */
	arch_spin_lock(&graph_lock);
	return flags;
}

static void graph_unlock_irqrestore(unsigned long flags)
{
	arch_spin_unlock(&graph_lock);
	this_cpu_write(lockdep_busy, false);
	local_irq_restore(flags);
}

/* --- the graph, graph_lock held ------------------------------------------------------------ */

static bool has_edge(unsigned int from, unsigned int to)
{
	return graph[from][to / 32] >> to % 32 & 1;
}

/* Breadth first from `from`. via[c]: the class from which c was reached. Returns: the first class
 * that `wanted` accepts, NONE when none is reachable. */
static u16 via[MAX_CLASSES];

static unsigned int search(unsigned int from, bool (*wanted)(unsigned int class, unsigned int arg),
                           unsigned int arg)
{
	static u16 queue[MAX_CLASSES];
	unsigned int head = 0, tail = 0;

	memset(via, 0xff, sizeof(via));
	via[from] = (u16)from;
	queue[tail++] = (u16)from;
	while (head < tail) {
		unsigned int c = queue[head++];

		if (wanted(c, arg))
			return c;
		for (unsigned int to = 0; to < nr_classes; to++) {
			if (!has_edge(c, to) || via[to] != 0xffff)
				continue;
			via[to] = (u16)c;
			queue[tail++] = (u16)to;
		}
	}
	return NONE;
}

static bool is_class(unsigned int class, unsigned int arg)
{
	return class == arg;
}

static bool is_used(unsigned int class, unsigned int use)
{
	return classes[class].site[use];
}

static const struct edge *find_edge(unsigned int from, unsigned int to)
{
	for (unsigned int i = 0; i < nr_edges; i++)
		if (edges[i].from == from && edges[i].to == to)
			return &edges[i];
	return NULL;
}

/* "a@site->b@site->c@site", the way that search() found to `end`, from its beginning. */
static int format_path(char *buf, size_t size, unsigned int end)
{
	const struct edge *into = NULL;
	u16 path[12];
	unsigned int n = 0;
	int len = 0;

	for (unsigned int c = end; n < ARRAY_SIZE(path); c = via[c]) {
		path[n++] = (u16)c;
		if (via[c] == c)
			break;
	}
	while (n--) {
		const struct edge *e = n ? find_edge(path[n], path[n - 1]) : NULL;

		len += scnprintf(buf + len, size - (size_t)len, "%s%s", len ? "->" : "",
		                 report_word(classes[path[n]].name));
		if (into || e)
			len += scnprintf(buf + len, size - (size_t)len, "@%s",
			                 report_site(into ? into->to_ip : e->from_ip));
		into = e;
	}
	return len;
}

/* Static locks are told apart by their addresses, others by the place that made them. */
static const void *key_of(const struct lockdep_map *map)
{
	unsigned long at = (unsigned long)map;

	if (map->key)
		return map->key;
	if (!map->name || (at >= (unsigned long)_sdata && at < (unsigned long)__kernel_end))
		return map;
	return map->name;
}

/* Returns: index of the map's class, NONE when the table is full. */
static unsigned int class_of(struct lockdep_map *map)
{
	const void *key = key_of(map);

	if (map->class && map->class <= nr_classes && classes[map->class - 1].key == key)
		return map->class - 1;
	for (unsigned int i = 0; i < nr_classes; i++) {
		if (classes[i].key == key) {
			map->class = i + 1;
			return i;
		}
	}
	if (nr_classes == MAX_CLASSES) {
		full = true;
		return NONE;
	}
	classes[nr_classes] = (struct lock_class){key, map->name ? map->name : "?", {0}};
	map->class = ++nr_classes;
	return map->class - 1;
}

static void add_edge(const struct held_lock *from, unsigned int to, unsigned long ip)
{
	if (nr_edges == MAX_EDGES) {
		full = true;
		return;
	}
	edges[nr_edges++] = (struct edge){from->class, (u16)to, from->ip, ip};
	graph[from->class][to / 32] |= 1u << to % 32;
}

/* --- telling ------------------------------------------------------------------------------ */

/* What was found under graph_lock, told after it. */
struct finding {
	enum report_kind kind;
	unsigned long obj;
	char text[300];
};

static void tell(const struct finding *f, unsigned long ip)
{
	report(f->kind, f->obj, ip, "none", "%s", f->text);
}

int lockdep_format_held(char *buf, size_t size)
{
	int len = 0;

	*buf = '\0';
	for (unsigned int i = current->held_depth; i--;)
		len += scnprintf(
			buf + len, size - (size_t)len, "%s%s@%s", len ? "," : "",
			report_word(current->held[i].map->name ? current->held[i].map->name : "?"),
			report_site(current->held[i].ip));
	return len;
}

/* --- checks, graph_lock held --------------------------------------------------------------- */

/* Does a class that handlers take reach one that is held with interrupts on? Returns: found. */
static bool check_irq_safety(struct finding *f)
{
	for (unsigned int c = 0; c < nr_classes; c++) {
		unsigned int bad;
		int n;

		if (!is_used(c, USED_IN_IRQ))
			continue;
		bad = search(c, is_used, HELD_IRQS_ON);
		if (bad == NONE)
			continue;
		f->kind = REPORT_lock_irq;
		f->obj = (unsigned long)&classes[bad];
		n = scnprintf(f->text, sizeof(f->text),
		              "lock=%s irqs_on_at=%s irq_lock=%s in_irq_at=%s chain=",
		              report_word(classes[bad].name),
		              report_site(classes[bad].site[HELD_IRQS_ON]),
		              report_word(classes[c].name),
		              report_site(classes[c].site[USED_IN_IRQ]));
		format_path(f->text + n, sizeof(f->text) - (size_t)n, bad);
		classes[bad].site[HELD_IRQS_ON] = 0; /* told: once is enough */
		return true;
	}
	return false;
}

/* irqs_on: as the taker had them. Returns: whether the use is new. */
static bool note_use(unsigned int class, bool irqs_on, unsigned long ip)
{
	enum lock_use use = in_interrupt() ? USED_IN_IRQ : HELD_IRQS_ON;

	if ((use == HELD_IRQS_ON && !irqs_on) || classes[class].site[use])
		return false;
	classes[class].site[use] = ip;
	return true;
}

/* Both ways at once: held, then wanted; and what was seen before. */
static void describe_ring(struct finding *f, const struct held_lock *held, unsigned int class,
                          unsigned long ip)
{
	int n;

	f->kind = REPORT_lock_order;
	f->obj = (unsigned long)&classes[class];
	n = scnprintf(f->text, sizeof(f->text),
	              "held=%s@%s wants=%s@%s earlier=", report_word(classes[held->class].name),
	              report_site(held->ip), report_word(classes[class].name), report_site(ip));
	format_path(f->text + n, sizeof(f->text) - (size_t)n, held->class);
}

/* Edges from everything that this context holds. Returns: whether there is something to tell. */
static bool learn(const struct task_struct *t, unsigned int class, bool in_irq, unsigned long ip,
                  bool *changed, struct finding *f)
{
	for (unsigned int i = t->held_depth; i--;) {
		const struct held_lock *h = &t->held[i];

		if (h->in_irq != in_irq || h->class == NONE || has_edge(h->class, class))
			continue;
		if (search(class, is_class, h->class) != NONE) { /* also when they are one */
			describe_ring(f, h, class, ip);
			return true;
		}
		add_edge(h, class, ip);
		*changed = true;
	}
	return false;
}

/* Look at one acquisition. Returns: whether there is something to tell. */
static bool look(struct lockdep_map *map, enum lock_kind kind, unsigned long ip, u16 *class,
                 struct finding *f)
{
	unsigned long flags = graph_lock_irqsave();
	bool found = false, changed = false;

	*class = NONE;
	if (!full)
		*class = (u16)class_of(map);
	if (*class != NONE) {
		if (kind == LOCK_SPIN)
			changed = note_use(*class, flags & X86_EFLAGS_IF, ip);
		found = learn(current, *class, in_interrupt(), ip, &changed, f);
		if (!found && changed)
			found = check_irq_safety(f);
	}
	graph_unlock_irqrestore(flags);
	return found;
}

/* --- what a task holds --------------------------------------------------------------------- */

static void push_held(struct lockdep_map *map, enum lock_kind kind, unsigned long ip, u16 class)
{
	unsigned long flags = local_irq_save();
	struct task_struct *t = current;

	if (t->held_depth == MAX_HELD_LOCKS)
		panic("a task holds %d locks", MAX_HELD_LOCKS);
	t->held[t->held_depth++] = (struct held_lock){map, ip, class, (u8)kind, in_interrupt()};
	local_irq_restore(flags);
}

static struct held_lock *find_held(const struct lockdep_map *map)
{
	struct task_struct *t = current;

	for (unsigned int i = t->held_depth; i--;)
		if (t->held[i].map == map)
			return &t->held[i];
	return NULL;
}

/* For ever is what the wait would last. */
static void refuse_twice(const struct lockdep_map *map, const struct held_lock *h, unsigned long ip)
{
	this_cpu_write(lockdep_busy, true);
	report(REPORT_lock_twice, (unsigned long)map, ip, "ended",
	       "lock=%s addr=0x%08lx first_taken=%s", report_word(map->name ? map->name : "?"),
	       (unsigned long)map, report_site(h->ip));
	this_cpu_write(lockdep_busy, false);
	if (in_interrupt())
		panic("an interrupt handler takes a lock that the interrupted code holds");
	end_offender("took a lock twice");
}

void lock_acquire(struct lockdep_map *map, enum lock_kind kind, unsigned long ip)
{
	const struct held_lock *h = find_held(map);
	struct finding f;
	u16 class;

	if (this_cpu_read(lockdep_busy))
		return;
	if (h && (kind != LOCK_READ || h->kind != LOCK_READ))
		refuse_twice(map, h, ip);
	if (look(map, kind, ip, &class, &f)) {
		this_cpu_write(lockdep_busy, true);
		tell(&f, ip);
		this_cpu_write(lockdep_busy, false);
	}
	push_held(map, kind, ip, class);
}

void lock_acquired_try(struct lockdep_map *map, enum lock_kind kind, unsigned long ip)
{
	unsigned long flags;
	u16 class = NONE;

	if (this_cpu_read(lockdep_busy))
		return;
	flags = graph_lock_irqsave();
	if (!full)
		class = (u16)class_of(map);
	graph_unlock_irqrestore(flags);
	push_held(map, kind, ip, class);
}

bool lock_release(struct lockdep_map *map, unsigned long ip)
{
	struct task_struct *t = current;
	unsigned long flags;
	struct held_lock *h;

	if (this_cpu_read(lockdep_busy))
		return true;
	flags = local_irq_save();
	h = find_held(map);
	if (h) {
		memmove(h, h + 1, (size_t)((char *)(t->held + t->held_depth) - (char *)(h + 1)));
		t->held_depth--;
	}
	local_irq_restore(flags);
	if (!h)
		report(REPORT_lock_not_held, (unsigned long)map, ip, "refused",
		       "lock=%s addr=0x%08lx", report_word(map->name ? map->name : "?"),
		       (unsigned long)map);
	return h;
}

bool lock_is_held(const struct lockdep_map *map)
{
	return this_cpu_read(lockdep_busy) || find_held(map);
}

void lockdep_drop_held(unsigned int depth, const char *what)
{
	struct task_struct *t = current;

	while (t->held_depth > depth) {
		const struct held_lock *h = &t->held[--t->held_depth];

		report(REPORT_lock_held, (unsigned long)h->map, h->ip, "none",
		       "what=%s lock=%s addr=0x%08lx taken=%s", what,
		       report_word(h->map->name ? h->map->name : "?"), (unsigned long)h->map,
		       report_site(h->ip));
	}
}

void lockdep_reset(void)
{
	unsigned long flags = graph_lock_irqsave();

	memset(graph, 0, sizeof(graph));
	nr_classes = nr_edges = 0;
	full = false;
	graph_unlock_irqrestore(flags);
}

bool lockdep_enabled(void)
{
	return !full;
}

void lockdep_get_stats(struct lockdep_stats *stats)
{
	*stats = (struct lockdep_stats){nr_classes, nr_edges};
}
#else
void lockdep_reset(void)
{
}

bool lockdep_enabled(void)
{
	return false;
}

void lockdep_get_stats(struct lockdep_stats *stats)
{
	*stats = (struct lockdep_stats){0, 0};
}
#endif
