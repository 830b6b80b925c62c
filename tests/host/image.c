/* SPDX-License-Identifier: MIT */
/* image.c - the one root from which every global of the kernel sources can be reset.
 *
 * The build renames .data and .bss of their objects to quire_data and quire_bss (host.mk), so that
 * the linker says where all of them lie, static ones too. A copy is taken before the first case
 * and put back before each. Per-CPU variables have a section of their own: the template, from
 * which each CPU's unit is copied. Owns: the copies, __per_cpu_offset, host_cpu. */
#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include "asm/percpu.h"
#include "host.h"
#include "host_private.h"

extern char __start_quire_data[], __stop_quire_data[];
extern char __start_quire_bss[], __stop_quire_bss[];
extern char __start_percpu_data[], __stop_percpu_data[];

unsigned long __per_cpu_offset[NR_CPUS];
unsigned int host_cpu;

static unsigned long *data_copy, *bss_copy, *percpu_copy;

/* Word by word and unchecked: between the globals lie ASan's red zones, which are part of it. */
__attribute__((no_sanitize("address", "undefined"))) static void copy_words(unsigned long *dst,
                                                                            const void *src,
                                                                            size_t bytes)
{
	const volatile unsigned long *from = src;

	for (size_t i = 0; i < bytes / sizeof(*dst); i++)
		dst[i] = from[i];
}

static size_t size_of(const char *start, const char *stop)
{
	return ALIGN((size_t)(stop - start), sizeof(unsigned long));
}

static unsigned long *take_copy(const char *start, const char *stop)
{
	unsigned long *copy = malloc(size_of(start, stop));

	copy_words(copy, start, size_of(start, stop));
	return copy;
}

void image_setup(void)
{
	data_copy = take_copy(__start_quire_data, __stop_quire_data);
	bss_copy = take_copy(__start_quire_bss, __stop_quire_bss);
	percpu_copy = take_copy(__start_percpu_data, __stop_percpu_data);
	percpu_areas_setup();
	ASAN_POISON_MEMORY_REGION(__start_percpu_data,
	                          size_of(__start_percpu_data, __stop_percpu_data));
}

void image_reset(void)
{
	copy_words((unsigned long *)__start_quire_data, data_copy,
	           size_of(__start_quire_data, __stop_quire_data));
	copy_words((unsigned long *)__start_quire_bss, bss_copy,
	           size_of(__start_quire_bss, __stop_quire_bss));
	percpu_areas_reset();
	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++)
		copy_words((unsigned long *)(__start_percpu_data + __per_cpu_offset[cpu]),
		           percpu_copy, size_of(__start_percpu_data, __stop_percpu_data));
}
