"""A host with sources, a policy and two stores, driven through the real program, and the oracle that
looks at them after a fault: only snapshots that pass level 2 are visible, those that were committed
have the same bytes, what was reported is there, and the next run needs no help."""

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))

POLICY = """language 1
policy {name}
zone UTC
host here

service app {{
    on here
    path {base}/source as files
    sqlite {base}/db/app.sqlite as db
    export definitions run ["cat", "{base}/definitions"] import ["true"]
{more}}}

target local {{
    directory {place}/store on here
    media disk
}}

target second {{
    directory {place}/second on here
    media tape
    deletable-by admin
}}

schedule nightly {{
    every day at 02:30
    window 15m
}}

retention standard {{
    daily 7
}}

backup app {{
    cover all services
    run nightly
    to local keep standard
    copy to second keep standard
}}
"""


class Violation(Exception):
    """What must never happen, happened."""


def arguments(what, count):
    # So that what is mounted is unmounted, also when somebody ends the program.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    parser = argparse.ArgumentParser(description=what)
    parser.add_argument("--count", type=int, default=count)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--program", required=True, help="the program under test")
    parser.add_argument("--tools", required=True, help="where at_syscall and libno_sync.so are")
    return parser.parse_args()


def in_mounts_of_its_own():
    """Begins again where nobody else sees what is mounted, nor holds it, and it ends with the process."""
    if "BACKSTAY_STRESS_OWN_MOUNTS" not in os.environ:
        os.environ["BACKSTAY_STRESS_OWN_MOUNTS"] = "1"
        os.execvp("unshare", ["unshare", "--mount", sys.executable, *sys.argv])


def report(line, violations):
    """The one line of a topic; ends the program."""
    for violation in violations[:5]:
        print("VIOLATION", violation)
    print(f"{line}: {len(violations)} violations", flush=True)
    sys.exit(1 if violations else 0)


def scratch(prefix="backstay-stress."):
    """A directory in memory where there is one: what is killed needs no disk."""
    return tempfile.mkdtemp(prefix=prefix, dir="/dev/shm" if os.path.isdir("/dev/shm") else "/var/tmp")


class Host:
    """Sources below `base`; both stores and the state directory below `place`."""

    def __init__(self, program, base, place=None, seed=1, name="stress"):
        self.program = program
        self.base = base
        self.place = place or base
        self.random = random.Random(seed)
        self.version = 0
        self.name = name
        self.more = ""  # further facts of the service
        self.hard_to_compress = False  # a store writes so much more
        self.plan = f"{base}/{name}.plan.yaml"
        self.env = {
            "PATH": os.environ["PATH"],
            "LC_ALL": "C.UTF-8",
            "NO_COLOR": "1",
            "BACKSTAY_CONFIG_DIR": f"{self.place}/config",
            "BACKSTAY_STATE_DIR": f"{self.place}/state",
        }

    def prepare(self):
        os.makedirs(f"{self.base}/source/deep/er", exist_ok=True)
        os.makedirs(f"{self.base}/db", exist_ok=True)
        os.makedirs(f"{self.place}/state", exist_ok=True)
        for number in range(40):
            with open(f"{self.base}/source/deep/file-{number}", "w") as file:
                file.write(f"content of {number}\n" * 100)
        os.link(f"{self.base}/source/deep/file-1", f"{self.base}/source/linked")
        os.symlink("linked", f"{self.base}/source/link")
        # Large enough to be cut into segments, and most often small when it is stored: a trial is soon
        # over.
        with open(f"{self.base}/source/large", "wb") as file:
            for _ in range(17 << 4):
                fresh = self.random.randbytes((64 if self.hard_to_compress else 4) << 10)
                file.write(fresh.ljust(64 << 10, b"x"))
        subprocess.run(["sqlite3", f"{self.base}/db/app.sqlite",
                        "CREATE TABLE t (n); INSERT INTO t VALUES (0);"], check=True)
        self.change()
        self.prepare_plan()

    def prepare_with_guard(self, guard, holder):
        lock = f"{self.place}/store/locks/{self.name}@*"
        self.more = f'    before-backup ["sh", "{guard}", "{holder}", "{lock}"]\n    after-backup ["sh", "{guard}", "{holder}", "{lock}"]\n'
        self.prepare()

    def prepare_plan(self):
        with open(f"{self.base}/{self.name}.stay", "w") as file:
            file.write(POLICY.format(base=self.base, place=self.place, name=self.name, more=self.more))
        self.must("plan", f"{self.base}/{self.name}.stay", "-o", self.plan)
        self.must("store", "init", self.plan)

    def change(self):
        """What a service does between two runs."""
        self.version += 1
        with open(f"{self.base}/source/deep/file-7", "w") as file:
            file.write(f"version {self.version}\n")
        with open(f"{self.base}/source/large", "r+b") as file:
            file.seek(self.random.randrange(16 << 20))
            file.write(self.random.randbytes(100))
        with open(f"{self.base}/definitions", "w") as file:
            file.write("definition\n" * 5000 + f"version {self.version}\n")

    def call(self, *words, before=(), env=None, **more):
        """Exit code (negative: signal) and output."""
        done = subprocess.run([*before, self.program, *words], env={**self.env, **(env or {})},
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace", **more)
        return done.returncode, done.stdout

    def must(self, *words):
        code, output = self.call(*words)
        if code != 0:
            raise Violation(f"exit {code}: {' '.join(words)}: {output[-600:]}")
        return output

    def run(self, **how):
        return self.call("run", self.plan, **how)

    def stores(self):
        return (f"{self.place}/store", f"{self.place}/second")

    def visible(self, store):
        """Ids that `list` shows in a store."""
        listed = json.loads(self.must("list", store, "--format", "json"))
        return sorted(one["id"] for one in listed["snapshots"])

    def committed(self):
        """All that is visible and passes level 2: (store, id) → what its bytes are."""
        found = {}
        for store in self.stores():
            names = self.visible(store)
            # All of them at once: a part that several share is decoded once.
            if names and self.call("verify", store, "--level", "2")[0] != 0:
                for name in names:
                    self.must("verify", store, name, "--level", "2")
                raise Violation(f"{store} as a whole does not pass level 2, each of its snapshots does")
            for name in names:
                found[store, name] = bytes_of(f"{store}/snapshots/{name}")
        return found

    def look(self, known):
        """The oracle, after a fault. What is committed now."""
        now = self.committed()
        for place, digest in known.items():
            if place not in now:
                raise Violation(f"{place[1]} was reported in {place[0]} and is lost")
            if now[place] != digest:
                raise Violation(f"{place[1]} in {place[0]} has other bytes than before")
        return now

    def next_run_needs_no_help(self, known):
        self.change()
        code, output = self.run()
        if code != 0:
            raise Violation(f"the next run needs help, exit {code}: {output[-600:]}")
        now = self.look(known)
        for store in self.stores():
            if not set(now) - set(known):
                raise Violation(f"the next run left no snapshot in {store}")
            left = os.listdir(f"{store}/staging")
            if left:
                raise Violation(f"{left} is left in {store}/staging")
        return now


def bytes_of(directory):
    """One hash over the names and bytes of a snapshot."""
    digest = hashlib.sha256()
    for top, directories, files in os.walk(directory):
        directories.sort()
        for name in sorted(files):
            digest.update(os.path.join(top, name)[len(directory):].encode(errors="surrogateescape"))
            with open(os.path.join(top, name), "rb") as file:
                digest.update(file.read())
    return digest.hexdigest()


class Template:
    """What a host's place was, to begin each trial with."""

    def __init__(self, host):
        self.host = host
        self.kept = tempfile.mkdtemp(prefix="kept.", dir=os.path.dirname(host.base))
        self.names = ("store", "second", "state", "config")
        for name in self.names:
            subprocess.run(["cp", "-a", f"{host.place}/{name}", f"{self.kept}/{name}"], check=True)

    def bring_back(self):
        for name in self.names:
            remove(f"{self.host.place}/{name}")
            subprocess.run(["cp", "-a", f"{self.kept}/{name}", f"{self.host.place}/{name}"], check=True)

    def drop(self):
        remove(self.kept)


def remove(path):
    subprocess.run(["chmod", "-R", "u+w", path], check=False, stderr=subprocess.DEVNULL)
    shutil.rmtree(path, ignore_errors=True)
