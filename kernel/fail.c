/* SPDX-License-Identifier: MIT */
/* fail.c - failure injection. Owns: the countdown of each site. */
#include "fail.h"
#include "errno.h"
#include "lib/string.h"

unsigned long fail_countdown[NR_FAIL_SITES];
unsigned long fail_injected[NR_FAIL_SITES];

static void (*hooks[NR_FAIL_SITES])(bool armed);

static const char *const names[] = {
#define X(site, text) #site,
	FAIL_SITES(X)
#undef X
};

const char *fail_site_name(enum fail_site site)
{
	return site < NR_FAIL_SITES ? names[site] : "?";
}

bool fail_count_down(enum fail_site site)
{
	unsigned long left = __atomic_load_n(&fail_countdown[site], __ATOMIC_RELAXED);

	do
		if (!left)
			return false; /* another CPU was the one */
	while (!__atomic_compare_exchange_n(&fail_countdown[site], &left, left - 1, false,
	                                    __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	if (left > 1)
		return false;
	__atomic_fetch_add(&fail_injected[site], 1, __ATOMIC_RELAXED);
	return true;
}

void fail_arm(enum fail_site site, unsigned long nth)
{
	fail_countdown[site] = nth;
	if (hooks[site])
		hooks[site](nth != 0);
}

void fail_set_hook(enum fail_site site, void (*hook)(bool armed))
{
	hooks[site] = hook;
	if (fail_countdown[site])
		hook(true);
}

int fail_parse(const char *text)
{
	const char *colon = strchr(text, ':'), *end;
	u64 nth;

	if (!colon)
		return -EINVAL;
	nth = strtoull(colon + 1, &end);
	if (end == colon + 1 || *end || nth > ~0ul)
		return -EINVAL;
	for (unsigned int site = 0; site < NR_FAIL_SITES; site++) {
		if (strncmp(text, names[site], (size_t)(colon - text)) || names[site][colon - text])
			continue;
		fail_arm((enum fail_site)site, (unsigned long)nth);
		return 0;
	}
	return -EINVAL;
}
