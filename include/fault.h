/* SPDX-License-Identifier: MIT */
/* fault.h - what other floors know about an address that faulted: whose guard page, which freed
 * area, which unmapped window. The oops asks them all and puts the answer into its machine line. */
#pragma once
#include "types.h"

/* One who knows. explain writes "name=value name=value" into buf (at most size bytes) and returns
 * true when va is his. Context: the fault's, so any: takes no lock, allocates nothing, touches
 * nothing that can fault. */
struct fault_explainer {
	bool (*explain)(unsigned long va, char *buf, size_t size);
	struct fault_explainer *next;
};

/* Ask him too from now on. Context: boot. */
void fault_explainer_register(struct fault_explainer *explainer);

/* What is known about va. Returns: the fields, "" when nobody knows; valid until the next call. */
const char *fault_explain(unsigned long va);
