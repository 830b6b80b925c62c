/* SPDX-License-Identifier: MIT */
/* ksyms.h - names of code addresses. The table is made from nm after a first link
 * (tools/ksyms.awk) and linked in by a second. */
#pragma once
#include "types.h"

/* The function that addr lies in.
 * Returns: its name, with *offset and *size in bytes; NULL when addr is no kernel code. */
const char *ksym_lookup(unsigned long addr, unsigned long *offset, unsigned long *size);

/* Address of a function by exact name, 0 when there is none. */
unsigned long ksym_find(const char *name);

/* Give printf's %pS its names. Context: boot, once. */
void ksyms_init(void);
