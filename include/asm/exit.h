/* SPDX-License-Identifier: MIT */
/* exit.h - ways to end: QEMU's isa-debug-exit device, ACPI power off, reset.
 * QEMU's exit status is 2 * code + 1, so it is never 0: a triple fault, which gives 0, cannot
 * pass for success. */
#pragma once
#include "compiler.h"

enum exit_code {
	EXIT_PASS = 0x10,  /* status 33 */
	EXIT_FAIL = 0x20,  /* status 65 */
	EXIT_PANIC = 0x21, /* status 67 */
};

/* End the machine with code; on one without the device, power off, else halt. */
void machine_exit(enum exit_code code) __noreturn;

/* Reset through the keyboard controller, else by a triple fault. */
void machine_restart(void) __noreturn;
