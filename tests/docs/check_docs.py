#!/usr/bin/env python3
"""Runs every ```console block of a document and compares what it prints with what the document shows.

    check_docs.py BACKSTAY FILE.md…            compare; exit 1 where a document is not true any more
    check_docs.py --update BACKSTAY FILE.md…   write what was really printed into the documents

A line that begins with `$ ` is a command for bash; what follows, up to the next one, is its output.
The blocks of one file run one after the other in an empty directory that has `examples` in it and
`backstay` on its PATH, with directories of its own for configuration and state. What differs from run
to run (ids, times, sizes of compressed data, digests of random content) is compared by its shape.
"""
import difflib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Where the quick start's policy keeps its service; each document begins without it.
QUICKSTART = "/var/tmp/backstay-quickstart"

# What may differ between two runs, and what it is compared as.
VOLATILE = [
    (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "UUID"),
    (r"\b\d{6,}-\d{8}T\d{6}Z-", "SEQ-TIME-"),
    (r"\b\d{8}T\d{6}Z(-[0-9a-f]{8})?\b", "TIME"),
    (r"-[0-9a-f]{8}\b", "-RAND"),
    (r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?( ?[A-Z]+)?", "DATE"),
    (r"\b\d+(\.\d+)? (ms|s|min|h|d)( \d+ (s|min|h))?( ago)?\b", "DURATION"),
    (r"\b\d+(\.\d+)? ([KMGT]i)?B(/s)?\b", "SIZE"),
    (r"\bin the future\b", "DURATION"),
    (r"sha256:[0-9a-f]{12,64}", "sha256:DIGEST"),
    (r"\b[0-9a-f]{64}\b", "SHA256"),
    (r"(\bdecision|--confirm) [0-9a-f]{12}\b", r"\1 DECISION"),
    (r"\bpid \d+\b", "pid PID"),
    (r'(_ms": )\d+', r"\1MS"),
    (r"\bage1[0-9a-z]{58}\b", "RECIPIENT"),
    (r"[ \t]+", " "),
    (r" \n", "\n"),
]


def shape(text: str) -> str:
    for pattern, word in VOLATILE:
        text = re.sub(pattern, word, text)
    return text.strip()


def run_block(block: str, cwd: str, env: dict) -> str:
    """The block with the output that its commands print now."""
    out = []
    for line in block.split("\n"):
        if not line.startswith("$ "):
            continue
        out.append(line)
        done = subprocess.run(["bash", "-c", line[2:]], cwd=cwd, env=env, text=True, errors="replace",
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120,
                              stdin=subprocess.DEVNULL, check=False)
        if done.stdout.strip():
            out.append(done.stdout.rstrip("\n"))
    return "\n".join(out)


def run_document(path: pathlib.Path, backstay: str, update: bool) -> bool:
    text = path.read_text(encoding="utf-8")
    shutil.rmtree(QUICKSTART, ignore_errors=True)
    work = tempfile.mkdtemp(prefix="backstay-docs.", dir="/var/tmp")
    bin_dir = os.path.join(work, ".bin")
    os.mkdir(bin_dir)
    os.symlink(backstay, os.path.join(bin_dir, "backstay"))
    os.symlink(ROOT / "examples", os.path.join(work, "examples"))
    env = {"PATH": f"{bin_dir}:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": work, "LANG": "C.UTF-8",
           "TZ": "UTC", "NO_COLOR": "1", "BACKSTAY_CONFIG_DIR": f"{work}/.config-dir",
           "BACKSTAY_STATE_DIR": f"{work}/.state-dir"}
    same = True
    count = 0

    def replace(match: re.Match) -> str:
        nonlocal same, count
        count += 1
        now = run_block(match.group(1), work, env)
        if shape(now) != shape(match.group(1)):
            same = False
            if not update:
                diff = difflib.unified_diff(shape(match.group(1)).split("\n"), shape(now).split("\n"),
                                            f"{path} (as it stands)", f"{path} (as it runs)", lineterm="")
                print("\n".join(diff))
            return f"```console\n{now}\n```"
        return match.group(0)

    try:
        updated = re.sub(r"```console\n(.*?)\n```", replace, text, flags=re.DOTALL)
    finally:
        subprocess.run(["chmod", "-R", "u+w", work, QUICKSTART], check=False,
                       stderr=subprocess.DEVNULL)
        shutil.rmtree(QUICKSTART, ignore_errors=True)
        shutil.rmtree(work, ignore_errors=True)
    if update and updated != text:
        path.write_text(updated, encoding="utf-8")
    print(f"{path.relative_to(ROOT)}: {count} console blocks, {'true' if same else 'updated' if update else 'NOT TRUE'}")
    if count == 0:
        print(f"{path}: no console block, so nothing was checked")
        return False
    return same or update


def main() -> int:
    arguments = sys.argv[1:]
    update = arguments[:1] == ["--update"]
    if update:
        arguments = arguments[1:]
    backstay = os.path.abspath(arguments[0])
    good = [run_document(pathlib.Path(name).resolve(), backstay, update) for name in arguments[1:]]
    return 0 if good and all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
