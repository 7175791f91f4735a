#!/usr/bin/env python3
"""2 to 16 processes at once: runs of six policies into the same two stores, stopped, continued and
killed at random. Never two runs of one policy at a time, nothing visible is damaged, and a last run of
each needs no help."""

import os
import random
import signal
import subprocess
import sys
import time

import real_store

BUSY = 11
POLICIES = 6
# A hook of each run: no other may hold the policy's lock.
GUARD = """#!/bin/sh
# guard FILE LOCK: the process that ran this last must not hold the policy's lock any more, or be this
# one's own. Another policy's run may run the hook of a killed one: it holds another lock.
run=$(awk '/^PPid/ { print $2 }' /proc/$$/status)
now="$run $(cut -d' ' -f22 /proc/$run/stat)"
before=$(cat "$1" 2>/dev/null)
inode=$(stat -c %i $2)
if [ -n "$before" ] && [ "$before" != "$now" ] && grep -q "FLOCK .* ${before% *} [^ ]*:$inode " /proc/locks; then
  echo "two runs at once: $before and $now" >>"$1.violations"
fi
echo "$now" >"$1"
sleep 0.05
"""


class Crowd:
    def __init__(self, options, base):
        self.choose = random.Random(options.seed)
        self.base = base
        self.hosts = []
        for number in range(POLICIES):
            own = f"{base}/{number}"
            os.makedirs(own)
            host = real_store.Host(options.program, own, base, options.seed + number, f"stress{number}")
            host.prepare_with_guard(f"{base}/guard", f"{base}/holder{number}")
            self.hosts.append(host)
        self.live = []
        self.ends = {}
        self.stopped = 0
        self.killed = 0
        self.started = 0

    def start(self):
        host = self.choose.choice(self.hosts)
        process = subprocess.Popen([host.program, "run", host.plan], env=host.env,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, start_new_session=True)
        self.live.append(process)
        self.started += 1

    def disturb(self):
        process = self.choose.choice(self.live)
        what = self.choose.random()
        if what < 0.3:
            process.send_signal(signal.SIGSTOP)
            self.stopped += 1
        elif what < 0.95:
            process.send_signal(signal.SIGCONT)
        else:
            process.kill()
            self.killed += 1

    def reap(self, violations):
        for process in list(self.live):
            if process.poll() is None:
                continue
            output = process.stdout.read().decode(errors="replace")
            self.live.remove(process)
            self.ends[process.returncode] = self.ends.get(process.returncode, 0) + 1
            if process.returncode not in (0, BUSY, -signal.SIGKILL):
                violations.append(f"a run ended with {process.returncode}: {output[-500:]}")

    def finish(self, violations):
        until = time.monotonic() + 120
        while self.live and time.monotonic() < until:
            for process in self.live:
                process.send_signal(signal.SIGCONT)
            time.sleep(0.05)
            self.reap(violations)
        if self.live:
            violations.append(f"{len(self.live)} runs hang")
            for process in self.live:
                process.kill()


def guard_can_fail(base):
    """The control: two processes at once are noticed."""
    holder = ("import fcntl, os, subprocess, sys, time\n"
              "lock = open(f'{sys.argv[1]}/lock', 'w')\n"
              "fcntl.flock(lock, fcntl.LOCK_SH)  # as if it excluded nobody\n"
              "subprocess.run(['sh', f'{sys.argv[1]}/guard', f'{sys.argv[1]}/control', lock.name])\n"
              "print('done', flush=True)\n"
              "sys.stdin.read()\n")
    both = []
    for _ in range(2):
        both.append(subprocess.Popen([sys.executable, "-c", holder, base], text=True,
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE))
        both[-1].stdout.readline()  # the next comes while this one holds its lock
    for one in both:
        one.communicate("")
    return os.path.exists(f"{base}/control.violations")


def main():
    options = real_store.arguments(__doc__, 500)
    base = real_store.scratch()
    violations = []
    with open(f"{base}/guard", "w") as file:
        file.write(GUARD)
    os.chmod(f"{base}/guard", 0o755)
    if not guard_can_fail(base):
        violations.append("the guard notices nothing: the trials prove nothing")
    crowd = Crowd(options, base)
    most = 0
    while crowd.started < options.count:
        wanted = crowd.choose.randrange(2, 17)
        while len(crowd.live) < wanted and crowd.started < options.count:
            crowd.start()
        most = max(most, len(crowd.live))
        for _ in range(crowd.choose.randrange(1, 60)):
            time.sleep(crowd.choose.uniform(0, 0.03))
            crowd.reap(violations)
            if crowd.live:
                crowd.disturb()
    crowd.finish(violations)
    for number, host in enumerate(crowd.hosts):
        if os.path.exists(f"{base}/holder{number}.violations"):
            with open(f"{base}/holder{number}.violations") as file:
                violations.append(file.read())
        try:
            host.look({})
            host.next_run_needs_no_help({})
        except real_store.Violation as problem:
            violations.append(str(problem))
    real_store.remove(base)
    real_store.report(
        f"concurrency: {crowd.started} runs of six policies into the same two stores, up to {most} at "
        f"once, from seed {options.seed}: {crowd.stopped} stopped and continued, {crowd.killed} killed; "
        f"ends {dict(sorted(crowd.ends.items()))} ({BUSY}: refused as busy)", violations)


if __name__ == "__main__":
    sys.exit(main())
