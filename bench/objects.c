/* SPDX-License-Identifier: MIT */
/* objects.c - the benchmarks of slab objects. Owns: a cache. */
#include "loops.h"
#include "patterns.h"

enum { MEASURED = BENCH_MEASURED, BULK = 64, OBJECT_SIZE = 120 };
enum { LARSON_SLOTS = 1024, LARSON_SIZE_BITS = 9 };

#define LOOP_KMALLOC(size)                                                                         \
	static noinline void loop_kmalloc##size(unsigned long n)                                   \
	{                                                                                          \
		for (unsigned long i = 0; i < n; i++)                                              \
			kfree(kmalloc(size, GFP_KERNEL));                                          \
	}
LOOP_KMALLOC(8)
LOOP_KMALLOC(16)
LOOP_KMALLOC(32)
LOOP_KMALLOC(64)
LOOP_KMALLOC(96)
LOOP_KMALLOC(128)
LOOP_KMALLOC(192)
LOOP_KMALLOC(256)
LOOP_KMALLOC(512)
LOOP_KMALLOC(1024)
LOOP_KMALLOC(2048)
LOOP_KMALLOC(4096)
LOOP_KMALLOC(8192)
LOOP_KMALLOC(65536)

static volatile size_t variable_size = 64;

static noinline void loop_kmalloc_var(unsigned long n)
{
	size_t size = variable_size;

	for (unsigned long i = 0; i < n; i++)
		kfree(kmalloc(size, GFP_KERNEL));
}

BENCH_PATTERNS(kmalloc, 256, kmalloc(64, GFP_KERNEL), kfree)
BENCH_PATTERNS(kmalloc, 4096, kmalloc(64, GFP_KERNEL), kfree)

/* Larson's server: each turn an object of random size takes the place of a random other one. */
static noinline void loop_larson(unsigned long n)
{
	u32 state = BENCH_SEED;

	for (unsigned int k = 0; k < LARSON_SLOTS; k++)
		bench_held[k] = NULL;
	for (unsigned long i = 0; i < n; i++) {
		u32 random = bench_random(&state);
		void **slot = &bench_held[random % LARSON_SLOTS];

		kfree(*slot);
		*slot = kmalloc(1 + (random >> (32 - LARSON_SIZE_BITS)), GFP_KERNEL);
	}
	for (unsigned int k = 0; k < LARSON_SLOTS; k++)
		kfree(bench_held[k]);
}

static struct kmem_cache *cache;

static noinline void loop_cache(unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		kmem_cache_free(cache, kmem_cache_alloc(cache, GFP_KERNEL));
}

static noinline void loop_cache_bulk(unsigned long n)
{
	for (unsigned long i = 0; i < n; i++) {
		int got = (int)kmem_cache_alloc_bulk(cache, GFP_KERNEL, BULK, bench_held);

		kmem_cache_free_bulk(cache, (size_t)got, bench_held);
	}
}

static const struct bench benches[] = {
	{"kmalloc-const-8-pair", loop_kmalloc8, MEASURED, 1, 0, 0},
	{"kmalloc-const-16-pair", loop_kmalloc16, MEASURED, 1, 0, 0},
	{"kmalloc-const-32-pair", loop_kmalloc32, MEASURED, 1, 0, 0},
	{"kmalloc-const-64-pair", loop_kmalloc64, MEASURED, 1, 0, 0},
	{"kmalloc-const-96-pair", loop_kmalloc96, MEASURED, 1, 0, 0},
	{"kmalloc-const-128-pair", loop_kmalloc128, MEASURED, 1, 0, 0},
	{"kmalloc-const-192-pair", loop_kmalloc192, MEASURED, 1, 0, 0},
	{"kmalloc-const-256-pair", loop_kmalloc256, MEASURED, 1, 0, 0},
	{"kmalloc-const-512-pair", loop_kmalloc512, MEASURED, 1, 0, 0},
	{"kmalloc-const-1024-pair", loop_kmalloc1024, MEASURED, 1, 0, 0},
	{"kmalloc-const-2048-pair", loop_kmalloc2048, MEASURED, 1, 0, 0},
	{"kmalloc-const-4096-pair", loop_kmalloc4096, MEASURED, 1, 0, 0},
	{"kmalloc-const-8192-pair", loop_kmalloc8192, MEASURED, 1, 0, 0},
	{"kmalloc-const-64K-pair", loop_kmalloc65536, MEASURED, 1, 0, 4},
	{"kmalloc-var-64-pair", loop_kmalloc_var, MEASURED, 1, 0, 0},
	BENCH_PATTERN_LIST("kmalloc", kmalloc, 256, 16),
	BENCH_PATTERN_LIST("kmalloc", kmalloc, 4096, 128),
	{"larson-pair", loop_larson, MEASURED * 2, 1, 512, 0},
	{"kmem_cache_alloc-pair", loop_cache, MEASURED, 1, 0, 0},
	{"kmem_cache_alloc-bulk64-per-object", loop_cache_bulk, MEASURED / BULK + 1, BULK, 0, 0},
};

unsigned int bench_objects(const char *pattern)
{
	unsigned int ran;

	cache = kmem_cache_create("bench", OBJECT_SIZE, 0, 0, NULL);
	if (!cache)
		return 0;
	ran = bench_run_list(benches, ARRAY_SIZE(benches), pattern);
	kmem_cache_destroy(cache);
	return ran;
}
