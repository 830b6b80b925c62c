/* SPDX-License-Identifier: MIT */
/* host_private.h - what the harness's files share among themselves. */
#pragma once
#include <setjmp.h>
#include "types.h"

/* machine.c */
void machine_setup(void);
void machine_reset(void);

/* percpu_area.c */
void percpu_areas_setup(void);
void percpu_areas_reset(void);

/* image.c */
void image_setup(void);
void image_reset(void);

/* log.c: panics come back to *panic_jump while it is set. */
extern jmp_buf *panic_jump;
void log_reset(void);
void log_show_tail(void);
void log_set_live(bool live);

/* symbols.c */
void symbols_setup(void);

/* harness.c */
void harness_bail(const char *text) __attribute__((noreturn));
