/* SPDX-License-Identifier: MIT */
/* kvmalloc.c - memory for who does not care whether it is in one piece. Owns: nothing. */
#include "asm/page.h"
#include "mm/slab.h"
#include "mm/topology.h"
#include "mm/vmalloc.h"
#include "vmalloc_internal.h"

static void *kvmalloc_caller(size_t size, gfp_t gfp, int nid, unsigned long caller)
{
	void *object;

	if (size <= PAGE_SIZE)
		return kmalloc_node(size, gfp, nid);
	object = size <= KMALLOC_MAX_SIZE
	                 ? kmalloc_node(size, gfp | __GFP_NORETRY | __GFP_NOWARN, nid)
	                 : NULL;
	if (object)
		return object;
	return __vmalloc_caller(size, PAGE_SIZE, gfp | __GFP_HIGHMEM, nid, 0, caller);
}

void *kvmalloc_node(size_t size, gfp_t gfp, int nid)
{
	return kvmalloc_caller(size, gfp, nid, _RET_IP_);
}

void *kvmalloc(size_t size, gfp_t gfp)
{
	return kvmalloc_caller(size, gfp, NUMA_NO_NODE, _RET_IP_);
}

void *kvmalloc_array(size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (!__builtin_mul_overflow(n, size, &bytes))
		return kvmalloc_caller(bytes, gfp, NUMA_NO_NODE, _RET_IP_);
	report_size_overflow("kvmalloc_array", n, size, _RET_IP_);
	return NULL;
}

void kvfree(const void *addr)
{
	if (is_vmalloc_addr(addr))
		vfree(addr);
	else
		kfree(addr);
}
