/* SPDX-License-Identifier: MIT */
/* oracle.h - figures that Linux 6.1 (i386, PAE) printed on machines of several sizes.
 *
 * managed is what a zone managed when the reserves were computed at boot: what /proc/zoneinfo shows
 * less the initrd and init memory that was freed later (367 pages of the lean builds, 518 of
 * Debian's, by their boot logs). Given the same managed pages and min_free_kbytes, our functions
 * must give the same figures. On the two large Debian machines transparent huge pages had raised
 * min_free_kbytes, so there it is not the plain formula's. */
#pragma once
#include "types.h"

struct oracle_zone {
	unsigned long managed;
	unsigned long watermark[3]; /* min, low, high */
	unsigned long protection[4];
	int pcp_high, pcp_batch; /* 0: the zone is empty and has no pageset */
};

struct oracle_machine {
	const char *name; /* build and MiB of memory */
	unsigned long min_free_kbytes;
	bool plain_min_free;
	bool movable_is_highmem;
	struct oracle_zone zones[4]; /* DMA, Normal, HighMem, Movable */
};

static const struct oracle_machine oracle[] = {
	{"lean-64",
         962,
         true,
         false,
         {
		 {3840, {63, 78, 93}, {0, 41, 41, 41}, 78, 1},
		 {10642, {176, 220, 264}, {0, 0, 0, 0}, 220, 1},
		 {0, {32, 32, 32}, {0, 0, 0, 0}, 0, 0},
		 {0, {0, 0, 0}, {0, 0, 0, 0}, 0, 0},
	 }},
	{"lean-512",
         2864,
         true,
         false,
         {
		 {3840, {21, 26, 31}, {0, 485, 485, 485}, 26, 1},
		 {124350, {694, 867, 1040}, {0, 0, 0, 0}, 867, 31},
		 {0, {32, 32, 32}, {0, 0, 0, 0}, 0, 0},
		 {0, {0, 0, 0}, {0, 0, 0, 0}, 0, 0},
	 }},
	{"lean-1024",
         3776,
         true,
         true,
         {
		 {3840, {16, 20, 24}, {0, 855, 993, 993}, 20, 1},
		 {219004, {927, 1158, 1389}, {0, 0, 1103, 1103}, 1158, 63},
		 {35298, {34, 71, 108}, {0, 0, 0, 0}, 71, 7},
		 {0, {32, 32, 32}, {0, 0, 0, 0}, 0, 0},
	 }},
	{"lean-2048",
         3759,
         true,
         true,
         {
		 {3840, {16, 20, 24}, {0, 847, 2009, 2009}, 20, 1},
		 {216956, {922, 1152, 1382}, {0, 0, 9295, 9295}, 1152, 63},
		 {297442, {128, 444, 760}, {0, 0, 0, 0}, 444, 63},
		 {0, {32, 32, 32}, {0, 0, 0, 0}, 0, 0},
	 }},
	{"debian-128",
         1336,
         true,
         false,
         {
		 {3840, {45, 56, 67}, {0, 94, 94, 94}, 56, 1},
		 {24065, {288, 360, 432}, {0, 0, 0, 0}, 360, 3},
		 {0, {32, 32, 32}, {0, 0, 0, 0}, 0, 0},
		 {0, {0, 0, 0}, {0, 0, 0, 0}, 0, 0},
	 }},
	{"debian-512",
         2828,
         true,
         false,
         {
		 {3840, {21, 26, 31}, {0, 473, 473, 473}, 26, 1},
		 {121193, {685, 856, 1027}, {0, 0, 0, 0}, 856, 31},
		 {0, {32, 32, 32}, {0, 0, 0, 0}, 0, 0},
		 {0, {0, 0, 0}, {0, 0, 0, 0}, 0, 0},
	 }},
	{"debian-2048",
         42792,
         false,
         true,
         {
		 {3840, {190, 237, 284}, {0, 826, 1994, 1994}, 237, 1},
		 {211511, {10507, 13133, 15759}, {0, 0, 9343, 9343}, 13133, 63},
		 {298978, {128, 3841, 7554}, {0, 0, 0, 0}, 3841, 63},
		 {0, {32, 32, 32}, {0, 0, 0, 0}, 0, 0},
	 }},
	{"debian-8192",
         35936,
         false,
         true,
         {
		 {3840, {190, 237, 284}, {0, 691, 8003, 8003}, 237, 1},
		 {177111, {8793, 10991, 13189}, {0, 0, 58495, 58495}, 10991, 63},
		 {1871842, {128, 23361, 46594}, {0, 0, 0, 0}, 23361, 63},
		 {0, {32, 32, 32}, {0, 0, 0, 0}, 0, 0},
	 }},
};
