/* SPDX-License-Identifier: MIT */
/* sections.h - the test program's own code takes the kernel's place. */
#pragma once
#include "types.h"

bool is_kernel_text(unsigned long addr);

/* Tasks run on the program's stack: named by asm/stack.h only. */
#define THREAD_SIZE 8192ul
extern char image_stacks[];
