#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""mkiso.py ISO KERNEL [ARGS [MODULE...]] - a bootable GRUB ISO with a kernel command line.

ARGS is split as a shell would (so run="a; b" is one word) and each word is quoted for GRUB."""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile

CONFIG = """set timeout=0
set default=0
serial --unit=0 --speed=115200
terminal_output serial console
menuentry "Quire" {{
{commands}	multiboot2 /boot/quire.elf {args}
{modules}	boot
}}
"""
GRUB_MODULES = "multiboot2 normal iso9660 biosdisk serial terminal mmap"


def words(args):
    """The command line's words, quotes taken off."""
    try:
        return shlex.split(args)
    except ValueError as error:
        sys.exit(f"the kernel's command line (APPEND={args}): {error}")


def grub_word(word):
    """GRUB's single quotes keep everything but a single quote."""
    if "'" in word:
        raise ValueError("a single quote cannot be passed through GRUB: " + word)
    return "'" + word + "'"


def make_iso(iso, kernel, args="", modules=(), commands=()):
    with tempfile.TemporaryDirectory() as tree:
        os.makedirs(tree + "/boot/grub")
        shutil.copy(kernel, tree + "/boot/quire.elf")
        lines = ""
        for i, module in enumerate(modules):
            shutil.copy(module, f"{tree}/boot/module{i}")
            lines += f"\tmodule2 /boot/module{i} module{i}\n"
        with open(tree + "/boot/grub/grub.cfg", "w", encoding="ascii") as config:
            config.write(CONFIG.format(args=" ".join(map(grub_word, words(args))),
                                       modules=lines,
                                       commands="".join(f"\t{c}\n" for c in commands)))
        # -d: of several installed GRUB platforms only the PC BIOS one goes in
        done = subprocess.run(
            ["grub-mkrescue", "-d", "/usr/lib/grub/i386-pc", "--install-modules=" + GRUB_MODULES,
             "--locales=", "--fonts=", "--themes=", "-o", iso, tree],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise RuntimeError("grub-mkrescue failed:\n" + done.stdout)


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    try:
        make_iso(sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else "", sys.argv[4:])
    except (RuntimeError, ValueError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
