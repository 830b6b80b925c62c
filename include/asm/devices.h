/* SPDX-License-Identifier: MIT */
/* devices.h - the few devices that the kernel needs before it has drivers. */
#pragma once

/* 16550 serial port COM1 at 115200 8N1 as a console. Output waits for the transmitter; input comes
 * by interrupt once serial_enable_input() is called. Source: PC16550D data sheet. */
void serial_init(void);
void serial_enable_input(void);

/* 80x25 text screen at 0xB8000 as a mirror of the serial console. */
void vga_init(void);

/* HZ interrupts a second on each CPU; the boot CPU counts them in jiffies. They come from the local
 * APICs' timers, or, on a machine without, from channel 0 of the 8254. */
enum { HZ = 100 };
extern volatile unsigned long jiffies;

/* Let the 8254 tick, or stop it. Context: boot. */
void timer_init(void);
void timer_stop(void);

/* One tick of this CPU. Context: its timer's interrupt. */
void timer_tick(void);

/* Called in each tick of each CPU when set. */
extern void (*tick_hook)(void);
