#!/usr/bin/env python3
"""kill -9 at random system calls of the release program and of what it starts: in a first run, in an
incremental one, and while the next run cleans up after one that was killed."""

import random

import real_store


def count_calls(tools, host):
    """How many system calls a clean run makes."""
    counted = f"{host.base}/calls"
    code, output = host.run(before=[f"{tools}/at_syscall", "--calls", counted])
    with open(counted) as file:
        calls = int(file.read() or 0)
    if code != 0 or calls == 0:
        raise real_store.Violation(f"a clean run under ptrace: exit {code}, {calls} calls: {output}")
    return calls


def kill_at(tools, host, number):
    return host.run(before=[f"{tools}/at_syscall", "--kill", str(number)])[0]


def main():
    options = real_store.arguments(__doc__, 300)
    choose = random.Random(options.seed)
    base = real_store.scratch()
    host = real_store.Host(options.program, base, seed=options.seed)
    host.prepare()
    empty = real_store.Template(host)
    before = {"first": {}}
    first_calls = count_calls(options.tools, host)
    host.change()
    filled = real_store.Template(host)
    before["incremental"] = before["recovery"] = host.look({})
    violations, killed, main_killed, calls = [], 0, 0, {"first": first_calls}
    host.change()
    calls["incremental"] = count_calls(options.tools, host)
    calls["recovery"] = calls["incremental"]
    for trial in range(options.count):
        phase = ("first", "incremental", "recovery")[trial % 3]
        number = choose.randrange(1, calls[phase] + 1)
        (empty if phase == "first" else filled).bring_back()
        try:
            known = before[phase]
            host.change()
            if phase == "recovery":
                kill_at(options.tools, host, choose.randrange(calls[phase] // 2, calls[phase]))
                known = host.look(known)
            code = kill_at(options.tools, host, number)
            killed += code != 0
            main_killed += code == 137
            known = host.look(known)
            host.next_run_needs_no_help(known)
        except real_store.Violation as problem:
            violations.append(f"trial {trial}, {phase} killed at call {number}: {problem}")
    for template in (empty, filled):
        template.drop()
    real_store.remove(base)
    real_store.report(
        f"kill -9 at system calls: {options.count} trials from seed {options.seed} in three phases of "
        f"{calls['first']}, {calls['incremental']} and {calls['recovery']} calls; {main_killed} killed "
        f"the program, {killed - main_killed} a child or a run that then failed", violations)


if __name__ == "__main__":
    main()
