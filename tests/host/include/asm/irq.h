/* SPDX-License-Identifier: MIT */
/* irq.h - are we in an interrupt handler? As the test says: it writes irq_depth. */
#pragma once
#include "asm/percpu.h"

DECLARE_PER_CPU(unsigned int, irq_depth);
#define in_interrupt() (this_cpu_read(irq_depth) != 0)
