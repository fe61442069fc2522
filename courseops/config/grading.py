"""How a course's submissions are graded, and when its assignments go out and come back."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, Field

from courseops.config.basis import Section

# In words, so that nobody switches it off by a slip.
TRUSTED = "I trust every learner's code with this account"


def _plain_modules(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if not all(part.isidentifier() for part in name.split(".")):
            raise ValueError(f"{name!r} is no name of a Python module")
    return names


class GradingSection(Section):
    """How learners' code is run; what one submission may use of the machine."""

    sandbox: Literal["on", "I trust every learner's code with this account"] = Field(
        "on",
        description="off only in these very words; without a sandbox nothing else is graded",
        examples=["on"],
    )
    workers: int = Field(0, ge=0, description="submissions at a time; 0: one a core", examples=[8])
    dask: str = Field(
        "",
        description="address of a Dask scheduler whose workers do the grading",
        examples=["tcp://scheduler:8786"],
    )
    preload: Annotated[tuple[str, ...], AfterValidator(_plain_modules)] | None = Field(
        None,
        description="modules that are imported once, before any notebook; "
        "without it, those that the assignment's own notebooks import",
        examples=[["numpy", "pandas", "matplotlib.pyplot"]],
    )
    wall_seconds: float = Field(600, gt=0, description="for one submission", examples=[600])
    cpu_seconds: float = Field(300, gt=0, description="for one submission", examples=[300])
    memory_mb: int = Field(2048, gt=0, description="for one notebook", examples=[2048])
    processes: int = Field(64, gt=0, description="for one notebook", examples=[64])
    scratch_mb: int = Field(
        256, gt=0, description="of files that a submission may write", examples=[256]
    )
    output_mb: int = Field(20, gt=0, description="of output of a submission", examples=[20])


class AssignmentSection(Section):
    """The calendar of one assignment; times have a time zone."""

    release_at: AwareDatetime | None = Field(
        None, description="not released before", examples=["2026-03-02T08:00+01:00"]
    )
    due_at: AwareDatetime | None = Field(
        None,
        description="the deadline; without it, the gradebook's",
        examples=["2026-03-09T23:59+01:00"],
    )
    grace_minutes: float = Field(
        0, ge=0, description="for which work still counts as in time", examples=[10]
    )
    extensions: dict[str, AwareDatetime] = Field(
        default_factory=dict,
        description="until when single learners have, if later; so does `assignment extend`",
        examples=[{"alice": "2026-03-12T23:59+01:00"}],
    )
