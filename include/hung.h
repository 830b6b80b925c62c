/* SPDX-License-Identifier: MIT */
/* hung.h - naming tasks that nobody wakes. */
#pragma once

/* Ticks that a task may wait in TASK_UNINTERRUPTIBLE; 0: for ever. */
extern unsigned long hung_task_ticks;

/* Called by the boot CPU's timer interrupt. */
void check_hung_tasks(void);
