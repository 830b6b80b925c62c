/* SPDX-License-Identifier: MIT */
/* setup.h - from the loader's information to filled memblock lists. */
#pragma once
#include "boot/bootinfo.h"

/* The least memory that the kernel starts with. */
enum { MIN_MEMORY_MIB = 8 };

/* Print the firmware's map, sanitise it, check that the kernel, the modules and the loader's block
 * lie in RAM (else panic with both ranges), and fill memblock: RAM up to the CPU's and Quire's
 * limits and mem=, minus what is taken. Context: boot. */
void setup_memory(const struct bootinfo *bi);

/* Read the ACPI tables, give memory its nodes and find the CPUs. */
void setup_nodes(const struct bootinfo *bi);

/* End of low memory in bytes: highmem=, within reason, or MAXMEM. */
phys_addr_t setup_low_limit(void);

/* Give the memory of boot-time code and data to the allocator. */
void free_initmem(void);
