#!/usr/bin/env python3
"""kill -9 at every failpoint of the real program (a test build): at its first pass in a first run, in an
incremental one and in one that cleans up, and at as many other passes by chance as --count says
(0: at every pass)."""

import random
from collections import Counter

import real_store


def passes(host):
    """Every pass of every failpoint of one run: [(name, number)]."""
    log = f"{host.base}/points"
    open(log, "w").close()
    code, output = host.run(env={"BACKSTAY_FAILPOINT_LOG": log})
    if code != 0:
        raise real_store.Violation(f"a clean run: exit {code}: {output}")
    with open(log) as file:
        counted = Counter(file.read().split())
    if not counted:
        raise real_store.Violation("no failpoint was passed: is this a test build?")
    return [(name, number) for name in sorted(counted) for number in range(1, counted[name] + 1)]


def main():
    options = real_store.arguments(__doc__, 300)
    choose = random.Random(options.seed)
    base = real_store.scratch()
    host = real_store.Host(options.program, base, seed=options.seed)
    host.prepare()
    empty = real_store.Template(host)
    points = {"first": passes(host)}
    host.change()
    filled = real_store.Template(host)
    host.change()
    points["incremental"] = passes(host)
    filled.bring_back()
    host.run(env={"BACKSTAY_FAILPOINT": "store.commit.rename:1:kill"})
    half_done = real_store.Template(host)
    points["recovery"] = passes(host)
    templates = {"first": empty, "incremental": filled, "recovery": half_done}
    known = {}
    for phase, template in templates.items():
        template.bring_back()
        known[phase] = host.look({})
    trials = [(phase, *point) for phase in templates for point in points[phase]]
    if options.count:
        firsts = [one for one in trials if one[2] == 1]
        others = [one for one in trials if one[2] != 1]
        trials = firsts + choose.sample(others, min(options.count, len(others)))
    killed, violations = 0, []
    for phase, name, number in trials:
        templates[phase].bring_back()
        try:
            host.change()
            code, _ = host.run(env={"BACKSTAY_FAILPOINT": f"{name}:{number}:kill"})
            killed += code == -9
            host.next_run_needs_no_help(host.look(known[phase]))
        except real_store.Violation as problem:
            violations.append(f"{phase} killed at {name}:{number}: {problem}")
    for template in templates.values():
        template.drop()
    real_store.remove(base)
    names = {name for _, name, _ in trials}
    # How often a place is passed differs a little between runs; few must be missed.
    if killed < len(trials) * 9 // 10:
        violations.append(f"only {killed} of {len(trials)} kills came about")
    real_store.report(
        f"kill -9 at failpoints: {killed} kills at {len(names)} failpoints, of "
        f"{len(points['first'])} passes in a first run, {len(points['incremental'])} in an "
        f"incremental one, {len(points['recovery'])} in one that cleans up", violations)


if __name__ == "__main__":
    main()
