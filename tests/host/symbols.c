/* SPDX-License-Identifier: MIT */
/* symbols.c - names of code addresses, static functions too, out of the program's own ELF file.
 * So tests can assert which function a report or a panic blames. Owns: the symbol table. */
#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "asm/sections.h"
#include "host.h"
#include "host_private.h"
#include "lib/sort.h"

extern const char __executable_start[], etext[];

struct symbol {
	unsigned long addr;
	const char *name;
};

enum { MAX_SYMBOLS = 1 << 14 };

static struct symbol symbols[MAX_SYMBOLS];
static unsigned int nr_symbols;

bool is_kernel_text(unsigned long addr)
{
	return addr >= (unsigned long)__executable_start && addr < (unsigned long)etext;
}

static int compare_symbols(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

/* The last symbol at or below addr. */
static const struct symbol *find_symbol(unsigned long addr)
{
	unsigned int lo = 0, hi = nr_symbols;

	while (lo < hi) {
		unsigned int mid = (lo + hi) / 2;

		if (symbols[mid].addr <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo ? &symbols[lo - 1] : NULL;
}

/* %pB names the call before a return address, the others the address itself. */
static int format_symbol(char *buf, size_t size, unsigned long addr, char style)
{
	const struct symbol *s = is_kernel_text(addr) ? find_symbol(addr - (style == 'B')) : NULL;

	if (!s)
		return scnprintf(buf, size, "0x%lx", addr);
	if (style == 's')
		return scnprintf(buf, size, "%s", s->name);
	return scnprintf(buf, size, "%s+0x%lx", s->name, addr - s->addr);
}

static void read_table(const char *file, const Elf64_Shdr *table, const Elf64_Shdr *strings)
{
	const Elf64_Sym *sym = (const void *)(file + table->sh_offset);
	unsigned long base = 0, n = table->sh_size / sizeof(*sym);

	if (((const Elf64_Ehdr *)file)->e_type == ET_DYN)
		base = (unsigned long)__executable_start;
	for (; n--; sym++)
		if (ELF64_ST_TYPE(sym->st_info) == STT_FUNC && sym->st_value &&
		    nr_symbols < MAX_SYMBOLS)
			symbols[nr_symbols++] = (struct symbol){
				base + sym->st_value, file + strings->sh_offset + sym->st_name};
}

void symbols_setup(void)
{
	int fd = open("/proc/self/exe", O_RDONLY);
	struct stat st;
	const char *file;
	const Elf64_Shdr *sections;

	if (fd < 0 || fstat(fd, &st))
		return;
	file = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (file == MAP_FAILED)
		return;
	sections = (const void *)(file + ((const Elf64_Ehdr *)file)->e_shoff);
	for (unsigned int i = 0; i < ((const Elf64_Ehdr *)file)->e_shnum; i++)
		if (sections[i].sh_type == SHT_SYMTAB)
			read_table(file, &sections[i], &sections[sections[i].sh_link]);
	sort(symbols, nr_symbols, sizeof(symbols[0]), compare_symbols);
	vsprintf_symbol = format_symbol;
}
