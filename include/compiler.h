/* SPDX-License-Identifier: MIT */
/* compiler.h - attributes and one-word helpers over GCC's builtins. */
#pragma once

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#undef __always_inline
#define __always_inline     inline __attribute__((always_inline))
#define noinline            __attribute__((noinline))
#define __noreturn          __attribute__((noreturn))
#define __packed            __attribute__((packed))
#define __aligned(x)        __attribute__((aligned(x)))
#define __used              __attribute__((used))
#define __unused            __attribute__((unused))
#define __must_check        __attribute__((warn_unused_result))
#define __printf(fmt, args) __attribute__((format(printf, fmt, args)))
#define __section(name)     __attribute__((section(name)))
#define __cold              __attribute__((cold))
#ifdef __i386__
#define __fastcall __attribute__((fastcall))
#else
#define __fastcall
#endif
#define __page_aligned        __attribute__((aligned(4096)))
#define ____cacheline_aligned __attribute__((aligned(64)))

#define barrier()          __asm__ volatile("" : : : "memory")
#define READ_ONCE(x)       (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, val) (*(volatile __typeof__(x) *)&(x) = (val))

/* This place in the code: an address for reports. */
#ifdef __cppcheck__
#define _THIS_IP_ 0ul
#else
#define _THIS_IP_                                                                                  \
	({                                                                                         \
		__label__ here;                                                                    \
here:                                                                                              \
		(unsigned long)&&here;                                                             \
	})
#endif
/* The same the way a return address names a place: it lies behind the code that is meant. */
#define _THIS_SITE_ (_THIS_IP_ + 1)
/* The address that the current function returns to: the caller that reports name. Slow paths are
 * jumped to at the end of fast ones, so that they see the fast one's caller. -Og has no such jumps:
 * there the caller is the first one beyond the files of fast paths (linker.ld). */
#ifdef CONFIG_NO_TAIL_CALLS
unsigned long caller_beyond_fronts(const unsigned long *frame);
#define _RET_IP_ caller_beyond_fronts(__builtin_frame_address(0))
#else
#define _RET_IP_ ((unsigned long)__builtin_return_address(0))
#endif

/* Code and data that are used while booting only; their pages are freed afterwards. */
#ifdef CONFIG_PLAIN_SECTIONS
#define __init
#define __initdata
#define __initconst
#else
#define __init      __section(".init.text") __cold
#define __initdata  __section(".init.data")
#define __initconst __section(".init.rodata")
#endif
