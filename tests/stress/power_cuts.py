#!/usr/bin/env python3
"""Power cuts: while runs go on in a store on a loop device, the image behind it is cloned, again and
again; each clone is what the disk held at that instant. It is mounted and looked at: only whole
snapshots, every one that was reported, and the next run needs no help; a disk that cannot be mounted
has lost everything. The control runs with every fsync removed and must lose commits: else the cuts
would prove nothing.

BACKSTAY_STRESS_FILESYSTEMS: which of ext4, xfs and btrfs (all). BACKSTAY_STRESS_KEEP: a directory that
keeps the images of disks that could not be mounted."""

import os
import random
import subprocess
import threading
import time

import real_store

IMAGE_BYTES = 400 << 20
HOST_BYTES = 24 << 30  # sparse: clones share their blocks
MAKE = {
    "ext4": ["mkfs.ext4", "-q", "-F"],
    "xfs": ["mkfs.xfs", "-q", "-f"],
    "btrfs": ["mkfs.btrfs", "-q", "-f"],
}


def sh(*words):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(words)}: {done.stdout}")
    return done.stdout


class Disk:
    """A file system with reflinks that holds the image, so that a clone of it is one instant."""

    def __init__(self, kind):
        self.kind = kind
        self.top = real_store.scratch("backstay-power.")
        self.lower = f"{self.top}/host"
        self.place = f"{self.top}/place"
        os.mkdir(self.lower)
        os.mkdir(self.place)
        with open(f"{self.top}/host.img", "wb") as file:
            file.truncate(HOST_BYTES)
        sh("mkfs.xfs", "-q", "-f", "-m", "reflink=1", f"{self.top}/host.img")
        # What clones no longer need goes back to the memory that holds this.
        sh("mount", "-o", "loop,discard", f"{self.top}/host.img", self.lower)
        self.image = f"{self.lower}/disk.img"

    def make(self):
        with open(self.image, "wb") as file:
            file.truncate(IMAGE_BYTES)
        sh(*MAKE[self.kind], self.image)
        self.mount(self.image)

    def mount(self, image):
        # XFS refuses two of the same UUID, and the disk that was cut may still be there.
        sh("mount", "-o", "loop,nouuid" if self.kind == "xfs" else "loop", image, self.place)

    def unmount(self):
        sh("umount", self.place)

    def clone(self, name):
        sh("cp", "--reflink=always", self.image, name)

    def drop(self):
        for place in (self.place, self.lower):
            subprocess.run(["umount", place], stderr=subprocess.DEVNULL, check=False)
        real_store.remove(self.top)


class Cutter(threading.Thread):
    """Clones the image at random moments until it is told to stop, and keeps `most` of the clones, each
    moment with the same chance."""

    def __init__(self, disk, choose, known, most):
        super().__init__()
        self.disk, self.choose, self.known, self.most = disk, choose, known, most
        self.ended = threading.Event()
        self.taken = 0
        self.cuts = []

    def run(self):
        while self.most > 0 and not self.ended.is_set():
            time.sleep(self.choose.uniform(0, 0.02))
            name = f"{self.disk.lower}/cut-{self.taken}.img"
            # What was reported before the cut must be in it; what is reported later may be.
            known = dict(self.known)
            self.disk.clone(name)
            self.taken += 1
            if len(self.cuts) < self.most:
                self.cuts.append((name, known))
                continue
            place = self.choose.randrange(self.taken)
            dropped = name
            if place < self.most:
                dropped = self.cuts[place][0]
                self.cuts[place] = (name, known)
            os.unlink(dropped)


def one_round(disk, host, choose, most, env):
    """A few runs with cuts among them, the last right after success was reported."""
    disk.make()
    for name in ("store", "second", "state", "config"):
        os.makedirs(f"{host.place}/{name}", exist_ok=True)
    host.must("store", "init", host.plan)
    known = {}
    cutter = Cutter(disk, choose, known, most - 1)
    cutter.start()
    for _ in range(3):
        host.change()
        code, output = host.run(env=env)
        if code != 0:
            cutter.ended.set()
            cutter.join()
            raise real_store.Violation(f"without any fault, exit {code}: {output[-600:]}")
        for store in host.stores():
            newest = max(os.listdir(f"{store}/snapshots"))
            known[store, newest] = real_store.bytes_of(f"{store}/snapshots/{newest}")
    # Reported, and the power is gone at once.
    last = f"{disk.lower}/cut-last.img"
    disk.clone(last)
    cutter.ended.set()
    cutter.join()
    disk.unmount()
    return cutter.cuts + [(last, dict(known))]


def look_at(disk, host, cut, known):
    """What is wrong after this cut; None: nothing."""
    keep = os.environ.get("BACKSTAY_STRESS_KEEP")
    try:
        disk.mount(cut)
    except RuntimeError as problem:
        if keep:
            sh("cp", "--sparse=always", cut, f"{keep}/{disk.kind}-{os.getpid()}-{os.path.basename(cut)}")
        os.unlink(cut)
        return f"the disk cannot be mounted any more (see dmesg): {problem}"
    try:
        code, output = host.call("store", "init", host.plan)
        if code != 0:
            return f"the store cannot be opened: {output[-300:]}"
        after = host.look(known)
        host.next_run_needs_no_help(after)
        return None
    except real_store.Violation as problem:
        return str(problem)
    finally:
        disk.unmount()
        os.unlink(cut)


def cut_power(options, kind, count, env, most):
    """(cuts, after a reported success, violations) on one kind of file system."""
    choose = random.Random(f"{options.seed} {kind}")
    disk = Disk(kind)
    base = real_store.scratch()
    host = real_store.Host(options.program, base, disk.place, options.seed)
    host.hard_to_compress = True
    cuts, after_success, violations = 0, 0, []
    try:
        disk.make()
        host.prepare()
        disk.unmount()
        while cuts < count:
            taken = one_round(disk, host, choose, min(most, count - cuts + 1), env)
            for image, known in taken[-(count - cuts):]:
                cuts += 1
                after_success += image.endswith("last.img")
                wrong = look_at(disk, host, image, known)
                if wrong:
                    violations.append(f"{kind}, cut {cuts}: {wrong}")
    finally:
        disk.drop()
        real_store.remove(base)
    return cuts, after_success, violations


def main():
    real_store.in_mounts_of_its_own()
    options = real_store.arguments(__doc__, 300)
    kinds = os.environ.get("BACKSTAY_STRESS_FILESYSTEMS", "ext4 xfs btrfs").split()
    words, violations = [], []
    no_sync = {"LD_PRELOAD": f"{options.tools}/libno_sync.so"}
    for kind in kinds:
        cuts, after_success, wrong = cut_power(options, kind, options.count, {}, 20)
        violations += wrong
        controls = max(3, options.count // 20)
        control = cut_power(options, kind, controls, no_sync, 1)
        if not control[2]:
            violations.append(f"{kind}: without fsync nothing was lost: the cuts prove nothing")
        words.append(f"{kind} {cuts} cuts ({after_success} right after a reported success; without "
                     f"fsync {len(control[2])} of {control[0]} lose the commit)")
    real_store.report(f"power cuts from seed {options.seed}: {'; '.join(words)}", violations)


if __name__ == "__main__":
    main()
