/* SPDX-License-Identifier: MIT */
/* vga.c - the text screen as a second console. Owns: the screen and its cursor.
 * Source: IBM VGA, text mode 3: 80x25 cells of {character, attribute} at 0xB8000. */
#include "asm/devices.h"
#include "asm/io.h"
#include "asm/page.h"
#include "console.h"
#include "kernel.h"

enum { COLUMNS = 80, ROWS = 25, ATTRIBUTE = 0x0700, VGA_PA = 0xb8000, CRTC = 0x3d4 };

static unsigned int row, column;

static volatile u16 *cell(unsigned int r, unsigned int c)
{
	return (volatile u16 *)__va(VGA_PA) + r * COLUMNS + c;
}

static void clear_row(unsigned int r)
{
	for (unsigned int c = 0; c < COLUMNS; c++)
		*cell(r, c) = ATTRIBUTE | ' ';
}

static void new_line(void)
{
	column = 0;
	if (++row < ROWS)
		return;
	for (unsigned int i = 0; i < (ROWS - 1) * COLUMNS; i++)
		*cell(0, i) = *cell(1, i);
	row = ROWS - 1;
	clear_row(row);
}

static void vga_putc(char c)
{
	switch (c) {
	case '\n':
		new_line();
		return;
	case '\r':
		column = 0;
		return;
	case '\b':
		column -= column > 0;
		return;
	}
	if ((u8)c < ' ')
		return;
	*cell(row, column) = (u16)(ATTRIBUTE | (u8)c);
	if (++column == COLUMNS)
		new_line();
}

static void move_cursor(void)
{
	unsigned int pos = row * COLUMNS + column;

	outb(CRTC, 14);
	outb(CRTC + 1, (u8)(pos >> 8));
	outb(CRTC, 15);
	outb(CRTC + 1, (u8)pos);
}

static void vga_write(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		vga_putc(text[i]);
	move_cursor();
}

static struct console vga_console = {.name = "tty0", .write = vga_write};

/* Without a screen, nothing answers at its address. */
static bool have_screen(void)
{
	*cell(0, 0) = 0x5aa5;
	return *cell(0, 0) == 0x5aa5;
}

void vga_init(void)
{
	if (!have_screen())
		return;
	for (unsigned int r = 0; r < ROWS; r++)
		clear_row(r);
	console_register(&vga_console);
}
