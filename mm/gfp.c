/* SPDX-License-Identifier: MIT */
/* gfp.c - allocation flags: contradictions, and their names. Owns: nothing. */
#include "mm/gfp.h"
#include "errno.h"
#include "lib/bitops.h"
#include "lib/string.h"
#include "lib/vsprintf.h"
#include "mm/page_alloc.h"

static const struct {
	gfp_t gfp;
	const char *name;
} types[] = {
	/* largest first: gfp_format takes the first that is contained */
	{GFP_HIGHUSER_MOVABLE, "GFP_HIGHUSER_MOVABLE"},
	{GFP_HIGHUSER, "GFP_HIGHUSER"},
	{GFP_USER, "GFP_USER"},
	{GFP_KERNEL, "GFP_KERNEL"},
	{GFP_NOFS, "GFP_NOFS"},
	{GFP_ATOMIC, "GFP_ATOMIC"},
	{GFP_NOIO, "GFP_NOIO"},
	{GFP_NOWAIT, "GFP_NOWAIT"},
	{GFP_DMA, "GFP_DMA"},
	{GFP_DMA32, "GFP_DMA32"},
};

static const struct {
	gfp_t gfp;
	const char *name;
} modifiers[] = {
#define X(name, bit, text) {__GFP_##name, "__GFP_" #name},
	GFP_BITS(X)
#undef X
		{__GFP_WAIT, "__GFP_WAIT"},
	{__GFP_REPEAT, "__GFP_REPEAT"},
};

const u8 gfp_classes[GFP_CLASS_MASK + 1] = {
#define CLASS(zone, mt) 1 + ZONE_##zone * 4 + MIGRATE_##mt
	[0] = CLASS(NORMAL, UNMOVABLE),
	[__GFP_DMA] = CLASS(DMA, UNMOVABLE),
	[__GFP_DMA32] = CLASS(NORMAL, UNMOVABLE),
	[__GFP_HIGHMEM] = CLASS(HIGHMEM, UNMOVABLE),
	[__GFP_MOVABLE] = CLASS(NORMAL, MOVABLE),
	[__GFP_DMA | __GFP_MOVABLE] = CLASS(DMA, MOVABLE),
	[__GFP_DMA32 | __GFP_MOVABLE] = CLASS(NORMAL, MOVABLE),
	[__GFP_HIGHMEM | __GFP_MOVABLE] = CLASS(MOVABLE, MOVABLE),
	[__GFP_RECLAIMABLE] = CLASS(NORMAL, RECLAIMABLE),
	[__GFP_RECLAIMABLE | __GFP_DMA] = CLASS(DMA, RECLAIMABLE),
	[__GFP_RECLAIMABLE | __GFP_DMA32] = CLASS(NORMAL, RECLAIMABLE),
	[__GFP_RECLAIMABLE | __GFP_HIGHMEM] = CLASS(HIGHMEM, RECLAIMABLE),
#undef CLASS
};

const char *gfp_conflict(gfp_t gfp)
{
	if (gfp & ~__GFP_ALL)
		return "unknown_bits";
	if (gfp_zone(gfp) == GFP_ZONE_BAD)
		return "zones";
	if ((gfp & GFP_MOVABLE_MASK) == GFP_MOVABLE_MASK)
		return "movable_and_reclaimable";
	if (gfp & __GFP_NOFAIL && gfp & (__GFP_NORETRY | __GFP_RETRY_MAYFAIL))
		return "nofail_and_may_fail";
	if (gfp & __GFP_NOFAIL && !gfpflags_allow_blocking(gfp))
		return "nofail_without_reclaim";
	if (gfp & __GFP_MEMALLOC && gfp & __GFP_NOMEMALLOC)
		return "memalloc_and_nomemalloc";
	return NULL;
}

static int append_name(char *buf, size_t size, int n, const char *name)
{
	return n + scnprintf(buf + n, size - (size_t)n, "%s%s", n ? "|" : "", name);
}

int gfp_format(char *buf, size_t size, gfp_t gfp)
{
	int n = 0;

	buf[0] = '\0';
	for (unsigned int i = 0; i < ARRAY_SIZE(types); i++) {
		if ((gfp & types[i].gfp) != types[i].gfp)
			continue;
		n = append_name(buf, size, n, types[i].name);
		gfp &= ~types[i].gfp;
		break;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(modifiers); i++) {
		if (!(gfp & modifiers[i].gfp) || !is_power_of_2(modifiers[i].gfp))
			continue;
		n = append_name(buf, size, n, modifiers[i].name);
		gfp &= ~modifiers[i].gfp;
	}
	if (gfp || !n) {
		char rest[12];

		scnprintf(rest, sizeof(rest), "0x%x", gfp);
		n = append_name(buf, size, n, rest);
	}
	return n;
}

/* Does word (len bytes) spell name, or name without its GFP_ or __GFP_? */
static bool same_name(const char *word, size_t len, const char *name)
{
	const char *bare = strstr(name, "GFP_") + 4;

	return (strlen(name) == len && !strncmp(word, name, len)) ||
	       (strlen(bare) == len && !strncmp(word, bare, len));
}

static bool find_name(const char *word, size_t len, gfp_t *gfp)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(types); i++) {
		if (same_name(word, len, types[i].name)) {
			*gfp |= types[i].gfp;
			return true;
		}
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(modifiers); i++) {
		if (same_name(word, len, modifiers[i].name)) {
			*gfp |= modifiers[i].gfp;
			return true;
		}
	}
	return false;
}

int gfp_parse(const char *text, gfp_t *gfp, const char **bad)
{
	*gfp = 0;
	while (*text) {
		const char *end = strchr(text, '|');
		size_t len = end ? (size_t)(end - text) : strlen(text);
		const char *number_end;
		u64 number = strtoull(text, &number_end);

		*bad = text;
		if (len && number_end == text + len && number <= ~0u)
			*gfp |= (gfp_t)number;
		else if (!find_name(text, len, gfp))
			return -EINVAL;
		text += len;
		if (*text && !*++text) /* a '|' with nothing behind it */
			return -EINVAL;
	}
	return 0;
}
