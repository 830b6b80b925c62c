/* SPDX-License-Identifier: MIT */
/* pat.c - the page attribute table. Owns: which bits stand for which cache mode.
 * Source: Intel SDM vol. 3, "Programming the PAT", "MTRR considerations in MP systems". */
#include "asm/cpufeature.h"
#include "asm/irqflags.h"
#include "asm/memtype.h"
#include "asm/processor.h"

#define MSR_PAT 0x277u

/* The encodings that the table's slots hold. */
enum { PAT_UC = 0, PAT_WC = 1, PAT_WT = 4, PAT_WP = 5, PAT_WB = 6, PAT_UC_MINUS = 7 };

#define PAT_SLOT(n, type) ((u64)PAT_##type << (8 * (n)))
#define PAT_LAYOUT                                                                                 \
	(PAT_SLOT(0, WB) | PAT_SLOT(1, WC) | PAT_SLOT(2, UC_MINUS) | PAT_SLOT(3, UC) |             \
	 PAT_SLOT(4, WB) | PAT_SLOT(5, WP) | PAT_SLOT(6, UC_MINUS) | PAT_SLOT(7, WT))

#define SLOT_MASK (_PAGE_PAT | _PAGE_PCD | _PAGE_PWT)

/* (C) after pat_init(): without a table until then. */
static u64 mode_bits[NR_CACHE_MODES] = {
	[CACHE_WC] = _PAGE_PCD, [CACHE_UC_MINUS] = _PAGE_PCD, [CACHE_UC] = _PAGE_PCD | _PAGE_PWT,
	[CACHE_WT] = _PAGE_PWT, [CACHE_WP] = _PAGE_PCD,
};
static u8 slot_mode[8] = {CACHE_WB, CACHE_WT, CACHE_UC_MINUS, CACHE_UC,
                          CACHE_WB, CACHE_WT, CACHE_UC_MINUS, CACHE_UC};

static void use_layout(void)
{
	static const u8 modes[8] = {CACHE_WB, CACHE_WC, CACHE_UC_MINUS, CACHE_UC,
	                            CACHE_WB, CACHE_WP, CACHE_UC_MINUS, CACHE_WT};

	for (unsigned int slot = 0; slot < 8; slot++)
		slot_mode[slot] = modes[slot];
	mode_bits[CACHE_WC] = _PAGE_PWT;
	mode_bits[CACHE_WP] = _PAGE_PAT | _PAGE_PWT;
	mode_bits[CACHE_WT] = _PAGE_PAT | _PAGE_PCD | _PAGE_PWT;
}

/* No line may stay cached by the old table: caches off and empty while it changes. */
static void write_pat(u64 layout)
{
	unsigned long flags = local_irq_save(), cr0 = read_cr0();

	write_cr0(cr0 | CR0_CD);
	wbinvd();
	flush_tlb_all_local();
	wrmsr(MSR_PAT, layout);
	wbinvd();
	flush_tlb_all_local();
	write_cr0(cr0);
	local_irq_restore(flags);
}

void pat_init(void)
{
	if (!cpu_features.pat)
		return;
	write_pat(PAT_LAYOUT);
	use_layout();
}

pgprot_t pgprot_cached(pgprot_t prot, enum cache_mode mode)
{
	return __pgprot((prot.pgprot & ~SLOT_MASK) | mode_bits[mode]);
}

enum cache_mode cache_mode_of(u64 entry, bool large)
{
	u64 pat = entry & (large ? _PAGE_PAT_LARGE : _PAGE_PAT);
	unsigned int slot =
		(pat ? 4 : 0) | (entry & _PAGE_PCD ? 2 : 0) | (entry & _PAGE_PWT ? 1 : 0);

	return (enum cache_mode)slot_mode[slot];
}

const char *cache_mode_name(enum cache_mode mode)
{
	static const char *const names[NR_CACHE_MODES] = {"write-back",     "write-combining",
	                                                  "uncached-minus", "uncached",
	                                                  "write-through",  "write-protected"};

	return mode < NR_CACHE_MODES ? names[mode] : "?";
}
