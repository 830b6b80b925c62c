/* SPDX-License-Identifier: MIT */
/* may_sleep.h - what a request for pages or objects may do where it is made. For the files of mm/.
 */
#pragma once
#include "mm/gfp.h"
#include "preempt.h"
#include "report.h"

/* May this context sleep, as the flags say it may? Else told. Returns: gfp as it does: reclaim
 * takes mutexes, so what is reported must not come to it all the same. */
static inline gfp_t check_may_sleep(gfp_t gfp, unsigned long caller)
{
	const char *context;
	unsigned long site;

	if (likely(!gfpflags_allow_blocking(gfp) || !(context = atomic_context(&site))))
		return gfp;
	report(REPORT_sleep_in_atomic, gfp, caller, "none", "gfp=0x%x context=%s since=%s", gfp,
	       context, site ? report_ip(site) : "?");
	return gfp & ~(__GFP_DIRECT_RECLAIM | __GFP_NOFAIL);
}
