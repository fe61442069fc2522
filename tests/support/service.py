"""The account that a service runs as: nobody's, with just the powers that the unit grants."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.programs import Require

UNIT = Path(__file__).resolve().parents[2] / "deploy" / "courseops.service"
# Any id that is neither root's nor a learner's.
SERVICE = 24_567


def settings_of(unit: str, key: str) -> list[str]:
    """Give the words that a unit sets `key` to."""
    return " ".join(re.findall(rf"^{key}=(.*)$", unit, re.MULTILINE)).split()


@dataclass(frozen=True)
class Service:
    """How a program is started as that account; `prefix` stands before its own words."""

    prefix: tuple[str, ...]

    def give(self, *paths: Path) -> None:
        """Make everything at these paths the service's own."""
        for top in paths:
            for path in (top, *top.rglob("*")):
                os.chown(path, SERVICE, SERVICE, follow_symlinks=False)


def as_account(uid: int, powers: list[str]) -> tuple[str, ...]:
    """Spell how a program is started as `uid` with these capabilities, as systemd does it."""
    caps = ",".join(["-all", *(f"+{it.removeprefix('CAP_').lower()}" for it in powers)])
    return (
        "setpriv",
        f"--reuid={uid}",
        f"--regid={uid}",
        "--clear-groups",
        "--no-new-privs",
        f"--bounding-set={caps}",
        f"--inh-caps={caps}",
        f"--ambient-caps={caps}",
    )


@pytest.fixture
def service(require: Require) -> Service:
    """Give the account of the unit, with the unit's own list of powers."""
    require("root", os.geteuid() == 0)
    require("setpriv", shutil.which("setpriv"))
    return Service(as_account(SERVICE, settings_of(UNIT.read_text(), "AmbientCapabilities")))
