/* SPDX-License-Identifier: MIT */
/* cmd_vm.c - kernel addresses by hand: allocate, map registers, free. Owns: nothing; what is made
 * here stays until it is freed here. */
#include "console.h"
#include "lib/string.h"
#include "mm/ioremap.h"
#include "mm/vmalloc.h"
#include "shell.h"

/* A size with K, M or G. */
static bool parse_size(const char *word, unsigned long *out)
{
	const char *end;
	u64 size = memparse(word, &end);

	if (end == word || *end)
		return false;
	*out = size > ~0ul ? ~0ul : (unsigned long)size;
	return true;
}

static void show_area(const void *va)
{
	const struct vm_struct *vm = find_vm_area(va);

	cprintf("addr=0x%08lx size=%lu pages=%u large=%u\n", (unsigned long)va,
	        get_vm_area_size(vm), vm->nr_pages, vm->nr_large);
}

static bool run_vmalloc(int argc, char **argv)
{
	unsigned long size, nid;
	void *va;

	if (argc < 2 || argc > 3 || !parse_size(argv[1], &size) ||
	    (argc == 3 && !shell_number(argv[2], &nid)))
		return false;
	va = argc == 3 ? vmalloc_node(size, (int)nid) : vmalloc(size);
	if (!va) {
		cprintf("VMALLOC failed size=%lu\n", size);
		return true;
	}
	cprintf("VMALLOC ");
	show_area(va);
	return true;
}

static bool run_vfree(int argc, char **argv)
{
	unsigned long va;

	if (argc != 2 || !shell_number(argv[1], &va))
		return false;
	vfree((void *)va);
	return true;
}

static bool parse_mode(const char *word, enum cache_mode *mode)
{
	static const struct {
		const char *word;
		enum cache_mode mode;
	} modes[] = {{"wb", CACHE_WB}, {"wc", CACHE_WC}, {"uc", CACHE_UC}, {"wt", CACHE_WT}};

	for (unsigned int i = 0; i < ARRAY_SIZE(modes); i++) {
		if (strcmp(word, modes[i].word))
			continue;
		*mode = modes[i].mode;
		return true;
	}
	return false;
}

static bool run_ioremap(int argc, char **argv)
{
	enum cache_mode mode = CACHE_UC_MINUS;
	unsigned long size;
	u64 pa;
	void *va;

	if (argc < 3 || argc > 4 || !shell_number64(argv[1], &pa) || !parse_size(argv[2], &size) ||
	    (argc == 4 && !parse_mode(argv[3], &mode)))
		return false;
	va = __ioremap_caller(pa, size, mode, _THIS_IP_);
	if (va)
		cprintf("IOREMAP addr=0x%08lx pa=0x%llx mode=%s\n", (unsigned long)va, pa,
		        cache_mode_name(mode));
	else
		cprintf("IOREMAP failed pa=0x%llx size=%lu\n", pa, size);
	return true;
}

static bool run_iounmap(int argc, char **argv)
{
	unsigned long va;

	if (argc != 2 || !shell_number(argv[1], &va))
		return false;
	iounmap((void *)va);
	return true;
}

static bool run_purge(int argc, char **argv)
{
	(void)argv;
	cprintf("%lu pages given back\n", vm_unmap_aliases());
	return argc == 1;
}

SHELL_COMMAND(ioremap, "PHYS SIZE [wb|wc|uc|wt]", "map device registers", run_ioremap, NULL);
SHELL_COMMAND(iounmap, "ADDRESS", "undo ioremap", run_iounmap, NULL);
SHELL_COMMAND(vfree, "ADDRESS", "free what vmalloc gave", run_vfree, NULL);
SHELL_COMMAND(vmalloc, "SIZE[K|M] [NODE]", "allocate kernel addresses with memory behind them",
              run_vmalloc, NULL);
SHELL_COMMAND(vmpurge, "", "flush and free what vmalloc still keeps of freed areas", run_purge,
              NULL);
