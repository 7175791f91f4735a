"""All samples of the repository, edits at random, and a policy of a thousand services."""
import json
import os
import random
import shutil
import time

from client import Client, RequestFailed, Text
from fixture import POLICY, PROGRAM, SHOP, SOURCES, Folder, equal, test
from life_cycle import METHODS



def samples():
    for folder in ("tests/golden", "tests/stdlib", "stdlib", "examples"):
        for root, _, names in sorted(os.walk(os.path.join(SOURCES, folder))):
            for name in sorted(names):
                if name.endswith(".stay"):
                    yield os.path.join(root, name)


@test
def every_sample_can_be_asked_anything():
    client = Client(PROGRAM, environment={"XDG_CACHE_HOME": "/var/tmp/backstay-lsp-cache"})
    client.initialize()
    chosen = random.Random(1)
    count = 0
    for path in samples():
        with open(path, "rb") as file:
            data = file.read(200_000)
        text = Text(data.decode("utf-8", errors="replace"))
        client.open(path, text.text)
        for _ in range(3):
            position = text.position(chosen.randrange(len(text.text) + 1))
            whole = {"start": {"line": 0, "character": 0}, "end": position}
            for method in METHODS:
                try:
                    client.at(method, path, position, range=whole, newName="fresh-name",
                              options={"tabSize": 4, "insertSpaces": True},
                              context={"diagnostics": [], "includeDeclaration": True})
                except RequestFailed as refused:
                    equal((refused.code, path), (-32803, path))
        client.close(path)
        count += 1
    assert count > 150, count
    equal(client.end(), 0)
    shutil.rmtree("/var/tmp/backstay-lsp-cache", ignore_errors=True)


@test
def edits_in_any_order_end_in_the_same_findings():
    chosen = random.Random(2)
    pieces = ["\n", "{", "}", '"', "path /x", "ä", "\U0001F600", "service s", ",", "#", " ", "1h", "\r\n"]
    with Folder(SHOP) as typed, Folder(SHOP) as fresh:
        typed.open("shop.stay")
        text, version = typed.texts["shop.stay"], 1
        for _ in range(40):
            changes = []
            for _ in range(chosen.randrange(1, 4)):
                plain = text.text.replace("\r\n", "\n\n")  # positions of ours know \n alone
                assert len(plain) == len(text.text)
                begin = chosen.randrange(len(text.text))
                end = min(len(text.text), begin + chosen.randrange(12))
                if "\r" in text.text[max(0, begin - 1) : end + 1]:
                    continue
                changes.append({"range": {"start": lsp_position(text.text, begin),
                                          "end": lsp_position(text.text, end)},
                                "text": chosen.choice(pieces)})
                text.text = text.text[:begin] + changes[-1]["text"] + text.text[end:]
            version += 1
            typed.client.change(typed.file("shop.stay"), version, *changes)
        found = typed.client.findings(typed.file("shop.stay"))
        fresh.texts["shop.stay"] = text
        fresh.open("shop.stay")
        shown = json.dumps(fresh.client.findings(fresh.file("shop.stay")))
        equal(json.dumps(found).replace(typed.path, ""), shown.replace(fresh.path, ""))
        assert found, "the edits leave mistakes"


def lsp_position(text, offset):
    """As Text.position, with all three line ends of the protocol."""
    before = text[:offset].replace("\r\n", "\n").replace("\r", "\n")
    start = before.rfind("\n") + 1
    return {"line": before.count("\n"), "character": len(before[start:].encode("utf-16-le")) // 2}


@test
def a_thousand_services_are_answered_at_once():
    """Prints the times; nothing is asserted of them."""
    lines = [POLICY]
    for number in range(1000):
        lines.append(f"\nservice s{number:04} {{\n    on web01\n    path /srv/data/{number:04} as data\n"
                     f"    units unit-{number:04}\n}}\n")
    with Folder({**SHOP, "shop.stay": "".join(lines)}) as shop:
        shop.open("shop.stay")
        equal(shop.codes("shop.stay"), [])
        path, text = shop.file("shop.stay"), shop.texts["shop.stay"]
        times = {}

        def timed(name, action, rounds=5):
            taken = []
            for _ in range(rounds):
                start = time.monotonic()
                action()
                taken.append(time.monotonic() - start)
            times[name] = 1000 * sorted(taken)[len(taken) // 2]

        version = iter(range(2, 1000))
        end = text.position(len(text.text))
        timed("keystroke to findings", lambda: (
            shop.client.change(path, next(version), {"range": {"start": end, "end": end}, "text": " "}),
            shop.client.settle()))
        for method in ("hover", "completion", "definition", "references", "rename"):
            timed(method, lambda: shop.client.at(
                method, path, text.find("service s05|00"), newName="fresh",
                context={"includeDeclaration": True}))
        timed("documentSymbol", lambda: shop.client.about("documentSymbol", path))
        print("    " + ", ".join(f"{name} {value:.0f} ms" for name, value in times.items()))
