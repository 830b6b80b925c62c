/* SPDX-License-Identifier: MIT */
/* nmi.h - non-maskable interrupts between CPUs. smp_send_stop() goes this way, too. */
#pragma once
#include "types.h"

/* Set up the handler. Context: boot. */
void nmi_init(void);

/* The instruction that another CPU executes; 0: it does not answer even to an NMI. Context: any. */
unsigned long nmi_where_is(unsigned int cpu);

/* Called in every NMI when set: pays the flushes that this CPU owes. Returns: whether it owed. */
extern bool (*nmi_flush_hook)(void);
