/* SPDX-License-Identifier: MIT */
/* early.c - the first C code: runs at physical addresses with paging off.
 *
 * Owns: the decision whether this machine can run the kernel at all, told in words on the serial
 * line and the VGA screen, and the boot page tables: the first 16 MiB mapped twice, at 0 for the
 * jump and at PAGE_OFFSET for everything after. Linked into .boot, where virtual = physical; it
 * may touch other sections' data only through PA(). */
#include "asm/io.h"
#include "asm/pgtable.h"
#include "asm/processor.h"
#include "boot/multiboot.h"
#include "kernel.h"

#define PA(x) ((__typeof__(&(x)))((unsigned long)&(x)-PAGE_OFFSET))

enum { COM1 = 0x3f8, VGA_COLUMNS = 80, DEBUG_EXIT = 0xf4, EXIT_PANIC = 0x21 };

extern char __kernel_end[]; /* the image's last byte + 1, virtual */

void early_main(u32 magic, u32 info);
u32 early_has_nx, early_has_pge;

static pmd_t identity_pmd[PTRS_PER_PMD] __page_aligned;
static u32 vga_pos;

static void early_putc(char c)
{
	volatile u16 *vga = (volatile u16 *)0xb8000;

	while (!(inb(COM1 + 5) & 0x20))
		cpu_relax();
	outb(COM1, (u8)c);
	if (c == '\n')
		vga_pos += VGA_COLUMNS - vga_pos % VGA_COLUMNS;
	else if (c != '\r')
		vga[vga_pos++] = (u16)(0x0f00 | (u8)c);
}

static void early_puts(const char *s)
{
	while (*s) {
		if (*s == '\n')
			early_putc('\r');
		early_putc(*s++);
	}
}

static void early_put_hex(u32 v)
{
	early_puts("0x");
	for (int shift = 28; shift >= 0; shift -= 4)
		early_putc("0123456789abcdef"[v >> shift & 15]);
}

static void early_put_dec(u32 v)
{
	if (v >= 10)
		early_put_dec(v / 10);
	early_putc((char)('0' + v % 10));
}

/* 115200 baud, 8 bits, no parity, one stop bit; no FIFO change, nothing that is waiting is lost. */
static void early_serial_init(void)
{
	outb(COM1 + 3, 0x80);
	outb(COM1 + 0, 1);
	outb(COM1 + 1, 0);
	outb(COM1 + 3, 0x03);
}

static void __noreturn early_stop(void)
{
	early_puts("\nQuire cannot start; the machine is halted.\n");
	outl(DEBUG_EXIT, EXIT_PANIC); /* ends QEMU when it has isa-debug-exit; else nothing */
	cpu_stop();
}

static void check_loader(u32 magic)
{
	if (magic == MULTIBOOT2_LOADER_MAGIC || magic == MULTIBOOT1_LOADER_MAGIC)
		return;
	early_puts("Quire: not loaded by a multiboot loader: EAX=");
	early_put_hex(magic);
	early_puts(", expected 0x36d76289 (multiboot2, GRUB) or 0x2badb002 (multiboot1).");
	early_stop();
}

/* CPUID exists when EFLAGS.ID can be changed. */
static bool have_cpuid(void)
{
	u32 before, after;

	__asm__ volatile("pushfl; popl %0; movl %0, %1; xorl $0x200000, %1; pushl %1; popfl;"
	                 "pushfl; popl %1; pushl %0; popfl"
	                 : "=&r"(before), "=&r"(after)
	                 :
	                 : "cc");
	return (before ^ after) & 0x200000;
}

static void require_feature(u32 edx, u32 bit, const char *name, const char *use)
{
	if (edx >> bit & 1)
		return;
	early_puts("Quire: this CPU has no ");
	early_puts(name);
	early_puts(" (CPUID.1:EDX bit ");
	early_put_dec(bit);
	early_puts("); ");
	early_puts(use);
	early_stop();
}

static void check_cpu(void)
{
	u32 edx = have_cpuid() ? cpuid(1).edx : 0;

	require_feature(edx, 6, "PAE", "page tables need it.");
	require_feature(edx, 15, "CMOV", "the code is built for i686.");
	require_feature(edx, 8, "CMPXCHG8B", "page-table entries are changed by it.");
	require_feature(edx, 4, "TSC", "time is measured by it.");
	early_has_pge = edx >> 13 & 1;
	if (cpuid(0x80000000).eax >= 0x80000001)
		early_has_nx = cpuid(0x80000001).edx >> 20 & 1;
}

/* Is there RAM behind the end of the image? Memory that is not there reads as ones or zeroes. */
static void check_image_in_ram(void)
{
	u32 end = (u32)(unsigned long)__kernel_end - (u32)PAGE_OFFSET;
	volatile u32 *last = (volatile u32 *)(end - 4);
	u32 old = *last;
	bool ok = true;

	for (u32 i = 0; i < 2; i++) {
		*last = 0x51495245u ^ -i;
		ok &= *last == (0x51495245u ^ -i);
	}
	*last = old;
	if (ok)
		return;
	early_puts("Quire: need memory up to ");
	early_put_dec(end / 1024);
	early_puts(" KiB for the kernel image alone, there is none at ");
	early_put_hex(end - 4);
	early_puts(": this machine is too small.");
	early_stop();
}

/* Map [0, 16 MiB) at 0 and at PAGE_OFFSET with 2 MiB pages; kernel/init.c narrows the rights. */
static void map_low_memory_twice(void)
{
	pgd_t *pgd = *PA(swapper_pg_dir);
	pmd_t *kernel = (*PA(swapper_pmd))[0];

	for (u32 i = 0; i < KERNEL_PGD_PTRS; i++)
		pgd[KERNEL_PGD_INDEX + i].pgd = (u32)(*PA(swapper_pmd))[i] | _PAGE_PRESENT;
	pgd[0].pgd = (u32)identity_pmd | _PAGE_PRESENT;
	for (u32 i = 0; i < BOOT_MAPPED / PMD_SIZE; i++) {
		kernel[i].pmd = i * PMD_SIZE | _KERNPG_BASE | _PAGE_RW | _PAGE_PSE;
		identity_pmd[i].pmd = i * PMD_SIZE | _PAGE_PRESENT | _PAGE_RW | _PAGE_PSE;
	}
}

void early_main(u32 magic, u32 info)
{
	(void)info;
	early_serial_init();
	check_loader(magic);
	check_cpu();
	check_image_in_ram();
	map_low_memory_twice();
}
