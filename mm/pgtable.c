/* SPDX-License-Identifier: MIT */
/* pgtable.c - see mm/pgtable.h.
 *
 * Owns: the tables of the vmalloc window, their counts, kernel_pgtable_lock.
 * Invariants (kernel_tables_check): (1) a table's page->private is the number of its entries that
 * are not zero; (2) tables lie in low memory; (3) nr_tables is how many there are.
 * A directory entry changes under the lock only, and a table disappears under it together with the
 * flush, so whoever maps finds either the old table with its entries or none.
 * Source: Gorman ch. 3; Intel SDM vol. 3, "PAE Paging". */
#include "mm/pgtable.h"
#include "asm/direct_map.h"
#include "asm/page_ops.h"
#include "asm/tlb.h"
#include "bug.h"
#include "errno.h"
#include "kernel.h"
#include "mm/page_alloc.h"
#include "report.h"
#include "spinlock.h"

static DEFINE_SPINLOCK(kernel_pgtable_lock);
static unsigned long nr_tables;       /* under the lock: in the vmalloc window */
static unsigned long nr_split_tables; /* under the lock: of the direct map's split pages */

unsigned long nr_kernel_page_tables(void)
{
	return nr_tables + nr_split_tables;
}

static struct page *table_page(pmd_t pmd)
{
	return pfn_to_page(PFN_DOWN(pmd.pmd & PTE_PFN_MASK));
}

static struct page *alloc_table(gfp_t gfp)
{
	struct page *page = alloc_pages((gfp & ~GFP_ZONEMASK) | __GFP_ZERO, 0);

	if (page)
		set_page_private(page, 0);
	return page;
}

static bool in_window(unsigned long va, unsigned long size)
{
	return va >= VMALLOC_START && va <= VMALLOC_END && size <= VMALLOC_END - va &&
	       IS_ALIGNED(va | size, PAGE_SIZE);
}

static bool refuse(unsigned long va, unsigned long size, const char *call, const char *what,
                   unsigned long caller)
{
	report(REPORT_bad_mapping, va, caller, "refused", "addr=0x%08lx size=%lu call=%s what=%s",
	       va, size, call, what);
	return false;
}

static const char *range_objection(unsigned long va, unsigned long size)
{
	if (!IS_ALIGNED(va | size, PAGE_SIZE))
		return "unaligned";
	if (va + size < va)
		return "wraps";
	return va < PAGE_OFFSET ? "user_address" : "outside_the_window";
}

static bool range_is_sound(unsigned long va, unsigned long size, const char *call,
                           unsigned long caller)
{
	return likely(in_window(va, size)) ||
	       refuse(va, size, call, range_objection(va, size), caller);
}

/* Bytes from va to the end of its table's range, at most size. */
static unsigned long table_share(unsigned long va, unsigned long size)
{
	return min(size, (unsigned long)PMD_SIZE - (va & (PMD_SIZE - 1)));
}

/* --- map ---------------------------------------------------------------------------------- */

/* Make sure that there is a table for va. Returns: 0 or -ENOMEM. */
static int provide_table(unsigned long va, gfp_t gfp)
{
	pmd_t *pmd = kernel_pmd(va);
	struct page *page;

	if (!pmd_none(*pmd))
		return 0;
	page = alloc_table(gfp);
	if (!page)
		return -ENOMEM;
	spin_lock(&kernel_pgtable_lock);
	if (pmd_none(*pmd)) {
		set_pmd(pmd, pte_table_pmd(page_to_phys(page)));
		nr_tables++;
		page = NULL;
	}
	spin_unlock(&kernel_pgtable_lock);
	if (page)
		__free_page(page);
	return 0;
}

/* Lock with a table for va in place: trim may take it away again until it is locked. */
static int lock_table(unsigned long va, gfp_t gfp)
{
	for (;;) {
		if (provide_table(va, gfp))
			return -ENOMEM;
		spin_lock(&kernel_pgtable_lock);
		if (!pmd_none(*kernel_pmd(va)))
			return 0;
		spin_unlock(&kernel_pgtable_lock);
	}
}

static void count_entries(pmd_t pmd, long change)
{
	struct page *page = table_page(pmd);

	set_page_private(page, page_private(page) + (unsigned long)change);
}

/* What stands behind the addresses to map: an array of pages, or consecutive frames. */
struct frames {
	struct page *const *pages; /* NULL: consecutive */
	phys_addr_t pa;
};

static __always_inline phys_addr_t next_frame(struct frames *f, bool listed)
{
	phys_addr_t pa = f->pa;

	if (listed)
		return page_to_phys(*f->pages++);
	f->pa += PAGE_SIZE;
	return pa;
}

/* Undo the n entries before pte. */
static void take_back(pte_t *pte, unsigned long n)
{
	while (n--)
		set_pte(--pte, (pte_t){0});
}

/* Map what lies in one table. listed: the frames are an array's. Returns: 0; -ENOMEM; -EEXIST: an
 * entry is in use, nothing is mapped. */
static __always_inline int map_in_table(unsigned long va, unsigned long size, struct frames *f,
                                        bool listed, pgprot_t prot, gfp_t gfp)
{
	u64 bits = pfn_pte(0, prot).pte;
	pmd_t *pmd = kernel_pmd(va);
	unsigned long n = size >> PAGE_SHIFT;
	pte_t *pte;

	if (lock_table(va, gfp))
		return -ENOMEM;
	if (unlikely(pmd_large(*pmd)))
		goto in_use;
	pte = pte_offset_kernel(pmd, va);
	for (; n--; pte++) {
		if (unlikely(!pte_none(*pte))) {
			take_back(pte, (size >> PAGE_SHIFT) - n - 1);
			goto in_use;
		}
		pte_fill(pte, (pte_t){next_frame(f, listed) | bits});
	}
	count_entries(*pmd, (long)(size >> PAGE_SHIFT));
	spin_unlock(&kernel_pgtable_lock);
	return 0;

in_use:
	spin_unlock(&kernel_pgtable_lock);
	return -EEXIST;
}

/* Take a table without entries out of its directory, for freeing after a flush on every CPU that is
 * made before the lock is given up. Lock held. */
static struct page *detach_table(pmd_t *pmd)
{
	struct page *page = table_page(*pmd);

	set_pmd(pmd, (pmd_t){0});
	nr_tables--;
	return page;
}

/* Map 2 MiB by one entry, in the place of an unused table if there is one.
 * Returns: 0 or -EEXIST. */
static int map_large(unsigned long va, unsigned long pfn, pgprot_t prot)
{
	pmd_t *pmd = kernel_pmd(va);
	struct page *unused = NULL;

	spin_lock(&kernel_pgtable_lock);
	if (unlikely(!pmd_none(*pmd) && (pmd_large(*pmd) || page_private(table_page(*pmd))))) {
		spin_unlock(&kernel_pgtable_lock);
		return -EEXIST;
	}
	if (!pmd_none(*pmd)) {
		unused = detach_table(pmd);
		flush_tlb_page(va);
	}
	set_pmd(pmd, pfn_pmd(pfn, prot));
	spin_unlock(&kernel_pgtable_lock);
	if (unused)
		__free_page(unused);
	return 0;
}

/* The first `done` bytes are mapped and the rest cannot be. Returns: ret. */
static int give_up(unsigned long va, unsigned long size, unsigned long done, int ret,
                   const char *call, unsigned long caller)
{
	unmap_kernel_range(va, done);
	if (ret == -EEXIST)
		refuse(va, size, call, "mapped_already", caller);
	return ret;
}

int map_kernel_pages(unsigned long va, struct page *const *pages, unsigned long nr, pgprot_t prot,
                     gfp_t gfp)
{
	struct frames f = {.pages = pages};
	unsigned long done = 0, size = nr << PAGE_SHIFT, part;
	int ret;

	if (!range_is_sound(va, size, "map_kernel_pages", _RET_IP_))
		return -EINVAL;
	for (; done < size; done += part) {
		part = table_share(va + done, size - done);
		ret = map_in_table(va + done, part, &f, true, prot, gfp);
		if (unlikely(ret))
			return give_up(va, size, done, ret, "map_kernel_pages", _RET_IP_);
	}
	return 0;
}

int map_kernel_range(unsigned long va, phys_addr_t pa, unsigned long size, pgprot_t prot, gfp_t gfp)
{
	unsigned long done = 0, part;
	int ret;

	if (!range_is_sound(va, size, "map_kernel_range", _RET_IP_))
		return -EINVAL;
	if (unlikely(!IS_ALIGNED(pa, PAGE_SIZE))) {
		refuse(va, size, "map_kernel_range", "unaligned_frame", _RET_IP_);
		return -EINVAL;
	}
	for (; done < size; done += part) {
		struct frames f = {.pa = pa + done};

		part = table_share(va + done, size - done);
		if (part == PMD_SIZE && IS_ALIGNED(pa + done, PMD_SIZE))
			ret = map_large(va + done, PFN_DOWN(f.pa), prot);
		else
			ret = map_in_table(va + done, part, &f, false, prot, gfp);
		if (unlikely(ret))
			return give_up(va, size, done, ret, "map_kernel_range", _RET_IP_);
	}
	return 0;
}

/* --- unmap -------------------------------------------------------------------------------- */

static void unmap_in_table(pmd_t *pmd, unsigned long va, unsigned long size)
{
	pte_t *pte = pte_offset_kernel(pmd, va);
	long left = (long)(size >> PAGE_SHIFT), cleared = left;

	for (; left--; pte++) {
		if (likely(!pte_none(*pte)))
			pte_clear(pte);
		else
			cleared--;
	}
	count_entries(*pmd, -cleared);
}

void unmap_kernel_range(unsigned long va, unsigned long size)
{
	unsigned long part;

	if (!range_is_sound(va, size, "unmap_kernel_range", _RET_IP_))
		return;
	for (; size; va += part, size -= part) {
		pmd_t *pmd = kernel_pmd(va);

		part = table_share(va, size);
		spin_lock(&kernel_pgtable_lock);
		if (pmd_large(*pmd)) {
			ASSERT(part == PMD_SIZE);
			set_pmd(pmd, (pmd_t){0});
		} else if (!pmd_none(*pmd)) {
			unmap_in_table(pmd, va, part);
		}
		spin_unlock(&kernel_pgtable_lock);
	}
}

static bool table_is_unused(pmd_t pmd)
{
	return !pmd_none(pmd) && !pmd_large(pmd) && !page_private(table_page(pmd));
}

/* Put the unused tables of [start, end) on a list, linked by page->private. Lock held. */
static struct page *detach_unused(unsigned long start, unsigned long end)
{
	struct page *list = NULL;

	for (unsigned long va = start & PMD_MASK; va < end; va += PMD_SIZE)
		if (table_is_unused(*kernel_pmd(va))) {
			struct page *table = detach_table(kernel_pmd(va));

			set_page_private(table, (unsigned long)list);
			list = table;
		}
	return list;
}

unsigned long trim_kernel_tables(unsigned long start, unsigned long end)
{
	struct page *list, *next;
	unsigned long freed = 0;

	spin_lock(&kernel_pgtable_lock);
	list = detach_unused(start, end);
	if (list)
		flush_tlb_all();
	spin_unlock(&kernel_pgtable_lock);
	for (; list; list = next, freed++) {
		next = (struct page *)page_private(list);
		set_page_private(list, 0);
		__free_page(list);
	}
	return freed;
}

/* --- split, join, change ------------------------------------------------------------------ */

static bool is_window_address(unsigned long va)
{
	return va >= VMALLOC_START && va < VMALLOC_END;
}

static void count_table(unsigned long va, long change)
{
	if (is_window_address(va)) {
		nr_tables += (unsigned long)change;
		return;
	}
	nr_split_tables += (unsigned long)change;
	direct_map_note_split(change > 0);
}

/* The same translations as the large entry's, one by one. */
static void fill_split_table(struct page *table, pmd_t large)
{
	pte_t *pte = lowmem_page_address(table);

	for (unsigned int i = 0; i < PTRS_PER_PTE; i++)
		set_pte(&pte[i], pfn_pte(pmd_pfn(large) + i, pmd_pgprot(large)));
	set_page_private(table, PTRS_PER_PTE);
}

int split_kernel_page(unsigned long va)
{
	pmd_t *pmd = kernel_pmd(va);
	struct page *page;
	bool large;

	if (!pgd_present(*pgd_offset_k(va)) || !pmd_large(*pmd))
		return -EINVAL;
	page = alloc_table(GFP_KERNEL);
	if (!page)
		return -ENOMEM;
	spin_lock(&kernel_pgtable_lock);
	large = pmd_large(*pmd);
	if (large) {
		fill_split_table(page, *pmd);
		set_pmd_live(pmd, pte_table_pmd(page_to_phys(page)));
		count_table(va, 1);
		flush_tlb_kernel_range(va & PMD_MASK, (va & PMD_MASK) + PMD_SIZE);
	}
	spin_unlock(&kernel_pgtable_lock);
	if (!large) /* somebody else was faster */
		__free_page(page);
	return 0;
}

/* Are all entries there, consecutive from a multiple of 2 MiB on, and alike? */
static bool is_joinable(const pte_t *pte)
{
	u64 flags = pte_pgprot(pte[0]).pgprot;

	if (!pte_present(pte[0]) || !IS_ALIGNED(pte_pfn(pte[0]), PTRS_PER_PTE))
		return false;
	for (unsigned int i = 1; i < PTRS_PER_PTE; i++)
		if (pte_pfn(pte[i]) != pte_pfn(pte[0]) + i || pte_pgprot(pte[i]).pgprot != flags)
			return false;
	return true;
}

/* Lock held. Returns: the table that is not used any more, or NULL: it must stay. */
static struct page *join_table(pmd_t *pmd, unsigned long va)
{
	struct page *page;
	const pte_t *pte;

	if (pmd_none(*pmd) || pmd_large(*pmd))
		return NULL;
	page = table_page(*pmd);
	pte = pte_offset_kernel(pmd, va & PMD_MASK);
	if (PageReserved(page) || !is_joinable(pte))
		return NULL;
	set_pmd_live(pmd, pfn_pmd(pte_pfn(pte[0]), pte_pgprot(pte[0])));
	count_table(va, -1);
	flush_tlb_kernel_range(va & PMD_MASK, (va & PMD_MASK) + PMD_SIZE);
	return page;
}

int join_kernel_pages(unsigned long va)
{
	struct page *page;

	if (!pgd_present(*pgd_offset_k(va)))
		return -EINVAL;
	spin_lock(&kernel_pgtable_lock);
	page = join_table(kernel_pmd(va), va);
	spin_unlock(&kernel_pgtable_lock);
	if (!page)
		return -EINVAL;
	__free_page(page);
	return 0;
}

/* All of the range is mapped, and a 2 MiB page that it covers in part is split. */
static int prepare_change(unsigned long va, unsigned long size)
{
	unsigned long part, pfn;

	for (unsigned long at = va; at - va < size; at += PAGE_SIZE)
		if (!kernel_va_to_pfn(at, &pfn))
			return -EFAULT;
	for (; size; va += part, size -= part) {
		part = table_share(va, size);
		if (pmd_large(*kernel_pmd(va)) && part < PMD_SIZE && split_kernel_page(va))
			return -ENOMEM;
	}
	return 0;
}

int change_kernel_prot(unsigned long va, unsigned long size, pgprot_t prot)
{
	unsigned long start = va, end = va + size, part;
	int ret;

	if (unlikely(end - 1 < va || !IS_ALIGNED(va | size, PAGE_SIZE))) {
		refuse(va, size, "change_kernel_prot", range_objection(va, size), _RET_IP_);
		return -EINVAL;
	}
	ret = prepare_change(va, size);
	if (ret)
		return ret;
	for (; va < end; va += part) {
		pmd_t *pmd = kernel_pmd(va);
		pte_t *pte;

		part = table_share(va, end - va);
		if (pmd_large(*pmd)) {
			set_pmd_live(pmd, pfn_pmd(pmd_pfn(*pmd), prot));
			continue;
		}
		pte = pte_offset_kernel(pmd, va);
		for (unsigned long n = part >> PAGE_SHIFT; n--; pte++)
			set_pte_live(pte, pfn_pte(pte_pfn(*pte), prot));
	}
	flush_tlb_kernel_range(start, end);
	return 0;
}

/* --- look --------------------------------------------------------------------------------- */

bool kernel_va_to_pfn(unsigned long va, unsigned long *pfn)
{
	const pte_t *pte = lookup_kernel_pte(va);

	if (pte) {
		*pfn = pte_pfn(*pte);
		return pte_present(*pte);
	}
	if (!pgd_present(*pgd_offset_k(va)) || !pmd_large(*kernel_pmd(va)))
		return false;
	*pfn = pmd_pfn(*kernel_pmd(va)) + pte_index(va);
	return true;
}

static const char *check_table(pmd_t *pmd, unsigned long *present)
{
	const struct page *page = table_page(*pmd);
	unsigned long used = 0;
	const pte_t *pte;

	if (pmd_bad(*pmd) || PFN_DOWN(pmd->pmd & PTE_PFN_MASK) >= max_low_pfn)
		return "directory entry is no pointer to a table in low memory";
	if (!page_pointer_valid(page) || page_ref_count(page) != 1)
		return "page table is no allocated page";
	pte = pte_offset_kernel(pmd, 0);
	for (unsigned int i = 0; i < PTRS_PER_PTE; i++) {
		used += !pte_none(pte[i]);
		*present += pte_present(pte[i]);
	}
	return used == page_private(page) ? NULL : "page table counts its entries wrong";
}

const char *kernel_tables_check(unsigned long start, unsigned long end, unsigned long *present)
{
	unsigned long tables = 0;
	const char *wrong = NULL;

	*present = 0;
	for (unsigned long va = start; va < end && !wrong; va += PMD_SIZE) {
		pmd_t *pmd = kernel_pmd(va);

		if (pmd_none(*pmd))
			continue;
		if (pmd_large(*pmd)) {
			*present += PTRS_PER_PTE;
			continue;
		}
		tables++;
		wrong = check_table(pmd, present);
	}
	if (!wrong && tables != nr_tables)
		wrong = "page tables are not as many as were counted";
	return wrong;
}
