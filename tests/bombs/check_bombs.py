#!/usr/bin/env python3
"""Policies and plans made to hurt: each must end in findings (or be just fine), soon and in little memory.

    check_bombs.py BACKSTAY [NAME…]     run all bombs, or those named

Memory is held against 256 MiB. Time is not judged: a limit of CPU seconds ends what hangs.
"""
import hashlib
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile

MOST_MEMORY = 256 << 20
HANG = 30  # CPU seconds; a bomb takes well under one where nothing else runs and no sanitizer looks on
MOST_OUTPUT = 8 << 20

HEAD = "language 1\npolicy bomb\n\nzone UTC\n\n"
REST = """
host here

target local {
    directory /srv/backup on here
}

retention standard {
    daily 7
    at-least 3
}

backup everything {
    cover all services
    to local keep standard
}
"""
APP = "service app {\n    on here\n    path /srv/app as data\n%s\n}\n"
BOMBS = []


def bomb(expected, verb="check"):
    """A function that writes files and returns the entry's name. expected: codes, all of which must
    be found; none: it must pass; `refused`: an error in words."""
    def add(function):
        BOMBS.append((function.__name__.replace("_", "-"), function, expected, verb))
        return function
    return add


def entry(folder, text):
    (folder / "entry.stay").write_text(text)
    return "entry.stay"


def with_facts(folder, facts, more=""):
    return entry(folder, HEAD + REST + more + APP % facts)


# --- text -----------------------------------------------------------------------------------------


@bomb(["BST0011"])
def deep_blocks(folder):
    return entry(folder, "a {" * 300_000)


@bomb(["BST0001"])
def deep_vectors(folder):
    return entry(folder, HEAD + "notify x {\n    command " + "[" * 900_000 + "\n}\n")


@bomb(["BST0007"])
def closing_braces(folder):
    return entry(folder, "}" * 1_000_000)


@bomb(["BST0010"])
def too_large(folder):
    return entry(folder, "#" * ((1 << 20) + 1))


@bomb(["BST0102"])
def one_line(folder):
    return entry(folder, HEAD + "needs " + "a, " * 340_000 + "a\n")


@bomb(["BST0009"])
def one_word(folder):
    return entry(folder, HEAD + "host " + "a" * 1_000_000 + "\n")


@bomb(["BST0003"])
def bad_escapes(folder):
    return entry(folder, HEAD + 'test "' + "\\q" * 500_000 + '"\n')


@bomb([])
def one_comment(folder):
    return entry(folder, HEAD + REST + APP % "" + "#" * 1_000_000 + "\n")


@bomb(["BST0101"])
def half_a_million_facts(folder):
    return entry(folder, HEAD + REST + APP % "" + "a\n" * 523_000)


@bomb(["BST0004"])
def control_characters(folder):
    return entry(folder, "\x01" * 1_000_000)


@bomb(["BST0101"])
def a_file_of_nothing_but_words_that_are_nearly_right(folder):
    return entry(folder, HEAD + "servise x {\n}\n" * 60_000)


# --- imports --------------------------------------------------------------------------------------


def library(folder, name, text):
    (folder / f"{name}.stay").write_text(f"language 1\nlibrary {name}\n{text}")


@bomb(["BST0126"])
def wide_imports(folder):
    for number in range(400):
        library(folder, f"l{number}", "")
    return entry(folder, HEAD + "".join(f'import "./l{n}.stay"\n' for n in range(400)))


@bomb(["BST0126"])
def deep_imports(folder):
    for number in range(40):
        library(folder, f"l{number}", f'import "./l{number + 1}.stay"\n')
    return entry(folder, HEAD + 'import "./l0.stay"\n')


@bomb(["BST0125"])
def imports_of_each_other(folder):
    everyone = "".join(f'import "./l{n}.stay"\n' for n in range(12))
    for number in range(12):
        library(folder, f"l{number}", everyone)
    return entry(folder, HEAD + everyone)


@bomb(["BST0126"])
def a_lattice_of_imports(folder):
    for number in range(250):
        library(folder, f"l{number}",
                "".join(f'import "./l{n}.stay"\n' for n in range(number + 1, min(number + 9, 250))))
    return entry(folder, HEAD + 'import "./l0.stay"\n')


@bomb([])
def one_import_many_times(folder):
    library(folder, "l", "")
    return entry(folder, HEAD + REST + APP % "" + 'import "./l.stay"\n' * 50_000)


@bomb(["BST0124"])
def endless_import(folder):
    os.symlink("/dev/zero", folder / "zero.stay")
    return entry(folder, HEAD + 'import "./zero.stay"\n')


# --- names and lists ------------------------------------------------------------------------------


@bomb(["BST0013"])
def a_billion_hosts(folder):
    return entry(folder, HEAD + "hosts node[1-1000000000] {\n}\n")


@bomb(["BST0013"])
def a_product_of_hosts(folder):
    return entry(folder, HEAD + "hosts a[1-1000]b[1-1000] {\n}\n")


@bomb(["BST0013"])
def a_long_product_of_hosts(folder):
    return entry(folder, HEAD + "hosts " + "a[1-2]" * 64 + " {\n}\n")


@bomb(["BST0013"])
def numbers_of_hosts_beyond_all_bounds(folder):
    return entry(folder, HEAD + "hosts a[1-" + "9" * 10_000 + "] {\n}\n")


@bomb(["BST0013"])
def many_lists_of_hosts(folder):
    return entry(folder, HEAD + "".join(f"hosts h{n}-[1-9999] {{\n}}\n" for n in range(30_000)))


@bomb(["BST0130"])
def unknown_names_near_known_ones(folder):
    services = "".join(f"service service-number-{n:05} {{\n    on heer\n    path /srv/{n} as d\n"
                       f"    needs service-numbre-{n:05}\n}}\n" for n in range(9_000))
    return entry(folder, HEAD + REST + services)


@bomb(["BST0131"])
def one_name_many_times(folder):
    return entry(folder, HEAD + REST + "site x\n" * 140_000)


@bomb(["BST0133"])
def profiles_in_a_ring(folder):
    return entry(folder, HEAD + "".join(f"profile p{n} from p{(n + 1) % 30_000} {{\n}}\n"
                                        for n in range(30_000)))


@bomb(["BST0128"])
def profiles_that_multiply(folder):
    facts = "".join(f"    except /srv/{n} because \"x\"\n" for n in range(10_000))
    services = "".join(f"service s{n} from big {{\n}}\n" for n in range(20_000))
    return entry(folder, HEAD + REST + "profile big {\n    on here\n" + facts + "}\n" + services)


@bomb(["BST0128"])
def a_path_on_every_host_of_a_fleet(folder):
    lists = ", ".join(f"r{n}-[1-4096]" for n in range(15))
    hosts = "".join(f"hosts r{n}-[1-4096] {{\n    user backup\n}}\n" for n in range(15))
    services = "".join(f"service s{n} {{\n    on fleet\n    path /srv/{n} as d\n}}\n" for n in range(100))
    return entry(folder, HEAD + REST + hosts + f"group fleet {{\n    members {lists}\n}}\n" + services)


@bomb(["BST0128"])
def all_services_in_every_backup(folder):
    services = "".join(f"service s{n} {{\n    on here\n    path /srv/{n} as d\n}}\n" for n in range(9_000))
    backups = "".join(f"backup b{n} {{\n    cover all services\n    to local keep standard\n}}\n"
                      for n in range(4_000))
    return entry(folder, HEAD + REST + services + backups)


@bomb(["BST0128"])
def all_services_in_every_promise(folder):
    services = "".join(f"service s{n} {{\n    on here\n    path /srv/{n} as d\n}}\n" for n in range(9_000))
    promises = "require all services {\n    copies 1\n}\n" * 8_000
    return entry(folder, HEAD + REST + services + promises)


# --- paths ----------------------------------------------------------------------------------------


@bomb(["BST0310"])
def tangled_patterns(folder):
    pattern = "/srv/app" + "/**/a" * 30
    facts = "".join(f'    except {pattern}/**/b{n}/* because "x"\n' for n in range(400))
    return with_facts(folder, facts)


@bomb([])
def question_marks(folder):
    facts = "".join(f'    except /srv/app/**/{"?" * n}a{"?" * (200 - n)} because "x"\n'
                    for n in range(200))
    return with_facts(folder, facts)


@bomb(["BST0305"])
def everybody_owns_everything(folder):
    services = "".join(f"service s{n} {{\n    on here\n    path /srv\n}}\n" for n in range(18_000))
    return entry(folder, HEAD + REST + services)


@bomb(["BST0305"])
def a_path_in_a_path_in_a_path(folder):
    facts, path = "", ""
    for number in range(1_000):
        path += "/a"
        facts += f"    path {path} as c{number}\n"
    return with_facts(folder, facts)


@bomb(["BST0310"])
def a_path_of_one_megabyte(folder):
    return with_facts(folder, "    path " + "/a" * 500_000)


@bomb(["BST0303"])
def many_redundant_exceptions(folder):
    facts = "".join(f'    except /srv/app/cache/x{n} because "x"\n' for n in range(14_000))
    return with_facts(folder, '    except /srv/app/cache because "made again"\n' + facts)


# --- time -----------------------------------------------------------------------------------------


def scheduled(folder, schedules, names, rpo=""):
    backups = "".join(f"backup b{n} {{\n    cover app\n    run {name}\n    to local keep standard\n}}\n"
                      for n, name in enumerate(names))
    base = REST[:REST.index("backup everything")]
    return entry(folder, HEAD + base + APP % "" + schedules + backups + rpo)


@bomb(["BST0407"])
def schedules_that_never_fire(folder):
    schedules = "".join(f'schedule n{n} {{\n    calendar "*-02-30 {n % 24:02}:{n % 60:02}"\n    window 1h\n}}\n'
                        for n in range(8_000))
    return scheduled(folder, schedules, [f"n{n}" for n in range(3_000)])


@bomb([])
def a_calendar_of_one_megabyte(folder):
    schedule = 'schedule n {\n    calendar "*-*-* ' + ",".join(["00"] * 300_000) + ':00"\n    window 1h\n}\n'
    return scheduled(folder, schedule, ["n"])


@bomb(["BST0410"])
def schedules_that_fire_every_second(folder):
    schedules = "".join(f'schedule n{n} {{\n    calendar "*-*-* *:*:{n % 60:02}"\n    window 1s\n}}\n'
                        for n in range(4_000))
    return scheduled(folder, schedules, [f"n{n}" for n in range(4_000)])


@bomb(["BST0410"])
def promises_about_schedules_that_fire_every_minute(folder):
    schedules = "".join(f'schedule n{n} {{\n    calendar "*-*-* *:{n % 60:02}/1:00"\n    window 1m\n}}\n'
                        for n in range(200))
    return scheduled(folder, schedules, [f"n{n}" for n in range(200)],
                     "require all services {\n    rpo 1m tolerates 1000\n    history 4w\n}\n")


@bomb(["BST0609"])
def promises_of_many_lengths(folder):
    schedules = "".join(f'schedule n{n} {{\n    calendar "*-*-* *:0/5:{n:02}"\n    window 1m\n}}\n'
                        for n in range(18))
    promises = "".join(f"require app {{\n    history {400 + n}d\n}}\n" for n in range(3_000))
    return scheduled(folder, schedules, [f"n{n}" for n in range(18)], promises)


@bomb([])
def a_retention_that_keeps_everything(folder):
    base = REST.replace("daily 7\n    at-least 3", "last 1000000\n    hourly 1000000\n    all-for 4000w")
    base = base.replace("cover all services", "cover all services\n    run often")
    return entry(folder, HEAD + base + APP % "" +
                 'schedule often {\n    calendar "*-*-* *:*:00"\n    window 1s\n}\n'
                 "require all services {\n    rpo 1h\n    history 52w\n}\n")


@bomb("refused", "simulate")
def a_simulation_that_keeps_everything(folder):
    return a_retention_that_keeps_everything(folder)


@bomb(["BST0701"])
def services_in_a_ring(folder):
    count = 9_000
    services = "".join(f"service s{n} {{\n    on here\n    path /srv/{n} as d\n    needs s{(n + 1) % count}\n}}\n"
                       for n in range(count))
    return entry(folder, HEAD + REST + services)


@bomb(["BST0701"])
def services_that_all_need_each_other(folder):
    everyone = ", ".join(f"s{n}" for n in range(350))
    services = "".join(f"service s{n} {{\n    on here\n    path /srv/{n} as d\n    needs {everyone}\n}}\n"
                       for n in range(350))
    return entry(folder, HEAD + REST + services)


# --- plans ----------------------------------------------------------------------------------------


def plan_of(folder, content):
    text = "plan: 1\nlanguage: 1\n" + content
    digest = hashlib.sha256(text.encode()).hexdigest()
    (folder / "bomb.plan.yaml").write_text(f'{text}digest: "sha256:{digest}"\n')
    return "bomb.plan.yaml"


@bomb("refused", "show")
def a_plan_in_a_plan_in_a_plan(folder):
    return plan_of(folder, "backups: " + "[" * 400_000 + "]" * 400_000 + "\n")


@bomb("refused", "show")
def a_plan_of_nested_maps(folder):
    return plan_of(folder, "".join(" " * n + "a:\n" for n in range(1_400)))


@bomb("refused", "show")
def a_plan_of_a_billion_laughs(folder):
    lines = 'a0: &a0 ["lol"]\n'
    for n in range(1, 30):
        lines += f"a{n}: &a{n} [" + ", ".join([f"*a{n - 1}"] * 10) + "]\n"
    return plan_of(folder, lines + "backups: *a29\n")


@bomb("refused", "show")
def a_plan_of_aliases(folder):
    return plan_of(folder, 'backups:\n  - &b\n    backup: &s [{x: 1}, ' + "*s, " * 200_000 + "*s]\n" + "  - *b\n" * 50_000)


# --- running --------------------------------------------------------------------------------------


def is_sanitized(program):
    symbols = pathlib.Path(program).read_bytes()
    return b"__asan_init" in symbols


def run(program, folder, name, expected, verb):
    sanitized = is_sanitized(program)

    def limit():
        resource.setrlimit(resource.RLIMIT_CPU, (HANG * (4 if sanitized else 1), HANG * 5))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if not sanitized:
            resource.setrlimit(resource.RLIMIT_AS, (2 * MOST_MEMORY, 2 * MOST_MEMORY))

    with open(folder / "output", "wb") as output, open(folder / "errors", "wb") as errors:
        child = subprocess.Popen([program, "-q", verb, name], cwd=folder, stdout=output, stderr=errors,
                                 preexec_fn=limit)
        _, status, usage = os.wait4(child.pid, 0)
    code = os.waitstatus_to_exitcode(status)
    size = (folder / "output").stat().st_size
    text = (folder / "output").read_text(errors="replace")[:MOST_OUTPUT]
    said = (folder / "errors").read_text(errors="replace")[:2_000]
    problems = []
    wanted = {2} if has_error(text) or expected else {0}
    if expected == "refused":
        wanted = {1, 2, 7}
        if not said.startswith("error: "):
            problems.append(f"no error: {said[:200]}")
    elif expected and code == 0:
        wanted = {0}  # warnings alone
    if code not in wanted:
        problems.append(f"exit {code}: {said[:400]}{text[-300:]}")
    for each in expected if expected != "refused" else []:
        if f"[{each}]" not in text:
            problems.append(f"{each} is not found: {text[:300]}")
    if usage.ru_maxrss * 1024 > MOST_MEMORY * (8 if sanitized else 1):
        problems.append(f"{usage.ru_maxrss >> 10} MiB of memory")
    if size > MOST_OUTPUT:
        problems.append(f"{size >> 20} MiB of output")
    spent = usage.ru_utime + usage.ru_stime
    return problems, f"{spent:.2f} s, {usage.ru_maxrss >> 10} MiB, {size >> 10} KiB said"


def has_error(text):
    return "error[BST" in text


def main():
    program = os.path.abspath(sys.argv[1])
    failed = 0
    for name, write, expected, verb in BOMBS:
        if sys.argv[2:] and name not in sys.argv[2:]:
            continue
        folder = pathlib.Path(tempfile.mkdtemp(prefix="backstay-bomb.", dir="/var/tmp"))
        try:
            problems, measured = run(program, folder, write(folder), expected, verb)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        failed += bool(problems)
        print(f"{'FAILED' if problems else 'ok    '} {name}: {'; '.join([measured, *problems])}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
