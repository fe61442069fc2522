"""A school of many courses on one hub: its class lists, its configuration, its command."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from courseops.actions.run_job import run_job
from courseops.adapters.memory.ambient import SilentProgress
from courseops.config import load_config
from courseops.config.writing import config_text
from courseops.demo.hub import LocalHub
from courseops.model.run import failures
from courseops.wiring import Site
from courseops.wiring.courses import roster_source
from courseops.wiring.jobs import job_action

COURSES = 20
JOB = "roster-sync"
COMMAND = (str(Path(sys.executable).with_name("courseops")),)


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What one command took: by the clock, and of the processor's time of its own."""

    wall: float
    cpu: float


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
            rows = [f"{name},Zoé,{name.upper()},{name}@univ.example\n" for name in names]
            text = "username,first_name,last_name,email\n" + "".join(rows)
            (self.folder / f"{course}.csv").write_text(text)
        hub = {"url": self._hub.url, "token": {"file": str(self._hub.token_file)}}
        sections = {
            course: {"hub": "campus", "roster": {"csv": f"{course}.csv"}} for course in courses
        }
        self.config.write_text(config_text({}, {"campus": hub}, sections))

    def sync_here(self) -> float:
        """Sync in this process, as one that runs all the time does; give the seconds."""
        began = time.monotonic()
        site = self._site()
        job = site.jobs()[JOB]
        done = run_job(job, *job_action(site, job))
        site.close()
        assert not failures(done.outcomes), done
        return time.monotonic() - began

    def take_over(self, courses: Mapping[str, Sequence[str]]) -> None:
        """Put into our record that the memberships are ours, as the sync that made them would."""
        site = self._site()
        for course in courses:
            roster = roster_source(site, course).read()
            site.store.enrolments.enrol(course, roster.enrolments, datetime.now(UTC))
        site.close()

    def _site(self) -> Site:
        return Site(load_config(self.config), actor="benchmark", progress=SilentProgress())

    def look(self) -> Ran:
        """Run a command that changes nothing; the first one makes our database."""
        return run([*COMMAND, "job", "history", "--config", str(self.config)])

    def sync(self) -> Ran:
        """Run the installed command, as a timer would."""
        return run([*COMMAND, "job", "run", JOB, "--config", str(self.config)])


def run(args: Sequence[str], **more: str) -> Ran:
    """Run a command to its end with `more` environment, and see what it took; it must succeed."""
    # Bytecode is kept between runs, as where courseops is installed.
    env = {name: it for name, it in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    env |= more
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


def classes(people: int, courses: int = COURSES) -> dict[str, list[str]]:
    """Divide `people` made-up names into courses of one size."""
    each = people // courses
    return {
        f"course{number:02}": [f"u{number:02}{person:05}" for person in range(each)]
        for number in range(courses)
    }
