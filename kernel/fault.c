/* SPDX-License-Identifier: MIT */
/* fault.c - the list of those who can explain a faulting address. Owns: the list. */
#include "fault.h"

static struct fault_explainer *explainers;

void fault_explainer_register(struct fault_explainer *explainer)
{
	explainer->next = explainers;
	explainers = explainer;
}

const char *fault_explain(unsigned long va)
{
	static char buf[200];

	for (struct fault_explainer *e = explainers; e; e = e->next)
		if (e->explain(va, buf, sizeof(buf)))
			return buf;
	return "";
}
