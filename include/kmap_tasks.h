/* SPDX-License-Identifier: MIT */
/* kmap_tasks.h - kmap_local_page() and kmap() learn about tasks. */
#pragma once

/* Context: boot, after kmap_init() and before the first thread. */
void kmap_tasks_init(void);
