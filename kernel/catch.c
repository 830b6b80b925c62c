/* SPDX-License-Identifier: MIT */
/* catch.c - the pending places to come back to, innermost first. Owns: nothing; each task has its
 * own chain of frames (task->catch), and each frame lies on the stack of its catch_run(). */
#include "catch.h"
#include "asm/processor.h"
#include "lib/vsprintf.h"
#include "sched.h"
#include "unwind.h"

struct catch_frame {
	struct jmp_context context;
	struct caught *caught;
	struct catch_frame *outer;
	/* of the code that comes back: locks held inside are lost, calls under way are over */
	unsigned int preempt_count, unwind_disabled;
	unsigned int lock_depth, locks_held, memalloc_depth, migrate_disabled;
	struct shrinker *shrinking;
	bool oops_only;
};

static void remember(struct catch_frame *frame)
{
	frame->preempt_count = preempt_count();
	frame->unwind_disabled = this_cpu_read(unwind_disabled);
	frame->lock_depth = lockdep_depth();
	frame->locks_held = current->locks_held;
	frame->memalloc_depth = current->memalloc_depth;
	frame->shrinking = current->shrinking;
	frame->migrate_disabled = current->migrate_disabled;
}

static void restore(const struct catch_frame *frame)
{
	preempt_count_set(frame->preempt_count);
	this_cpu_write(unwind_disabled, frame->unwind_disabled);
	this_cpu_write(unwind_due, 0);
	lockdep_forget_held(frame->lock_depth);
	current->locks_held = frame->locks_held;
	current->memalloc_depth = frame->memalloc_depth;
	current->shrinking = frame->shrinking;
	current->migrate_disabled = frame->migrate_disabled;
	current->state = TASK_RUNNING;
	if (frame->caught->kind == CAUGHT_STACK_OVERFLOW)
		clear_task_switched(); /* the double-fault task has come back */
}

/* A report was to end the code, and no occasion came. */
static void end_late(struct caught *caught)
{
	caught->kind = CAUGHT_REPORT;
	scnprintf(caught->message, sizeof(caught->message), "report=oops");
	this_cpu_write(unwind_due, 0);
}

static enum caught_kind run_in(struct catch_frame *frame, void (*fn)(void *arg), void *arg)
{
	frame->outer = current->catch;
	*frame->caught = (struct caught){.kind = CAUGHT_NOTHING};
	remember(frame);
	current->catch = frame;
	if (!arch_setjmp(&frame->context)) {
		fn(arg);
		if (this_cpu_read(unwind_due) && !frame->unwind_disabled)
			end_late(frame->caught);
	} else {
		restore(frame);
	}
	current->catch = frame->outer;
	return frame->caught->kind;
}

enum caught_kind catch_run(void (*fn)(void *arg), void *arg, struct caught *out)
{
	struct catch_frame frame = {.caught = out};

	return run_in(&frame, fn, arg);
}

enum caught_kind catch_oops(void (*fn)(void *arg), void *arg, struct caught *out)
{
	struct catch_frame frame = {.caught = out, .oops_only = true};

	return run_in(&frame, fn, arg);
}

static struct catch_frame *frame_of(const struct caught *caught)
{
	struct catch_frame *f = current->catch;

	while (f->caught != caught)
		f = f->outer;
	return f;
}

struct caught *catch_active(enum caught_kind kind)
{
	bool is_oops = kind == CAUGHT_FAULT || kind == CAUGHT_REPORT;

	if (in_interrupt())
		return NULL;
	for (struct catch_frame *f = current->catch; f; f = f->outer)
		if (is_oops || !f->oops_only)
			return f->caught;
	return NULL;
}

static unsigned long last_ended;

unsigned long catch_last_ended(void)
{
	return last_ended;
}

void catch_deliver(const struct caught *caught)
{
	if (caught->ip)
		last_ended = caught->ip;
	arch_longjmp(&frame_of(caught)->context, 1);
}

const struct jmp_context *catch_context(const struct caught *caught)
{
	return &frame_of(caught)->context;
}
