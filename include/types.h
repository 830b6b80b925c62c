/* SPDX-License-Identifier: MIT */
/* types.h - the scalar types that every file uses. */
#pragma once
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

/* A physical address: 36 bits wide with PAE, never held in a long or a pointer. */
typedef u64 phys_addr_t;

/* Allocation flags, see mm/gfp.h. */
typedef u32 gfp_t;

/* An offset into a mapped object, in pages. */
typedef unsigned long pgoff_t;

#define PHYS_ADDR_MAX (~(phys_addr_t)0)
