/* SPDX-License-Identifier: MIT */
/* div64.c - the 64-bit divisions that the compiler calls for on a 32-bit machine.
 * Owns: nothing. Source: Knuth TAOCP 2, 4.3.1, with the hardware's 64/32 division as the digit
 * step when the divisor fits 32 bits, and shift-and-subtract when it does not. */
#include "asm/div64.h"
#include "types.h"

u64 __udivmoddi4(u64 n, u64 d, u64 *rem);
u64 __udivdi3(u64 n, u64 d);
u64 __umoddi3(u64 n, u64 d);
s64 __divdi3(s64 n, s64 d);
s64 __moddi3(s64 n, s64 d);

static u64 divide_by_32(u64 n, u32 d, u64 *rem)
{
	u32 high = (u32)(n >> 32), r = high % d;
	u32 low = div_64_32((u64)r << 32 | (u32)n, d, &r);

	*rem = r;
	return (u64)(high / d) << 32 | low;
}

u64 __udivmoddi4(u64 n, u64 d, u64 *rem)
{
	u64 quotient = 0, bit = 1;

	if (!(d >> 32))
		return divide_by_32(n, (u32)d, rem);
	while (d < n && !(d >> 63)) {
		d <<= 1;
		bit <<= 1;
	}
	for (; bit; bit >>= 1, d >>= 1) {
		if (n >= d) {
			n -= d;
			quotient |= bit;
		}
	}
	*rem = n;
	return quotient;
}

u64 __udivdi3(u64 n, u64 d)
{
	u64 rem;

	return __udivmoddi4(n, d, &rem);
}

u64 __umoddi3(u64 n, u64 d)
{
	u64 rem;

	__udivmoddi4(n, d, &rem);
	return rem;
}

s64 __divdi3(s64 n, s64 d)
{
	u64 q = __udivdi3(n < 0 ? -(u64)n : (u64)n, d < 0 ? -(u64)d : (u64)d);

	return (s64)((n < 0) != (d < 0) ? -q : q);
}

s64 __moddi3(s64 n, s64 d)
{
	u64 r = __umoddi3(n < 0 ? -(u64)n : (u64)n, d < 0 ? -(u64)d : (u64)d);

	return (s64)(n < 0 ? -r : r);
}
