#!/usr/bin/env python3
"""A line between two ports of this machine that counts, and is slow or hangs when it is told to.

    counted_line.py FAR_PORT CONTROL COUNTS     prints the port that it listens on

CONTROL is a file with one line, looked at with every piece that passes:
    pass        all goes through
    slow N      N bytes a second come down, over all connections
    stall N     once N bytes came down since this was written, nothing moves any more
COUNTS is replaced as bytes pass: `UP DOWN`, the bytes that the near side sent and received.
"""
import os
import socket
import sys
import threading
import time

far_port, control, counts = int(sys.argv[1]), sys.argv[2], sys.argv[3]
lock = threading.Lock()
state = {"up": 0, "down": 0, "told": None, "since": 0}


def told():
    try:
        stamp = os.stat(control).st_mtime_ns
        with open(control, encoding="utf-8") as file:
            words = file.read().split() or ["pass"]
    except OSError:
        return ["pass"]
    if (stamp, words) != state["told"]:
        state["told"], state["since"] = (stamp, words), state["down"]
    return words


def note(way, count):
    state[way] += count
    with open(counts + ".new", "w", encoding="utf-8") as file:
        file.write(f"{state['up']} {state['down']}\n")
    os.replace(counts + ".new", counts)


def may_pass(way, size):
    """Waits as long as the line is slow; false: it hangs."""
    with lock:
        words = told()
        if words[0] == "slow" and way == "down":
            time.sleep(size / int(words[1]))
        if words[0] == "stall" and state["down"] - state["since"] >= int(words[1]):
            return False
        note(way, size)
        return True


def pump(source, sink, way):
    try:
        while piece := source.recv(16384):
            while not may_pass(way, len(piece)):
                time.sleep(0.1)
            sink.sendall(piece)
    except OSError:
        pass
    for each in (source, sink):
        try:
            each.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(64)
note("up", 0)
print(listener.getsockname()[1], flush=True)
while True:
    near, _ = listener.accept()
    try:
        far = socket.create_connection(("127.0.0.1", far_port))
    except OSError:
        near.close()
        continue
    threading.Thread(target=pump, args=(near, far, "up"), daemon=True).start()
    threading.Thread(target=pump, args=(far, near, "down"), daemon=True).start()
