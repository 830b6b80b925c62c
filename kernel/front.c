/* SPDX-License-Identifier: MIT */
/* front.c - what happens when the kernel is up: what the command line asks for, then the shell.
 * Owns: nothing. */
#include "front.h"
#include "asm/exit.h"
#include "bench.h"
#include "cmdline.h"
#include "console.h"
#include "ktest.h"
#include "shell.h"

static void __noreturn test_and_exit(void)
{
	struct ktest_options o = {
		.pattern = boot_options.test,
		.seed = boot_options.seed,
		.repeat = boot_options.repeat,
		.nonce = boot_options.nonce,
	};

	machine_exit(ktest_run(&o) ? EXIT_PASS : EXIT_FAIL);
}

void front_end(void)
{
	if (boot_options.test)
		test_and_exit();
	if (boot_options.bench)
		machine_exit(bench_run(boot_options.bench) ? EXIT_PASS : EXIT_FAIL);
	if (boot_options.run)
		shell_type(boot_options.run);
	shell_run();
}
