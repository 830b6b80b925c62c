/* SPDX-License-Identifier: MIT */
/* on_cpus.c - see on_cpus.h. Owns: the one job that may be under way. */
#include "on_cpus.h"
#include "asm/processor.h"
#include "catch.h"
#include "ktest.h"

static struct {
	void (*fn)(void *arg);
	void *arg;
	unsigned int expected, ready, done; /* atomic: ready, done */
} job;

static void run_job(void)
{
	struct caught caught;

	__atomic_fetch_add(&job.ready, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&job.ready, __ATOMIC_ACQUIRE) < job.expected)
		cpu_relax();
	switch (catch_run(job.fn, job.arg, &caught)) {
	case CAUGHT_NOTHING:
		break;
	case CAUGHT_PANIC:
		ktest_fail(__FILE__, __LINE__, "panic on CPU %u: %s", raw_smp_processor_id(),
		           caught.message);
		break;
	default:
		ktest_fail(__FILE__, __LINE__, "fault %lu on CPU %u at %pS, address 0x%08lx",
		           caught.trapno, raw_smp_processor_id(), (void *)caught.ip,
		           caught.address);
	}
	__atomic_fetch_add(&job.done, 1, __ATOMIC_ACQ_REL);
}

static void run_job_there(void *unused)
{
	(void)unused;
	run_job();
}

static void new_job(void (*fn)(void *arg), void *arg, unsigned int expected)
{
	job.fn = fn;
	job.arg = arg;
	job.expected = expected;
	job.ready = job.done = 0;
}

void run_on_all_cpus(void (*fn)(void *arg), void *arg)
{
	unsigned int cpu;

	new_job(fn, arg, num_online_cpus());
	for_each_online_cpu (cpu)
		work_post(cpu, run_job_there, NULL);
	run_job();
	wait_for_started();
}

void start_on_cpu(unsigned int cpu, void (*fn)(void *arg), void *arg)
{
	new_job(fn, arg, 1);
	work_post(cpu, run_job_there, NULL);
}

void wait_for_started(void)
{
	while (__atomic_load_n(&job.done, __ATOMIC_ACQUIRE) < job.expected)
		cpu_relax();
}

unsigned int another_cpu(void)
{
	unsigned int cpu;

	for_each_online_cpu (cpu)
		if (cpu != raw_smp_processor_id())
			return cpu;
	return NR_CPUS;
}
