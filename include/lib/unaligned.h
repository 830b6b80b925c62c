/* SPDX-License-Identifier: MIT */
/* unaligned.h - little-endian numbers at any address. */
#pragma once
#include "lib/string.h"
#include "types.h"

static inline u32 get_unaligned_le32(const void *p)
{
	u32 v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline u64 get_unaligned_le64(const void *p)
{
	u64 v;

	memcpy(&v, p, sizeof(v));
	return v;
}
