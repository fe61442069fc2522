"""Read the times that nbgrader writes into timestamp.txt, to the same moment as nbgrader does.

`nbgrader.utils.parse_utc` takes whatever dateutil takes. What `nbgrader submit` writes
(`Exchange.timestamp_format`) is read here without it, because reading thirty thousand of them
would take seconds.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from functools import cache

_WRITTEN = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{6})?) ([A-Za-z][A-Za-z_/+-]*)")


def read_moment(text: str | None) -> datetime | None:
    """
    Read a stamp; None for none, and for an empty one.

    Raises:
        ValueError: it is no time.
    """
    if not text:
        return None
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return _read_anything(text)
    moment = datetime.fromisoformat(found[1])
    zone = _zone(found[2])
    # A zone that nobody knows leaves the time as it is, which nbgrader takes for UTC.
    return moment.replace(tzinfo=zone or UTC).astimezone(UTC)


@cache
def _zone(name: str) -> tzinfo | None:
    if name == "UTC":
        return UTC
    from dateutil import tz  # noqa: PLC0415 - most courses do without

    found: tzinfo | None = tz.gettz(name)
    return found


def _read_anything(text: str) -> datetime:
    from dateutil import parser, tz  # noqa: PLC0415 - most courses do without

    parts = text.split(" ")
    try:
        if len(parts) != len(("date", "time", "zone")):
            moment: datetime = parser.parse(text)
        else:
            seconds = re.fullmatch(r"\s*[+-]?\d+\s*", parts[2])
            zone = int(parts[2]) if seconds else tz.gettz(parts[2])
            moment = parser.parse(f"{parts[0]} {parts[1]} TZ", tzinfos={"TZ": zone})
    except (OverflowError, TypeError) as error:
        raise ValueError(f"{text!r} is no time") from error
    offset = moment.utcoffset()
    return (moment.replace(tzinfo=None) - offset if offset else moment).replace(tzinfo=UTC)
