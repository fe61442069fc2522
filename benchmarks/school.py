"""A school of many courses on one hub: its class lists, its configuration, its command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from courseops.adapters.memory.ambient import SilentProgress
from courseops.config import load_config
from courseops.config.writing import config_text
from courseops.demo.hub import LocalHub
from courseops.wiring import Site
from courseops.wiring.courses import roster_source

COURSES = 20
_HEAD = "username,first_name,last_name,email"
COMMAND = (str(Path(sys.executable).with_name("courseops")),)


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What one command took: by the clock, and of the processor's time of its own."""

    wall: float
    cpu: float


class Running:
    """A process that syncs when it is told to; what it has to load it has loaded."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._hear()

    def sync(self) -> Ran:
        """Sync once; give what that took."""
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return Ran(**json.loads(self._hear()))

    def _hear(self) -> str:
        said = self._process.stdout.readline()
        if not said:
            raise SystemExit(f"the process that runs ended with {self._process.wait()}")
        return said


class School:
    """A folder with a config.toml for `hub` and one class list a course."""

    def __init__(self, folder: Path, hub: LocalHub) -> None:
        self.folder = folder
        self.config = folder / "config.toml"
        self._hub = hub

    def write(self, courses: Mapping[str, Sequence[str]]) -> None:
        """Put `courses` into the configuration, and their people into the lists."""
        self.folder.mkdir(exist_ok=True)
        for course, names in courses.items():
            rows = "".join(f"{_row(name)}\n" for name in names)
            (self.folder / f"{course}.csv").write_text(f"{_HEAD}\n{rows}")
        self._configure(
            {course: {"hub": "campus", "roster": {"csv": f"{course}.csv"}} for course in courses}
        )

    def _configure(self, courses: Mapping[str, Mapping[str, object]]) -> None:
        hub = {"url": self._hub.url, "token": {"file": str(self._hub.token_file)}}
        self.config.write_text(config_text({}, {"campus": hub}, courses))

    @contextmanager
    def running(self) -> Iterator[Running]:
        """Start a process that syncs this school whenever it is told to."""
        program = [sys.executable, str(Path(__file__).with_name("running.py")), str(self.config)]
        with subprocess.Popen(
            program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=_environment()
        ) as process:
            try:
                yield Running(process)
            finally:
                process.stdin.close()

    def write_sections(self, course: str, sections: Mapping[str, Sequence[str]]) -> None:
        """Put one course into the configuration, whose sections have groups of their own."""
        self.folder.mkdir(exist_ok=True)
        rows = [
            f"{_row(name)},{section}\n" for section, names in sections.items() for name in names
        ]
        head = f"{_HEAD},section\n"
        (self.folder / f"{course}.csv").write_text(head + "".join(rows))
        roster = {"csv": f"{course}.csv", "section_groups": True}
        self._configure({course: {"hub": "campus", "roster": roster}})

    def take_over(self, courses: Mapping[str, Sequence[str]]) -> None:
        """Put into our record that the memberships are ours, as the sync that made them would."""
        site = Site(load_config(self.config), actor="benchmark", progress=SilentProgress())
        for course in courses:
            roster = roster_source(site, course).read()
            site.store.enrolments.enrol(course, roster.enrolments, datetime.now(UTC))
        site.close()

    def look(self) -> Ran:
        """Run a command that changes nothing; the first one makes our database."""
        return run([*COMMAND, "job", "history", "--config", str(self.config)])

    def sync(self) -> Ran:
        """Run the installed command, as a timer would."""
        return run([*COMMAND, "job", "run", "roster-sync", "--config", str(self.config)])


def run(args: Sequence[str], **more: str) -> Ran:
    """Run a command to its end with `more` environment, and see what it took; it must succeed."""
    env = _environment() | more
    began = time.monotonic()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(args, env=env, stdout=subprocess.DEVNULL, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise SystemExit(f"{' '.join(args)} failed: {said.read().decode()}")
    return Ran(wall=wall, cpu=usage.ru_utime + usage.ru_stime)


def _environment() -> dict[str, str]:
    # Bytecode is kept between runs, as where courseops is installed.
    return {name: it for name, it in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _row(name: str) -> str:
    return f"{name},Zoé,{name.upper()},{name}@univ.example"


def classes(people: int, courses: int = COURSES) -> dict[str, list[str]]:
    """Divide `people` made-up names into courses of one size."""
    each = people // courses
    return {
        f"course{number:02}": [f"u{number:02}{person:05}" for person in range(each)]
        for number in range(courses)
    }
