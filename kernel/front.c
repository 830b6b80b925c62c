/* SPDX-License-Identifier: MIT */
#include "front.h"
#include "asm/exit.h"
#include "bench.h"
#include "mm/page_alloc.h"
void front_end(void)
{
	show_mem();
	bench_run("*");
	show_mem();
	machine_exit(EXIT_PASS);
}
