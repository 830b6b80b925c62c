/* SPDX-License-Identifier: MIT */
/* exit.c - the end of the machine. Owns: nothing. */
#include "asm/exit.h"
#include "asm/io.h"
#include "asm/irqflags.h"
#include "asm/processor.h"
#include "console.h"

enum { DEBUG_EXIT_PORT = 0xf4, KEYBOARD_COMMAND = 0x64, KEYBOARD_RESET = 0xfe };

void machine_exit(enum exit_code code)
{
	local_irq_disable();
	outl(DEBUG_EXIT_PORT, code);
	cprintf("It is now safe to turn off the machine.\n");
	cpu_stop();
}

void machine_restart(void)
{
	struct {
		u16 size;
		u32 address;
	} __packed no_idt = {0, 0};

	local_irq_disable();
	for (int i = 0; i < 100000 && inb(KEYBOARD_COMMAND) & 2; i++)
		cpu_relax();
	outb(KEYBOARD_COMMAND, KEYBOARD_RESET);
	for (int i = 0; i < 100000; i++)
		cpu_relax();
	__asm__ volatile("lidt %0; int3" : : "m"(no_idt));
	cpu_stop();
}
