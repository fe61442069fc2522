"""The installed `courseops` command, run as a person would, on a site that a test sets up."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from courseops.config.writing import config_text

PROGRAM = str(Path(sys.executable).with_name("courseops"))


@dataclass(frozen=True)
class Said:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        return json.loads(self.out)


@dataclass
class Desk:
    """A folder with a config.toml, and the command to run on it."""

    folder: Path
    program: str = PROGRAM

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    def configure(self, *, hubs=None, courses=None, **site) -> None:
        self.config.write_text(config_text(site, hubs or {}, courses or {}), encoding="utf-8")

    def write(self, name: str, content: str, *, mode: int = 0o644) -> Path:
        path = self.folder / name
        path.write_text(content, encoding="utf-8")
        path.chmod(mode)
        return path

    def environment(self, **more: str) -> dict[str, str]:
        # Coverage, when it is measured, follows the command by variables of its own.
        kept = {
            name: value
            for name, value in os.environ.items()
            if name in {"PATH", "HOME"} or name.startswith("COVERAGE_")
        }
        return {**kept, "COURSEOPS_CONFIG": str(self.config), "COLUMNS": "200", **more}

    def run(self, *args: str, prefix: tuple[str, ...] = (), **more: str) -> Said:
        done = subprocess.run(
            [*prefix, PROGRAM, *args],
            env=self.environment(**more),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    def start(self, *args: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [PROGRAM, *args],
            env=self.environment(),
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
        )


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Give an empty folder with the command at hand."""
    return Desk(tmp_path)
