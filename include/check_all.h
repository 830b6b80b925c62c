/* SPDX-License-Identifier: MIT */
/* check_all.h - every whole-state checker, one after the other. */
#pragma once

/* Context: task, while nobody else allocates. Returns: NULL or what is wrong. */
const char *check_all(void);
