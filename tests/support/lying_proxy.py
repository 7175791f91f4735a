#!/usr/bin/env python3
"""Between a client and an object store: passes on, or lies, cuts and stalls as a file says.

  lying_proxy.py UPSTREAM-PORT CONTROL LOG    prints its own port, then serves until it is ended

The first line of CONTROL, read anew for every request, is a mode and what it needs:

  pass                  hand on what comes
  cut BYTES             end the connection after so many bytes of an object's body
  stall BYTES           hand on so many bytes of it, then nothing, and hold the connection
  truncate              store the first half of an object, and answer as if it were all of it
  change                store an object with one byte changed, and answer as if it were the right one
  forget                answer 201 to an object and store nothing
  deny                  say of objects that they are not there, although they are
  wrong-hash            say another hash of objects than they have
  spoil                 hand back objects with a byte changed
  refuse STATUS         answer so to every object that is stored

All but `pass` touch only objects whose path holds the word after the mode's numbers (default: parts/).
LOG gets a line for each request: method, path, bytes of the request's body, bytes of the answer's.
"""
import hashlib
import http.client
import http.server
import os
import socket
import sys
import threading
import time

UPSTREAM, CONTROL, LOG = int(sys.argv[1]), sys.argv[2], sys.argv[3]
PIECE = 16 * 1024
log_lock = threading.Lock()


def mode():
    """The words of CONTROL; `pass` where there is none."""
    try:
        with open(CONTROL, encoding="utf-8") as control:
            words = control.readline().split()
    except OSError:
        words = []
    words = words or ["pass"]
    number = int(words.pop(1)) if len(words) > 1 and words[1].isdigit() else 0
    return words[0], number, words[1] if len(words) > 1 else "parts/"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def body(self):
        length = self.headers.get("Content-Length")
        if length is not None:
            return self.rfile.read(int(length))
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return b""
        pieces = []
        while True:
            size = int(self.rfile.readline().split(b";")[0], 16)
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
            if size == 0:
                return b"".join(pieces)

    def break_off(self):
        self.close_connection = True
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def hold(self):
        """Until the client gives up."""
        self.connection.settimeout(120)
        try:
            while self.connection.recv(PIECE):
                pass
        except OSError:
            pass
        self.break_off()

    def answer(self, status, headers, body, length=None):
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def ask_upstream(self, body, headers):
        upstream = http.client.HTTPConnection("127.0.0.1", UPSTREAM, timeout=60)
        upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in headers:
            if name.lower() not in ("content-length", "transfer-encoding", "connection", "expect"):
                upstream.putheader(name, value)
        if body or self.command in ("PUT", "POST"):
            upstream.putheader("Content-Length", str(len(body)))
        upstream.putheader("Connection", "close")
        upstream.endheaders(body if body else None)
        response = upstream.getresponse()
        data = response.read()
        upstream.close()
        return response.status, response.getheaders(), data, response.getheader("Content-Length")

    def lied_put(self, what, number, headers):
        """An object on its way up, as the mode wants it. Whether it was answered."""
        if what in ("cut", "stall"):
            self.rfile.read(min(number, int(self.headers.get("Content-Length", "0"))))
            self.break_off() if what == "cut" else self.hold()
            return
        body = self.body()
        if what == "refuse":
            self.answer(number, [], b"refused")
            return
        etag = hashlib.md5(body).hexdigest()
        stored = body[: len(body) // 2] if what == "truncate" else body
        if what == "change" and body:
            stored = bytes([body[0] ^ 1]) + body[1:]
        if what != "forget":
            self.ask_upstream(stored, [(n, v) for n, v in headers if n.lower() != "etag"])
        self.answer(201, [("Etag", etag), ("Last-Modified", self.date_time_string())], b"")

    def lied_get(self, what, number, headers):
        if what == "deny":
            self.answer(404, [], b"")
            return
        status, answered, data, length = self.ask_upstream(b"", headers)
        if what in ("cut", "stall") and self.command == "GET":
            self.send_response_only(status)
            for name, value in answered:
                if name.lower() not in ("transfer-encoding", "connection"):
                    self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data[:number])
            self.wfile.flush()
            self.break_off() if what == "cut" else self.hold()
            return
        if what == "wrong-hash":
            answered = [(n, "0" * 32 if n.lower() == "etag" else v) for n, v in answered]
        if what == "spoil" and data:
            data = bytes([data[0] ^ 1]) + data[1:]
        self.answer(status, answered, data, length if self.command == "HEAD" else None)

    def serve(self):
        what, number, where = mode()
        headers = list(self.headers.items())
        touched = what != "pass" and where in self.path and "prefix=" not in self.path
        began = int(self.headers.get("Content-Length") or 0)
        if touched and self.command in ("PUT", "POST") and "?" not in self.path and what not in ("deny", "wrong-hash", "spoil"):
            self.lied_put(what, number, headers)
            self.note(began, 0, what)
            return
        reads = ("deny", "wrong-hash", "spoil", "cut", "stall")
        if touched and self.command in ("GET", "HEAD") and what in reads:
            self.lied_get(what, number, headers)
            self.note(began, 0, what)
            return
        status, answered, data, length = self.ask_upstream(self.body(), headers)
        self.answer(status, answered, data, length if self.command == "HEAD" else None)
        self.note(began, len(data), "pass")

    def note(self, up, down, what):
        with log_lock, open(LOG, "a", encoding="utf-8") as log:
            log.write(f"{self.command} {self.path} {up} {down} {what}\n")

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = do_OPTIONS = serve


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


server = Server(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
os.environ["TZ"] = "UTC"
time.tzset()
server.serve_forever()
