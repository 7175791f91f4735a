#!/usr/bin/env python3
"""Keeps the tables of docs/standard-library.md true to stdlib/policies.

    standard_library.py            compare; exit 1 where the page is not what the files say
    standard_library.py --update   write the tables into the page

The page has `<!-- libraries: GLOB -->` … `<!-- end -->`; between them stands one section for each library
whose file matches. The files are in canonical form (a unit test sees to it): one fact a line, and a
line that ends in a comma goes on.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
POLICIES = ROOT / "stdlib" / "policies"
PAGE = ROOT / "docs" / "standard-library.md"
# A profile that only holds what others share is shown as a part of those.
SHARED = re.compile(r"(^|-)common$")
PODMAN = re.compile(r"(^|-)podman$")


class Block:
    """A declaration: its word, its head, its documentation, its facts in order."""

    def __init__(self, head, documentation):
        words = head.split()
        self.word, self.name = words[0], words[1]
        self.base = words[3] if len(words) > 3 else None
        self.documentation = " ".join(documentation)
        self.facts = []

    def all(self, *words):
        return [rest for word, rest in self.facts if word in words]


def read(path):
    """The comment at the top of a library, and its declarations."""
    head, blocks, documentation, fact = [], [], [], ""
    for line in path.read_text(encoding="utf-8").split("\n"):
        text = line.strip()
        if text.startswith("## "):
            documentation.append(text[3:])
        elif text.startswith("#"):
            if not blocks:
                head.append(text[2:])
        elif line.endswith(" {") and not line.startswith(" "):
            blocks.append(Block(text[:-2], documentation))
            documentation = []
        elif line.startswith("    ") and blocks:
            fact = (fact + " " + text).strip()
            if not fact.endswith(","):
                word, _, rest = fact.partition(" ")
                blocks[-1].facts.append((word, rest))
                fact = ""
    return "\n".join(head).split("\n\n")[0].replace("\n", " ").strip(), blocks


def code(text):
    return "`" + text.replace("|", "\\|") + "`"


def short_command(rest):
    """`["a", "b"] accepts 0, 1 within 60s` as `a b` (0, 1)."""
    vector = re.match(r"\[(.*?)\](.*)", rest)
    if not vector:
        return code(rest.split()[0]) + " (a parameter)"
    words = " ".join(re.findall(r'"((?:[^"\\]|\\.)*)"', vector.group(1)))
    if len(words) > 70:
        words = words[:67] + "…"
    accepts = re.search(r"accepts ([0-9, ]+)", vector.group(2))
    return code(words) + (f" ({accepts.group(1).strip()})" if accepts else "")


def keeps(profile):
    cells = []
    for rest in profile.all("database"):
        names = rest.rpartition(" on ")[0]
        cells.append("its databases" if names == "databases" else "database " + code(names))
    for rest in profile.all("sqlite"):
        cells.append(code(rest.split()[0]) + " (SQLite)")
    for rest in profile.all("export"):
        cells.append("what " + short_command(rest[rest.index("["):]) + " prints")
    for rest in profile.all("path"):
        cells.append(code(rest.split()[0]) + (" if it is there" if " optional" in rest else ""))
    for rest in profile.all("without"):
        cells.append("without " + code(rest))
    for rest in profile.all("replicate"):
        cells.append("copies: " + code(rest))
    return cells


def leaves_out(profile):
    cells = []
    for rest in profile.all("except", "unprotected"):
        path, _, because = rest.partition(" because ")
        cells.append(code(path) + ": " + because.strip('"'))
    return cells


def units(profile):
    cells = [code(unit.strip()) for rest in profile.all("units") for unit in rest.split(",")]
    for rest in profile.all("held"):
        cells.append(code(rest.split()[0]) + " held")
    if profile.all("quiesce"):
        cells.append("stopped while it is captured")
    return cells


def parameters(profile):
    cells = []
    for rest in profile.all("param"):
        name, kind = rest.split()[:2]
        default = rest.partition(" = ")[2]
        if default.startswith("["):
            default = short_command(default).strip("`")
        cells.append(code(f"{name} {kind}") + (" = " + code(default) if default else ""))
    return cells


def checks(profile):
    return [short_command(rest) for rest in profile.all("check")]


def row(library, profile, bases):
    name = profile.name if profile.name != library.split(".")[-1] else ""
    title = code(library + ("." + name if name else ""))
    if PODMAN.search(profile.name):
        return f"| {title} | as above, with `podman` and `/var/lib/containers/storage/volumes` | | | | | |"
    base = bases.get(profile.base)
    if base is not None and SHARED.search(base.name):
        profile.facts = base.facts + profile.facts
    elif base is not None:
        title += f"<br>as {code(base.name)}, and"
    cells = [title]
    for part in (keeps(profile), leaves_out(profile), [code(p) for p in profile.all("sealed-by")],
                 units(profile), checks(profile), parameters(profile)):
        cells.append("<br>".join(part))
    return "| " + " | ".join(cells) + " |"


def section(path):
    library = ".".join(path.relative_to(POLICIES).with_suffix("").parts)
    summary, blocks = read(path)
    lines = [f"### {library}", "", summary, ""]
    profiles = [b for b in blocks if b.word == "profile"]
    bases = {p.name: p for p in profiles}
    if profiles:
        lines += ["| profile | keeps | leaves out | sealed by | units | checks | parameters |",
                  "| --- | --- | --- | --- | --- | --- | --- |"]
        lines += [row(library, p, bases) for p in profiles if not SHARED.search(p.name)]
        needs = sorted({n.strip() for p in profiles for rest in p.all("needs") for n in rest.split(",")})
        if needs:
            lines += ["", "Starts after, where there is one: " + ", ".join(code(n) for n in needs) + "."]
    else:
        lines += ["| | name | says |", "| --- | --- | --- |"]
        for block in blocks:
            facts = ", ".join(code(f"{word} {rest}") for word, rest in block.facts)
            lines.append(f"| {block.word} | {code(block.name)} | {facts}: {block.documentation} |")
    return "\n".join(lines)


def fill(page):
    def tables(match):
        paths = sorted(POLICIES.glob(match.group(1)))
        if not paths:
            sys.exit(f"{PAGE.name}: no library matches {match.group(1)}")
        body = "\n\n".join(section(path) for path in paths)
        return f"<!-- libraries: {match.group(1)} -->\n\n{body}\n\n<!-- end -->"

    return re.sub(r"<!-- libraries: (\S+) -->\n.*?<!-- end -->", tables, page, flags=re.DOTALL)


def main():
    page = PAGE.read_text(encoding="utf-8")
    new = fill(page)
    shown = set(re.findall(r"^### (\S+)$", new, re.MULTILINE))
    for path in POLICIES.rglob("*.stay"):
        library = ".".join(path.relative_to(POLICIES).with_suffix("").parts)
        if library not in shown:
            sys.exit(f"{PAGE.name}: {library} is in no section")
    if sys.argv[1:] == ["--update"]:
        PAGE.write_text(new, encoding="utf-8")
    elif new != page:
        sys.exit(f"{PAGE.name} is not what stdlib/policies says: run {sys.argv[0]} --update")
    print(f"{PAGE.name}: {len(shown)} libraries")


if __name__ == "__main__":
    main()
