# SPDX-License-Identifier: MIT
"""boot_cost.py - what booting costs repeats to the digit, grows with memory and no faster.

The targets are of machines of 1 GiB and more: below that the fixed part of boot counts for much."""

import bench_boot
import icount
from boot_peers import Quire
from case import case

PAGES_PER_GIB = 1 << 18
MEMMAP_TARGET = 5        # instructions for each page
METADATA_TARGET = 0.008  # of RAM
LINEAR = 0.10            # how far two slopes may be apart


@case
def boot_costs_repeat_and_meet_their_targets(t):
    """Two runs, one answer; mem_map and all else that boot keeps are less than 0.8 % of RAM."""
    quire = Quire(t.env.kernel(""))
    first, second = (bench_boot.measure(quire, "1G") for _ in range(2))
    t.expect_equal(second, first, "second run")
    if not t.expect("fails" not in first, f"does not boot: {first}"):
        return
    t.expect(first["memmap-per-page"] <= MEMMAP_TARGET, f"mem_map: {first}")
    t.expect(0 < first["allocator"] < first["shell"], f"the marks are out of order: {first}")
    for size in ("1G", "4G", "64G"):
        facts = quire.look(size)
        part = facts["metadata-bytes"] / facts["present-bytes"]
        t.expect(part < METADATA_TARGET, f"{size}: metadata is {part:.4%} of RAM")
        t.expect(part > 32 / 4096 * 0.99, f"{size}: metadata of {part:.4%} cannot hold mem_map")


@case
def boot_cost_grows_linearly(t):
    """A GiB more costs the same on a small machine and on a large one, and less memory costs less."""
    quire = Quire(t.env.kernel(""))
    at = {gib: bench_boot.to_allocator(quire, f"{gib}G") for gib in (1, 4, 16)}
    small, large = (at[4] - at[1]) / 3, (at[16] - at[4]) / 12
    t.expect(abs(small - large) < large * LINEAR,
             f"a GiB costs {small:.0f} up to 4 GiB and {large:.0f} up to 16 GiB")
    t.expect(large < MEMMAP_TARGET * PAGES_PER_GIB, f"a GiB costs {large:.0f}")
    for size in ("32M", "512M"):
        less = bench_boot.to_allocator(quire, size)
        t.expect(less < at[1], f"{size} cost {less}, 1 GiB only {at[1]}")


@case
def the_count_is_the_guests_own(t):
    """What is counted from outside is what the kernel counts by its time stamp counter."""
    quire = Quire(t.env.kernel(""))
    with icount.stopped_at(quire.machine("1G"), quire.address("front_end")) as stop:
        inside = int.from_bytes(stop.stub.memory(quire.address("memmap_cost"), 8), "little")
    outside = bench_boot.span(quire, "1G", "memblock_free_all")
    t.expect(inside <= outside < inside + 100, f"{outside} from outside, {inside} from inside")


@case
def what_does_not_boot_is_told(t):
    """A machine that is too small has no figures but last words."""
    result = bench_boot.measure(Quire(t.env.kernel("")), "6M")
    t.expect_equal(list(result), ["fails"], "result")
    t.expect("memory" in result.get("fails", ""), f"last words: {result}")
