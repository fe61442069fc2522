"""Where a hub and courseops have a shared token from, as lines for a hub's own configuration."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class TokenPlace:
    """
    Where courseops has a hub's token from; never the token.

    `called` says it for a person, `variable` is its environment variable if it is in one, and
    `make` the command that makes it if it is not there yet.
    """

    called: str
    variable: str = ""
    make: str = ""


def token_comments(token: TokenPlace, service: str) -> Iterator[str]:
    """Say what a person must do about the token of a service."""
    if token.make:
        yield "# There is no token yet. Make one where courseops runs:"
        yield f"#     {token.make}"
    else:
        yield f"# The token is the one that courseops has from the {token.called};"
        yield "# a new one is made by: openssl rand -hex 32"
    if token.variable:
        yield f"# Give the hub's process the same in its environment variable {token.variable}."
    else:
        yield f"# Put the same line into {service}.token beside jupyterhub_config.py, and let only"
        yield f"# the hub's account read it: chmod 600 {service}.token"


def token_value(token: TokenPlace, service: str) -> tuple[str, str]:
    """Give what must be imported, and the expression that is the token."""
    if token.variable:
        return "import os", f"os.environ[{json.dumps(token.variable)}]"
    file = json.dumps(f"{service}.token")
    return "from pathlib import Path", f"Path(__file__).with_name({file}).read_text().strip()"
