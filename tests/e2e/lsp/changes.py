"""Definition, references, rename, formatting and fixes."""
import subprocess
import tempfile

from client import Text, uri_of
from fixture import POLICY, PROGRAM, SHOP, SOURCES, Folder, equal, holds, test



@test
def names_lead_to_their_declarations():
    with Folder(SHOP) as shop:
        shop.open("shop.stay")
        cases = [("shop.stay", "on web|01", [("places.stay", "web01")]),
                 ("shop.stay", "from we|b", [("profiles.stay", "web")]),
                 ("shop.stay", "set ro|ot", [("profiles.stay", "root")]),
                 ("shop.stay", "needs led|ger", [("shop.stay", "ledger")]),
                 ("shop.stay", "keep stan|dard", [("shop.stay", "standard")]),
                 ("shop.stay", 'import "./pla|ces', [("places.stay", "")]),
                 ("profiles.stay", "path ro|ot", [("profiles.stay", "root")]),
                 ("shop.test.stay", "fires nig|htly", [("shop.stay", "nightly")]),
                 ("shop.test.stay", "captures sh|op.pages", [("shop.stay", "shop")]),
                 ("shop.test.stay", 'import "./sh|op', [("shop.stay", "")]),
                 ("shop.stay", "window 1|h", [])]
        for name, needle, wanted in cases:
            equal(shop.places(shop.at("definition", name, needle)), wanted)


@test
def a_standard_profile_opens_as_a_file():
    with open(SOURCES + "/tests/stdlib/linux.stay", encoding="utf-8") as file:
        text = file.read()
    with Folder({"linux.stay": text}) as folder:
        folder.open()
        place, = folder.at("definition", "linux.stay", "from linux.sqlite-ser|vice")
        path = place["uri"].removeprefix("file://")
        with open(path, encoding="utf-8") as shown:
            content = shown.read()
        with open(SOURCES + "/stdlib/policies/linux/sqlite-service.stay", encoding="utf-8") as wanted:
            equal(content, wanted.read())
        equal(Text(content).slice(place["range"]), "sqlite-service")
        holds(folder.client.refused("textDocument/rename", {
            "textDocument": {"uri": uri_of(folder.file("linux.stay"))}, "newName": "x",
            "position": folder.texts["linux.stay"].find("from linux.sqlite-ser|vice")}).args[0],
            "declared by the standard library")


@test
def references_are_found_in_all_files():
    with Folder(SHOP) as shop:
        shop.open("shop.stay")
        every = {"context": {"includeDeclaration": True}}
        uses = {"context": {"includeDeclaration": False}}
        equal(shop.places(shop.at("references", "places.stay", "host web|01", **every)),
              [("places.stay", "web01"), ("shop.stay", "web01"), ("shop.stay", "web01")])
        equal(shop.places(shop.at("references", "shop.stay", "service led|ger", **uses)),
              [("shop.stay", "ledger"), ("shop.test.stay", "ledger")])
        equal(shop.places(shop.at("references", "profiles.stay", "param ro|ot", **uses)),
              [("profiles.stay", "root"), ("shop.stay", "root")])
        kinds = [one["kind"] for one in shop.at("documentHighlight", "shop.stay", "run nig|htly")]
        equal(kinds, [3, 2])


@test
def a_rename_reaches_every_file():
    with Folder(SHOP) as shop:
        shop.open("shop.stay")
        for name, needle, new, parts in [
                ("shop.stay", "service led|ger", "books", {
                    "shop.stay": ["service books {", "needs books"],
                    "shop.test.stay": ["before books.data"]}),
                ("shop.stay", "on web|01", "front", {
                    "shop.stay": ["on front\n    set"], "places.stay": ["host front {"]}),
                ("profiles.stay", "profile w|eb", "site", {
                    "profiles.stay": ["profile site {"], "shop.stay": ["from web.site {"]}),
                ("profiles.stay", "param ro|ot", "top", {
                    "profiles.stay": ["param top path", "path top as pages"],
                    "shop.stay": ["set top /srv/shop"]}),
                ("shop.test.stay", "fires nig|htly", "late", {
                    "shop.stay": ["schedule late {", "run late"],
                    "shop.test.stay": ["fires late at"]})]:
            ready = shop.at("prepareRename", name, needle)
            equal(ready["placeholder"], needle.split()[-1].replace("|", "").split(".")[0])
            before = {file: text.text for file, text in shop.texts.items()}
            shop.apply(shop.at("rename", name, needle, newName=new))
            for file, wanted in parts.items():
                for part in wanted:
                    holds(shop.texts[file].text, part)
            for file, text in before.items():
                if file not in parts:
                    equal(shop.texts[file].text, text)
            with tempfile.TemporaryDirectory() as scratch:
                for file, text in shop.texts.items():
                    with open(scratch + "/" + file, "w", encoding="utf-8") as out:
                        out.write(text.text)
                for verb, file in (("check", "shop.stay"), ("test", "shop.test.stay")):
                    ran = subprocess.run([PROGRAM, verb, scratch + "/" + file], capture_output=True)
                    equal((ran.returncode, ran.stdout[:0]), (0, b""))
            shop.texts = {file: Text(text) for file, text in before.items()}


@test
def a_rename_that_would_break_something_is_refused():
    hosts = POLICY + "\nhosts web[02-04]\n\nservice farm {\n    on web02, web[03-04]\n    path /a\n}\n"
    with Folder({**SHOP, "shop.stay": hosts}) as shop:
        shop.open("shop.stay")
        for name, needle, new, reason in [
                ("shop.stay", "service led|ger", "shop", "declared already"),
                ("shop.stay", "service led|ger", "Ledger", "is no name"),
                ("shop.stay", "service led|ger", "all", "is no name"),
                ("shop.stay", "service led|ger", "a b", "is no name"),
                ("profiles.stay", "param ro|ot", "units-of-it", "declared already"),
                ("shop.stay", "on web|02", "web99", "declared by a list"),
                ("shop.stay", "on web02, web[0|3-04]", "web99", "stands for many names"),
                ("shop.stay", "window |1h", "web99", "no name of a declaration"),
                ("shop.stay", 'import "./pla|ces', "x", "renamed with its file")]:
            params = {"textDocument": {"uri": uri_of(shop.file(name))}, "newName": new,
                      "position": shop.texts[name].find(needle)}
            failed = shop.client.refused("textDocument/rename", params)
            equal(failed.code, -32803)
            holds(failed.args[0], reason)
    # A service whose new name is that of a parameter would be taken for it where it is needed.
    captured = POLICY.replace("zone", "param books name = ledger\n\nzone", 1)
    with Folder({**SHOP, "shop.stay": captured}) as shop:
        shop.open("shop.stay")
        failed = shop.client.refused("textDocument/rename", {
            "textDocument": {"uri": uri_of(shop.file("shop.stay"))}, "newName": "books",
            "position": shop.texts["shop.stay"].find("service led|ger")})
        equal(failed.code, -32803)


# ---- changes


@test
def formatting_is_that_of_the_formatter():
    rough = POLICY.replace("    on web01", "  on   web01", 1).replace("zone", "\n\n\nzone")
    with Folder({**SHOP, "shop.stay": rough}) as shop:
        shop.open("shop.stay")
        options = {"options": {"tabSize": 2, "insertSpaces": False}}
        edits = shop.client.about("formatting", shop.file("shop.stay"), **options)
        shop.texts["shop.stay"].apply(edits)
        wanted = subprocess.run([PROGRAM, "fmt", "-"], input=rough.encode(), capture_output=True)
        equal(shop.texts["shop.stay"].text, wanted.stdout.decode())
        shop.write("shop.stay", wanted.stdout.decode(), 2)
        equal(shop.client.about("formatting", shop.file("shop.stay"), **options), [])
        shop.write("shop.stay", "language 1 {{{\n", 3)
        equal(shop.client.about("formatting", shop.file("shop.stay"), **options), None)


@test
def a_fix_takes_its_finding_away():
    cases = [
        ("needs ledger", "needs legder", "BST0130", "needs ledger"),
        ("path /var/lib/ledger as data", "pth /var/lib/ledger as data", "BST0101",
         "path /var/lib/ledger as data"),
        ("as data", "as data option", "BST0204", "as data optional"),
        ("window 1h", "window 1hour", "BST0005", "window 1h"),
        ("at 01:30", "at 1:30", "BST0005", "at 01:30"),
        ("set root", "set rot", "BST0134", "set root"),
        ("    needs ledger\n", "    needs ledger\n    without held\n", "BST0136",
         "    needs ledger\n}"),
        ('"Europe/Vienna"', '"Europe/Viena"', "BST0402", '"Europe/Vienna"'),
        ("path /var/lib/ledger as data",
         'path /var/lib/ledger as data\n    except /opt because "x"', "BST0302",
         "path /var/lib/ledger as data\n}"),
        ("from web {", "from linux.sqlite-service {", "BST0130", "import linux.sqlite-service"),
        ("target local", "retention unused {\n    daily 9\n}\n\ntarget local", "BST0309",
         "}\n\n\ntarget local"),
        ("language 1\n", "", "BST0120", "language 1\npolicy"),
    ]
    for old, new, code, wanted in cases:
        with Folder({**SHOP, "shop.stay": POLICY.replace(old, new, 1)}) as shop:
            shop.open("shop.stay")
            finding = next(one for one in shop.client.findings(shop.file("shop.stay"))
                           if one["code"] == code)
            actions = shop.client.about("codeAction", shop.file("shop.stay"), range=finding["range"],
                                        context={"diagnostics": [finding]})
            action = next(one for one in actions if one["diagnostics"][0]["code"] == code)
            equal(action["kind"], "quickfix")
            shop.apply(action["edit"])
            holds(shop.texts["shop.stay"].text, wanted)
            shop.write("shop.stay", shop.texts["shop.stay"].text, 2)
            assert code not in shop.codes("shop.stay") or code == "BST0130", code
    with Folder(SHOP) as shop:
        shop.open("shop.stay")
        nowhere = {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}
        equal(shop.client.about("codeAction", shop.file("shop.stay"), range=nowhere,
                                context={"diagnostics": []}), [])
