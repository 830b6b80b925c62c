# SPDX-License-Identifier: MIT
"""web.py - `make web`: the page that boots the kernel in a browser, and the modules that read its memory.

The tests themselves are tests/web/*.mjs. They need node, the packages of tools/web/package-lock.json
and, for the page, Chromium; what is not there is said, and the case counts as skipped."""

import os
import shutil
import subprocess
import threading

from case import Result, case

LIMIT = 900  # seconds
NO_PACKAGES = "web: npm could not fetch"
BIOS = os.path.join(os.environ.get("SEABIOS", "/usr/share/seabios"), "bios.bin")
PREPARING = threading.Lock()  # npm works in one folder: one at a time


def missing(*commands):
    """The first of the commands that this machine does not have; None: it has all."""
    return next((c for c in commands if not shutil.which(c)), None)


def make(target):
    """Returns: the finished process of `make target`, which is no part of the make that runs us."""
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    env["BUSY"] = "1"  # other machines run beside it
    return subprocess.run(["make", "--no-print-directory", target], env=env, capture_output=True,
                          text=True, timeout=LIMIT, check=False)


def check(t, target, last_line, *commands):
    """make target ends well and says so, unless something that it needs is not there."""
    lacks = missing("node", "npm", "gdb", *commands) or \
        (None if os.path.exists(BIOS) else "seabios")
    if lacks:
        t.results.append(Result(t.name, "skip", f"no {lacks} here"))
        return
    with PREPARING:
        done = make("web")
    if done.returncode == 0:
        done = make(target)
    if NO_PACKAGES in done.stderr:
        t.results.append(Result(t.name, "skip", "npm's packages cannot be had here"))
        return
    t.expect(done.returncode == 0 and last_line in done.stdout.splitlines(),
             f"make {target}: {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-2000:]}")


@case
def what_is_read_is_what_the_kernel_prints(t):
    """In node: free lists, zones, pagesets, slabs, pages, mappings of three machines."""
    check(t, "test-web-decode", "PASS decode")


@case
def the_page_works_in_a_browser(t):
    """In Chromium: prompt, pictures, buttons, steps, the slider, the keyboard; nothing leaves it."""
    check(t, "test-web-page", "PASS page", "chromium")
