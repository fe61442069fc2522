"""What can be configured of a hub's backups: where to, what of, for how long."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from courseops.config.basis import FilePath, SecretReference, Section

_SPAN = re.compile(r"(\d+[ymdh])+")


def _span(text: str) -> str:
    if not _SPAN.fullmatch(text):
        raise ValueError("must be years, months, days and hours: 30d, 6m or 1y6m")
    return text


Span = Annotated[str, AfterValidator(_span)]


class RetentionSection(Section):
    """For how long snapshots are kept; counted from the newest one of each kind."""

    within: Span = Field("1d", description="every snapshot", examples=["1d"])
    hourly: Span = Field("2d", description="one an hour", examples=["2d"])
    daily: Span = Field("30d", description="one a day", examples=["30d"])
    weekly: Span = Field("6m", description="one a week", examples=["6m"])
    monthly: Span = Field("1y", description="one a month", examples=["2y"])


class CopySection(Section):
    """A second repository, which gets every snapshot too."""

    repository: str = Field(
        min_length=1,
        description="any restic repository; a plain path is relative to the file",
        examples=["sftp:backup.example.org:/srv/courseops/campus"],
    )
    password: SecretReference = Field(
        description="its password", examples=[{"file": "campus-copy.password"}]
    )
    environment: dict[str, SecretReference] = Field(
        default_factory=dict,
        description="further variables for its storage",
        examples=[{"AWS_SECRET_ACCESS_KEY": {"file": "s3.key"}}],
    )


class DatabaseSection(Section):
    """A database that is copied whole, while it is written to, and backed up beside the homes."""

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9._-]*$",
        description="what its copy is called",
        examples=["jupyterhub"],
    )
    sqlite: FilePath | None = Field(
        None, description="a file of SQLite's", examples=["/srv/jupyterhub/jupyterhub.sqlite"]
    )
    postgres: SecretReference | None = Field(
        None,
        description="a PostgreSQL URL, by reference; pg_dump reads it",
        examples=[{"file": "hub-database.url"}],
    )

    @model_validator(mode="after")
    def _lies_in_one_place(self) -> DatabaseSection:
        if (self.sqlite is None) == (self.postgres is None):
            raise ValueError("must have either sqlite or postgres")
        return self


class StillSection(Section):
    """
    A file system that stands still while it is read: ZFS, btrfs or LVM.

    `{hub}` in a command or in `root` is the hub's name, `{moment}` the run's, like
    20260302T023000Z.
    """

    make: tuple[str, ...] = Field(
        min_length=1,
        description="command that makes the file system's snapshot before a run",
        examples=[["zfs", "snapshot", "tank/home@courseops"]],
    )
    root: FilePath = Field(
        description="where the folder of all homes is in it",
        examples=["/tank/home/.zfs/snapshot/courseops"],
    )
    remove: tuple[str, ...] = Field(
        min_length=1,
        description="command that takes it away again, whatever became of the run",
        examples=[["zfs", "destroy", "tank/home@courseops"]],
    )


class BackupSection(Section):
    """Where a hub's homes are backed up to, and for how long."""

    repository: str = Field(
        min_length=1,
        description="any restic repository; a plain path is relative to the file",
        examples=["/srv/backup/campus"],
    )
    password: SecretReference = Field(
        description="the repository's password", examples=[{"file": "campus-backup.password"}]
    )
    environment: dict[str, SecretReference] = Field(
        default_factory=dict,
        description="further variables for restic's storage",
        examples=[{"AWS_SECRET_ACCESS_KEY": {"file": "s3.key"}}],
    )
    restic: str = Field("restic", description="the program", examples=["/opt/restic/restic"])
    append_only: bool = Field(
        False,
        description="the repository only takes new snapshots: nothing is forgotten from here",
        examples=[True],
    )
    learners_a_shard: int = Field(
        1000, ge=10, description="how many homes one snapshot holds", examples=[1000]
    )
    largest_file_mb: int = Field(
        2048, gt=0, description="a larger file is left out, and its owner named", examples=[2048]
    )
    exclude: tuple[str, ...] = Field(
        (
            ".cache",
            ".ipython/profile_*/history.sqlite*",
            "nbsignatures.db*",
            "file_id_manager.db*",
            ".local/share/Trash",
        ),
        description="restic's patterns of what is not worth keeping",
        examples=[["*.iso"]],
    )
    stale_hours: float = Field(
        36, gt=0, description="a copy older than this needs a person", examples=[36]
    )
    leave_receipt: bool = Field(
        False,
        description="put a note beside what was restored, for the learner",
        examples=[True],
    )
    databases: tuple[DatabaseSection, ...] = Field(
        (),
        description="the hub's own database, for example; gradebooks of the hub's courses and "
        "our own record are backed up unasked",
        examples=[[{"name": "jupyterhub", "sqlite": "/srv/jupyterhub/jupyterhub.sqlite"}]],
    )
    keep: RetentionSection = RetentionSection()
    still: StillSection | None = None
    copy_to: CopySection | None = None
