"""Hover, completion, hints and the shape of a file."""
from client import Text, uri_of
from fixture import POLICY, SHOP, Folder, equal, holds, test



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
def a_client_without_markdown_gets_plain_text():
    with Folder(SHOP, textDocument={}) as shop:
        shop.open("shop.stay")
        contents = shop.at("hover", "shop.stay", "service sh|op")["contents"]
        equal(contents["kind"], "plaintext")
        assert contents["value"].startswith("service shop from web {\n"), contents
        assert "```" not in contents["value"], contents


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
def a_host_list_bears_its_number_of_hosts():
    text = "language 1\npolicy p\n\nhosts web[01-12]\n\ngroup some {\n    members web[01-03], web[05]\n}\n"
    with Folder({"a.stay": text}) as folder:
        folder.open()
        whole = {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}
        hints = folder.client.about("inlayHint", folder.file("a.stay"), range=whole)
        equal([(hint["position"]["line"], hint["label"]) for hint in hints],
              [(3, "12 hosts"), (6, "3 hosts")])


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
