"""The keys of a job file.

Cron's weekdays are written as names only: APScheduler reads 1 as Tuesday, cron as Monday (its
issue #1102), and not every reader of a file knows which of them is asked.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from cronsim import CronSim, CronSimError
from pydantic import Field, field_validator, model_validator

from courseops.config.basis import Section, ShortName, TimeZone
from courseops.model.jobs.job import At, CatchUp, Severity

_WEEKDAYS = re.compile(r"(mon|tue|wed|thu|fri|sat|sun|[*,-])+", re.IGNORECASE)
_CRON_FIELDS = 5
# Whether an expression ever comes true does not depend on when it is asked.
_ANY_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)


class ScheduleSection(Section):
    """When a job is due: by cron, every so many minutes, or by each assignment's calendar."""

    cron: str | None = Field(
        None,
        description="minute, hour, day, month, weekday by name",
        examples=["30 2 * * mon-fri"],
    )
    every_minutes: int | None = Field(
        None,
        ge=1,
        description="as a clock in UTC shows them; for whole days, write cron",
        examples=[5],
    )
    at: At | None = Field(
        None,
        description="each assignment's release, or deadline with its grace; a learner with "
        "an extension is due at a moment of their own",
        examples=["due"],
    )
    after_minutes: float = Field(0, ge=0, description="so much later than `at`", examples=[10])

    @field_validator("cron")
    @classmethod
    def _is_cron_with_named_weekdays(cls, cron: str | None) -> str | None:
        if cron is None:
            return None
        fields = cron.split()
        if len(fields) != _CRON_FIELDS:
            raise ValueError("must have five fields: minute hour day month weekday")
        if not _WEEKDAYS.fullmatch(fields[-1]):
            raise ValueError(
                "must name its weekdays (mon, tue, …): numbers mean different days to "
                "different programs"
            )
        try:
            next(CronSim(cron, _ANY_MOMENT))
        except CronSimError as error:
            raise ValueError(f"makes no sense to cron: {error}".lower()) from error
        except StopIteration as error:
            raise ValueError("names a day that no year has") from error
        return cron

    @model_validator(mode="after")
    def _one_schedule(self) -> ScheduleSection:
        if sum(it is not None for it in (self.cron, self.every_minutes, self.at)) != 1:
            raise ValueError("must have exactly one of cron, every_minutes and at")
        if self.after_minutes and self.at is None:
            raise ValueError("after_minutes goes with at")
        return self


class JobSection(Section):
    """One job: what, when, where, and what becomes of it otherwise."""

    description: str = Field(min_length=1, examples=["Back up every hub's homes"])
    action: str = Field(description="one of the actions below", examples=["backup"])
    schedule: ScheduleSection = Field(examples=[{"cron": "30 2 * * *"}])
    enabled: bool = Field(True, description="false: only when a person runs it", examples=[False])
    time_zone: TimeZone | None = Field(
        None, description="of cron; without it, the site's", examples=["Europe/Paris"]
    )
    hubs: tuple[str, ...] = Field(
        ("*",),
        min_length=1,
        description="names, or patterns with `*` and `?`",
        examples=[["campus"]],
    )
    courses: tuple[str, ...] = Field(
        ("*",), min_length=1, description="the same of courses", examples=[["python*"]]
    )
    options: dict[str, Any] = Field(
        default_factory=dict,
        description="what the action takes besides",
        examples=[{"whole_home": True}],
    )
    deadline_minutes: float = Field(
        60, gt=0, description="a run that takes longer is stopped", examples=[360]
    )
    lock: ShortName | None = Field(
        None, description="jobs with the same lock wait for each other", examples=["grading"]
    )
    catch_up: CatchUp = Field(
        CatchUp.NEWEST,
        description="of what was due while no daemon ran: nothing, the last, or each",
        examples=["each"],
    )
    notify: dict[Severity, tuple[str, ...]] = Field(
        default_factory=dict,
        description="by which ways of [site.notices] people are told; what is not named here "
        "goes every way",
        examples=[{"warning": []}],
    )

    @model_validator(mode="after")
    def _zone_goes_with_cron(self) -> JobSection:
        if self.time_zone is not None and self.schedule.cron is None:
            raise ValueError("time_zone goes with cron: nothing else depends on it")
        return self
