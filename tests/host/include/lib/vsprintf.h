/* SPDX-License-Identifier: MIT */
/* vsprintf.h - the kernel's formatting, under names that leave the C library's alone. */
#pragma once
#define vsnprintf quire_vsnprintf
#define snprintf  quire_snprintf
#define scnprintf quire_scnprintf
#include_next "lib/vsprintf.h"
