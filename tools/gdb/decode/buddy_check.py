# SPDX-License-Identifier: MIT
"""buddy_check.py - the free lists checked from outside: what mm/buddy.c claims, asked of memory.

(1) A block's links fit its neighbours', its words are those of its list, it is aligned to its
order, lies in its zone and has no references; (2) no page inside a block is marked otherwise;
(3) two free buddies of an order are not both there; (4) nonempty says which lists have blocks,
nr_free how many, NR_FREE_PAGES how many pages in all.

The deferred block (zone->deferred) is counted free and on no list yet."""

from decode.memory import Unreadable

MOST = 20  # findings told for one list


class BuddyCheck:
    """zones: decode.zones.Zones. problems: sentences."""

    def __init__(self, zones, zone):
        self.zones, self.zone = zones, zone
        self.mem, self.layout, self.pages = zones.mem, zones.layout, zones.pages
        self.nr_blocks = self.nr_pages = 0

    def problems(self):
        zone, z = self.zone, self.zones
        free = self.deferred_pages()
        for order in range(z.max_order):
            blocks = 0
            for mt in range(len(z.types)):
                n, wrong = self.check_list(order, mt)
                yield from wrong
                blocks += n
                free += (n << order) * (mt != self.layout["MIGRATE_ISOLATE"])
            if blocks != zone.free_area[order].nr_free:
                yield f"order {order}: nr_free is {zone.free_area[order].nr_free}, on the lists " \
                      f"are {blocks}"
            self.nr_blocks += blocks
            self.nr_pages += blocks << order
        if free != zone.vm_stat[self.layout["NR_FREE_PAGES"]]:
            yield f"NR_FREE_PAGES is {zone.vm_stat[self.layout['NR_FREE_PAGES']]}, free are {free}"

    def deferred_pages(self):
        if not self.zone.deferred:
            return 0
        page = self.pages.of_address(int(self.zone.deferred))
        counted = page and page.migratetype != self.layout["MIGRATE_ISOLATE"]
        return 1 << page.order if counted else 0

    def check_list(self, order, mt):
        """Returns: (blocks, sentences)."""
        where = f"order {order} {self.zones.types[mt]}: "
        head = self.zone.address_of(f"free_area[{order}].free_list[{mt}]")
        most = (self.zone.spanned_pages >> order) + 1
        n, wrong = 0, []
        try:
            for struct in self.mem.list(head, "page", "lru", most):
                n += 1
                wrong += [where + text for text in self.check_block(struct, order, mt)]
        except (ValueError, Unreadable) as error:
            wrong.append(where + str(error))
        if bool(n) != bool(self.zone.nonempty[mt] >> order & 1) and not wrong:
            wrong.append(f"{where}{n} blocks, but the bit in nonempty says otherwise")
        return n, wrong[:MOST]

    def check_block(self, struct, order, mt):
        page = self.pages.of_address(struct.address)
        if page is None:
            yield f"entry {struct.address:#010x} is no struct page"
            return
        pfn, zone = page.pfn, self.zone
        if not self.zones.is_free_block(zone, page, order):
            yield f"pfn {pfn}: flags {page.flags:#010x} are not those of a free block of the list"
        if page.migratetype != mt:
            yield f"pfn {pfn}: its type is {page.type_name}"
        if pfn & (1 << order) - 1:
            yield f"pfn {pfn}: not aligned to its order"
        if pfn < zone.zone_start_pfn or pfn + (1 << order) > self.zones.end_pfn(zone):
            yield f"pfn {pfn}: reaches out of its zone"
            return
        if page.refcount:
            yield f"pfn {pfn}: free with {page.refcount} references"
        yield from self.check_buddy(pfn, order)
        if order:
            yield from self.check_inside(pfn, order)

    def check_buddy(self, pfn, order):
        if order == self.zones.max_order - 1:
            return
        buddy = self.pages.get(pfn ^ 1 << order)
        if buddy and self.zones.is_free_block(self.zone, buddy, order) and (
                order < self.layout["pageblock_order"] or self.zones.may_merge(pfn, buddy.pfn)):
            yield f"pfn {pfn}: free like its buddy {buddy.pfn}, and not merged"

    def check_inside(self, pfn, order):
        """No page inside the block heads one, is reserved or referenced."""
        words, step = self.pages.words(pfn, 1 << order), self.pages.size // 4
        lay, at = self.layout, self.layout.offset("page", "_refcount") // 4
        marks = 1 << lay["PG_buddy"] | 1 << lay["PG_reserved"]
        flags, refs = words[step::step].tolist(), words[step + at::step].tolist()
        if any(refs) or any(f & marks for f in flags):
            bad = next(i for i, f in enumerate(flags) if f & marks or refs[i])
            yield f"pfn {pfn}: page {pfn + 1 + bad} inside it is marked otherwise"
