"""Read the moments that people write."""

from __future__ import annotations

from datetime import datetime, tzinfo


def parse_moment(text: str, zone: tzinfo) -> datetime:
    """
    Read an ISO 8601 date and time; without an offset it is meant in `zone`.

    Raises:
        ValueError: it is none, or only a date, which could mean either end of the day.
    """
    example = "write it like 2026-03-02T15:00 or 2026-03-02T15:00+01:00"
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise ValueError(f"{text!r} is no date and time; {example}") from error
    if ":" not in text and "T" not in text:
        raise ValueError(f"{text!r} does not say at what time of the day; {example}")
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)
