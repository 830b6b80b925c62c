/* SPDX-License-Identifier: MIT */
/* front.h - what happens when the kernel is up. */
#pragma once
#include "compiler.h"

/* Run the tests or benchmarks that the command line asks for and exit, else run= and the shell. */
void front_end(void) __noreturn;
