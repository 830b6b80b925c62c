/* SPDX-License-Identifier: MIT */
/* fault.c - the list of those who can explain a faulting address. Owns: the list. */
#include "fault.h"
#include "report.h"

static struct fault_explainer *explainers;

void fault_explainer_register(struct fault_explainer *explainer)
{
	explainer->next = explainers;
	explainers = explainer;
}

const char *fault_explain(unsigned long va)
{
	char *buf = report_text();

	for (struct fault_explainer *e = explainers; e; e = e->next)
		if (e->explain(va, buf, REPORT_TEXT))
			return buf;
	return "";
}
