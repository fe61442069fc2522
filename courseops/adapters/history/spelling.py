"""How moments, and text that may hold anything, are kept, on SQLite as on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime


def spelled_out(value: str) -> str:
    """Spell out what no database takes as text: bytes that are no UTF-8, and NUL."""
    if value.isascii() and "\0" not in value:
        return value
    return value.replace("\0", "\\x00").encode("utf-8", "backslashreplace").decode()


def name_kept(name: str) -> bytes:
    """Give the bytes of a file's name, which may be no UTF-8 (lone surrogates in Python)."""
    return name.encode("utf-8", "surrogateescape")


def name_from(kept: bytes) -> str:
    """Read a file's name, as Python gives names, out of its bytes."""
    return kept.decode("utf-8", "surrogateescape")


def moment_from(kept: str | datetime) -> datetime:
    """Read a moment as PostgreSQL gives it, or out of the text that SQLite has of it, in UTC."""
    if isinstance(kept, datetime):
        return kept.astimezone(UTC)
    return datetime.fromisoformat(kept).replace(tzinfo=UTC)


def lines_kept(lines: Iterable[str]) -> str:
    """Give what is kept of a few words or names: one a line."""
    return "\n".join(spelled_out(" ".join(line.splitlines())) for line in lines)


def lines_from(kept: str) -> tuple[str, ...]:
    """Read words or names out of what was kept."""
    return tuple(kept.split("\n")) if kept else ()
