"""`backstay lsp` against a scripted editor: every capability on real files, and bad input.

    python3 lsp_test.py BACKSTAY SOURCE_DIR [NAME…]      # NAME: only these tests
"""
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

from lsp_client import Client, RequestFailed, Text, uri_of

PROGRAM, SOURCES = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
TESTS = []


def test(function):
    TESTS.append(function)
    return function


class Folder:
    """A folder with policies, and a client that has it open."""

    def __init__(self, files, **initialize):
        self.path = tempfile.mkdtemp(prefix="backstay-lsp.", dir="/var/tmp")
        self.texts = {}
        for name, text in files.items():
            os.makedirs(os.path.dirname(self.file(name)), exist_ok=True)
            with open(self.file(name), "w", encoding="utf-8") as out:
                out.write(text)
            self.texts[name] = Text(text)
        self.client = Client(PROGRAM, environment={"XDG_CACHE_HOME": self.path + "/cache"})
        self.result = self.client.initialize(self.path, **initialize)

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self.client.kill()
        shutil.rmtree(self.path)

    def file(self, name):
        return os.path.join(self.path, name)

    def open(self, *names):
        for name in names or self.texts:
            self.client.open(self.file(name), self.texts[name].text)

    def at(self, method, name, needle, **more):
        return self.client.at(method, self.file(name), self.texts[name].find(needle), **more)

    def write(self, name, text, version):
        self.texts[name] = Text(text)
        self.client.change(self.file(name), version, {"text": text})

    def codes(self, name):
        return self.client.codes(self.file(name))

    def places(self, locations):
        """Locations as (file, text) pairs."""
        found = []
        for one in locations:
            name = os.path.relpath(one["uri"].removeprefix("file://"), self.path)
            found.append((name, self.texts[name].slice(one["range"])))
        return sorted(found)

    def apply(self, edit):
        for change in edit["documentChanges"]:
            name = os.path.relpath(change["textDocument"]["uri"].removeprefix("file://"), self.path)
            self.texts[name].apply(change["edits"])


POLICY = """language 1
policy shop

zone "Europe/Vienna"

import "./places.stay"
import "./profiles.stay"

## The shop's own files.
service shop from web {
    on web01
    set root /srv/shop
    needs ledger
}

service ledger {
    on web01
    path /var/lib/ledger as data
}

target local {
    directory /var/backups/shop
}

retention standard {
    daily 7
}

schedule nightly {
    every day at 01:30
    window 1h
}

backup all-of-it {
    cover all services
    run nightly
    to local keep standard
}
"""
PLACES = """language 1
library places

site here

## The only machine.
host web01 {
    at here
}
"""
PROFILES = """language 1
library web

profile web {
    param root path
    param units-of-it names = nginx, php-fpm

    path root as pages
    path /etc/nginx as etc
    units units-of-it
}
"""
TESTS_FILE = """language 1

import "./shop.stay"

test "pages are kept" {
    selects /srv/shop/index.html
    captures shop.pages before ledger.data
    fires nightly at 2027-03-27T00:30Z
}
"""
SHOP = {"shop.stay": POLICY, "places.stay": PLACES, "profiles.stay": PROFILES,
        "shop.test.stay": TESTS_FILE}


def equal(found, wanted):
    assert found == wanted, f"\nfound:  {found}\nwanted: {wanted}"


def holds(text, part):
    assert part in text, f"\n{text}\ndoes not hold: {part}"


# ---- life cycle


@test
def the_life_cycle_is_that_of_the_protocol():
    client = Client(PROGRAM)
    equal(client.refused("textDocument/hover").code, -32002)
    client.notify("textDocument/didOpen", {"no": "effect"})
    result = client.initialize()
    equal(result["capabilities"]["positionEncoding"], "utf-16")
    equal(result["capabilities"]["textDocumentSync"]["change"], 2)
    equal(result["serverInfo"]["name"], "backstay")
    equal(client.refused("initialize").code, -32600)
    equal(client.refused("textDocument/unheard").code, -32601)
    client.notify("$/unheard")
    client.notify("$/cancelRequest", {"id": 1})
    equal(client.request("shutdown"), None)
    equal(client.refused("textDocument/hover").code, -32600)
    equal(client.refused("shutdown").code, -32600)
    client.notify("exit")
    equal(client.process.wait(timeout=10), 0)


@test
def an_exit_without_shutdown_and_a_closed_pipe_are_failures():
    client = Client(PROGRAM)
    client.notify("exit")
    equal(client.process.wait(timeout=10), 1)
    client = Client(PROGRAM)
    client.initialize()
    client.process.stdin.close()
    equal(client.process.wait(timeout=10), 1)


@test
def the_client_is_asked_to_watch_policies_where_it_can():
    client = Client(PROGRAM)
    client.initialize(workspace={"didChangeWatchedFiles": {"dynamicRegistration": True}})
    client.settle()
    registration = client.asked[0]["params"]["registrations"][0]
    equal(registration["method"], "workspace/didChangeWatchedFiles")
    equal(registration["registerOptions"]["watchers"], [{"globPattern": "**/*.stay"}])
    equal(client.end(), 0)


# ---- diagnostics


@test
def findings_come_and_go_while_typing():
    with Folder(SHOP) as shop:
        shop.open("shop.stay")
        equal(shop.codes("shop.stay"), [])
        text = shop.texts["shop.stay"]
        where = text.range("needs ledger")
        shop.client.change(shop.file("shop.stay"), 2, {"range": where, "text": "needs legder"})
        finding, = shop.client.findings(shop.file("shop.stay"))
        equal(finding["code"], "BST0130")
        equal(finding["severity"], 1)
        equal(finding["source"], "backstay")
        holds(finding["message"], "help: did you mean `ledger`?")
        equal(shop.client.diagnostics[uri_of(shop.file("shop.stay"))]["version"], 2)
        shop.client.change(shop.file("shop.stay"), 3, {"range": where, "text": "needs ledger"})
        equal(shop.codes("shop.stay"), [])


@test
def all_mistakes_of_syntax_are_found_at_once():
    with Folder(SHOP) as shop:
        shop.open("shop.stay")
        shop.write("shop.stay", POLICY.replace("daily 7", "daily 7x").replace("at 01:30", "at 25:99")
                   .replace("to local keep standard\n}", "to local keep standard"), 2)
        equal(shop.codes("shop.stay"), ["BST0005", "BST0005", "BST0006"])


@test
def a_finding_names_every_line_that_contributes():
    with Folder({"a.stay": POLICY.replace('import "./places.stay"\n', "").replace(
            'import "./profiles.stay"\n', "").replace(" from web", "").replace(
            "    set root /srv/shop\n", "    path /srv\n").replace("    needs ledger\n", "")
            .replace("path /var/lib/ledger as data", "path /srv/ledger as data") +
            "\nhost web01 {\n}\n"}) as folder:
        folder.open()
        finding, = folder.client.findings(folder.file("a.stay"))
        equal(finding["code"], "BST0305")
        holds(finding["message"], "witness: ")
        assert finding["relatedInformation"], finding
        for related in finding["relatedInformation"]:
            equal(related["location"]["uri"], uri_of(folder.file("a.stay")))


@test
def an_imported_file_shows_what_is_wrong_with_it_from_its_unsaved_text():
    with Folder(SHOP) as shop:
        shop.open("shop.stay", "places.stay")
        equal(shop.codes("places.stay"), [])
        shop.write("places.stay", PLACES.replace("at here", "at there"), 2)
        equal(shop.codes("places.stay"), ["BST0130"])
        shop.write("places.stay", PLACES.replace("host web01", "host web02"), 3)
        equal(shop.codes("shop.stay"), ["BST0130", "BST0130"])
        shop.client.close(shop.file("places.stay"))  # what is on disk counts again
        equal(shop.codes("shop.stay"), [])


@test
def an_open_library_is_checked_with_the_policies_on_disk_that_import_it():
    with Folder(SHOP) as shop:
        shop.open("profiles.stay")
        equal(shop.codes("profiles.stay"), [])
        shop.write("profiles.stay", PROFILES.replace("param root path", "param other path"), 2)
        shop.client.settle()
        holds(str(shop.codes("shop.stay")), "BST0134")


@test
def a_library_that_nothing_imports_is_checked_alone():
    with Folder({"alone.stay": "language 1\nlibrary alone\n\nprofile p {\n    path /etc/a\n"
                               "    units a\n}\n\nhost h {\n    adress \"x\"\n}\n"}) as folder:
        folder.open()
        equal(folder.codes("alone.stay"), ["BST0101"])


@test
def tests_of_a_policy_say_what_fails():
    with Folder(SHOP) as shop:
        shop.open("shop.stay", "shop.test.stay")
        equal(shop.codes("shop.test.stay"), [])
        shop.write("shop.stay", POLICY.replace("at 01:30", "at 01:15"), 2)
        finding, = shop.client.findings(shop.file("shop.test.stay"))
        equal(finding["source"], "backstay test")
        holds(finding["message"], 'test "pages are kept" fails')
        equal(Text(TESTS_FILE).slice(finding["range"]), "fires nightly at 2027-03-27T00:30Z")


@test
def a_file_that_changes_on_disk_is_read_again():
    with Folder(SHOP) as shop:
        shop.open("shop.stay")
        equal(shop.codes("shop.stay"), [])
        with open(shop.file("places.stay"), "w", encoding="utf-8") as out:
            out.write(PLACES.replace("web01", "web09"))
        shop.client.notify("workspace/didChangeWatchedFiles", {
            "changes": [{"uri": uri_of(shop.file("places.stay")), "type": 2}]})
        holds(str(shop.codes("shop.stay")), "BST0130")


@test
def parameters_of_a_policy_come_from_the_options():
    text = POLICY.replace("zone", "param keep-days int\n\nzone").replace("daily 7", "daily keep-days")
    files = {**SHOP, "shop.stay": text}
    with Folder(files) as shop:
        shop.open("shop.stay")
        equal(shop.codes("shop.stay"), ["BST0135"])
    with Folder(files, options={"parameters": {"keep-days": "7", "other": "1"}}) as shop:
        shop.open("shop.stay")
        equal(shop.codes("shop.stay"), [])
        hover = shop.at("hover", "shop.stay", "daily keep-|days")
        holds(hover["contents"]["value"], "Its value is `7`.")


@test
def a_document_that_is_no_file_is_checked():
    client = Client(PROGRAM)
    client.initialize()
    client.notify("textDocument/didOpen", {"textDocument": {
        "uri": "untitled:Untitled-1", "languageId": "stay", "version": 1, "text": "policy a\n"}})
    client.settle()
    found = client.diagnostics["untitled:Untitled-1"]["diagnostics"]
    assert "BST0120" in [one["code"] for one in found], found
    equal(client.end(), 0)


# ---- positions


@test
def positions_count_utf16_units():
    text = 'language 1\npolicy a  # \U0001D11E ä\nzone "Europe/Vienna"  # \U0001F600\U0001F600\n'
    with Folder({"a.stay": text}) as folder:
        folder.open()
        mirror = folder.texts["a.stay"]
        where = mirror.range("ä")
        equal(where["start"], {"line": 1, "character": 15})
        folder.client.change(folder.file("a.stay"), 2, {"range": where, "text": "\U0001F600\n}"})
        finding = folder.client.findings(folder.file("a.stay"))[0]
        equal((finding["code"], finding["range"]["start"]), ("BST0007", {"line": 2, "character": 0}))


@test
def positions_count_bytes_where_the_client_can():
    text = 'language 1\npolicy a\nservice ä\U0001D11E "x" \n'
    with Folder({"a.stay": text}, encodings=["utf-16", "utf-8"]) as folder:
        equal(folder.result["capabilities"]["positionEncoding"], "utf-8")
        folder.open()
        finding = folder.client.findings(folder.file("a.stay"))[0]
        equal(Text(text, "utf-8").slice(finding["range"]), "ä\U0001D11E")
    with Folder({"a.stay": text}, encodings=["utf-32", "utf-16"]) as folder:
        equal(folder.result["capabilities"]["positionEncoding"], "utf-16")
        folder.open()
        finding = folder.client.findings(folder.file("a.stay"))[0]
        equal(Text(text).slice(finding["range"]), "ä\U0001D11E")


# ---- hover


@test
def a_service_shows_what_it_has_after_its_profile():
    with Folder(SHOP) as shop:
        shop.open("shop.stay")
        value = shop.at("hover", "shop.stay", "service sh|op")["contents"]["value"]
        for part in ("service shop from web {", "    on web01", "    needs ledger",
                     "    units nginx.service, php-fpm.service", "    path /srv/shop as pages",
                     "The shop's own files.", "In backup `all-of-it`."):
            holds(value, part)


@test
def a_schedule_shows_its_next_fires():
    with Folder(SHOP) as shop:
        shop.open("shop.stay")
        value = shop.at("hover", "shop.stay", "run nig|htly")["contents"]["value"]
        holds(value, "Next fires:")
        holds(value, " 01:30 +0")
        equal(value.count("\n- "), 3)


@test
def words_and_values_show_what_they_mean():
    with Folder(SHOP) as shop:
        shop.open()
        cases = [("shop.stay", "|needs ledger", "services that run before this one starts"),
                 ("shop.stay", "path /var/lib/ledger |as data", "path PATH [as NAME]"),
                 ("shop.stay", "window |1h", "a duration such as `26h`"),
                 ("shop.stay", "set ro|ot", "`/srv/shop`"),
                 ("shop.stay", "on web|01", "The only machine."),
                 ("shop.stay", "from we|b", "param root path"),
                 ("profiles.stay", "units units-|of-it", "Its default is `nginx, php-fpm`."),
                 ("shop.test.stay", "captures sh|op.pages", "service shop from web {"),
                 ("shop.stay", "retention sta|ndard", "daily 7")]
        for name, needle, part in cases:
            hover = shop.at("hover", name, needle)
            assert hover, needle
            holds(hover["contents"]["value"], part)
        equal(shop.at("hover", "shop.stay", "## The |shop"), None)


@test
def a_value_is_known_while_the_policy_has_mistakes():
    with Folder(SHOP) as shop:
        shop.open("shop.stay")
        equal(shop.codes("shop.stay"), [])
        shop.write("shop.stay", POLICY + "\nnonsense\n", 2)
        equal(shop.codes("shop.stay"), ["BST0101"])
        holds(shop.at("hover", "shop.stay", "service sh|op")["contents"]["value"], "path /srv/shop as")


# ---- completion


def labels(shop, name, text, version):
    """What is offered at the `|` of a text."""
    shop.write(name, text.replace("|", "", 1), version)
    position = Text(text.replace("|", "", 1)).position(text.index("|"))
    return [item["label"] for item in shop.client.at("completion", shop.file(name), position)["items"]]


@test
def completion_follows_the_block_and_the_argument():
    with Folder(SHOP) as shop:
        shop.open("shop.stay")
        cases = [
            ("\n|", "service", "path"),
            ("\nservice x {\n    |\n}\n", "path", "directory"),
            ("\nservice x {\n    pa|\n}\n", "path", "directory"),
            ("\nservice x {\n    on |\n}\n", "web01", "shop"),
            ("\nservice x {\n    needs shop, |\n}\n", "ledger", "web01"),
            ("\nservice x {\n    path /a |\n}\n", "may-vanish", "web01"),
            ("\nservice x {\n    path /a as a |\n}\n", "optional", "as"),
            ("\nservice x from |\n", "web", "web01"),
            ("\nservice x from |\n", "linux.sqlite-service", "web01"),
            ("\nservice x from web {\n    set |\n}\n", "units-of-it", "path"),
            ("\nbackup x {\n    to local keep |\n}\n", "standard", "local"),
            ("\nbackup x {\n    to |\n}\n", "local", "standard"),
            ("\nbackup x {\n    run |\n}\n", "nightly", "local"),
            ("\nbackup x {\n    cover |\n}\n", "all", "web01"),
            ("\ntarget x {\n    media |\n}\n", "object", "local"),
            ("\nschedule x {\n    every |\n}\n", "mon", "local"),
            ("\nhost x {\n    at |\n}\n", "here", "web01"),
            ("\nprofile x {\n    param y |\n}\n", "duration", "web01"),
            ("\nprofile x {\n    param y path\n    path |\n}\n", "y", "web01"),
            ("\nimport |\n", "linux.sqlite-service", "web01"),
            ("\nallow |\n", "BST0305", "web01"),
        ]
        for version, (text, wanted, unwanted) in enumerate(cases, start=2):
            found = labels(shop, "shop.stay", POLICY + text, version)
            assert wanted in found, (text, wanted, found)
            assert unwanted not in found, (text, unwanted, found)
        equal(labels(shop, "shop.stay", POLICY + "\n# pa|\n", 99), [])
        equal(labels(shop, "shop.stay", POLICY + '\nservice x {\n    owner "|"\n}\n', 100), [])


@test
def a_chosen_word_replaces_what_was_typed():
    with Folder(SHOP) as shop:
        shop.open("shop.stay")
        text = POLICY + "\nservice x {\n    nee\n}\n"
        shop.write("shop.stay", text, 2)
        items = shop.at("completion", "shop.stay", "\n    nee|\n")["items"]
        item = next(one for one in items if one["label"] == "needs")
        shop.texts["shop.stay"].apply([item["textEdit"]])
        holds(shop.texts["shop.stay"].text, "\nservice x {\n    needs \n}\n")
        declaration = next(one for one in shop.client.at(
            "completion", shop.file("shop.stay"), {"line": 2, "character": 0})["items"]
            if one["label"] == "service")
        equal(declaration["insertTextFormat"], 2)
        holds(declaration["textEdit"]["newText"], "${1:NAME}")


# ---- names


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


# ---- what is shown in a file


@test
def a_schedule_bears_its_next_fire():
    with Folder(SHOP) as shop:
        shop.open("shop.stay")
        whole = {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}
        hint, = shop.client.about("inlayHint", shop.file("shop.stay"), range=whole)
        equal(hint["position"], shop.texts["shop.stay"].find("at 01:30|"))
        assert hint["label"].startswith("next ") and " 01:30 +0" in hint["label"], hint
        holds(hint["tooltip"], "then ")
        equal(shop.client.about("inlayHint", shop.file("shop.stay"), range={
            "start": {"line": 0, "character": 0}, "end": {"line": 1, "character": 0}}), [])
        # A rule that does not compile yet bears no hint of another rule.
        shop.write("shop.stay", POLICY.replace("01:30", "01:3"), 2)
        equal(shop.client.about("inlayHint", shop.file("shop.stay"), range=whole), [])


@test
def symbols_and_folds_show_the_shape():
    with Folder(SHOP) as shop:
        shop.open("shop.stay")
        symbols = shop.client.about("documentSymbol", shop.file("shop.stay"))
        names = [(one["detail"], one["name"]) for one in symbols]
        assert ("service", "shop") in names and ("schedule", "nightly") in names, names
        service = next(one for one in symbols if one["name"] == "shop" and one["detail"] == "service")
        equal([(one["detail"], one["name"]) for one in service["children"]],
              [("on", "web01"), ("set", "root"), ("needs", "ledger")])
        holds(shop.texts["shop.stay"].slice(service["range"]), "    needs ledger\n}")
        equal(shop.texts["shop.stay"].slice(service["selectionRange"]), "shop")
        folds = shop.client.about("foldingRange", shop.file("shop.stay"))
        start = shop.texts["shop.stay"].find("service shop")["line"]
        holds(str(folds), str({"endLine": start + 4, "kind": "region", "startLine": start}))


# ---- bad input


def answer_to(client, data):
    client.send_bytes(data)
    return client.take()


@test
def broken_messages_get_an_error_and_the_next_one_is_read():
    client = Client(PROGRAM)
    client.initialize()
    framed = lambda body: b"Content-Length: %d\r\n\r\n" % len(body) + body
    for data, code in [
            (b"Content-Length: x\r\n\r\n", -32700), (b"Content-Length: -1\r\n\r\n", -32700),
            (b"Content-Type: a\r\n\r\n", -32700), (b"garbage\r\n\r\n", -32700),
            (b"x" * 9000 + b"\n", -32700), (b"Content-Length: 99999999999999999999\r\n\r\n", -32700),
            (framed(b"{"), -32700), (framed(b""), -32700), (framed(b"\xff\xfe"), -32700),
            (framed(b'{"jsonrpc":"2.0","id":1,"method":"a\xc3"}'), -32700),
            (framed(b'"\\ud800"'), -32700), (framed(b"null"), -32600), (framed(b"[]"), -32600),
            (framed(b'[{"jsonrpc":"2.0","id":1,"method":"shutdown"}]'), -32600),
            (framed(b'{"id":1,"method":"shutdown"}'), -32600),
            (framed(b'{"jsonrpc":"2.0","id":{},"method":"shutdown"}'), -32600),
            (framed(b'{"jsonrpc":"2.0","id":1.5,"method":"shutdown"}'), -32600),
            (framed(b'{"jsonrpc":"2.0","id":1,"method":7}'), -32600),
            (framed(b'{"jsonrpc":"2.0","id":1}'), -32600),
            (framed(b"[" * 200000), -32700), (framed(b"[" * 200000 + b"]" * 200000), -32600)]:
        answer = answer_to(client, data)
        equal((answer["error"]["code"], data[:60]), (code, data[:60]))
        client.settle()
    answer = answer_to(client, framed(b'{"jsonrpc":"2.0","id":"text","method":"unheard"}'))
    equal((answer["id"], answer["error"]["code"]), ("text", -32601))
    answer = answer_to(client, b"content-length:  46 \nX: y\n\n" +
                       b'{"jsonrpc":"2.0","id":null,"method":"unheard"}')
    equal((answer["id"], answer["error"]["code"]), (None, -32601))
    client.send_bytes(framed(b'{"jsonrpc":"2.0","id":5,"result":null}'))  # an answer to nothing
    equal(client.end(), 0)


METHODS = ["codeAction", "completion", "definition", "documentHighlight", "documentSymbol",
           "foldingRange", "formatting", "hover", "inlayHint", "prepareRename", "references", "rename"]


@test
def parameters_of_the_wrong_kind_are_refused():
    with Folder(SHOP) as shop:
        shop.open("shop.stay")
        document = {"uri": uri_of(shop.file("shop.stay"))}
        for method in METHODS:
            for params in ([], 7, "x", {}, {"textDocument": 1}, {"textDocument": {"uri": 1}}):
                equal(shop.client.refused("textDocument/" + method, params).code, -32602)
            if method not in ("documentSymbol", "foldingRange", "formatting"):
                for params in ({}, {"position": 1}, {"position": {"line": "x", "character": {}}}):
                    equal(shop.client.refused("textDocument/" + method,
                                              {"textDocument": document, **params}).code, -32602)
        for method in ("didOpen", "didChange", "didClose", "didSave"):
            for params in ([], 7, {}, {"textDocument": 1}, {"textDocument": document},
                           {"textDocument": document, "contentChanges": [{"range": 1, "text": ""}]},
                           {"textDocument": document, "contentChanges": 3}):
                if (method, params) != ("didClose", {"textDocument": document}):
                    shop.client.notify("textDocument/" + method, params)
        shop.client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": 3}]})
        equal(shop.codes("shop.stay"), [])
        assert shop.client.logged, "a broken notification is not logged"
        shop.client.change(shop.file("not-open.stay"), 2, {"text": ""})
        shop.client.close(shop.file("not-open.stay"))
        equal(shop.codes("shop.stay"), [])


@test
def positions_outside_of_the_text_are_taken_to_its_edge():
    with Folder(SHOP) as shop:
        shop.open("shop.stay")
        for position in ({"line": 4294967295, "character": 0}, {"line": 0, "character": 4294967295},
                         {"line": -1, "character": -1}, {"line": 1e30, "character": 0.5}):
            for method in ("hover", "completion", "definition"):
                shop.client.at(method, shop.file("shop.stay"), position)
        shop.client.change(shop.file("shop.stay"), 2, {
            "range": {"start": {"line": 999, "character": 0}, "end": {"line": 0, "character": 0}},
            "text": "\n"})
        equal(shop.codes("shop.stay"), [])


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
def random_bytes_do_no_harm():
    for seed in range(20):
        chosen = random.Random(seed)
        client = Client(PROGRAM)
        client.initialize()
        try:
            for _ in range(10):
                size = chosen.randrange(200)
                client.send_bytes(bytes(chosen.randrange(256) for _ in range(size)))
            client.process.stdin.close()
        except BrokenPipeError:
            raise AssertionError(f"the server died of seed {seed}")
        equal((client.process.wait(timeout=20), seed), (1, seed))


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


def main():
    wanted = sys.argv[3:]
    failed = 0
    for one in TESTS:
        if wanted and one.__name__ not in wanted:
            continue
        start = time.monotonic()
        try:
            one()
            print(f"ok      {one.__name__} ({time.monotonic() - start:.1f} s)", flush=True)
        except Exception as reason:  # the rest is still run
            import traceback
            failed += 1
            print(f"FAILED  {one.__name__}: {reason!r}", flush=True)
            traceback.print_exc(file=sys.stdout)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
