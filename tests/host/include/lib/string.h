/* SPDX-License-Identifier: MIT */
/* string.h - the kernel's string functions on the host. Those that C defines are the C library's,
 * which ASan watches; strtoull differs from C's, so it gets another name. kernel/lib/string.c,
 * which is compiled with HOST_RENAME_STRING, gives all its own another name and is tested under
 * them. */
#pragma once
#define strtoull quire_strtoull
#define isdigit  quire_isdigit
#define isspace  quire_isspace
#define isprint  quire_isprint
#ifdef HOST_RENAME_STRING
#define memset  quire_memset
#define memcpy  quire_memcpy
#define memmove quire_memmove
#define memcmp  quire_memcmp
#define strlen  quire_strlen
#define strnlen quire_strnlen
#define strcmp  quire_strcmp
#define strncmp quire_strncmp
#define strchr  quire_strchr
#define strrchr quire_strrchr
#define strstr  quire_strstr
#endif
#include_next "lib/string.h"
