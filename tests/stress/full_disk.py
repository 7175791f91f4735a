#!/usr/bin/env python3
"""A full disk at many fill levels, of bytes and of inodes, on a tmpfs and on ext4: the run fails with a
message that says so and leaves nothing, or succeeds; with space again the next one needs no help."""

import os
import subprocess

import real_store

DISK_MIB = 400
FLOOR_KIB = 8 << 10  # a run keeps so much free for itself


class SmallDisk:
    """A file system of its own at `place`."""

    def __init__(self, kind, inodes):
        self.kind = kind
        self.top = real_store.scratch("backstay-full.")
        self.place = f"{self.top}/place"
        os.mkdir(self.place)
        if kind == "tmpfs":
            self.sh("mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m,nr_inodes={inodes}", "tmpfs", self.place)
        else:
            with open(f"{self.top}/disk.img", "wb") as file:
                file.truncate(DISK_MIB << 20)
            self.sh("mkfs.ext4", "-q", "-F", "-N", str(inodes), f"{self.top}/disk.img")
            self.sh("mount", "-o", "loop", f"{self.top}/disk.img", self.place)

    @staticmethod
    def sh(*words):
        subprocess.run(words, check=True)

    def fill(self, free_kib):
        space = os.statvfs(self.place)
        size = space.f_bavail * space.f_frsize - (free_kib << 10)
        if size > 0:
            self.sh("fallocate", "-l", str(size), f"{self.place}/filler")

    def fill_inodes(self, free):
        os.makedirs(f"{self.place}/fillers", exist_ok=True)
        for number in range(max(0, os.statvfs(self.place).f_favail - free)):
            os.close(os.open(f"{self.place}/fillers/{number}", os.O_CREAT | os.O_WRONLY))

    def drain(self):
        real_store.remove(f"{self.place}/fillers")
        if os.path.exists(f"{self.place}/filler"):
            os.unlink(f"{self.place}/filler")

    def drop(self):
        self.sh("umount", self.place)
        real_store.remove(self.top)


def levels(count):
    """Free KiB, from too little for anything to enough: a run writes about 20 MiB to each store."""
    most = 64 << 10
    return [most * number // max(1, count - 1) for number in range(count)]


def one_level(disk, host, known):
    """Whether the run succeeded."""
    code, output = host.run()
    disk.drain()
    if code not in (0, 1, 3):
        raise real_store.Violation(f"exit {code}: {output[-400:]}")
    if code != 0 and not ("is full" in output or "No space" in output):
        raise real_store.Violation(f"the message does not say that the disk is full: {output[-600:]}")
    left = os.listdir(f"{host.place}/store/staging")
    if left:
        raise real_store.Violation(f"{left} is left in staging")
    host.look(known)
    return code == 0


def on(kind, options, violations):
    disk = SmallDisk(kind, 6000)
    base = real_store.scratch()
    failed = 0
    try:
        host = real_store.Host(options.program, base, disk.place, options.seed)
        host.prepare()
        host.must("run", host.plan)
        template = real_store.Template(host)
        known = host.look({})
        trials = [("KiB", free) for free in levels(options.count)]
        trials += [("inodes", free) for free in (0, 20, 60, 64, 70, 80, 90, 120)]
        for unit, free in trials:
            try:
                with open(f"{base}/source/fresh", "wb") as file:
                    file.write(host.random.randbytes(12 << 20))
                (disk.fill if unit == "KiB" else disk.fill_inodes)(free)
                failed += not one_level(disk, host, known)
                host.next_run_needs_no_help(known)
            except real_store.Violation as problem:
                violations.append(f"{kind}, {free} {unit} free: {problem}")
            disk.drain()
            template.bring_back()
        template.drop()
    finally:
        disk.drop()
        real_store.remove(base)
    return len(trials), failed


def main():
    real_store.in_mounts_of_its_own()
    options = real_store.arguments(__doc__, 20)
    violations, words = [], []
    for kind in ("tmpfs", "ext4"):
        trials, failed = on(kind, options, violations)
        words.append(f"{kind} {trials} levels of free bytes and inodes, {failed} runs failed")
        if not 0 < failed < trials:
            violations.append(f"{kind}: {failed} of {trials} failed: the levels prove nothing")
    real_store.report(f"full disk: {'; '.join(words)}", violations)


if __name__ == "__main__":
    main()
