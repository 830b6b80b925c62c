/* SPDX-License-Identifier: MIT */
/* catch.c - the pending places to come back to, innermost first. Owns: the chain of frames; each
 * lies on the stack of its catch_run(). */
#include "catch.h"

struct catch_frame {
	struct jmp_context context;
	struct caught *caught;
	struct catch_frame *outer;
};

static struct catch_frame *innermost;

enum caught_kind catch_run(void (*fn)(void *arg), void *arg, struct caught *out)
{
	struct catch_frame frame = {.caught = out, .outer = innermost};

	*out = (struct caught){.kind = CAUGHT_NOTHING};
	innermost = &frame;
	if (!arch_setjmp(&frame.context))
		fn(arg);
	innermost = frame.outer;
	return out->kind;
}

struct caught *catch_active(void)
{
	return innermost ? innermost->caught : NULL;
}

void catch_deliver(void)
{
	arch_longjmp(&innermost->context, 1);
}

const struct jmp_context *catch_context(void)
{
	return &innermost->context;
}
