#!/usr/bin/env python3
"""Who is told: a web server and a mail server that write down what reaches them.

  notify_sinks.py DIR     # ports stand in DIR/http.port and DIR/smtp.port, requests in DIR/http.log, mails in DIR/mail.log

Where DIR/refuse is there the web server answers 503; where DIR/hang is there, not until it is gone. With
DIR/tls.pem (key and certificate) there is a second one that speaks TLS: its port stands in DIR/https.port.
"""
import http.server
import os
import socketserver
import ssl
import sys
import threading
import time

DIRECTORY = sys.argv[1]


def write_down(name, text):
    with open(os.path.join(DIRECTORY, name), "a", encoding="utf-8") as log:
        log.write(text)


class Web(http.server.BaseHTTPRequestHandler):
    def do_POST(self):  # pylint: disable=invalid-name
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        if os.path.exists(os.path.join(DIRECTORY, "hang")):
            write_down("http.log", "hangs %s\n" % self.path)
            while os.path.exists(os.path.join(DIRECTORY, "hang")):
                time.sleep(0.1)
        refused = os.path.exists(os.path.join(DIRECTORY, "refuse"))
        write_down("http.log", "%s %s %s %s\n" % ("refused" if refused else "took", self.path, self.headers.get("Content-Type"), body))
        self.send_response(503 if refused else 200)
        self.end_headers()

    def log_message(self, *_):
        pass


class Mail(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as a client needs to hand over a mail."""

    def handle(self):
        self.wfile.write(b"220 sink\r\n")
        for line in self.rfile:
            word = line[:4].upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                while (text := self.rfile.readline()) not in (b".\r\n", b""):
                    write_down("mail.log", text.decode().replace("\r\n", "\n"))
                self.wfile.write(b"250 taken\r\n")
            elif word == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                if word == b"RCPT":
                    write_down("mail.log", line.decode().replace("\r\n", "\n"))
                self.wfile.write(b"250 sink\r\n")


def main():
    web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Web)
    mail = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mail)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    servers = [("smtp.port", mail), ("http.port", web)]
    if os.path.exists(os.path.join(DIRECTORY, "tls.pem")):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(os.path.join(DIRECTORY, "tls.pem"))
        safe = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Web)
        safe.socket = context.wrap_socket(safe.socket, server_side=True)
        threading.Thread(target=safe.serve_forever, daemon=True).start()
        servers.insert(0, ("https.port", safe))
    for name, server in servers:
        with open(os.path.join(DIRECTORY, name + ".new"), "w", encoding="ascii") as file:
            file.write("%d\n" % server.server_address[1])
        os.rename(os.path.join(DIRECTORY, name + ".new"), os.path.join(DIRECTORY, name))
    mail.serve_forever()


main()
