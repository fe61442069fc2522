"""The site's Ed25519 key (https://www.rfc-editor.org/rfc/rfc8032), made when first needed.

`signing.key` holds the private key and is its owner's alone; `signing.keys.txt` lists every
public key that was ever in use, one a line in base64, the newest first. To change the key, move
the private one away: what the old one signed stays proved.
"""

from __future__ import annotations

import base64
import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from courseops.adapters.folders import make_private
from courseops.errors import CourseOpsError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_KEY_BYTES = 32
_EXPOSED = 0o077


class SiteKey:
    """The key in a state folder."""

    def __init__(self, state: Path) -> None:
        self._file = state / "signing.key"
        self._list = state / "signing.keys.txt"

    @property
    def key(self) -> str:
        """Give the public key that signs now, in base64."""
        return _public(self._private)

    def keys(self) -> list[str]:
        """Give every public key that ever signed here, the present one first."""
        return list(dict.fromkeys([self.key, *self._listed()]))

    def sign(self, content: bytes) -> str:
        """Sign with the present key; give the signature in base64."""
        return base64.b64encode(self._private.sign(content)).decode()

    def is_ours(self, content: bytes, signature: str) -> bool:
        """Say whether one of our keys signed exactly this."""
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 -- slow to load
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415
            Ed25519PublicKey,
        )

        try:
            raw = base64.b64decode(signature, validate=True)
        except ValueError:
            return False
        for key in self._all:
            try:
                Ed25519PublicKey.from_public_bytes(base64.b64decode(key)).verify(raw, content)
            except (InvalidSignature, ValueError):
                continue
            return True
        return False

    @cached_property
    def _all(self) -> list[str]:
        return self.keys()

    @cached_property
    def _private(self) -> Ed25519PrivateKey:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415
            Ed25519PrivateKey,
        )

        try:
            raw = self._read() or self._make(Ed25519PrivateKey.generate().private_bytes_raw())
        except OSError as error:
            raise CourseOpsError(
                f"the signing key cannot be used: {error.strerror} ({self._file})",
                hint="run courseops as the account that owns its state folder",
            ) from error
        if len(raw) != _KEY_BYTES:
            raise CourseOpsError(
                f"{self._file} holds no signing key",
                hint="bring it back from a backup, or move it away: a new one is then made",
            )
        private = Ed25519PrivateKey.from_private_bytes(raw)
        self._list_it(_public(private))
        return private

    def _read(self) -> bytes:
        try:
            descriptor = os.open(self._file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return b""
        with os.fdopen(descriptor, "rb") as file:
            if os.fstat(descriptor).st_mode & _EXPOSED:
                raise CourseOpsError(
                    f"others may read the signing key {self._file}",
                    hint=f"chmod 600 {self._file}; if somebody may have read it, move it away",
                )
            try:
                return base64.b64decode(file.read().strip(), validate=True)
            except ValueError:
                return b"?"

    def _make(self, raw: bytes) -> bytes:
        make_private(self._file.parent)
        draft = self._file.with_name(f"signing.key.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.b64encode(raw) + b"\n")
            file.flush()
            os.fsync(descriptor)
        try:
            # Of two that make one at the same moment, the first one's counts.
            os.link(draft, self._file)
        except FileExistsError:
            return self._read()
        finally:
            draft.unlink()
        return raw

    def _listed(self) -> list[str]:
        try:
            return self._list.read_text(encoding="ascii").split()
        except FileNotFoundError:
            return []

    def _list_it(self, public: str) -> None:
        known = self._listed()
        if known[:1] == [public]:
            return
        lines = dict.fromkeys([public, *known])
        draft = self._list.with_name(f"signing.keys.txt.{os.getpid()}")
        draft.write_text("".join(f"{line}\n" for line in lines), encoding="ascii")
        draft.replace(self._list)


def _public(private: Ed25519PrivateKey) -> str:
    return base64.b64encode(private.public_key().public_bytes_raw()).decode()
