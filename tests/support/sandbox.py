"""Run hostile code behind walls, at every level that this machine can put up."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from courseops.adapters.grading.kernel import sandbox
from courseops.adapters.grading.kernel.sandbox import Walls
from courseops.adapters.grading.walls import bubblewrap, probe

SANDBOX = Path(sandbox.__file__).parent
HOSTILE = Path(__file__).parents[1] / "assets" / "sandbox" / "hostile.py"
SYSTEM_PYTHON = "/usr/bin/python3"
ORDINARY = 12345
MEBIBYTE = 1 << 20
AS_ORDINARY = ["setpriv", f"--reuid={ORDINARY}", f"--regid={ORDINARY}", "--clear-groups"]


@dataclass(frozen=True, kw_only=True)
class Ended:
    """What became of a piece of code: what it said, and how its process ended."""

    said: list[Any]
    code: int
    left: int
    weight: int
    ended: int


@dataclass(kw_only=True)
class Cell:
    """Somewhere to run hostile code: a level, and a folder of its own in the open."""

    level: str
    folder: Path
    environment: dict[str, str] = field(default_factory=lambda: {"SECRET": "of the parent"})

    @property
    def is_root(self) -> bool:
        return self.level == "root"

    @property
    def python(self) -> str:
        return sys.executable if self.is_root or os.geteuid() else SYSTEM_PYTHON

    def walls(self, **bounds: Any) -> Walls:
        inner = {"root": "namespaces", "user": "namespaces", "bubblewrap": "inside"}
        bounds = {
            "scratch_bytes": 4 * MEBIBYTE,
            "file_bytes": 8 * MEBIBYTE,
            "memory_bytes": 512 * MEBIBYTE,
            "cpu_seconds": 20,
            "processes": 30,
            "readable": probe.readable_for(self.python),
            **bounds,
        }
        if self.level == "bubblewrap":
            bounds["readable"] = (*bounds["readable"], str(self.folder / "program"))
        uid = probe.learner_uid() if self.is_root else None
        return Walls(level=inner.get(self.level, "none"), uid=uid, **bounds)

    def command(self, walls: Walls) -> list[str]:
        program = self.folder / "program"
        if not program.exists():
            shutil.copytree(SANDBOX, program / "sandbox", ignore=lambda *_: {"__pycache__"})
            shutil.copy(HOSTILE, program / "hostile.py")
            scratch = self.folder / "scratch"
            scratch.mkdir()
            scratch.chmod(0o777)
        args = [self.python, "-I", "-B", str(program / "hostile.py")]
        if self.level == "bubblewrap":
            args = bubblewrap.command(walls, args)
        if not self.is_root and os.geteuid() == 0:
            args = [*AS_ORDINARY, *args]
        return args

    def run(self, code: str, *, given: dict[str, Any] | None = None, **options: Any) -> Ended:
        """Run `code`; `options` are bounds of the walls, or what the keeper is to do."""
        orders = {"inherited", "interrupt", "keep_all", "sloppy", "weigh"}
        walls = self.walls(**{name: one for name, one in options.items() if name not in orders})
        asked = {
            "sandbox": str(self.folder / "program" / "sandbox"),
            "walls": asdict(walls),
            "code": code,
            "given": given or {},
            **{name: one for name, one in options.items() if name in orders},
        }
        passed = [(given or {}).get("alive"), options.get("inherited")]
        done = subprocess.run(
            self.command(walls),
            input=json.dumps(asked).encode(),
            capture_output=True,
            env={"PATH": "/usr/bin:/bin", **self.environment},
            cwd=self.folder / "scratch",
            timeout=240,
            check=False,
            pass_fds=[one for one in passed if one is not None],
        )
        told = json.loads(done.stdout or "{}")
        assert "said" in told, (told, done.stderr.decode()[-3000:])
        return Ended(**told)
