"""How spawners spell a username in the name of a folder or a volume, and how that is read back.

What a hub's configuration calls it is what it is called here: DockerSpawner.escape, KubeSpawner's
slug_scheme. Some spellings keep only a digest of the name, and cannot be read back:
https://github.com/jupyterhub/dockerspawner/blob/main/dockerspawner/dockerspawner.py
https://github.com/jupyterhub/kubespawner/blob/main/kubespawner/slugs.py
https://github.com/jupyterhub/the-littlest-jupyterhub/blob/main/tljh/normalize.py
"""

from __future__ import annotations

import hashlib
import re
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

_LOWER = frozenset(string.ascii_lowercase + string.digits)
# What KubeSpawner makes of any name at most, and how much of it is the digest with its dashes.
_SLUG_LENGTH = 48
_DIGEST_LENGTH = 8
_OBJECT_NAME = re.compile(r"[a-z]([a-z0-9-]*[a-z0-9])?")

# The Littlest JupyterHub puts this before the name, and counts it.
_SYSTEM_PREFIX = "jupyter-"
_SYSTEM_LENGTH = 26


@dataclass(frozen=True, kw_only=True)
class Naming:
    """
    One way of spelling usernames.

    `guess` gives what a spelling may come from, None where it tells nothing; only `read` knows
    whether that is so. `prefix` is what every spelling begins with.
    """

    spell: Callable[[str], str]
    guess: Callable[[str], str | None]
    prefix: str = ""

    def read(self, spelling: str) -> str | None:
        """Give the username that is spelled so; None where the spelling does not tell."""
        username = self.guess(spelling)
        return username if username and self.spell(username) == spelling else None


def _escape(text: str, safe: frozenset[str], mark: str) -> str:
    """Spell each byte of each unsafe character in hexadecimal, as escapism does."""
    return "".join(
        # Without a leading zero: a control character could then not be read back.
        letter if letter in safe else "".join(f"{mark}{byte:X}" for byte in _bytes(letter))
        for letter in text
    )


def _unescape(text: str, mark: str) -> str | None:
    pattern = re.compile(re.escape(mark).encode() + rb"([0-9a-fA-F]{2})")
    try:
        return pattern.sub(lambda found: bytes([int(found[1], 16)]), _bytes(text)).decode()
    except UnicodeDecodeError:
        return None


def _bytes(text: str) -> bytes:
    # A file system's names may hold bytes that are no text.
    return text.encode("utf-8", "surrogateescape")


def _digest(*parts: str) -> str:
    return hashlib.sha256(b"\xff".join(map(_bytes, parts))).hexdigest()


def _slug(username: str) -> str:
    is_kept = _OBJECT_NAME.fullmatch(username) and "--" not in username
    if is_kept and len(username) <= _SLUG_LENGTH:
        return username
    kept = _recognisable(username, _SLUG_LENGTH - _DIGEST_LENGTH - 3)
    return f"{kept}---{_digest(username)[:_DIGEST_LENGTH]}"


def _slug_of_server(username: str) -> str:
    """Spell {user_server} for the default server: as {username}, but for the longest names."""
    slug = _slug(username)
    if len(slug) + 2 <= _SLUG_LENGTH:
        return slug
    # Half of the room is the server's name, though it has none.
    kept = _recognisable(username, (_SLUG_LENGTH - _DIGEST_LENGTH - 1) // 2 - 2)
    return f"{kept}--x---{_digest(username, '')[:_DIGEST_LENGTH]}"


def _recognisable(username: str, length: int) -> str:
    kept = re.sub(r"[^a-z0-9]+", "-", username.lower()).lstrip("-")[:length].rstrip("-")
    if kept and kept[0] not in string.ascii_lowercase:
        kept = f"x-{kept[: length - 2]}"
    return kept or "x"


def _system_name(username: str) -> str:
    name = f"{_SYSTEM_PREFIX}{username}"
    if len(name) < _SYSTEM_LENGTH:
        return name
    return f"{name[:_SYSTEM_LENGTH]}-{_digest(name)[:5]}"


_PLAIN = Naming(spell=str, guess=str)
_ESCAPE = Naming(
    spell=lambda username: _escape(username, _LOWER, "-").lower(),
    guess=lambda spelling: _unescape(spelling, "-"),
)
_LEGACY = Naming(
    spell=lambda username: _escape(
        username, frozenset(string.ascii_letters + string.digits + "-"), "_"
    ),
    guess=lambda spelling: _unescape(spelling, "_"),
)
_TLJH = Naming(
    spell=_system_name,
    guess=lambda spelling: spelling.removeprefix(_SYSTEM_PREFIX),
    prefix=_SYSTEM_PREFIX,
)

PLAIN = (_PLAIN,)
# By the word of the configuration; a word may stand for several, the more usual one first.
NAMINGS: Mapping[str, tuple[Naming, ...]] = {
    "plain": PLAIN,
    "escape": (_ESCAPE,),
    "legacy": (_LEGACY,),
    "safe": (Naming(spell=_slug, guess=str), Naming(spell=_slug_of_server, guess=str)),
    "tljh": (_TLJH,),
}


def namings_of(words: Sequence[str]) -> tuple[Naming, ...]:
    """Give the namings that words of the configuration stand for, in their order."""
    return tuple(naming for word in words for naming in NAMINGS[word])
