/* SPDX-License-Identifier: MIT */
/* cmd_test.c - tests and benchmarks by hand. Owns: nothing. */
#include "bench.h"
#include "cmdline.h"
#include "console.h"
#include "ktest.h"
#include "lib/string.h"
#include "shell.h"

static bool run_test(int argc, char **argv)
{
	struct ktest_options o = {.pattern = "*", .seed = boot_options.seed, .repeat = 1};
	unsigned long n;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "-l"))
			o.list_only = true;
		else if (!strncmp(argv[i], "seed=", 5) && shell_number(argv[i] + 5, &n))
			o.seed = (u32)n;
		else if (!strncmp(argv[i], "repeat=", 7) && shell_number(argv[i] + 7, &n) && n &&
		         n <= KTEST_MAX_REPEAT)
			o.repeat = (unsigned int)n;
		else if (argv[i][0] != '-' && !strchr(argv[i], '='))
			o.pattern = argv[i];
		else
			return false;
	}
	if (!ktest_count(o.pattern))
		cprintf("test: no test matches '%s'\n", o.pattern);
	else
		ktest_run(&o);
	return true;
}

static bool run_bench(int argc, char **argv)
{
	if (argc > 2)
		return false;
	if (!bench_run(argc > 1 ? argv[1] : "*"))
		cprintf("bench: no benchmark matches '%s'\n", argv[1]);
	return true;
}

SHELL_COMMAND(bench, "[PATTERN]", "instructions per operation (exact under -icount shift=0)",
              run_bench, NULL);
SHELL_COMMAND(test, "[PATTERN] [seed=N] [repeat=N] [-l]", "run the in-kernel tests; -l lists them",
              run_test, NULL);
