#!/usr/bin/python3
"""Makes the key of a restic repository of a test cheap to open.

  light_restic_key.py REPOSITORY PASSWORD-FILE

`restic init` chooses a key derivation that takes half a second of the machine, and every call of restic pays it
again. Here the same master key is wrapped anew with scrypt at N = 2 under the same password: the repository is
otherwise what restic made. Form of a key: restic's "References", section "Keys, Encryption and MAC".
"""
import base64
import hashlib
import json
import os
import sys

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.poly1305 import Poly1305

NONCE = TAG = 16


class UserKey:
    """What the password of a key gives: encryption and authentication of the master key."""

    def __init__(self, password, salt, n, r, p):
        derived = hashlib.scrypt(password, salt=salt, n=n, r=r, p=p, maxmem=1 << 30, dklen=64)
        self.encryption, self.mac_k, self.mac_r = derived[:32], derived[32:48], derived[48:]

    def tag(self, nonce, sealed):
        block = Cipher(algorithms.AES(self.mac_k), modes.ECB()).encryptor().update(nonce)
        return Poly1305.generate_tag(self.mac_r + block, sealed)

    def stream(self, nonce, text):
        return Cipher(algorithms.AES(self.encryption), modes.CTR(nonce)).encryptor().update(text)

    def open(self, data):
        nonce, sealed, tag = data[:NONCE], data[NONCE:-TAG], data[-TAG:]
        if self.tag(nonce, sealed) != tag:
            sys.exit("light_restic_key: the password does not open the key")
        return self.stream(nonce, sealed)

    def seal(self, text):
        nonce = os.urandom(NONCE)
        sealed = self.stream(nonce, text)
        return nonce + sealed + self.tag(nonce, sealed)


def main():
    keys = os.path.join(sys.argv[1], "keys")
    with open(sys.argv[2], "rb") as file:
        password = file.read().strip()
    (name,) = os.listdir(keys)
    path = os.path.join(keys, name)
    with open(path, encoding="ascii") as file:
        key = json.load(file)
    salt = base64.b64decode(key["salt"])
    master = UserKey(password, salt, key["N"], key["r"], key["p"]).open(base64.b64decode(key["data"]))
    key.update(N=2, r=1, p=1)
    key["data"] = base64.b64encode(UserKey(password, salt, 2, 1, 1).seal(master)).decode()
    text = json.dumps(key).encode()
    light = os.path.join(keys, hashlib.sha256(text).hexdigest())
    with open(light, "wb") as file:
        file.write(text)
    os.chmod(light, os.stat(path).st_mode)
    os.unlink(path)


if __name__ == "__main__":
    main()
