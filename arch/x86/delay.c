/* SPDX-License-Identifier: MIT */
/* delay.c - see asm/delay.h. Owns: tsc_khz, channel 2 of the 8254.
 * Source: Intel 8254 data sheet; port 0x61 is the PC's gate and output of channel 2. */
#include "asm/delay.h"
#include "asm/cpufeature.h"
#include "asm/io.h"
#include "asm/processor.h"

enum {
	PIT_HZ = 1193182,
	PIT_CHANNEL2 = 0x42,
	PIT_COMMAND = 0x43,
	PIT_CHANNEL2_ONE_SHOT = 0xb0, /* mode 0: the output rises at the end of the count */
	GATE_PORT = 0x61,
	GATE_CHANNEL2 = 0x01,
	GATE_SPEAKER = 0x02,
	OUTPUT_CHANNEL2 = 0x20,
	MEASURED_US = 2000,
};

u32 tsc_khz;

static void one_shot_start(unsigned int usec)
{
	u16 count = (u16)((u64)PIT_HZ * usec / 1000000);

	outb(GATE_PORT, (u8)((inb(GATE_PORT) & ~GATE_SPEAKER) | GATE_CHANNEL2));
	outb(PIT_COMMAND, PIT_CHANNEL2_ONE_SHOT);
	outb(PIT_CHANNEL2, count & 0xff);
	outb(PIT_CHANNEL2, count >> 8);
}

static void one_shot_wait(void)
{
	while (!(inb(GATE_PORT) & OUTPUT_CHANNEL2))
		cpu_relax();
}

unsigned int delay_init(void (*start)(void), void (*stop)(void))
{
	u64 before;

	if (!cpu_features.tsc)
		return 0;
	one_shot_start(MEASURED_US);
	if (start)
		start();
	before = rdtsc();
	one_shot_wait();
	before = rdtsc() - before;
	if (stop)
		stop();
	tsc_khz = (u32)before / (MEASURED_US / 1000);
	return MEASURED_US;
}

void udelay(unsigned int usec)
{
	u64 begin = rdtsc(), ticks = (u64)tsc_khz * usec;

	while ((rdtsc() - begin) * 1000 < ticks)
		cpu_relax();
}
