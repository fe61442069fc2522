"""Read and write the times that nbgrader stamps on submissions.

nbgrader takes a zone that it does not know, such as CEST, for UTC (`parse_utc` in
nbgrader/utils.py), which makes everybody late in summer; here the exchange's own zone says what
its abbreviations mean, and what is written is always in UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def read_stamp(text: str, zone: str = "UTC") -> datetime | None:
    """Read a time as nbgrader writes it; None if it is none. `zone` is the exchange's own."""
    day, _, rest = text.strip().partition(" ")
    clock, _, abbreviation = rest.partition(" ")
    try:
        naive = datetime.fromisoformat(f"{day} {clock}")
        if naive.tzinfo is not None:
            return naive.astimezone(UTC)
        return _placed(naive, abbreviation, zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def write_stamp(moment: datetime) -> str:
    """Write a time as nbgrader reads it, without a newline."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f} UTC"


def _placed(naive: datetime, abbreviation: str, zone: str) -> datetime:
    if abbreviation in {"", "UTC", "GMT", "Z"}:
        return naive.replace(tzinfo=UTC)
    if abbreviation[0] in "+-":
        return datetime.strptime(f"{naive.isoformat()} {abbreviation}", _form(naive))  # noqa: DTZ007 -- %z makes it aware
    own = _zone(zone)
    for fold in (0, 1) if own else ():
        placed = naive.replace(tzinfo=own, fold=fold)
        if placed.tzname() == abbreviation:
            return placed
    known = _zone(abbreviation)
    return naive.replace(tzinfo=known or UTC)


def _form(naive: datetime) -> str:
    return "%Y-%m-%dT%H:%M:%S.%f %z" if naive.microsecond else "%Y-%m-%dT%H:%M:%S %z"


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
