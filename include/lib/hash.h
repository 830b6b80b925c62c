/* SPDX-License-Identifier: MIT */
/* hash.h - FNV-1a over words: state fingerprints and small hash tables. */
#pragma once
#include "types.h"

#define FNV_INIT 2166136261u

static inline u32 fnv_mix(u32 h, u32 word)
{
	return (h ^ word) * 16777619u;
}

static inline u32 fnv_long(u32 h, unsigned long word)
{
	h = fnv_mix(h, (u32)word);
	return sizeof(word) > 4 ? fnv_mix(h, (u32)((u64)word >> 32)) : h;
}

static inline u32 fnv_string(const char *s)
{
	u32 h = FNV_INIT;

	while (*s)
		h = fnv_mix(h, (u8)*s++);
	return h;
}
