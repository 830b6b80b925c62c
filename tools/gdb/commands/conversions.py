# SPDX-License-Identifier: MIT
"""conversions.py - a frame's number, its struct page, its addresses: one into the other."""

from commands import CommandError, command
from commands.pages import frame, pages_of
from decode import kinds, walk

GROUP = "Conversions"


@command("pfn_to_page", "PFN", aliases=("lx-pfn_to_page",))
def pfn_to_page(k, pfn):
    """The address of a frame's struct page."""
    pages, n = pages_of(k), k.number(pfn)
    if not pages.valid(n):
        raise CommandError(f"pfn {n} has no struct page: {kinds.page_kind(pages, n)}")
    yield f"pfn_to_page({n}) = {pages.mem_map + n * pages.size:#010x}"


def page_of(k, text):
    pages, address = pages_of(k), k.number(text)
    page = pages.of_address(address)
    if page is None:
        raise CommandError(f"{address:#010x} is no struct page")
    return page


@command("page_to_pfn", "PAGE", aliases=("lx-page_to_pfn",))
def page_to_pfn(k, page):
    """The frame of a struct page."""
    found = page_of(k, page)
    yield f"page_to_pfn({found.address:#010x}) = {found.pfn}"


@command("page_to_phys", "PAGE", aliases=("lx-page_to_phys",))
def page_to_phys(k, page):
    """The physical address of a struct page's frame."""
    found = page_of(k, page)
    yield f"page_to_phys({found.address:#010x}) = {found.pfn << k.layout['PAGE_SHIFT']:#x}"


@command("page_address", "PAGE", aliases=("lx-page_address", "lx-page_to_virt"))
def page_address(k, page):
    """The kernel address of a struct page's frame, if it has one."""
    found = page_of(k, page)
    if found.pfn >= k.mem.var("max_low_pfn"):
        raise CommandError(f"pfn {found.pfn} is high memory: it has no address of its own")
    va = (found.pfn << k.layout["PAGE_SHIFT"]) + k.layout["PAGE_OFFSET"]
    yield f"page_address({found.address:#010x}) = {va:#010x}"


@command("virt_to_page", "ADDR", aliases=("lx-virt_to_page",))
def virt_to_page(k, addr):
    """The struct page of what a kernel address is mapped to."""
    pages, va = pages_of(k), k.number(addr)
    pfn = frame(k, hex(va))
    if va < k.layout["PAGE_OFFSET"] or not pages.valid(pfn):
        raise CommandError(f"{va:#010x} has no struct page")
    yield f"virt_to_page({va:#010x}) = {pages.mem_map + pfn * pages.size:#010x}, pfn {pfn}"


@command("virt_to_phys", "ADDR", aliases=("lx-virt_to_phys",))
def virt_to_phys(k, addr):
    """The physical address behind an address, by the page tables."""
    va = k.number(addr)
    pa = walk.translate(k.mem, va)
    if pa is None:
        raise CommandError(f"{va:#010x} is not mapped")
    yield f"virt_to_phys({va:#010x}) = {pa:#x}"


@command("phys_to_virt", "PHYS", aliases=("lx-phys_to_virt",))
def phys_to_virt(k, phys):
    """The kernel address of a physical one in the direct map."""
    pa = k.number(phys)
    if pa >> k.layout["PAGE_SHIFT"] >= k.mem.var("max_low_pfn"):
        raise CommandError(f"{pa:#x} has no address in the direct map")
    yield f"phys_to_virt({pa:#x}) = {pa + k.layout['PAGE_OFFSET']:#010x}"
