"""Read the job files of several folders, and say everything that is wrong with any of them."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from courseops.errors import ConfigError
from courseops.jobfile.actions import Action, On
from courseops.jobfile.keys import JobSection
from courseops.model.jobs.job import Job
from courseops.problems import describe

_PATTERN = frozenset("*?[")


@dataclass(frozen=True, kw_only=True)
class Known:
    """What a site has that a job may name; None where nobody is to ask."""

    hubs: Iterable[str] | None = None
    courses: Iterable[str] | None = None
    ways: Iterable[str] | None = None


def load_jobs(
    *folders: Path, actions: Mapping[str, Action], known: Known | None = None
) -> dict[str, Job]:
    """
    Read every job file of `folders`; a later folder's file overrides an earlier one's.

    Raises:
        ConfigError: something is wrong; `problems` lists every mistake in every file.
    """
    files = {file.stem: file for folder in folders for file in sorted(folder.glob("*.toml"))}
    problems: list[str] = []
    jobs = {}
    for name, file in sorted(files.items()):
        reading = _Reading(file=file, actions=actions, known=known or Known(), problems=problems)
        for job in reading.jobs():
            jobs[name] = job
    if problems:
        raise ConfigError("the job files have problems", problems=problems)
    return jobs


@dataclass(frozen=True, kw_only=True)
class _Reading:
    """One file on its way to a job; what is wrong with it is added to `problems`."""

    file: Path
    actions: Mapping[str, Action]
    known: Known
    problems: list[str]

    def jobs(self) -> Iterator[Job]:
        """Give the job, unless there is a problem."""
        try:
            tables: dict[str, Any] = tomllib.loads(self.file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            self._complain("whole file", f"cannot be read: {error}")
            return
        before = len(self.problems)
        action = self._action(tables.get("action"))
        section = self._section(action.section if action else JobSection, tables)
        if section is not None and action is not None:
            self._check(section, action)
            if len(self.problems) == before:
                yield self._job(section)

    def _action(self, name: object) -> Action | None:
        if not isinstance(name, str) or name in self.actions:
            return self.actions.get(name) if isinstance(name, str) else None
        near = difflib.get_close_matches(name, self.actions, n=1, cutoff=0.5)
        meant = f"did you mean {near[0]}?" if near else f"there are {', '.join(self.actions)}"
        self._complain("action", f"is none that courseops knows; {meant}")
        return None

    def _section(self, model: type[JobSection], tables: dict[str, Any]) -> JobSection | None:
        try:
            return model.model_validate(tables)
        except ValidationError as error:
            self.problems.extend(describe(error, model, self.file.name))
            return None

    def _check(self, section: JobSection, action: Action) -> None:
        """Look for what is well said, and yet cannot be meant."""
        if section.schedule.at is not None and not action.calendar:
            follow = ", ".join(it.name for it in self.actions.values() if it.calendar)
            self._complain("schedule.at", f"is for what is done to assignments: {follow}")
        for key, on in (("hubs", (On.HUBS, On.COURSES)), ("courses", (On.COURSES,))):
            if key in section.model_fields_set and action.on not in on:
                self._complain(
                    key, f"says nothing to {action.name}, which is for {action.on.value}"
                )
            self._look_up(key, getattr(section, key), getattr(self.known, key))
        for severity, ways in section.notify.items():
            self._look_up(f"notify.{severity}", ways, self.known.ways)

    def _look_up(self, key: str, named: Iterable[str], there: Iterable[str] | None) -> None:
        # A pattern may well fit nothing yet; a plain name that is not there is a slip.
        for name in named:
            if there is not None and not _PATTERN & set(name) and name not in there:
                has = ", ".join(sorted(there)) or "none yet"
                self._complain(key, f"{name} is not in config.toml, which has these: {has}")

    def _complain(self, key: str, what: str) -> None:
        self.problems.append(f"{self.file.name}: {key}: {what}")

    def _job(self, section: JobSection) -> Job:
        return Job(
            name=self.file.stem,
            description=section.description,
            action=section.action,
            enabled=section.enabled,
            cron=section.schedule.cron or "",
            every_minutes=section.schedule.every_minutes or 0,
            at=section.schedule.at,
            after_minutes=section.schedule.after_minutes,
            time_zone=section.time_zone or "",
            hubs=section.hubs,
            courses=section.courses,
            options=_given(section.options),
            deadline_minutes=section.deadline_minutes,
            lock=section.lock or "",
            catch_up=section.catch_up,
            notify=section.notify,
        )


def _given(options: object) -> dict[str, Any]:
    """Give the options that somebody set; each action has a section of its own for them."""
    return options.model_dump(exclude_unset=True) if isinstance(options, BaseModel) else {}
