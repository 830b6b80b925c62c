/* SPDX-License-Identifier: MIT */
/* segment.h - the slots of every CPU's GDT: Linux's numbers, so that the books' selectors hold.
 * Selector = slot * 8 + RPL. Slots that are not named here are empty. */
#pragma once

#define GDT_ENTRY_TLS_MIN         6
#define GDT_ENTRY_TLS_MAX         8
#define GDT_ENTRY_KERNEL_CS       12
#define GDT_ENTRY_KERNEL_DS       13
#define GDT_ENTRY_DEFAULT_USER_CS 14
#define GDT_ENTRY_DEFAULT_USER_DS 15
#define GDT_ENTRY_TSS             16
#define GDT_ENTRY_LDT             17
#define GDT_ENTRY_PERCPU          27
#define GDT_ENTRY_DOUBLEFAULT_TSS 31
#define GDT_ENTRIES               32

#define __KERNEL_CS     0x60
#define __KERNEL_DS     0x68
#define __USER_CS       0x73
#define __USER_DS       0x7b
#define __TSS_SEL       0x80
#define __LDT_SEL       0x88
#define __KERNEL_PERCPU 0xd8
#define __DF_TSS_SEL    0xf8
