/* SPDX-License-Identifier: MIT */
/* devices.h - the few devices that the kernel needs before it has drivers. */
#pragma once

/* 16550 serial port COM1 at 115200 8N1 as a console. Output waits for the transmitter; input comes
 * by interrupt once serial_enable_input() is called. Source: PC16550D data sheet. */
void serial_init(void);
void serial_enable_input(void);

/* 80x25 text screen at 0xB8000 as a mirror of the serial console. */
void vga_init(void);

/* 8254 timer, channel 0: HZ interrupts a second, counted in jiffies. */
enum { HZ = 100 };
extern volatile unsigned long jiffies;
void timer_init(void);
