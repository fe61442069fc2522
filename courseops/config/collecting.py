"""Where a course's work is collected from, how much of it is taken, and whose clock counts."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from courseops.config.basis import SecretReference, Section


def _home_folder(template: str) -> str:
    try:
        filled = template.format(course="x", assignment="x")
    except (LookupError, ValueError) as error:
        raise ValueError("must hold {course} or {assignment} and no other braces") from error
    if any(part in {"", ".", ".."} for part in filled.split("/")):
        raise ValueError("must be a path inside a home, without a leading slash")
    if filled == template:
        raise ValueError("must hold {assignment}")
    return template


class NgshareSection(Section):
    """An ngshare of the hub, in place of an exchange on the file system."""

    url: str = Field(
        min_length=1,
        description="the service's address, up to its API",
        examples=["https://jupyter.example.org/services/ngshare/api"],
    )
    token: SecretReference = Field(
        description="a hub token of an instructor of the course",
        examples=[{"file": "ngshare.token"}],
    )


class CollectSection(Section):
    """How the work of learners is collected."""

    source: Literal["exchange", "homes", "snapshot", "ngshare"] = Field(
        "exchange", description="where from, unless --from says otherwise", examples=["exchange"]
    )
    judge_by: Literal["clocks", "claims"] = Field(
        "clocks",
        description="clocks: work that changed on the disk after the time it claims counts from "
        "that change; claims only after the exchange was copied from elsewhere",
        examples=["clocks"],
    )
    check_owner: bool = Field(
        False,
        description="refuse what does not belong to the account it names; "
        "only where every server runs as the learner's own account",
        examples=[True],
    )
    late_registration_days: float | None = Field(
        None,
        gt=0,
        description="the time that those have who came into the course after the release",
        examples=[7],
    )
    home_folders: tuple[Annotated[str, AfterValidator(_home_folder)], ...] = Field(
        ("{course}/{assignment}", "{assignment}"),
        description="where in a home the work lies",
        examples=[["{course}/{assignment}", "{assignment}"]],
    )
    max_files: int = Field(500, gt=0, description="of one submission", examples=[500])
    max_file_mb: float = Field(100, gt=0, description="of one file", examples=[100])
    max_total_mb: float = Field(100, gt=0, description="of one submission", examples=[100])
    late_kept: int = Field(
        10, ge=0, description="how many late submissions of a learner are kept", examples=[10]
    )
    ngshare: NgshareSection | None = None
