#!/usr/bin/env python3
"""Runs every verb that speaks to machines and holds its output against the published schemas.

    check_outputs.py BACKSTAY

Each check is a sentence; the first that does not hold ends the run with exit 1.
"""
import copy
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.parse

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMAS = ROOT / "docs" / "schemas"
ELSEWHERE = {"notice", "set", "status-everywhere", "together"}  # tests/e2e/notify_test.sh, many_hosts_test.sh, many_hosts_through_test.sh
FAILING = sorted((ROOT / "tests" / "golden" / "diagnostics").glob("fail-*.stay"))


def closed(schema):
    """The schema with no fields allowed but those that it names."""
    schema = copy.deepcopy(schema)

    def close(node):
        if isinstance(node, dict):
            if "properties" in node and node.get("type") == "object":
                node["additionalProperties"] = False
            for value in node.values():
                close(value)
        elif isinstance(node, list):
            for value in node:
                close(value)

    close(schema)
    return schema


def fail(what):
    print(f"FAILED: {what}", file=sys.stderr)
    sys.exit(1)


class Program:
    def __init__(self, backstay, folder):
        self.backstay = backstay
        self.folder = folder
        self.env = dict(os.environ, NO_COLOR="1", LC_ALL="C.UTF-8",
                        BACKSTAY_CONFIG_DIR=f"{folder}/config", BACKSTAY_STATE_DIR=f"{folder}/state")
        self.used = set()

    def run(self, *arguments, code=0):
        done = subprocess.run([self.backstay, *map(str, arguments)], cwd=self.folder, env=self.env,
                              capture_output=True, timeout=120, check=False)
        codes = code if isinstance(code, tuple) else (code,)
        if done.returncode not in codes:
            fail(f"exit {done.returncode} instead of {codes}: {arguments}\n{done.stderr.decode()}")
        return done.stdout.decode()

    def validated(self, schema, text, what):
        self.used.add(schema)
        rules = json.loads((SCHEMAS / f"{schema}.schema.json").read_text())
        jsonschema.Draft202012Validator.check_schema(rules)
        document = json.loads(text)
        for error in jsonschema.Draft202012Validator(closed(rules)).iter_errors(document):
            best = jsonschema.exceptions.best_match([error])
            fail(f"{what}: {schema} at {best.json_path}: {best.message[:400]}")
        return document

    def json(self, schema, *arguments, code=0):
        return self.validated(schema, self.run(*arguments, "--format", "json", code=code), arguments)


def check_findings(program):
    found = 0
    for sample in FAILING:
        document = program.json("findings", "check", sample, code=(0, 2))
        found += len(document["findings"])
    if found < len(FAILING) / 2:
        fail(f"{found} findings of {len(FAILING)} failing samples")
    cycle = ROOT / "tests/golden/diagnostics/fail-order-cycle.stay"
    both = program.json("findings", "check", cycle, cycle, code=2)
    one = program.json("findings", "check", cycle, code=2)
    if both != one:
        fail("what two policies share is there twice")
    missing = program.json("findings", "check", "nowhere.stay", code=1)
    if len(missing["failures"]) != 1:
        fail("a file that cannot be read is no failure")


def check_sarif(program):
    rules = json.loads((pathlib.Path(__file__).parent / "sarif-schema-2.1.0.json").read_text())
    validator = jsonschema.Draft4Validator(rules, format_checker=jsonschema.FormatChecker())
    with_fixes = 0
    with_related = 0
    results = 0
    for sample in FAILING:
        name = os.path.relpath(sample, program.folder)
        log = json.loads(program.run("check", "--format", "sarif", name, code=(0, 2)))
        for error in validator.iter_errors(log):
            fail(f"{sample.name}: SARIF at {list(error.path)}: {error.message[:400]}")
        run = log["runs"][0]
        driver_rules = run["tool"]["driver"]["rules"]
        results += len(run["results"])
        for result in run["results"]:
            if driver_rules[result["ruleIndex"]]["id"] != result["ruleId"]:
                fail("ruleIndex is not that of ruleId")
            with_fixes += "fixes" in result
            with_related += "relatedLocations" in result
            for place in result["locations"] + result.get("relatedLocations", []):
                check_artifact(place["physicalLocation"]["artifactLocation"], run)
        for rule in driver_rules:
            if not rule["help"]["markdown"].startswith(f"# {rule['id']}: "):
                fail(f"{rule['id']} has no page")
    if results < len(FAILING) / 2:
        fail(f"{results} results of {len(FAILING)} failing samples")
    if with_fixes == 0 or with_related < 10:
        fail(f"{with_fixes} results with fixes, {with_related} with related locations")
    check_fingerprints(program)
    check_suppressions(program)


def check_suppressions(program):
    """What a policy allows is there, accepted with its reason."""
    sample = ROOT / "tests/golden/diagnostics/fail-dst-gap.stay"
    file = program.folder / "allowed.stay"
    file.write_text(sample.read_text() + '\nallow BST0403 on schedule nightly because "late once" until 2099-01-01\n')
    log = json.loads(program.run("check", "--format", "sarif", file.name))
    accepted = [result for result in log["runs"][0]["results"] if "suppressions" in result]
    if len(accepted) != 1 or not accepted[0]["suppressions"][0]["justification"].startswith("late once"):
        fail(f"an allowed finding is not suppressed: {log['runs'][0]['results']}")


def check_artifact(artifact, run):
    parts = urllib.parse.urlsplit(artifact["uri"])
    if not re.fullmatch(r"[A-Za-z0-9\-._~/!$&'()*+,;=@%]*", parts.path):
        fail(f"no URI: {artifact['uri']}")
    base = artifact.get("uriBaseId")
    if (base is None) != (parts.scheme == "file") or (base and base not in run["originalUriBaseIds"]):
        fail(f"neither relative to a base nor absolute: {artifact}")


def check_fingerprints(program):
    """The same finding after lines were put above it has the same fingerprint, another one has not."""
    text = (ROOT / "tests/golden/diagnostics/fail-order-cycle.stay").read_text()
    file = program.folder / "a policy.stay"

    def prints(content):
        file.write_text(content)
        log = json.loads(program.run("check", "--format", "sarif", file.name, code=2))
        results = log["runs"][0]["results"]
        if results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] != "a%20policy.stay":
            fail("a blank in a name is not escaped")
        return sorted(result["partialFingerprints"]["backstayFinding/v1"] for result in results)

    before = prints(text)
    moved = prints(text.replace("\nhost ", "\n# a line more\n\nsite elsewhere\n\nhost ", 1))
    if not set(before) <= set(moved):
        fail("fingerprints change when lines move")
    if len(set(moved)) != len(moved):
        fail("two findings have one fingerprint")


def check_init(program):
    """A machine below a directory of its own, with something of every kind."""
    root = program.folder / "machine"
    (root / "etc/keystone").mkdir(parents=True)
    (root / "var/lib/mysql/mysql").mkdir(parents=True)
    (root / "etc/systemd/system").mkdir(parents=True)
    (root / "etc/systemd/system/keystone.service").write_text("")
    (root / "etc/keystone/keystone.conf").write_text("[database]\nconnection = mysql://k:secret@db1/keystone\n")
    seen = program.json("host", "init", "--root", root)
    if not seen["units"] or not seen["servers"] or seen["connections"][0]["host"] != "db1":
        fail(f"init saw too little: {seen}")
    if "secret" in json.dumps(seen):
        fail("init tells a password")


def check_languages_verbs(program):
    before = ROOT / "examples/03-merge-request/before.stay"
    after = ROOT / "examples/03-merge-request/after.stay"
    policy = ROOT / "examples/02-controller/controller.stay"
    if not program.json("diff", "diff", before, after)["changes"]:
        fail("the merge request changes nothing")
    program.json("diff", "plan", after, "--against", before)
    runs = program.json("simulation", "simulate", policy, "--days", "120", "--outage", "10d")
    if not any(run["missed"] for run in runs["backups"][0]["runs"]):
        fail("an outage misses no run")
    program.json("test-results", "test", ROOT / "examples/02-controller/controller.test.stay")
    check_failing_test(program)
    codes = program.json("explanation", "explain")["findings"]
    for code in codes:
        program.json("explanation", "explain", code["code"])
    verdict = program.json("explanation", "explain", "/var/lib/nova/instances/x", policy)
    if verdict["selected"] or not verdict["holders"][0]["excepts"]:
        fail("the instances are selected")
    fires = program.json("explanation", "explain", "nightly", policy)["fires"]
    if len(fires) != 400:
        fail(f"{len(fires)} fires of a nightly schedule in 400 days")
    plan = program.run("plan", policy, "--format", "yaml")
    step = re.search(r'id: "(archive[^"]*)"', plan).group(1)
    program.json("explanation", "explain", step, policy)


def check_failing_test(program):
    program.run("plan", ROOT / "examples/01-quickstart/quickstart.stay", "-o", "unused.yaml")
    shutil.copy(ROOT / "examples/01-quickstart/quickstart.stay", program.folder / "quickstart.stay")
    (program.folder / "quickstart.test.stay").write_text(
        'language 1\nimport "./quickstart.stay"\n\ntest "nothing" {\n    selects /nowhere\n}\n')
    results = program.json("test-results", "test", "quickstart.test.stay", code=1)
    if results["failed"] != 1 or not results["files"][0]["tests"][0]["failures"][0]["found"]:
        fail("a failing test does not say what was found")


DRILL = """
drill practice {
    restore all services from local into sandbox
    expect file /var/tmp/backstay-quickstart/etc/notes/notes.conf
}
"""


def check_drill(program, plan, folder):
    program.json("preview", "drill", plan, "--dry-run", "--into", folder / "sandbox")
    report = program.json("run", "drill", plan, "--into", folder / "sandbox")
    if {part["status"] for part in report["components"]} != {"drilled"}:
        fail(f"a drill whose components are not drilled: {report['components']}")
    record = folder / "store/records" / report["snapshot"] / "drill-1.json"
    program.validated("evidence", record.read_text(), "the evidence of a drill")
    if program.json("status", "status", plan)["backups"][0]["newest"]["state"] != "drilled":
        fail("the status does not know of the drill")
    if program.json("snapshots", "list", plan)["snapshots"][0]["state"] != "drilled":
        fail("the list does not know of the drill")
    program.run("hold", "add", plan, "latest", "because", "a test looks at it")
    if len(program.json("holds", "hold", "list", plan)["holds"]) != 1:
        fail("hold list does not show the hold")
    if len(program.json("prune", "prune", plan, "--dry-run")["points"]) != 2:
        fail("prune does not decide about two points")


def check_running_verbs(program):
    folder = program.folder / "service"
    folder.mkdir()
    subprocess.run([ROOT / "examples/01-quickstart/make-service", folder], check=True,
                   stdout=subprocess.DEVNULL)
    policy = (ROOT / "examples/01-quickstart/quickstart.stay").read_text()
    policy += DRILL
    (folder / "quickstart.stay").write_text(policy.replace("/var/tmp/backstay-quickstart", str(folder)))
    plan = folder / "quickstart.plan.yaml"
    program.run("-q", "plan", folder / "quickstart.stay", "-o", plan)
    program.run("-q", "store", "init", plan)
    program.json("preview", "run", plan, "--dry-run")
    program.json("run", "run", plan)
    check_events(program, program.run("run", plan, "--format", "jsonl"))
    if len(program.json("snapshots", "list", plan)["snapshots"]) != 2:
        fail("not two snapshots")
    if not program.json("status", "status", plan)["backups"][0]["safe"]:
        fail("a backup that was just made is not safe")
    check_drill(program, plan, folder)
    program.json("catalogue-runs", "catalogue", "runs")
    program.json("catalogue-snapshots", "catalogue", "snapshots")
    program.json("catalogue-calls", "catalogue", "calls")
    program.json("catalogue-rebuild", "catalogue", "rebuild", plan)
    check_report(program, plan)
    if len(program.json("runs", "logs")["runs"]) < 3:
        fail("not two runs")
    program.json("run", "logs", "latest")
    entries = program.json("files", "ls", plan, "latest")["entries"]
    if {"kind", "type"} - set().union(*entries):
        fail("ls shows no file, or nothing but files")
    for level in "012":
        program.json("verification", "verify", plan, "--level", level)
    if not program.json("store-check", "store", "check", plan)["intact"]:
        fail("a new store is not intact")
    if not any(each["area"] == "sources" for each in program.json("doctor", "doctor", plan, code=6)["findings"]):
        fail("the doctor does not look at the sources")
    check_changes(program, folder, plan)
    if len(program.json("status", "status", plan)["backups"]) != 1:
        fail("the status does not show the backup")
    if len([run for run in program.json("runs", "logs")["runs"] if run["what"] == "backup"]) != 3:
        fail("not three runs")
    program.json("run", "logs", "latest")
    program.json("part", "run", plan, "--set", "one", "--phase", "1")
    if program.json("part", "run", plan, "--set", "one", "--finish")["report"]["status"] != "verified":
        fail("a part of a set is not verified")
    program.json("preview", "restore", plan, "--dry-run", "--to", folder / "beside")
    program.json("run", "restore", plan, "--to", folder / "beside")
    check_way_back(program, plan)
    check_schedules(program, plan)
    check_sets(program, plan)


def check_report(program, plan):
    report = program.json("report", "report", plan)
    if not program.run("status", plan).endswith(report["answer"] + "\n") and "Everything is safe" not in report["answer"]:
        fail(f"the report answers otherwise than the status: {report['answer']}")
    states = {wall["days"][-1]["state"] for wall in report["coverage"][0]["components"]}
    if states != {"verified"} or len(report["runs"]) != 2 or not report["restores"][0]["services"]:
        fail(f"the report shows no runs, drills or coverage: {states}")


def check_way_back(program, plan):
    """A restore in place, undone; and one, committed; each looked at first."""
    for way in ("undo", "commit"):
        program.run("-q", "restore", plan, "--component", "notes.etc", "--in-place", "--yes")
        look = program.json("way-back", "restore", f"--{way}", "latest", "--dry-run")
        if look["what"] != f"{way}-preview" or look["nothing"] or not look["done"]:
            fail(f"the preview of --{way} shows nothing: {look}")
        done = program.json("way-back", "restore", f"--{way}", "latest")
        if done["what"] != way or done["nothing"] or not done["done"] or done["left"]:
            fail(f"--{way} does not say what it did: {done}")
        if not program.json("way-back", "restore", f"--{way}", "latest")["nothing"]:
            fail(f"--{way} twice is not nothing")


def check_schedules(program, plan):
    schedules = program.json("schedules", "schedule", "list", plan)["schedules"]
    if [(each["run_by"], each["outcome"]) for each in schedules] != [("nobody", "verified")]:
        fail(f"not one backup that ran by hand: {schedules}")
    if not schedules[0]["next"] or not schedules[0]["last"]:
        fail("no instant of the next or the last run")


def check_sets(program, plan):
    """What a machine ran on all hosts: the newest lacks one, an older one is whole."""
    backup = program.json("status", "status", plan)["backups"][0]
    for name, started, exit_code in (("older", "2026-01-01T00:00:00Z", 0), ("newer", "2026-01-02T00:00:00Z", 3)):
        record = {"schema_version": 1, "set": name, "what": "backup", "policy": backup["policy"], "backup": backup["backup"],
                  "plan_digest": "", "started": started, "finished": started, "complete": exit_code == 0,
                  "members": [{"host": "here", "reached": True, "exit": 0, "status": "verified", "snapshot": "one", "failed": [], "message": ""},
                              {"host": "there", "reached": True, "exit": exit_code, "status": "partial", "snapshot": "two", "failed": [], "message": ""}]}
        (program.folder / "state" / "sets" / name).mkdir(parents=True)
        (program.folder / "state" / "sets" / name / "set.json").write_text(json.dumps(record))
    sets = program.json("sets", "list", plan, "--sets")["sets"]
    if [(each["set"], each["complete"], each["lacks"]) for each in sets] != [("newer", False, ["there"]), ("older", True, [])]:
        fail(f"the sets are not told as they are: {sets}")
    if "lacks there (partial)" not in program.run("list", plan, "--sets"):
        fail("a set does not say which host it lacks")
    told = program.json("status", "status", plan, "--check", code=6)["sets"]
    if "newer lacks there" not in told[0]["problem"] or "complete one is older" not in told[0]["problem"]:
        fail(f"the status does not know the newest set: {told}")
    shutil.rmtree(program.folder / "state" / "sets")


def check_changes(program, folder, plan):
    """The two runs saw the same files; then one came, one that no UTF-8 names."""
    if program.json("changes", "changes", plan)["changes"]:
        fail("something changed between two runs over the same files")
    tree = next(path for path in sorted(folder.rglob("*")) if path.is_file() and "etc" in path.parts)
    (tree.parent / os.fsdecode(b"new \xff")).write_text("new")
    program.run("-q", "run", plan)
    changes = program.json("changes", "changes", plan)["changes"]
    if [change["kind"] for change in changes if "new" in change["path"]] != ["added"]:
        fail(f"a file that came is not told: {changes}")


def check_events(program, text):
    lines = text.splitlines()
    for line in lines[:-1]:
        program.validated("event", line, "run --format jsonl")
    last = json.loads(lines[-1])
    program.validated("run" if "run" in last else "event", lines[-1], "the last line of run --format jsonl")


def main():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="backstay-outputs.", dir="/var/tmp"))
    program = Program(os.path.abspath(sys.argv[1]), folder)
    try:
        check_findings(program)
        check_sarif(program)
        check_init(program)
        check_languages_verbs(program)
        check_running_verbs(program)
    finally:
        subprocess.run(["chmod", "-R", "u+w", folder], check=False)
        shutil.rmtree(folder, ignore_errors=True)
    published = {path.name.removesuffix(".schema.json") for path in SCHEMAS.glob("*.schema.json")}
    if published - ELSEWHERE != program.used:
        fail(f"schemas that no output was held against: {sorted(published - ELSEWHERE - program.used)}")
    print(f"{len(program.used)} schemas and SARIF 2.1.0: every output is as described")
    return 0


if __name__ == "__main__":
    sys.exit(main())
