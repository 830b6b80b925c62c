/* SPDX-License-Identifier: MIT */
/* catch.c - one pending "come back here". Owns: the pending context. */
#include "catch.h"
#include "bug.h"

static struct jmp_context context;
static struct caught *active;

enum caught_kind catch_run(void (*fn)(void *arg), void *arg, struct caught *out)
{
	ASSERT(!active);
	*out = (struct caught){.kind = CAUGHT_NOTHING};
	active = out;
	if (!arch_setjmp(&context))
		fn(arg);
	active = NULL;
	return out->kind;
}

struct caught *catch_active(void)
{
	return active;
}

void catch_deliver(void)
{
	arch_longjmp(&context, 1);
}

const struct jmp_context *catch_context(void)
{
	return &context;
}
