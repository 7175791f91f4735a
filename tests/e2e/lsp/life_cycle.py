"""Beginning and end of a conversation, and messages that are none."""
import random

from client import Client, uri_of
from fixture import PROGRAM, SHOP, Folder, equal, test



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
