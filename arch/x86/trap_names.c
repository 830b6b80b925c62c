/* SPDX-License-Identifier: MIT */
/* trap_names.c - the names of the exceptions. Owns: nothing.
 * Source: Intel SDM vol. 3, "Exception and Interrupt Vectors". */
#include "asm/traps.h"

static const char *const names[NR_EXCEPTIONS] = {
	"divide error",
	"debug",
	"NMI",
	"breakpoint",
	"overflow",
	"bound range exceeded",
	"invalid opcode",
	"device not available",
	"double fault",
	"coprocessor segment overrun",
	"invalid TSS",
	"segment not present",
	"stack segment fault",
	"general protection fault",
	"page fault",
	"reserved exception 15",
	"x87 floating point error",
	"alignment check",
	"machine check",
	"SIMD floating point error",
	"virtualization exception",
	"control protection exception",
	"reserved exception 22",
	"reserved exception 23",
	"reserved exception 24",
	"reserved exception 25",
	"reserved exception 26",
	"reserved exception 27",
	"hypervisor injection exception",
	"VMM communication exception",
	"security exception",
	"reserved exception 31",
};

const char *trap_name(unsigned long trapno)
{
	return trapno < NR_EXCEPTIONS ? names[trapno] : "interrupt";
}
