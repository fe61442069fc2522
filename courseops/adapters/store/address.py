"""The URL of a database, taken apart without ever being shown: there may be a password in it."""

from __future__ import annotations

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from courseops.errors import ConfigError


def address_of(url: str, what: str, example: str) -> URL:
    """
    Take a URL apart; `what` it is of, and an `example` of how to write one, are for the error.

    Raises:
        ConfigError: it is none, or part of its password would be taken for the server's name.
    """
    address = _parts_of(url)
    if address is None:
        raise ConfigError(
            f"{what} cannot be read",
            hint=f"write it as {example}; in a password @ is %40, : is %3A, / is %2F and % is %25",
        )
    return address


def _parts_of(url: str) -> URL | None:
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):  # the latter for a port that is no number
        return None
    # The password ends at the first @, and what follows would be looked up, and shown.
    is_cut = address.get_backend_name() != "sqlite" and url.count("@") > 1
    return None if is_cut else address
