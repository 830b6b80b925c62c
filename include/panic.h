/* SPDX-License-Identifier: MIT */
/* panic.h - what follows a panic: panic=exit (QEMU status 67, else halt; the default) or reboot. */
#pragma once
#include "bug.h"
#include "types.h"

enum panic_action { PANIC_EXIT, PANIC_REBOOT };
extern enum panic_action panic_action;

/* Stops every other CPU for good. Returns: whether there was any. NULL: no. */
extern bool (*panic_stop_others)(void);
