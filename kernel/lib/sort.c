/* SPDX-License-Identifier: MIT */
/* sort.c - heap sort. Source: Knuth TAOCP 3, 5.2.3. Owns: nothing. */
#include "lib/sort.h"
#include "kernel.h"
#include "lib/string.h"

static void swap_elements(char *a, char *b, size_t size)
{
	char tmp[64];

	for (size_t n; size; a += n, b += n, size -= n) {
		n = min(size, sizeof(tmp));
		memcpy(tmp, a, n);
		memcpy(a, b, n);
		memcpy(b, tmp, n);
	}
}

/* Let the element at root sink until both its children are no larger. */
static void sift_down(char *base, size_t root, size_t n, size_t size,
                      int (*cmp)(const void *, const void *))
{
	for (size_t child; (child = 2 * root + 1) < n; root = child) {
		if (child + 1 < n && cmp(base + child * size, base + (child + 1) * size) < 0)
			child++;
		if (cmp(base + root * size, base + child * size) >= 0)
			return;
		swap_elements(base + root * size, base + child * size, size);
	}
}

void sort(void *base, size_t n, size_t size, int (*cmp)(const void *, const void *))
{
	for (size_t i = n / 2; i-- > 0;)
		sift_down(base, i, n, size, cmp);
	for (size_t end = n; end-- > 1;) {
		swap_elements(base, (char *)base + end * size, size);
		sift_down(base, 0, end, size, cmp);
	}
}
