/* SPDX-License-Identifier: MIT */
/* serial.c - COM1. Owns: the UART. Source: National Semiconductor PC16550D data sheet.
 * Early boot has set the line speed; the FIFO is switched on without being cleared, so that what
 * was typed while booting is not lost. */
#include "asm/devices.h"
#include "asm/io.h"
#include "asm/irq.h"
#include "asm/processor.h"
#include "console.h"
#include "kernel.h"

enum {
	COM1 = 0x3f8,
	UART_DATA = 0,
	UART_IER = 1,
	UART_FCR = 2,
	UART_LCR = 3,
	UART_MCR = 4,
	UART_LSR = 5,
	IER_RECEIVED = 0x01,
	FCR_ENABLE = 0x01,
	LCR_8N1 = 0x03,
	LCR_DIVISOR = 0x80,
	MCR_DTR_RTS_OUT2 = 0x0b, /* OUT2 gates the interrupt line */
	LSR_DATA_READY = 0x01,
	LSR_CAN_SEND = 0x20,
	FIFO_SIZE = 16,
};

/* Wait until the transmitter's FIFO is empty: FIFO_SIZE bytes may follow unasked. */
static void serial_drain(void)
{
	while (!(inb(COM1 + UART_LSR) & LSR_CAN_SEND))
		cpu_relax();
}

static void serial_write(const char *text, size_t len)
{
	unsigned int room = 0;

	for (size_t i = 0; i < len; i++) {
		if (room < 2) {
			serial_drain();
			room = FIFO_SIZE;
		}
		if (text[i] == '\n') {
			outb(COM1 + UART_DATA, '\r');
			room--;
		}
		outb(COM1 + UART_DATA, (u8)text[i]);
		room--;
	}
}

static struct console serial_console = {.name = "ttyS0", .write = serial_write};

void serial_init(void)
{
	outb(COM1 + UART_LCR, LCR_DIVISOR);
	outb(COM1 + 0, 1); /* 115200 / 1 */
	outb(COM1 + 1, 0);
	outb(COM1 + UART_LCR, LCR_8N1);
	outb(COM1 + UART_FCR, FCR_ENABLE);
	outb(COM1 + UART_MCR, MCR_DTR_RTS_OUT2);
	console_register(&serial_console);
}

static void serial_interrupt(struct pt_regs *regs)
{
	(void)regs;
	while (inb(COM1 + UART_LSR) & LSR_DATA_READY)
		console_receive((char)inb(COM1 + UART_DATA));
}

void serial_enable_input(void)
{
	request_irq(IRQ_SERIAL, serial_interrupt);
	outb(COM1 + UART_IER, IER_RECEIVED);
}
