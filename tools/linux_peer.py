# SPDX-License-Identifier: MIT
"""linux_peer.py - a Linux to compare with: fetched or built, and booted with our benchmarks.

Two peers, both 6.1 for i386 with PAE:
  debian  the image that Debian ships (linux-image-686-pae), the module built with its headers
  lean    built once from Debian's linux-source-6.1: tinyconfig and bench/linux/lean.config
Packages come through apt, from the archives that this machine trusts already, with lists and cache
in build/linux/: nothing is installed, nothing outside that folder changes. Owns build/linux/."""

import glob
import os
import re
import shutil
import subprocess

import cpio
import machine

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
SOURCES = os.path.join(HERE, "bench")
PEERS = ("lean", "debian")
TITLES = {"lean": "Linux 6.1 lean", "debian": "Linux 6.1 Debian 686-pae"}
CROSS = os.environ.get("CROSS_COMPILE") or "i686-linux-gnu-"
# No tick but the periodic one, which the module can mask; nothing random in the layout.
COMMAND_LINE = ("console=ttyS0 quiet loglevel=7 printk.time=0 panic=-1 mitigations=off init_on_alloc=0 "
                "transparent_hugepage=never nokaslr nohz=off highres=off")
ENDS = 240  # seconds after which a boot is given up


class PeerError(Exception):
    """The peer cannot be had here; the text says why."""


def run(*command, cwd=None, quiet=True):
    """Run a command; PeerError with its last words when it fails. Returns: its output."""
    done = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace", check=False)
    if done.returncode:
        raise PeerError(f"{' '.join(command)}\n" + "\n".join(done.stdout.split("\n")[-15:]))
    if not quiet:
        print(done.stdout, end="")
    return done.stdout


# --- packages --------------------------------------------------------------------------------

class Apt:
    """apt with lists and cache of its own, for i386 beside this machine's architecture."""

    def __init__(self, folder):
        self.state = os.path.join(folder, "apt")
        self.debs = os.path.join(folder, "deb")
        native = run("dpkg", "--print-architecture").strip()
        for part in ("lists/partial", "cache/archives/partial"):
            os.makedirs(os.path.join(self.state, part), exist_ok=True)
        os.makedirs(self.debs, exist_ok=True)
        open(os.path.join(self.state, "status"), "a", encoding="ascii").close()
        self.native = native
        self.trouble = ""  # what apt complained about
        self.options = [word for option in (
            "APT::Architecture=i386", "APT::Architectures::=i386", f"APT::Architectures::={native}",
            f"Dir::State={self.state}", f"Dir::State::status={self.state}/status",
            f"Dir::State::lists={self.state}/lists", f"Dir::Cache={self.state}/cache",
            "APT::Sandbox::User=root", "Acquire::Languages=none") for word in ("-o", option)]

    def update(self):
        """Get the lists. A part that cannot be had may be one that nobody needs here."""
        print("bench: asking apt for the packages of i386 (lists in build/linux)", flush=True)
        done = subprocess.run(["apt-get", *self.options, "-q", "update"], capture_output=True,
                              text=True, errors="replace", check=False)
        self.trouble = "".join(line + "\n" for line in done.stderr.split("\n")
                               if line.startswith(("E:", "W: Failed")))

    def depends(self, package):
        text = run("apt-cache", *self.options, "depends", package)
        return re.findall(r"Depends: (\S+)", text)

    def version(self, package):
        found = re.search(r"Candidate: (\S+)", run("apt-cache", *self.options, "policy", package))
        if not found or found[1] == "(none)":
            raise PeerError(f"{self.trouble}apt knows no package {package}: the peer needs Debian's "
                            "archive (bookworm) among this machine's sources, and the network")
        return found[1]

    def download(self, *packages):
        for old in glob.glob(os.path.join(self.debs, "*")):
            os.remove(old)
        print("bench: fetching " + " ".join(packages), flush=True)
        run("apt-get", *self.options, "-q", "download", *packages, cwd=self.debs)

    def unpack(self, into):
        for deb in sorted(glob.glob(os.path.join(self.debs, "*.deb"))):
            run("dpkg-deb", "-x", deb, into)


def packages_of(apt, peer):
    """What to fetch for a peer, versions that go together."""
    if peer == "lean":
        return ["busybox-static", "linux-source-6.1"]
    image, = apt.depends("linux-image-686-pae")
    version = apt.version(image)
    flavour = image.replace("linux-image-", "linux-headers-")
    return ["busybox-static", image, f"{flavour}={version}",
            flavour.replace("-686-pae", "-common") + f"={version}",
            f"linux-kbuild-6.1:{apt.native}={version}"]


def fetch(folder, peer):
    """The peer's packages, unpacked. Returns: the folder that stands for their '/'."""
    root = os.path.join(folder, "root-" + peer)
    if not os.path.exists(root):
        apt = Apt(os.path.join(folder, "packages-" + peer))
        apt.update()
        apt.version("linux-source-6.1" if peer == "lean" else "linux-image-686-pae")
        shutil.rmtree(root + ".part", ignore_errors=True)
        apt.download(*packages_of(apt, peer))
        apt.unpack(root + ".part")
        os.rename(root + ".part", root)
        shutil.rmtree(apt.debs)
    return root


# --- kernels and the module ------------------------------------------------------------------

def kbuild(folder, *words):
    run("make", "-s", "-C", folder, "ARCH=i386", "CROSS_COMPILE=" + CROSS, *words)


def debian_tree(root):
    """Where modules for Debian's image are built: the headers' absolute paths are mended first."""
    tree, = glob.glob(os.path.join(root, "usr/src/linux-headers-*-686-pae"))
    makefile = os.path.join(tree, "Makefile")
    with open(makefile, encoding="utf-8") as f:
        text = f.read()
    mended = re.sub(r"^include .*?/usr/src/", f"include {root}/usr/src/", text, flags=re.M)
    if mended != text:
        with open(makefile, "w", encoding="utf-8") as f:
            f.write(mended)
    return tree


def configure_lean(source, out):
    kbuild(source, "O=" + out, "tinyconfig")
    fragment = os.path.join(SOURCES, "linux", "lean.config")
    run("scripts/kconfig/merge_config.sh", "-m", "-O", out, os.path.join(out, ".config"), fragment,
        cwd=source)
    kbuild(source, "O=" + out, "olddefconfig")
    with open(fragment, encoding="utf-8") as f:
        wanted = re.findall(r"^(CONFIG_\w+=.*)$", f.read(), re.M)
    with open(os.path.join(out, ".config"), encoding="utf-8") as f:
        lost = set(wanted) - set(f.read().split("\n"))
    if lost:
        raise PeerError(f"this Linux does not take {', '.join(sorted(lost))}")


def lean_tree(folder, root):
    """The lean kernel, built once. Returns: its build folder."""
    source, out = (os.path.join(folder, name) for name in ("source-lean", "build-lean"))
    if os.path.exists(os.path.join(out, "done")):
        return out
    print("bench: building the lean Linux in build/linux (once, some minutes)", flush=True)
    os.makedirs(source, exist_ok=True)
    run("tar", "-C", source, "--strip-components=1", "-xf",
        os.path.join(root, "usr/src/linux-source-6.1.tar.xz"))
    configure_lean(source, out)
    kbuild(source, "O=" + out, f"-j{os.cpu_count()}", "bzImage", "modules")
    open(os.path.join(out, "done"), "w", encoding="ascii").close()
    return out


def newest(folder):
    return max(os.path.getmtime(os.path.join(at, name)) for at, _, names in os.walk(folder)
               for name in names)


def build_module(tree, work):
    """Our sources as a module for the kernel of a tree. Returns: its path."""
    shutil.copytree(SOURCES, work, dirs_exist_ok=True)
    shutil.copy(os.path.join(SOURCES, "linux", "Kbuild"), work)
    kbuild(tree, "M=" + work, "modules")
    module = os.path.join(work, "bench.ko")
    run(CROSS + "strip", "-g", module)
    return module


def contents(path):
    with open(path, "rb") as f:
        return f.read()


def pack_initrd(busybox, module, initrd):
    """The archive that the kernel unpacks: busybox, the module, and init."""
    init = os.path.join(SOURCES, "linux", "init")
    members = [(folder, cpio.FOLDER) for folder in ("bin", "proc", "dev")]
    members += [("dev/console", cpio.DEVICE, b"", (5, 1))]
    members += [(name, cpio.FILE, contents(path)) for name, path in
                (("bin/busybox", busybox), ("bench.ko", module), ("init", init))]
    with open(initrd + ".part", "wb") as f:
        f.write(cpio.archive(members))
    os.rename(initrd + ".part", initrd)


class Peer:
    """A Linux that is ready to boot."""

    def __init__(self, name, kernel, config, vmlinux=None, busybox=None):
        self.name, self.title = name, TITLES[name]
        self.kernel, self.config, self.vmlinux, self.busybox = kernel, config, vmlinux, busybox
        self.initrd = None

    def version(self):
        text = run("file", "-b", self.kernel) if shutil.which("file") else ""
        found = re.search(r"version (\S+)", text)
        return found[1] if found else self.title

    def machine(self, mem, pattern, cpus=1, icount=False, cpu="max"):
        m = machine.Machine(
            mem=mem, cpus=cpus, cpu=cpu, kernel=self.kernel, initrd=self.initrd, icount=icount,
            append=f"{COMMAND_LINE} bench={pattern}", extra=["-rtc", "base=2026-01-01,clock=vm"])
        m.sockets = True
        return m

    def has(self, option):
        """Is a configuration option on (y)?"""
        with open(self.config, encoding="utf-8") as f:
            return f"\nCONFIG_{option}=y\n" in f.read()


def get(peer, folder):
    """Fetch, build, pack. folder: build/linux. Returns: a Peer. PeerError says what is missing."""
    folder = os.path.abspath(folder)
    if re.search(r"\s", folder):
        raise PeerError(f"Linux's makefiles need a path without blanks, not '{folder}'")
    os.makedirs(folder, exist_ok=True)
    root = fetch(folder, peer)
    try:
        return assemble(peer, folder, root)
    except (OSError, ValueError) as error:
        raise PeerError(f"{error}: {folder} is damaged; remove it and run this again") from error


def assemble(peer, folder, root):
    """The peer out of what was fetched. Returns: a Peer."""
    busybox = os.path.join(root, "bin/busybox")
    if peer == "lean":
        tree = lean_tree(folder, root)
        found = Peer(peer, os.path.join(tree, "arch/x86/boot/bzImage"),
                     os.path.join(tree, ".config"), os.path.join(tree, "vmlinux"), busybox)
    else:
        tree = debian_tree(root)
        image, = glob.glob(os.path.join(root, "boot/vmlinuz-*"))
        found = Peer(peer, image, image.replace("vmlinuz", "config"), None, busybox)
    work = os.path.join(folder, "module-" + peer)
    found.initrd = os.path.join(folder, peer + ".img")
    if not os.path.exists(found.initrd) or os.path.getmtime(found.initrd) < newest(SOURCES):
        pack_initrd(busybox, build_module(tree, work), found.initrd)
    return found
