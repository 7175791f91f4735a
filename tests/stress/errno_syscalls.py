#!/usr/bin/env python3
"""Errors of random system calls of the release program and of what it starts, those that deal with
files, once or from then on: the run fails with an exit code of its own, or was right to succeed."""

import random
import subprocess

import real_store

ERRORS = ("ENOSPC", "EIO", "EDQUOT", "EMFILE", "ENOMEM", "EINTR", "EROFS", "EACCES", "ESTALE")


def main():
    options = real_store.arguments(__doc__, 300)
    choose = random.Random(options.seed)
    base = real_store.scratch()
    host = real_store.Host(options.program, base, seed=options.seed)
    host.prepare()
    host.must("run", host.plan)
    host.change()
    template = real_store.Template(host)
    before = host.look({})
    counted = f"{base}/calls"
    tracer = [f"{options.tools}/at_syscall", "--io"]
    code, output = host.run(before=[*tracer, "--calls", counted])
    with open(counted) as file:
        calls = int(file.read() or 0)
    violations, failures = [], 0
    if code != 0 or calls == 0:
        violations.append(f"a clean run under ptrace: exit {code}: {output}")
    for trial in range(options.count):
        number, error = choose.randrange(1, calls + 1), choose.choice(ERRORS)
        # An interrupted call is repeated: not for ever.
        forever = ["--forever"] if trial % 3 == 0 and error != "EINTR" else []
        template.bring_back()
        try:
            host.change()
            code, output = host.run(before=[*tracer, *forever, "--errno", error, str(number)], timeout=60)
            failures += code != 0
            # 127: the program itself could not be loaded.
            if code < 0 or code > 127:
                raise real_store.Violation(f"it died of it, exit {code}: {output[-300:]}")
            known = host.look(before)
            if code == 0 and len(known) != len(before) + 2:
                raise real_store.Violation("success was reported and a snapshot is missing")
            host.next_run_needs_no_help(known)
        except (real_store.Violation, subprocess.TimeoutExpired) as problem:
            violations.append(f"trial {trial}, {error} at call {number}{' on' if forever else ''}: {problem}")
    template.drop()
    real_store.remove(base)
    real_store.report(
        f"errno at system calls: {options.count} of {calls} calls from seed {options.seed}, "
        f"{len(ERRORS)} errors; {failures} reported as failures, the others rightly as success",
        violations)


if __name__ == "__main__":
    main()
