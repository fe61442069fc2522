"""The account that a service runs as: nobody's, with just the powers that the unit grants."""

from __future__ import annotations

import os
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.programs import Require

UNIT = Path(__file__).resolve().parents[2] / "deploy" / "courseops.service"
_SEALED = Path(__file__).with_name("sealed.py")
# Any id that is neither root's nor a learner's.
SERVICE = 24_567


def settings_of(unit: str, key: str) -> list[str]:
    """Give the words that a unit sets `key` to."""
    return " ".join(re.findall(rf"^{key}=(.*)$", unit, re.MULTILINE)).split()


# What ProtectSystem=strict makes of a machine: all of it is closed to writing, but for one folder.
_CLOSED = (
    'mount --bind "$0" "$0" && mount -o remount,bind,ro / && '
    'mount -t tmpfs -o mode=1777 private /var/tmp && exec "$@"'
)


@dataclass(frozen=True)
class Service:
    """How a program is started as that account; `prefix` stands before its own words."""

    prefix: tuple[str, ...]

    def walled(self, folder: Path, unit: Path = UNIT) -> tuple[str, ...]:
        """Give a prefix that lets write to `folder` alone, and make no call the unit refuses."""
        alone = ("unshare", "--mount", "--propagation", "private", "sh", "-c", _CLOSED, str(folder))
        return (*alone, *self.prefix, sys.executable, str(_SEALED), str(unit))

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
    for program in ("setpriv", "unshare", "systemd-analyze"):
        require(program, shutil.which(program))
    return Service(as_account(SERVICE, settings_of(UNIT.read_text(), "AmbientCapabilities")))
