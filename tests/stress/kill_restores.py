#!/usr/bin/env python3
"""A restore in place and its way back, killed at every failpoint that the program itself says it passes.

Four ways for each engine, with the real servers: a restore is killed and repeated, then undone; killed and
undone at once; an undo is killed and repeated; a commit is killed and repeated. After each, every byte, row,
definition, grant and unit state is compared with what it has to be, and nothing may be left beside.

    kill_restores.py --program PROGRAM [--count N] [--seed S] [ENGINE…]

The list of failpoints is learnt from runs that are not killed. --count 0: each failpoint at its first, middle
and last pass, all four ways; else N of these trials an engine by chance, of as many names as can be."""

import argparse
import os
import random
import signal
import sys
from collections import Counter

import real_store
import restore_subjects

WAYS = ("repeat", "undo", "undo killed", "commit killed")


def passes(subject, *words):
    """Every failpoint that a command passes, at its first, middle and last pass: ["name:number"]."""
    log = f"{subject.base}/points"
    open(log, "w").close()
    code, output = subject.call(*words, env={"BACKSTAY_FAILPOINT_LOG": log})
    if code != 0:
        raise real_store.Violation(f"{' '.join(words)}, not killed: exit {code}: {output[-600:]}")
    with open(log) as file:
        counted = Counter(file.read().split())
    if not counted:
        raise real_store.Violation("no failpoint was passed: is this a test build?")
    return [f"{name}:{number}" for name in sorted(counted)
            for number in sorted({1, (counted[name] + 1) // 2, counted[name]})]


def learn(subject):
    """The trials: [(way, "name:number")]. Leaves the subject as bad as it was."""
    restore = passes(subject, *subject.restore)
    subject.is_now("good", "restored")
    undo = passes(subject, *subject.undo)
    subject.is_now("bad", "undone")
    subject.must(*subject.restore)
    commit = passes(subject, *subject.commit)
    subject.is_now("good", "committed")
    subject.nothing_left("the commit")
    subject.damage()
    subject.is_now("bad", "damaged again")
    points = {"repeat": restore, "undo": restore, "undo killed": undo, "commit killed": commit}
    return [(way, point) for way in WAYS for point in points[way]]


def choose(trials, count, dice):
    """So many trials, of as many different names and ways as can be."""
    if count == 0 or count >= len(trials):
        return trials
    dice.shuffle(trials)
    seen, chosen = Counter(), []
    while len(chosen) < count:
        one = min((trial for trial in trials if trial not in chosen),
                  key=lambda trial: (seen[trial[1].split(":")[0]], seen[trial[0]]))
        chosen.append(one)
        seen[one[1].split(":")[0]] += 1
        seen[one[0]] += 1
    return chosen


def undo_all(subject):
    """What was killed behind its end was whole, and its repetition is a restore of its own."""
    for one in subject.restores():
        subject.must("restore", "--undo", one, *subject.undo[3:])


def kill(subject, point, *words):
    """Whether it came about; how often a place is passed differs a little where threads work."""
    code, output = subject.call(*words, env={"BACKSTAY_FAILPOINT": f"{point}:kill"})
    if code not in (0, -signal.SIGKILL):
        raise real_store.Violation(f"not killed, exit {code}: {output[-600:]}")
    return code != 0


def attempt(subject, way, point):
    """One trial: the subject is bad before and after. Whether the kill came about."""
    if way in ("undo killed", "commit killed"):
        subject.must(*subject.restore)
        words = subject.undo if way == "undo killed" else subject.commit
        killed = kill(subject, point, *words)
        subject.must(*words)
        subject.is_now("bad" if way == "undo killed" else "good", f"{way} and repeated")
        subject.nothing_left(way)
        if way == "commit killed":
            subject.damage()
        return killed
    killed = kill(subject, point, *subject.restore)
    if killed:
        subject.half_way()
    if way == "repeat":
        subject.must(*subject.restore)
        subject.is_now("good", "killed and repeated")
        undo_all(subject)
    else:
        code, output = subject.call(*subject.undo)
        # Killed before the record was begun: there is no restore, and nothing was changed.
        if code != 0 and "has no restore" not in output:
            raise real_store.Violation(f"the undo failed, exit {code}: {output[-600:]}")
    subject.is_now("bad", "killed, repeated and undone" if way == "repeat" else "killed and undone")
    subject.nothing_left(f"killed and {'repeated, then ' if way == 'repeat' else ''}undone")
    return killed


def try_engine(name, options):
    """One line about one engine; its violations."""
    base = real_store.scratch(f"backstay-{name}.")
    subject = restore_subjects.SUBJECTS[name](options.program, base)
    violations, killed, trials, names = [], 0, [], set()
    try:
        subject.prepare()
        trials = learn(subject)
        names = {point.split(":")[0] for _, point in trials}
        known = len(trials)
        trials = choose(trials, options.count, random.Random(options.seed))
        for way, point in trials:
            try:
                killed += attempt(subject, way, point)
                subject.forget()
            except real_store.Violation as problem:
                violations.append(f"{name}, {way} at {point}: {problem}")
                break  # what comes after it would begin from something else
    finally:
        subject.end()
        real_store.remove(base)
    # How often a place is passed differs a little; few must be missed.
    if not violations and killed < len(trials) * 8 // 10:
        violations.append(f"{name}: only {killed} of {len(trials)} kills came about")
    print(f"{name}: {killed} kills, of {known} at {len(names)} failpoints", flush=True)
    return killed, names, violations


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("engines", nargs="*", metavar="ENGINE", help=", ".join(restore_subjects.SUBJECTS))
    parser.add_argument("--count", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--program", required=True, help="the program under test, a test build")
    parser.add_argument("--tools", help="not needed here")
    options = parser.parse_args()
    options.program = os.path.abspath(options.program)
    killed, names, violations = 0, set(), []
    for engine in options.engines or restore_subjects.HERE:
        more, found, wrong = try_engine(engine, options)
        killed += more
        names |= found
        violations += wrong
    real_store.report(f"restores killed at failpoints: {killed} kills, {len(names)} failpoints", violations)


if __name__ == "__main__":
    main()
