/* SPDX-License-Identifier: MIT */
/* timestamp.h - a clock that ticks once a look, so that runs are repeatable. */
#pragma once
#include "types.h"

static inline u64 timestamp(void)
{
	static u64 ticks;

	return ++ticks;
}
