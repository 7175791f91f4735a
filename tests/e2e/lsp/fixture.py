"""A folder with a small policy in it, open in a scripted editor; and what every test uses."""
import os
import shutil
import sys
import tempfile

from client import Client, Text

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
