/* SPDX-License-Identifier: MIT */
/* cmd_slab.c - caches and kmalloc by hand. Owns: nothing; what is allocated here stays allocated
 * until it is freed here. */
#include "asm/page.h"
#include "console.h"
#include "lib/random.h"
#include "lib/sort.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "mm/slab_check.h"
#include "mm/slab_debug.h"
#include "proc.h"
#include "shell.h"

/* slab_mutex held. */
static struct kmem_cache *find_locked(const char *name)
{
	struct kmem_cache *cache;

	list_for_each_entry (cache, &slab_caches, list)
		if (!strcmp(cache->name, name))
			return cache;
	cprintf("%s: no such cache, see slabinfo\n", name);
	return NULL;
}

/* Whoever made it may destroy it meanwhile: for calls that find out. */
static struct kmem_cache *find_cache(const char *name)
{
	struct kmem_cache *cache;

	mutex_lock(&slab_mutex);
	cache = find_locked(name);
	mutex_unlock(&slab_mutex);
	return cache;
}

static const char *cache_name(unsigned int k)
{
	const char *name = NULL;
	struct kmem_cache *cache;

	mutex_lock(&slab_mutex);
	list_for_each_entry (cache, &slab_caches, list)
		if (!name && !k--)
			name = cache->name;
	mutex_unlock(&slab_mutex);
	return name;
}

/* --- kmalloc, kfree ----------------------------------------------------------------------- */

static bool run_kmalloc(int argc, char **argv)
{
	unsigned long size;
	gfp_t gfp = GFP_KERNEL;
	const char *bad;
	void *p;

	if (argc < 2 || argc > 3 || !shell_number(argv[1], &size))
		return false;
	if (argc > 2 && gfp_parse(argv[2], &gfp, &bad)) {
		cprintf("kmalloc: '%s' is no GFP flag\n", bad);
		return true;
	}
	p = kmalloc(size, gfp);
	if (p)
		cprintf("KMALLOC addr=0x%08lx size=%lu usable=%zu\n", (unsigned long)p, size,
		        ksize(p));
	else
		cprintf("KMALLOC failed size=%lu gfp=0x%x\n", size, gfp);
	return true;
}

static bool run_kfree(int argc, char **argv)
{
	unsigned long addr;

	if (argc != 2 || !shell_number(argv[1], &addr))
		return false;
	kfree((void *)addr);
	return true;
}

/* --- slabinfo, slabtop -------------------------------------------------------------------- */

static void describe_cache(const struct kmem_cache *cache)
{
	cprintf("%s: %u bytes each, %u in use of %u with guards, %u in a slab of %lu pages\n",
	        cache->name, cache->object_size, cache->object_size, cache->size, cache->num,
	        1ul << cache->order);
	cprintf("  align %u, %u colours of %u bytes, descriptor of %u bytes %s, flags 0x%x\n",
	        cache->align, cache->colour, cache->colour_off, cache->descriptor_size,
	        cache->flags & SLAB_OFF_SLAB ? "off the slab" : "in the slab", cache->flags);
	cprintf("  slabs made %lu, given back %lu; objects out of use %u\n", cache->nr_grown,
	        cache->nr_reaped, cache->nr_damaged);
}

static bool run_slabinfo(int argc, char **argv)
{
	const struct kmem_cache *cache;

	if (argc == 1) {
		show_slabinfo();
		return true;
	}
	mutex_lock(&slab_mutex);
	cache = find_locked(argv[1]);
	if (cache)
		describe_cache(cache);
	mutex_unlock(&slab_mutex);
	return !cache || argc == 2;
}

struct row {
	const struct kmem_cache *cache;
	struct slab_stats stats;
};
enum { MAX_ROWS = 128, ROWS_SHOWN = 20 };
static struct row rows[MAX_ROWS];

static unsigned long row_pages(const struct row *r)
{
	return r->stats.num_slabs << r->cache->order;
}

static int more_pages_first(const void *a, const void *b)
{
	return row_pages(b) < row_pages(a) ? -1 : row_pages(b) > row_pages(a);
}

static void print_totals(void)
{
	struct slab_memory m = slab_memory();

	cprintf(" Slabs: %lu KiB, live objects: %lu KiB, descriptors and arrays: %lu KiB\n",
	        m.pages * 4, m.live / 1024, m.descriptors / 1024);
}

/* slab_mutex held: rows name caches. */
static void print_rows(void)
{
	struct kmem_cache *cache;
	unsigned int n = 0;

	list_for_each_entry (cache, &slab_caches, list) {
		if (n == MAX_ROWS)
			break;
		rows[n++] = (struct row){cache, slab_count(cache)};
	}
	sort(rows, n, sizeof(rows[0]), more_pages_first);
	cprintf("%7s %7s %4s %8s %6s %8s %10s %s\n", "OBJS", "ACTIVE", "USE", "OBJ SIZE", "SLABS",
	        "OBJ/SLAB", "CACHE SIZE", "NAME");
	for (unsigned int i = 0; i < n && i < ROWS_SHOWN; i++) {
		const struct slab_stats *s = &rows[i].stats;
		unsigned long all = s->num_objects ? s->num_objects : 1;

		cprintf("%7lu %7lu %3lu%% %7uB %6lu %8u %9luK %s\n", s->num_objects,
		        s->active_objects, s->active_objects * 100 / all, rows[i].cache->size,
		        s->num_slabs, rows[i].cache->num, row_pages(&rows[i]) * 4,
		        rows[i].cache->name);
	}
}

static bool run_slabtop(int argc, char **argv)
{
	(void)argv;
	print_totals();
	mutex_lock(&slab_mutex);
	print_rows();
	mutex_unlock(&slab_mutex);
	return argc == 1;
}

/* --- tuning ------------------------------------------------------------------------------- */

static bool run_slabtune(int argc, char **argv)
{
	unsigned long limit, batchcount, shared;
	struct kmem_cache *cache;

	if (argc != 5 || !shell_number(argv[2], &limit) || !shell_number(argv[3], &batchcount) ||
	    !shell_number(argv[4], &shared))
		return false;
	cache = find_cache(argv[1]);
	if (cache && kmem_cache_tune(cache, (unsigned int)limit, (unsigned int)batchcount,
	                             (unsigned int)shared))
		cprintf("slabtune: %s: not possible, nothing changed\n", argv[1]);
	return true;
}

static bool run_slabshrink(int argc, char **argv)
{
	struct kmem_cache *cache;

	if (argc == 1) {
		cprintf("%lu pages given back\n", kmem_cache_shrink_all());
		return true;
	}
	cache = find_cache(argv[1]);
	if (cache)
		kmem_cache_shrink(cache);
	return argc == 2;
}

/* --- a million operations ----------------------------------------------------------------- */

/* Sizes as a kernel asks for them: mostly small. */
static size_t mixed_size(struct rnd *rnd)
{
	static const u16 sizes[] = {8,  16,  24,  32,  32,  48,  64,  64,  64,   96,
	                            96, 128, 128, 192, 192, 256, 256, 512, 1024, 2048};

	return sizes[rnd_below(rnd, ARRAY_SIZE(sizes))];
}

enum { MIX_HELD = 16384 };

static void mix_print(unsigned long operations, unsigned long failed)
{
	struct slab_memory m = slab_memory();
	unsigned long used = m.pages << PAGE_SHIFT, waste = used - m.live;

	cprintf("SLABMIX ops=%lu failed=%lu live=%lu slabs=%lu descriptors=%lu waste=%lu "
	        "waste_permille=%llu\n",
	        operations, failed, m.live, used, m.descriptors, waste,
	        div64_u64((u64)waste * 1000, max(m.live, 1ul)));
}

/* Replace a random one of the held objects, `operations` times. */
static unsigned long mix(void **held, unsigned int n, unsigned long operations)
{
	struct rnd rnd = rnd_seed(1);
	unsigned long failed = 0;

	for (unsigned long i = 0; i < operations && !console_break(); i++) {
		void **entry = &held[rnd_below(&rnd, n)];

		kfree(*entry);
		*entry = kmalloc(mixed_size(&rnd), GFP_KERNEL | __GFP_NOWARN);
		failed += !*entry;
	}
	return failed;
}

static bool run_slabmix(int argc, char **argv)
{
	unsigned long operations = 1000000, failed;
	void **held;

	if (argc > 2 || (argc == 2 && !shell_number(argv[1], &operations)))
		return false;
	held = kcalloc(MIX_HELD, sizeof(*held), GFP_KERNEL);
	if (!held) {
		cprintf("slabmix: no memory\n");
		return true;
	}
	failed = mix(held, MIX_HELD, operations);
	mix_print(operations, failed);
	for (unsigned int i = 0; i < MIX_HELD; i++)
		kfree(held[i]);
	kfree(held);
	return true;
}

SHELL_COMMAND(kmalloc, "SIZE [GFP]", "allocate bytes", run_kmalloc, NULL);
SHELL_COMMAND(kfree, "ADDRESS", "free what kmalloc gave", run_kfree, NULL);
SHELL_COMMAND(slabinfo, "[CACHE]", "all caches, or one in detail", run_slabinfo, cache_name);
SHELL_COMMAND(slabtop, "", "the caches that have most memory", run_slabtop, NULL);
SHELL_COMMAND(slabtune, "CACHE LIMIT BATCHCOUNT SHARED", "set the sizes of a cache's arrays",
              run_slabtune, cache_name);
SHELL_COMMAND(slabshrink, "[CACHE]", "give free slabs back", run_slabshrink, cache_name);
SHELL_COMMAND(slabmix, "[OPERATIONS]", "mixed kmalloc and kfree, then how much memory is waste",
              run_slabmix, NULL);
