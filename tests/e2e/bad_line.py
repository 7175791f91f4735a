#!/usr/bin/env python3
"""A line that fails: bad_line.py PORT FAR_PORT cut|stall BYTES

Passes connections on. After BYTES went up on one connection it is cut, or nothing moves on it any more.
"""
import socket
import sys
import threading
import time

port, far_port, how, limit = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4])


def pump(source, sink, counted, state):
    try:
        while True:
            piece = source.recv(65536)
            if not piece:
                break
            if counted:
                state["up"] += len(piece)
            if state["up"] > limit:
                if how == "stall":
                    time.sleep(3600)
                break
            sink.sendall(piece)
    except OSError:
        pass
    for each in (source, sink):
        try:
            each.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", port))
listener.listen(16)
while True:
    near, _ = listener.accept()
    far = socket.create_connection(("127.0.0.1", far_port))
    state = {"up": 0}
    threading.Thread(target=pump, args=(near, far, True, state), daemon=True).start()
    threading.Thread(target=pump, args=(far, near, False, state), daemon=True).start()
