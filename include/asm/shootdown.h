/* SPDX-License-Identifier: MIT */
/* shootdown.h - flushing the translation buffers of other CPUs: what asm/tlb.h's flushes do once
 * there are any. */
#pragma once
#include "types.h"

/* From now on flushes reach every online CPU. Context: boot, before the second CPU starts. */
void shootdown_init(void);

/* Flush what this CPU owes, if anything. Returns: whether it owed. Context: any, NMI too. */
bool shootdown_serve(void);
