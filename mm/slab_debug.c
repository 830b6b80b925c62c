/* SPDX-License-Identifier: MIT */
/* slab_debug.c - guard bytes, poison, owners and constructor images of single objects.
 * Owns: the debug flags of caches to come, the number of the last event. Tells nothing: it answers
 * what is wrong, slab_report.c tells. Source: Gorman ch. 8.3.4; Linux's byte values. */
#include "mm/slab_debug.h"
#include "errno.h"
#include "lib/string.h"
#include "lib/vsprintf.h"
#include "slab_debug_internal.h"
#include "slab_internal.h"
#include "stacktrace.h"

static slab_flags_t wanted = DEBUG_BUILD ? SLAB_DEBUG_FLAGS : 0;
static char wanted_names[128]; /* comma-separated patterns; "": all */
static u32 event_seq;          /* atomic */

/* --- slab_debug= ------------------------------------------------------------------------------ */

static const char letters[] = "FZPU";

static int flag_of(char c, slab_flags_t *flags)
{
	const char *at = c ? strchr(letters, c) : NULL;

	if (!at)
		return c == '-' ? 0 : -EINVAL;
	*flags |= (slab_flags_t)SLAB_CONSISTENCY_CHECKS << (at - letters);
	return 0;
}

int slab_debug_setup(const char *value)
{
	slab_flags_t flags = 0;

	if (!*value)
		return -EINVAL;
	for (; *value && *value != ','; value++)
		if (flag_of(*value, &flags))
			return -EINVAL;
	if (strlen(value) > sizeof(wanted_names))
		return -EINVAL;
	wanted = flags;
	strscpy(wanted_names, *value ? value + 1 : "", sizeof(wanted_names));
	return 0;
}

void slab_debug_save(char text[SLAB_DEBUG_TEXT])
{
	int n = 0;

	for (int i = 0; i < 4; i++)
		if (wanted & (slab_flags_t)SLAB_CONSISTENCY_CHECKS << i)
			text[n++] = letters[i];
	if (!n)
		text[n++] = '-';
	scnprintf(text + n, SLAB_DEBUG_TEXT - (size_t)n, "%s%s", *wanted_names ? "," : "",
	          wanted_names);
}

static bool name_wanted(const char *name)
{
	const char *p = wanted_names;
	char pattern[40];

	if (!*p)
		return true;
	for (;;) {
		const char *comma = strchr(p, ',');
		size_t len = comma ? (size_t)(comma - p) : strlen(p);

		strscpy(pattern, p, min(len + 1, sizeof(pattern)));
		if (glob_match(pattern, name))
			return true;
		if (!comma)
			return false;
		p = comma + 1;
	}
}

slab_flags_t slab_debug_flags_for(const char *name, slab_flags_t flags, bool has_ctor)
{
	if (!(flags & SLAB_NO_DEBUG) && name_wanted(name))
		flags |= wanted;
	if (has_ctor) /* a free object keeps what its constructor made */
		flags &= ~(slab_flags_t)SLAB_POISON;
	return flags;
}

/* --- owners ----------------------------------------------------------------------------------- */

/* caller first, then the calls that led to it. */
static void record(struct slab_track *track, unsigned long caller)
{
	unsigned long chain[TRACK_DEPTH + 6];
	unsigned int n, i = 0;

	n = stack_trace_from((unsigned long)__builtin_frame_address(0), chain, ARRAY_SIZE(chain));
	while (i < n && chain[i] != caller)
		i++;
	memset(track, 0, sizeof(*track));
	track->seq = __atomic_add_fetch(&event_seq, 1, __ATOMIC_RELAXED);
	track->cpu = raw_smp_processor_id();
	track->trace[0] = caller;
	for (unsigned int k = 1; k < TRACK_DEPTH && i + k < n; k++)
		track->trace[k] = chain[i + k];
}

/* --- guard bytes ------------------------------------------------------------------------------ */

static size_t right_start(const struct kmem_cache *cache)
{
	return cache->object_size;
}

static void paint_red(struct kmem_cache *cache, void *object, u8 byte)
{
	if (!(cache->flags & SLAB_RED_ZONE))
		return;
	memset((char *)object - cache->object_offset, byte, cache->object_offset);
	memset((char *)object + right_start(cache), byte,
	       cache->cookie_offset - right_start(cache));
}

static void paint_slack(struct kmem_cache *cache, void *object, size_t requested)
{
	if (cache->flags & SLAB_RED_ZONE && !cache->ctor)
		memset((char *)object + requested, RED_TAKEN, cache->object_size - requested);
}

static void paint_poison(struct kmem_cache *cache, void *object)
{
	if (!(cache->flags & SLAB_POISON))
		return;
	memset(object, POISON_FREE, cache->object_size - 1);
	((u8 *)object)[cache->object_size - 1] = POISON_END;
}

/* Are bytes [from, to) of the object all `byte`? Fills in the damage when it is the first. */
static void expect_bytes(struct slab_damage *damage, const void *object, const char *where,
                         long from, long to, u8 byte)
{
	const u8 *p = object;

	if (damage->length)
		return;
	while (from < to && p[from] == byte)
		from++;
	if (from >= to)
		return;
	*damage = (struct slab_damage){where, from, 0, p[from], byte};
	for (; from < to; from++)
		if (p[from] != byte)
			damage->length = (unsigned int)(from - damage->offset + 1);
}

static void expect_red(struct slab_damage *damage, const struct kmem_cache *cache,
                       const void *object, u8 byte)
{
	if (!(cache->flags & SLAB_RED_ZONE))
		return;
	expect_bytes(damage, object, "left_red_zone", -(long)cache->object_offset, 0, byte);
	expect_bytes(damage, object, "right_red_zone", (long)right_start(cache),
	             (long)cache->cookie_offset, byte);
}

/* --- objects ---------------------------------------------------------------------------------- */

void slab_debug_init_object(struct kmem_cache *cache, void *object)
{
	memset(slab_tail(cache, object), 0, sizeof(struct slab_tail));
	paint_red(cache, object, RED_FREE);
	paint_poison(cache, object);
}

struct slab_damage slab_debug_look_free(const struct kmem_cache *cache, const void *object)
{
	struct slab_damage damage = {0};
	long last = (long)cache->object_size - 1;

	if (cache->flags & SLAB_POISON) {
		expect_bytes(&damage, object, "object", 0, last, POISON_FREE);
		expect_bytes(&damage, object, "object", last, last + 1, POISON_END);
	}
	expect_red(&damage, cache, object, RED_FREE);
	return damage;
}

struct slab_damage slab_debug_look_taken(const struct kmem_cache *cache, const void *object)
{
	const struct slab_tail *tail = slab_tail(cache, object);
	struct slab_damage damage = {0};

	if (cache->flags & SLAB_RED_ZONE && !cache->ctor)
		expect_bytes(&damage, object, "slack", (long)tail->requested,
		             (long)cache->object_size, RED_TAKEN);
	expect_red(&damage, cache, object, RED_TAKEN);
	return damage;
}

void slab_debug_take(struct kmem_cache *cache, void *object, size_t requested, unsigned long caller)
{
	struct slab_tail *tail = slab_tail(cache, object);

	if (cache->flags & SLAB_POISON)
		memset(object, POISON_NEW, requested);
	tail->requested = requested;
	paint_red(cache, object, RED_TAKEN);
	paint_slack(cache, object, requested);
	if (cache->flags & SLAB_STORE_USER)
		record(&tail->alloc, caller);
}

void slab_debug_release(struct kmem_cache *cache, void *object, unsigned long caller)
{
	struct slab_tail *tail = slab_tail(cache, object);

	tail->requested = 0;
	paint_red(cache, object, RED_FREE);
	paint_poison(cache, object);
	if (cache->flags & SLAB_STORE_USER)
		record(&tail->free, caller);
}

void slab_debug_resize(struct kmem_cache *cache, void *object, size_t requested)
{
	slab_tail(cache, object)->requested = requested;
	paint_slack(cache, object, requested);
}

void slab_debug_repair(struct kmem_cache *cache, void *object)
{
	paint_red(cache, object, RED_TAKEN);
	paint_slack(cache, object, slab_tail(cache, object)->requested);
}

/* --- constructors ------------------------------------------------------------------------------
 */

void ctor_image_learn(struct ctor_image *image, const void *a, const void *b)
{
	const unsigned long *x = a, *y = b;

	for (unsigned int i = 0; i < image->nr_words; i++) {
		struct ctor_word *w = &image->word[i];

		if (x[i] == y[i])
			*w = (struct ctor_word){x[i], CTOR_VALUE};
		else if (x[i] - (unsigned long)a == y[i] - (unsigned long)b)
			*w = (struct ctor_word){x[i] - (unsigned long)a, CTOR_OFFSET};
		else
			*w = (struct ctor_word){0, CTOR_ANY};
	}
}

static unsigned long expected_word(const struct ctor_word *w, const void *object)
{
	return w->kind == CTOR_OFFSET ? w->value + (unsigned long)object : w->value;
}

int ctor_image_compare(const struct ctor_image *image, const void *object, unsigned long *expected)
{
	const unsigned long *words = object;

	for (unsigned int i = 0; i < image->nr_words; i++) {
		const struct ctor_word *w = &image->word[i];

		if (w->kind == CTOR_ANY || words[i] == expected_word(w, object))
			continue;
		*expected = expected_word(w, object);
		return (int)(i * sizeof(long));
	}
	return -1;
}

void ctor_image_restore(const struct ctor_image *image, void *object)
{
	unsigned long *words = object;

	for (unsigned int i = 0; i < image->nr_words; i++)
		if (image->word[i].kind != CTOR_ANY)
			words[i] = expected_word(&image->word[i], object);
}
