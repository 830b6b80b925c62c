/* SPDX-License-Identifier: MIT */
/* front.c - what happens when the kernel is up. */
#include "front.h"
#include "asm/exit.h"
#include "mm/page_alloc.h"

void front_end(void)
{
	show_mem();
	machine_exit(EXIT_PASS);
}
