"""Findings while typing."""
from client import Client, Text, uri_of
from fixture import PLACES, POLICY, PROFILES, PROGRAM, SHOP, TESTS_FILE, Folder, equal, holds, test



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
