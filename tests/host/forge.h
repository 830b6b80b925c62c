/* SPDX-License-Identifier: MIT */
/* forge.h - firmware tables and loader blocks, written byte by byte, good ones and bad ones. */
#pragma once
#include <stdlib.h>
#include "host.h"

/* A block under construction. */
struct forge {
	u8 bytes[8192];
	u32 size;
};

static inline void forge_bytes(struct forge *f, const void *data, u32 len)
{
	if (f->size + len > sizeof(f->bytes))
		host_bug("forged block too large");
	memcpy(f->bytes + f->size, data, len);
	f->size += len;
}

static inline void forge_u8(struct forge *f, u8 v)
{
	forge_bytes(f, &v, sizeof(v));
}

static inline void forge_u32(struct forge *f, u32 v)
{
	forge_bytes(f, &v, sizeof(v));
}

static inline void forge_u64(struct forge *f, u64 v)
{
	forge_bytes(f, &v, sizeof(v));
}

static inline void forge_zeroes(struct forge *f, u32 n)
{
	while (n--)
		forge_u8(f, 0);
}

/* Overwrite a word written before. */
static inline void forge_set_u32(struct forge *f, u32 at, u32 v)
{
	memcpy(f->bytes + at, &v, sizeof(v));
}

/* The first `size` bytes, alone on the heap: ASan sees a read of the next one. */
static inline void *forge_exact(const struct forge *f, u32 size)
{
	void *copy = malloc(size ? size : 1);

	memcpy(copy, f->bytes, size);
	return copy;
}
