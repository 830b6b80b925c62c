/* SPDX-License-Identifier: MIT */
/* stub.c - a boot loader that lies on request.
 *
 *	qemu -kernel stub.elf -append "eax=36d76289 ebx=9000"
 *	     -initrd "quire.elf,block.bin at=9000,table.bin at=2000000"
 *
 * The first module is the kernel: its segments are loaded as its program headers say. Every other
 * module is copied to the physical address that its "at=" names. Then the kernel is entered with
 * EAX and EBX as the command line says: any multiboot2 block, at any address, of any content.
 * All numbers are hexadecimal. Source: Multiboot 0.6.96, 3.3; ELF-32 program headers. */
#include "boot/multiboot.h"

struct elf32_ehdr {
	u8 ident[16];
	u16 type, machine;
	u32 version, entry, phoff, shoff, flags;
	u16 ehsize, phentsize, phnum;
};

struct elf32_phdr {
	u32 type, offset, vaddr, paddr, filesz, memsz;
};

enum { PT_LOAD = 1 };

void stub_main(const struct mb1_info *mb);
void __attribute__((noreturn)) jump_to_kernel(u32 eax, u32 ebx, u32 entry);

static void copy(u32 dst, u32 src, u32 size)
{
	__asm__ volatile("rep movsb" : "+D"(dst), "+S"(src), "+c"(size) : : "memory");
}

static void zero(u32 dst, u32 size)
{
	__asm__ volatile("rep stosb" : "+D"(dst), "+c"(size) : "a"(0) : "memory");
}

static u32 parse_hex(const char *s)
{
	u32 n = 0;

	for (;; s++) {
		if (*s >= '0' && *s <= '9')
			n = n << 4 | (u32)(*s - '0');
		else if (*s >= 'a' && *s <= 'f')
			n = n << 4 | (u32)(*s - 'a' + 10);
		else
			return n;
	}
}

/* The value of "name=" in text, 0 when it is not there. */
static u32 option(const char *text, const char *name)
{
	for (; *text; text++) {
		const char *t = text, *n = name;

		while (*n && *t == *n) {
			t++;
			n++;
		}
		if (!*n && *t == '=')
			return parse_hex(t + 1);
	}
	return 0;
}

/* Returns: the entry point. */
static u32 load_elf(u32 image)
{
	const struct elf32_ehdr *e = (const struct elf32_ehdr *)image;

	for (u32 i = 0; i < e->phnum; i++) {
		const struct elf32_phdr *p =
			(const struct elf32_phdr *)(image + e->phoff + i * e->phentsize);

		if (p->type != PT_LOAD)
			continue;
		copy(p->paddr, image + p->offset, p->filesz);
		zero(p->paddr + p->filesz, p->memsz - p->filesz);
	}
	return e->entry;
}

void stub_main(const struct mb1_info *mb)
{
	const struct mb1_module *mods = (const struct mb1_module *)mb->mods_addr;
	const char *line = (const char *)mb->cmdline;
	u32 entry = load_elf(mods[0].start);

	for (u32 i = 1; i < mb->mods_count; i++)
		copy(option((const char *)mods[i].cmdline, "at"), mods[i].start,
		     mods[i].end - mods[i].start);
	jump_to_kernel(option(line, "eax"), option(line, "ebx"), entry);
}
