"""One jobs/*.toml → Job; every problem in every file at once.

A job names one action of a closed table, where it applies and when; it holds no code. The
operator's folder overrides a shipped file of the same name. Cron's weekdays are written as
names only: APScheduler reads 1 as Tuesday, cron as Monday (its issue #1102).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from courseops.errors import ConfigError
from courseops.model.jobs.job import Job
from courseops.problems import describe

_WEEKDAYS = re.compile(r"(mon|tue|wed|thu|fri|sat|sun|[*,-])+", re.IGNORECASE)
_CRON_FIELDS = 5


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Schedule(_Section):
    """When a job is due: by cron, or every so many minutes; exactly one of both."""

    cron: str | None = Field(None, examples=["30 2 * * mon-fri"])
    every_minutes: int | None = Field(None, ge=1, examples=[5])

    @field_validator("cron")
    @classmethod
    def _weekdays_by_name(cls, cron: str | None) -> str | None:
        fields = (cron or "* * * * *").split()
        if len(fields) != _CRON_FIELDS:
            raise ValueError("must have five fields: minute hour day month weekday")
        if not _WEEKDAYS.fullmatch(fields[-1]):
            raise ValueError(
                "must name its weekdays (mon, tue, …): numbers mean different days to "
                "different programs"
            )
        if cron is not None:
            from apscheduler.triggers.cron import CronTrigger  # noqa: PLC0415 -- slow to load

            # Whatever it says of a field that is out of range is said as the problem.
            CronTrigger.from_crontab(cron)
        return cron

    @model_validator(mode="after")
    def _one_of_both(self) -> _Schedule:
        if (self.cron is None) == (self.every_minutes is None):
            raise ValueError("must have either cron or every_minutes")
        return self


class _JobSection(_Section):
    """The keys of a job file."""

    description: str = Field(examples=["Back up every hub's homes"])
    action: Literal[
        "roster-sync",
        "backup",
        "backup-check",
        "backup-drill",
        "backup-drill-home",
        "backup-prune",
        "deadline-snapshot",
        "usage-sample",
        "assignment-release",
    ] = Field(examples=["backup"])
    schedule: _Schedule = Field(examples=[{"cron": "30 2 * * *"}])
    hubs: tuple[str, ...] = Field(("*",), examples=[["campus"]])
    courses: tuple[str, ...] = Field(("*",), examples=[["python*"]])


def load_jobs(*folders: Path) -> dict[str, Job]:
    """
    Read every job file of `folders`; a later folder's file overrides an earlier one's.

    Raises:
        ConfigError: something is wrong; `problems` lists every mistake in every file.
    """
    files = {file.stem: file for folder in folders for file in sorted(folder.glob("*.toml"))}
    problems: list[str] = []
    jobs = {}
    for name, file in sorted(files.items()):
        for job in _read(name, file, problems):
            jobs[name] = job
    if problems:
        raise ConfigError("the job files have problems", problems=problems)
    return jobs


def _read(name: str, file: Path, problems: list[str]) -> Iterator[Job]:
    try:
        tables: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
        section = _JobSection.model_validate(tables)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problems.append(f"{file.name}: whole file: cannot be read: {error}")
    except ValidationError as error:
        problems.extend(describe(error, _JobSection, file.name))
    else:
        yield Job(
            name=name,
            description=section.description,
            action=section.action,
            cron=section.schedule.cron or "",
            every_minutes=section.schedule.every_minutes or 0,
            hubs=section.hubs,
            courses=section.courses,
        )
