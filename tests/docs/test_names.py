#!/usr/bin/env python3
"""The tests that the tables of docs/testing.md name are there: sentences as names of cases, words as files."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLES = "## Scenarios of retention"
KNOWN = {"contract", "--confirm"}


def names() -> set:
    """Every sentence and file that is a test."""
    found = set()
    for path in (ROOT / "tests").rglob("*"):
        if path.suffix in (".cpp", ".txt"):
            text = path.read_text(encoding="utf-8")
            found.update(re.findall(r'TEST_CASE\(\s*"([^"]*)"', text))
            found.update(re.findall(r'backstay_e2e\(\w+ "([^"]*)"', text))
            found.update(re.findall(r'NAME "([^"]*)"', text))
        if path.suffix in (".cpp", ".sh"):
            found.add(path.stem)
            found.add(path.stem.removesuffix("_test"))
    return found


def main() -> int:
    text = (ROOT / "docs/testing.md").read_text(encoding="utf-8")
    tables = text[text.index(TABLES):]
    there = names()
    named = set()
    for line in tables.split("\n"):
        cells = line.split("|")[2:] if line.startswith("|") else [line]
        for cell in cells:
            named.update(re.findall(r"`([^`]+)`", cell))
    named = {name for name in named - KNOWN if "," not in name or name in there or " " in name}
    missing = sorted(name for name in named if name not in there and not re.search(r"NAME_test|daily 7", name))
    for name in missing:
        print(f"docs/testing.md names a test that is not there: {name}")
    print(f"{len(named)} tests are named")
    return 1 if missing or len(named) < 30 else 0


if __name__ == "__main__":
    sys.exit(main())
