#!/usr/bin/env python3
"""Looks at an HTML file in a real, headless Chromium, at the width of a telephone and of a desk, light
and dark, and fails where a reader would be annoyed.

    look_at_page.py FILE [--shots DIR] [--section ID]

The browser is driven through its own pipe: no port is open, and the page's own policy (no scripts, no
network) stays in force. Each check is a sentence; all that do not hold are told, then it ends with 1.
"""
import argparse
import base64
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

WIDTHS = (390, 1440)

# Labels of one picture that lie on each other, or outside of it. A pixel is the fuzz of font metrics.
LABELS = """
[...document.querySelectorAll('svg')].filter(svg => svg.getBoundingClientRect().width).flatMap(svg => {
  const frame = svg.viewBox.baseVal;
  const texts = [...svg.querySelectorAll('text')].map(t => [t.textContent, t.getBBox()]);
  const name = svg.getAttribute('aria-label');
  const outside = texts.filter(([, b]) => b.x < -1 || b.x + b.width > frame.width + 1 ||
    b.y < -1 || b.y + b.height > frame.height + 4).map(([t]) => `${name}: '${t}' leaves its picture`);
  const onto = texts.flatMap(([t, a], i) => texts.slice(i + 1).filter(([, b]) =>
    a.x + 1 < b.x + b.width && b.x + 1 < a.x + a.width &&
    a.y + 3 < b.y + b.height && b.y + 3 < a.y + a.height).map(([u]) => `${name}: '${t}' lies on '${u}'`));
  return outside.concat(onto);
})"""

WIDER = """
[...document.querySelectorAll('body *')].filter(e => !e.closest('.scroll') &&
  e.getBoundingClientRect().right > innerWidth + 0.5).map(e => e.tagName + '.' + (e.className.baseVal ?? e.className))"""

NAMELESS = """
[...document.querySelectorAll('svg')].filter(e => e.getAttribute('role') !== 'img' || !e.getAttribute('aria-label')).length +
[...document.querySelectorAll('table')].filter(e => !e.caption || ![...e.rows].every(r => r.cells[0].scope)).length"""


class Browser:
    """One page of a Chromium, spoken to in its DevTools protocol."""

    def __init__(self, program, folder):
        to_child, self.out = os.pipe()
        self.inp, from_child = os.pipe()
        arrange = f"exec 3<&{to_child} 4>&{from_child}; exec \"$@\""
        self.process = subprocess.Popen(
            ["bash", "-c", arrange, "sh", program, "--headless", "--no-sandbox", "--disable-gpu",
             "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run", "--remote-debugging-pipe",
             "--disable-background-networking", f"--user-data-dir={folder}", "about:blank"],
            pass_fds=(to_child, from_child), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=dict(os.environ, HOME=str(folder)))
        os.close(to_child)
        os.close(from_child)
        self.number, self.rest, self.events, self.session = 0, b"", [], None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.call(f"{domain}.enable")

    def receive(self):
        while b"\0" not in self.rest:
            piece = os.read(self.inp, 1 << 16)
            if not piece:
                sys.exit("the browser ended")
            self.rest += piece
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    sys.exit(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def show(self, page, width, scheme):
        self.events = []
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1,
                  mobile=False)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.call("Page.navigate", url=page.as_uri())
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self.events.append(self.receive())

    def value(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        return answer["result"].get("value")

    def shot(self, path):
        height = self.value("document.documentElement.scrollHeight")
        picture = self.call("Page.captureScreenshot", captureBeyondViewport=True,
                            clip={"x": 0, "y": 0, "width": self.value("innerWidth"), "height": height, "scale": 1})
        path.write_bytes(base64.b64decode(picture["data"]))


def look(browser, page, width, scheme, options):
    """What is wrong with one view."""
    browser.show(page, width, scheme)
    wrong = []
    requests = [e["params"]["request"]["url"] for e in browser.events if e["method"] == "Network.requestWillBeSent"]
    if requests != [page.as_uri()]:
        wrong.append(f"requests: {requests}")
    for event in browser.events:
        if event["method"] in ("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown"):
            wrong.append(f"the console says {json.dumps(event['params'])[:300]}")
    if options.section:
        browser.value(f"document.querySelectorAll('main > *').forEach(e => e.id == '{options.section}' || e.remove())")
    if browser.value("document.documentElement.scrollWidth") > width:
        wrong.append(f"wider than the screen: {browser.value(WIDER)[:8]}")
    wrong += browser.value(LABELS)
    if browser.value(NAMELESS):
        wrong.append("a picture without a name, or a table without a caption or headings")
    if browser.value("document.scripts.length"):
        wrong.append("there is a script")
    if options.shots:
        browser.shot(options.shots / f"{options.section or 'page'}-{width}-{scheme}.png")
    return wrong, browser.value("getComputedStyle(document.documentElement).backgroundColor")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=pathlib.Path)
    parser.add_argument("--shots", type=pathlib.Path, help="write a picture of each view here")
    parser.add_argument("--section", help="only this section")
    options = parser.parse_args()
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if not program:
        sys.exit("chromium is not installed: script/install-packages test")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="backstay-look."))
    failed = []
    try:
        browser = Browser(program, folder)
        for width in WIDTHS:
            grounds = set()
            for scheme in ("light", "dark"):
                wrong, ground = look(browser, options.file.resolve(), width, scheme, options)
                failed += [f"{width} px, {scheme}: {one}" for one in wrong]
                grounds.add(ground)
            if len(grounds) != 2:
                failed.append(f"{width} px: light and dark look the same")
        browser.session = None
        browser.call("Browser.close")
        browser.process.wait(timeout=30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for one in failed[:40]:
        print(one[:300], file=sys.stderr)
    sys.exit(1 if failed else 0)


main()
