/* SPDX-License-Identifier: MIT */
/* vsprintf.c - one pass over the format, one output cursor, no allocation.
 * Owns: vsprintf_symbol. Context: any. */
#include "lib/vsprintf.h"
#include "kernel.h"
#include "lib/string.h"

int (*vsprintf_symbol)(char *buf, size_t size, unsigned long addr, char style);

/* Where text goes: pos counts on past size so that the whole length is known. */
struct out {
	char *buf;
	size_t size;
	size_t pos;
};

/* One conversion, as parsed. */
struct spec {
	bool left, zero, plus, space, alt;
	int width;
	int precision; /* -1: none given */
	int length;    /* -2 hh, -1 h, 0 int, 1 l or z, 2 ll */
};

static void put(struct out *o, char c)
{
	if (o->pos + 1 < o->size)
		o->buf[o->pos] = c;
	o->pos++;
}

static void pad(struct out *o, char c, int n)
{
	while (n-- > 0)
		put(o, c);
}

static void put_text(struct out *o, const struct spec *sp, const char *s)
{
	size_t max = sp->precision < 0 ? ~(size_t)0 : (size_t)sp->precision;
	int len = (int)strnlen(s, max);

	if (!sp->left)
		pad(o, ' ', sp->width - len);
	for (int i = 0; i < len; i++)
		put(o, s[i]);
	if (sp->left)
		pad(o, ' ', sp->width - len);
}

/* Digits of value, lowest first. Returns how many. */
static int digits_of(u64 value, unsigned int base, bool upper, char *out)
{
	const char *set = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	int n = 0;

	do {
		u32 low = (u32)value;

		if (value >> 32) {
			out[n++] = set[value % base];
			value /= base;
		} else {
			out[n++] = set[low % base];
			value = low / base;
		}
	} while (value);
	return n;
}

static void put_number(struct out *o, struct spec sp, u64 value, const char *prefix,
                       unsigned int base, bool upper)
{
	char digits[24];
	int n = value || sp.precision ? digits_of(value, base, upper, digits) : 0;
	int body = max(n, sp.precision) + (int)strlen(prefix);

	if (sp.zero && !sp.left && sp.precision < 0 && sp.width > body) {
		sp.precision = sp.width - (int)strlen(prefix);
		body = sp.width;
	}
	if (!sp.left)
		pad(o, ' ', sp.width - body);
	while (*prefix)
		put(o, *prefix++);
	pad(o, '0', sp.precision - n);
	while (n)
		put(o, digits[--n]);
	if (sp.left)
		pad(o, ' ', sp.width - body);
}

static void put_signed(struct out *o, const struct spec *sp, s64 value)
{
	const char *sign = value < 0 ? "-" : sp->plus ? "+" : sp->space ? " " : "";

	put_number(o, *sp, value < 0 ? -(u64)value : (u64)value, sign, 10, false);
}

static const char *parse_flags(const char *fmt, struct spec *sp)
{
	for (;; fmt++) {
		switch (*fmt) {
		case '-':
			sp->left = true;
			continue;
		case '0':
			sp->zero = true;
			continue;
		case '+':
			sp->plus = true;
			continue;
		case ' ':
			sp->space = true;
			continue;
		case '#':
			sp->alt = true;
			continue;
		}
		return fmt;
	}
}

static const char *parse_int(const char *fmt, int *value, int arg)
{
	if (*fmt == '*') {
		*value = arg;
		return fmt + 1;
	}
	for (*value = 0; isdigit(*fmt); fmt++)
		*value = *value * 10 + (*fmt - '0');
	return fmt;
}

static const char *parse_length(const char *fmt, struct spec *sp)
{
	for (;; fmt++) {
		if (*fmt == 'l')
			sp->length++;
		else if (*fmt == 'h')
			sp->length--;
		else if (*fmt == 'z')
			sp->length = 1;
		else
			return fmt;
	}
}

/* va_list by pointer: an array type on some ABIs, so it travels in a struct. */
struct args {
	va_list ap;
};

static u64 next_unsigned(struct args *a, int length)
{
	switch (length) {
	case 2:
		return va_arg(a->ap, unsigned long long);
	case 1:
		return va_arg(a->ap, unsigned long);
	case -1:
		return (u16)va_arg(a->ap, unsigned int);
	case -2:
		return (u8)va_arg(a->ap, unsigned int);
	}
	return va_arg(a->ap, unsigned int);
}

static s64 next_signed(struct args *a, int length)
{
	switch (length) {
	case 2:
		return va_arg(a->ap, long long);
	case 1:
		return va_arg(a->ap, long);
	case -1:
		return (s16)va_arg(a->ap, int);
	case -2:
		return (s8)va_arg(a->ap, int);
	}
	return va_arg(a->ap, int);
}

/* %p, %pS, %pB, %ps. Returns the format behind it. */
static const char *put_pointer(struct out *o, struct spec sp, unsigned long addr, const char *fmt)
{
	bool symbol = *fmt == 'S' || *fmt == 'B' || *fmt == 's';
	char name[96];

	if (symbol && vsprintf_symbol) {
		vsprintf_symbol(name, sizeof(name), addr, *fmt);
		put_text(o, &sp, name);
		return fmt + 1;
	}
	sp.precision = 8;
	put_number(o, sp, addr, "0x", 16, false);
	return symbol ? fmt + 1 : fmt;
}

static const char *convert(struct out *o, struct spec sp, const char *fmt, struct args *a)
{
	char c[2] = {0};
	const char *s;

	switch (*fmt) {
	case 'd':
	case 'i':
		put_signed(o, &sp, next_signed(a, sp.length));
		break;
	case 'u':
		put_number(o, sp, next_unsigned(a, sp.length), "", 10, false);
		break;
	case 'x':
	case 'X':
		put_number(o, sp, next_unsigned(a, sp.length), sp.alt ? "0x" : "", 16, *fmt == 'X');
		break;
	case 'o':
		put_number(o, sp, next_unsigned(a, sp.length), sp.alt ? "0" : "", 8, false);
		break;
	case 'c':
		c[0] = (char)va_arg(a->ap, int);
		put_text(o, &sp, c);
		break;
	case 's':
		s = va_arg(a->ap, const char *);
		put_text(o, &sp, s ? s : "(null)");
		break;
	case 'p':
		return put_pointer(o, sp, (unsigned long)va_arg(a->ap, void *), fmt + 1);
	case '\0':
		return fmt;
	default:
		put(o, *fmt);
	}
	return fmt + 1;
}

static const char *convert_one(struct out *o, const char *fmt, struct args *a)
{
	struct spec sp = {.precision = -1};

	fmt = parse_flags(fmt, &sp);
	fmt = parse_int(fmt, &sp.width, *fmt == '*' ? va_arg(a->ap, int) : 0);
	if (sp.width < 0) {
		sp.left = true;
		sp.width = -sp.width;
	}
	if (*fmt == '.') {
		fmt++;
		fmt = parse_int(fmt, &sp.precision, *fmt == '*' ? va_arg(a->ap, int) : 0);
	}
	fmt = parse_length(fmt, &sp);
	return convert(o, sp, fmt, a);
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	struct out o = {buf, size, 0};
	struct args a;

	va_copy(a.ap, args);
	while (*fmt) {
		if (*fmt == '%')
			fmt = convert_one(&o, fmt + 1, &a);
		else
			put(&o, *fmt++);
	}
	va_end(a.ap);
	if (size)
		buf[min(o.pos, size - 1)] = '\0';
	return (int)o.pos;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(buf, size, fmt, args);
	va_end(args);
	return n;
}

int scnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(buf, size, fmt, args);
	va_end(args);
	return size ? min(n, (int)size - 1) : 0;
}
