/* SPDX-License-Identifier: MIT */
/* cmd_devices.c - the devices that are reached through memory, as their registers describe them.
 * Owns: nothing. */
#include "asm/mmio_devices.h"
#include "console.h"
#include "shell.h"

static bool run_devices(int argc, char **argv)
{
	(void)argv;
	mmio_devices_print(cprintf);
	return argc == 1;
}

SHELL_COMMAND(devices, "", "local APIC, I/O APICs and HPET, read from their registers", run_devices,
              NULL);
