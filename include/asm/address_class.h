/* SPDX-License-Identifier: MIT */
/* address_class.h - what an address could be, by the drawing of asm/memlayout.h. */
#pragma once

/* Name of the area that a kernel address lies in: "null", "user", "direct map", "kernel text",
 * "vmalloc", "pkmap", "fixmap", "boot stack guard", ... Context: any. */
const char *address_class(unsigned long va);
