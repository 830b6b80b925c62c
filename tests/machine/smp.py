# SPDX-License-Identifier: MIT
"""smp.py - CPUs that are there, left out, listed but absent, and stopped by a panic (A7, T4)."""

import ktap

import forge as f
from acpi import TABLES, tables, MAP
from case import case
from forged import start


def cpus_that_run(r):
    for line in r.text.splitlines():
        if line.startswith("SMP: ") and line.endswith("CPUs run"):
            return int(line.split()[1])
    return 1


@case
def every_cpu_starts_and_says_where_it_is(t):
    """1, 2, 5 and 8 CPUs, on one node and on two."""
    for cpus, nodes in ((1, 1), (2, 1), (5, 1), (8, 1), (8, 2)):
        r = t.boot("check", cpus=cpus, nodes=nodes, mem="256M")
        t.expect_equal(cpus_that_run(r), cpus, f"CPUs that run of {cpus}")
        for cpu in range(cpus if cpus > 1 else 0):
            node = cpu * nodes // cpus
            t.expect_text(r, rf"^SMP: CPU {cpu} is APIC id {cpu} on node {node}$")
        t.expect_text(r, "^CHECK ok")


@case
def more_cpus_than_there_is_room_for_are_left_out(t):
    """The ninth and later ones are named."""
    r = t.boot("check", cpus=10, mem="256M")
    t.expect_equal(cpus_that_run(r), 8, "CPUs that run")
    t.expect_text(r, "APIC id 8 left out: more than 8", "APIC id 9 left out", "^CHECK ok")


@case
def maxcpus_leaves_cpus_out(t):
    """maxcpus=1 is one CPU, and no message."""
    for limit in (1, 3):
        r = t.boot("check", cpus=4, append=f"maxcpus={limit}")
        t.expect_equal(cpus_that_run(r), limit, f"CPUs that run with maxcpus={limit}")
    r = t.boot(append="maxcpus=0")
    t.expect_text(r, "bad value in 'maxcpus=0'")


@case
def a_cpu_that_does_not_start_is_told_and_left_out(t):
    """fail=cpu_start:2 keeps the second one from answering; the others and the suite go on."""
    r = t.run(t.machine(cpus=4, mem="256M",
                        append=f"fail=cpu_start:2 test=s*.* nonce={t.env.nonce}"), limit=240, idle=60)
    t.expect_equal(cpus_that_run(r), 3, "CPUs that run")
    t.expect_text(r, r"^SMP: CPU 2 \(APIC id 2, node 0\) did not start within \d+ ms, left out")
    results, problems = ktap.judge(r.text, r.how, t.env.nonce)
    t.expect(not problems, f"{problems}")
    t.expect(all(one.how != "fail" for one in results), "a case failed")


@case
def cpus_that_only_the_tables_know_are_left_out(t):
    """A MADT with two CPUs more than the machine has, one of them listed twice, one not enabled."""
    table = f.madt([f.madt_cpu(0), f.madt_cpu(1), f.madt_cpu(77), f.madt_cpu(77), f.madt_cpu(3, 0)])
    tag, blob = tables(table)
    r = start(t, f.block(f.cmdline(""), f.mmap(MAP), tag), "check", "poweroff",
              blobs=[(TABLES, blob)], cpus=2)
    t.expect_how(r, "pass")
    t.expect_equal(cpus_that_run(r), 2, "CPUs that run")
    t.expect_text(r, "APIC id 77, node 0.* did not start", "^CHECK ok")
    t.expect_no_text(r, "APIC id 3")


@case
def without_a_local_apic_there_is_one_cpu(t):
    """The 8254 ticks, the suite of one CPU passes."""
    r = t.run(t.machine(cpu="max,-apic", append=f"test=machine.* nonce={t.env.nonce}"))
    t.expect_how(r, "pass")
    t.expect_no_text(r, "^SMP:", "^Local APIC")


@case
def a_panic_stops_the_others_and_is_told_whole(t):
    """All other CPUs print without end; the panic's lines are not cut up, the status is right."""
    for _ in range(3):
        r = t.run(t.machine(cpus=4, append="test=broken.panics_while_others_print"))
        t.expect_how(r, "panic")
        t.expect_text(r, "^(# )?Kernel panic: on purpose$", "^(# )?Call trace:")
        after = r.text[r.text.index("Kernel panic: on purpose"):]
        t.expect("chatter" not in after, "another CPU went on printing")
