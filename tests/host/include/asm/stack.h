/* SPDX-License-Identifier: MIT */
/* stack.h - tasks of the host world have no stacks of the kernel's making. */
#pragma once
#include "types.h"

struct kernel_stack {
	const char *name;
	unsigned long guard, bottom, top;
	struct kernel_stack *next;
};
