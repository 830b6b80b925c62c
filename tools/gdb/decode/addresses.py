# SPDX-License-Identifier: MIT
"""addresses.py - what an address could be by where it lies: the drawing of asm/memlayout.h."""

IMAGE = (  # first address, end, what is there; the first that fits
    ("_stext", "_etext", "kernel text"),
    ("__start_rodata", "__end_rodata", "kernel rodata"),
    ("boot_stack_guard", "boot_stack", "boot stack guard"),
    ("boot_stack", "boot_stack_top", "boot stack"),
    ("image_stacks", "image_stacks_end", "stack"),
    ("_sdata", "__kernel_end", "kernel data"),
)
INIT = (("__init_begin", "__init_text_end", "init text"), ("__init_text_end", "__init_end", "init data"))


def image_class(mem, va):
    """What of the kernel's image an address is in, or None."""
    layout = mem.layout
    for start, end, name in IMAGE if mem.var("initmem_freed") else IMAGE[:2] + INIT + IMAGE[2:]:
        if layout.addr(start) <= va < layout.addr(end):
            return name
    return None


def address_class(mem, va):
    """As the kernel's address_class(): the name of the area that an address lies in."""
    c = mem.layout
    if c["ZERO_SIZE_VA"] <= va < c["PAGE_SIZE"]:
        return "zero size allocation"
    image = image_class(mem, va)
    if image and va >= c["PAGE_OFFSET"]:
        return "stack guard" if image == "stack" and stack_guard(c, va) else image
    for end, name in ((c["PAGE_SIZE"], "null"), (c["PAGE_OFFSET"], "user"),
                      (c["LOWMEM_END_VA"], "direct map"),
                      (c["VMALLOC_START"], "hole above the direct map"),
                      (c["PERCPU_BASE"], "vmalloc"), (c["PERCPU_UNITS"], "per-CPU pointer"),
                      (c["PKMAP_BASE"], "per-CPU area"), (c["FIXADDR_START"], "pkmap"),
                      (fix_to_virt(c, c["FIX_KMAP_BEGIN"]) + 1, "kmap window"),
                      (c["FIXADDR_TOP"], "fixmap")):
        if va < end:
            return name
    return "top guard"


def fix_to_virt(layout, index):
    """The address of a fixmap slot."""
    return layout["FIXADDR_TOP"] - (index + 1 << layout["PAGE_SHIFT"])


def stack_guard(layout, va):
    """Is an address among the stacks of the image below the stack of its slot?"""
    which, offset = divmod(va - layout.addr("image_stacks"), layout["IMAGE_STACK_SLOT"])
    size = layout["IRQ_STACK_SIZE"] if which == layout["IMAGE_STACK_IRQ"] else layout["THREAD_SIZE"]
    return which < layout["NR_IMAGE_STACKS"] and offset < layout["IMAGE_STACK_SLOT"] - size
