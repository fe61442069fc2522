"""Which releases of JupyterHub courseops works with, and which need an update.

Older ones lack the group properties of 4.0 and the XSRF rework of 4.1; the security fixes of
October 2026 are in 5.5.3 and 6.1.0 only:
https://jupyterhub.readthedocs.io/en/stable/reference/changelog.html
"""

from __future__ import annotations

import re

from courseops.errors import RefusedError

Version = tuple[int, int, int]

OLDEST: Version = (4, 1, 0)


def parse_version(text: str) -> Version | None:
    """Read "6.1.1" or "5.0.0b2"; None if it is no version."""
    found = re.match(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    if found is None:
        return None
    major, minor, patch = found.groups(default="0")
    return int(major), int(minor), int(patch)


def refuse_if_too_old(hub: str, text: str) -> None:
    """
    Let a hub of a release we know pass; one whose version cannot be read passes too.

    Raises:
        RefusedError: the hub is older than 4.1.
    """
    version = parse_version(text)
    if version is not None and version < OLDEST:
        raise RefusedError(
            f"hub {hub} runs JupyterHub {text}; courseops needs 4.1 or later",
            hint="upgrade the hub: "
            "https://jupyterhub.readthedocs.io/en/stable/howto/upgrading.html",
        )


def sorts_users(text: str) -> bool:
    """Say whether a hub of this version sorts its accounts if asked; if in doubt, no."""
    version = parse_version(text)
    return version is not None and version >= (5, 0, 0)


def lacks_security_fixes(version: Version) -> bool:
    """Say whether a release is without the security fixes of October 2026."""
    return version < (5, 5, 3) or (6, 0, 0) <= version < (6, 1, 0)
