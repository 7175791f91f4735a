"""A scripted editor: speaks the Language Server Protocol with `backstay lsp` over its stdin and stdout."""
import json
import os
import queue
import subprocess
import threading
import urllib.parse

TIMEOUT = 60


def uri_of(path):
    return "file://" + urllib.parse.quote(path)


class Text:
    """A text as the client has it: positions in UTF-16 or UTF-8 units, edits carried out."""

    def __init__(self, text, encoding="utf-16"):
        self.text = text
        self.unit = {"utf-16": ("utf-16-le", 2), "utf-8": ("utf-8", 1)}[encoding]

    def position(self, offset):
        before = self.text[:offset]
        start = before.rfind("\n") + 1
        codec, size = self.unit
        return {"line": before.count("\n"), "character": len(before[start:].encode(codec)) // size}

    def offset(self, position):
        lines = self.text.split("\n")
        codec, size = self.unit
        line = lines[position["line"]].encode(codec)[: position["character"] * size].decode(codec)
        return sum(len(one) + 1 for one in lines[: position["line"]]) + len(line)

    def find(self, needle, within=0):
        """The position `within` characters into the first place of `needle`; `|` marks it as well."""
        if "|" in needle:
            within, needle = needle.index("|"), needle.replace("|", "")
        at = self.text.index(needle)
        return self.position(at + within)

    def range(self, needle):
        at = self.text.index(needle)
        return {"start": self.position(at), "end": self.position(at + len(needle))}

    def slice(self, found):
        return self.text[self.offset(found["start"]) : self.offset(found["end"])]

    def apply(self, edits):
        for edit in sorted(edits, key=lambda one: self.offset(one["range"]["start"]), reverse=True):
            begin, end = (self.offset(edit["range"][side]) for side in ("start", "end"))
            self.text = self.text[:begin] + edit["newText"] + self.text[end:]


class RequestFailed(Exception):
    def __init__(self, error):
        super().__init__(error["message"])
        self.code = error["code"]


class Client:
    def __init__(self, program, *arguments, environment=None):
        self.process = subprocess.Popen(
            [program, "lsp", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env={**os.environ, **(environment or {})})
        self.inbox = queue.Queue()
        self.diagnostics = {}  # uri → the newest parameters of publishDiagnostics
        self.logged = []
        self.asked = []  # requests of the server
        self.number = 0
        threading.Thread(target=self._read, daemon=True).start()

    # ---- bytes

    def _read(self):
        stream = self.process.stdout
        while True:
            length = None
            while True:
                line = stream.readline()
                if not line:
                    self.inbox.put(None)
                    return
                if line == b"\r\n":
                    break
                name, _, value = line.decode("ascii").partition(":")
                if name.lower() == "content-length":
                    length = int(value)
            body = stream.read(length)
            self.inbox.put(json.loads(body.decode("utf-8")))

    def send_bytes(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode("utf-8")
        self.send_bytes(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    # ---- messages

    def take(self):
        """The next message that is an answer; notifications are noted on the way."""
        while True:
            message = self.inbox.get(timeout=TIMEOUT)
            if message is None:
                raise EOFError("the server has ended")
            assert message["jsonrpc"] == "2.0", message
            if "method" not in message:
                return message
            if message["method"] == "textDocument/publishDiagnostics":
                self.diagnostics[message["params"]["uri"]] = message["params"]
            elif "id" in message:
                self.asked.append(message)
                self.send({"id": message["id"], "result": None})
            else:
                self.logged.append(message)

    def request(self, method, params=None):
        self.number += 1
        self.send({"id": self.number, "method": method, "params": {} if params is None else params})
        answer = self.take()
        assert answer.get("id") == self.number, answer
        if "error" in answer:
            raise RequestFailed(answer["error"])
        return answer["result"]

    def refused(self, method, params=None):
        try:
            result = self.request(method, params)
        except RequestFailed as failed:
            return failed
        raise AssertionError(f"{method} is answered: {result}")

    def notify(self, method, params=None):
        self.send({"method": method, "params": {} if params is None else params})

    def settle(self):
        """Waits until everything that was sent so far has had its effect on the diagnostics."""
        for _ in range(2):  # the findings of a change come before the answer to the second request
            self.refused("backstay/nothing")

    # ---- the protocol

    def initialize(self, root=None, encodings=None, options=None, **capabilities):
        params = {
            "processId": os.getpid(),
            "rootUri": root and uri_of(root),
            "capabilities": {
                "textDocument": {
                    "publishDiagnostics": {"relatedInformation": True},
                    "completion": {"completionItem": {"snippetSupport": True}},
                    "hover": {"contentFormat": ["markdown", "plaintext"]},
                    "documentSymbol": {"hierarchicalDocumentSymbolSupport": True},
                },
                "workspace": {"workspaceEdit": {"documentChanges": True}},
                **capabilities,
            },
        }
        if encodings:
            params["capabilities"]["general"] = {"positionEncodings": encodings}
        if options:
            params["initializationOptions"] = options
        result = self.request("initialize", params)
        self.notify("initialized")
        return result

    def open(self, path, text, version=1):
        self.notify("textDocument/didOpen", {"textDocument": {
            "uri": uri_of(path), "languageId": "stay", "version": version, "text": text}})

    def change(self, path, version, *changes):
        self.notify("textDocument/didChange", {
            "textDocument": {"uri": uri_of(path), "version": version},
            "contentChanges": list(changes)})

    def close(self, path):
        self.notify("textDocument/didClose", {"textDocument": {"uri": uri_of(path)}})

    def at(self, method, path, position, **more):
        return self.request("textDocument/" + method, {
            "textDocument": {"uri": uri_of(path)}, "position": position, **more})

    def about(self, method, path, **more):
        return self.request("textDocument/" + method, {"textDocument": {"uri": uri_of(path)}, **more})

    def findings(self, path):
        self.settle()
        return self.diagnostics.get(uri_of(path), {}).get("diagnostics", [])

    def codes(self, path):
        return sorted(finding.get("code", finding["source"]) for finding in self.findings(path))

    def end(self):
        self.request("shutdown")
        self.notify("exit")
        return self.process.wait(timeout=TIMEOUT)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdin.close()
