"""
Restic's own format, written without restic: a lock of anybody, a key that costs little.

https://restic.readthedocs.io/en/stable/100_references.html#keys-encryption-and-mac
"""

from __future__ import annotations

import hashlib
import json
import os
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.poly1305 import Poly1305

_MAC_BYTES = 16
_SALT_BYTES = 64
_NONCE_BYTES = 16


@dataclass(frozen=True)
class _Key:
    encryption: bytes
    mac_k: bytes
    mac_r: bytes

    def seal(self, plain: bytes) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._crypt(nonce, plain)
        return nonce + sealed + self._mac(nonce, sealed)

    def open(self, raw: bytes) -> bytes:
        nonce, sealed, mac = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:-_MAC_BYTES], raw[-_MAC_BYTES:]
        assert mac == self._mac(nonce, sealed)
        return self._crypt(nonce, sealed)

    def _crypt(self, nonce: bytes, text: bytes) -> bytes:
        return Cipher(algorithms.AES(self.encryption), modes.CTR(nonce)).encryptor().update(text)

    def _mac(self, nonce: bytes, text: bytes) -> bytes:
        # Poly1305-AES: the second half of the one-time key is the nonce, encrypted.
        second = Cipher(algorithms.AES(self.mac_k), modes.ECB()).encryptor().update(nonce)
        return Poly1305.generate_tag(self.mac_r + second, text)


def _derived(stored: dict[str, Any], password: str) -> _Key:
    key = hashlib.scrypt(
        password.encode(),
        salt=b64decode(stored["salt"]),
        n=stored["N"],
        r=stored["r"],
        p=stored["p"],
        maxmem=1 << 30,
        dklen=64,
    )
    return _Key(key[:32], key[32:48], key[48:])


def _key_file(repository: Path) -> tuple[Path, dict[str, Any]]:
    (file,) = (repository / "keys").iterdir()
    return file, json.loads(file.read_bytes())


def _master_key(repository: Path, password: str) -> bytes:
    _, stored = _key_file(repository)
    return _derived(stored, password).open(b64decode(stored["data"]))


def cheapen(repository: Path, password: str) -> None:
    """
    Let the password open the repository at once, instead of after half a second of work.

    restic makes that work so heavy on purpose, and does it anew at each start.
    """
    master, (file, stored) = _master_key(repository, password), _key_file(repository)
    light = {**stored, "N": 16, "r": 1, "p": 1, "salt": _base64(os.urandom(_SALT_BYTES))}
    light["data"] = _base64(_derived(light, password).seal(master))
    raw = json.dumps(light).encode()
    (repository / "keys" / hashlib.sha256(raw).hexdigest()).write_bytes(raw)
    file.unlink()


def _base64(raw: bytes) -> str:
    return b64encode(raw).decode()


def plant_lock(
    repository: Path, password: str, *, host: str, pid: int, at: datetime, exclusive: bool = False
) -> Path:
    """Put a lock into a repository, as the process `pid` of `host` would have at that time."""
    lock = {
        "time": at.isoformat(),
        "exclusive": exclusive,
        "hostname": host,
        "username": "ops",
        "pid": pid,
    }
    master = json.loads(_master_key(repository, password))
    key = _Key(*map(b64decode, (master["encrypt"], master["mac"]["k"], master["mac"]["r"])))
    raw = key.seal(json.dumps(lock).encode())
    file = repository / "locks" / hashlib.sha256(raw).hexdigest()
    file.write_bytes(raw)
    return file
