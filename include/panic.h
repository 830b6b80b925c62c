/* SPDX-License-Identifier: MIT */
/* panic.h - what follows a panic: panic=exit (QEMU status 67, else halt; the default) or reboot. */
#pragma once
#include "bug.h"

enum panic_action { PANIC_EXIT, PANIC_REBOOT };
extern enum panic_action panic_action;

/* Stops every other CPU for good; NULL: there is none. */
extern void (*panic_stop_others)(void);
