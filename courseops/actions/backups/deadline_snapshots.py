"""Keep what the learners of a course had when a deadline passed.

Such a snapshot is of that course's homes alone, so that it begins on the second, and it may be
taken while a whole hub is backed up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from courseops.actions.backups.cataloguing import feed
from courseops.actions.backups.ports import BackupPorts
from courseops.actions.journal import Journal
from courseops.errors import CourseOpsError, RefusedError
from courseops.model.backups.backup import JUST_AFTER, Volume, deadline_tag, shard_tag
from courseops.model.backups.success import Evidence, verdicts_on
from courseops.model.run import TO_THE_END, Outcome
from courseops.ports.records import Runs

DEADLINE = "backup-deadline"


@dataclass(frozen=True, kw_only=True)
class DeadlineTaken:
    """That the homes of a course were backed up for a deadline."""

    hub: str
    course: str
    assignment: str
    run_id: str
    snapshot_id: str
    outcomes: tuple[Outcome, ...]


def back_up_deadline(
    ports: BackupPorts, journal: Journal, course_id: str, name: str, volumes: Sequence[Volume]
) -> DeadlineTaken:
    """
    Take one snapshot of the `volumes` of a course, under the tag of an assignment's deadline.

    Raises:
        CourseOpsError: no snapshot was made.
    """
    with journal.run(DEADLINE, _scope(course_id, name)) as entry:
        survey = ports.volumes.survey([volume.username for volume in volumes])
        there = {volume.path for volume in survey.volumes}
        wanted = [volume for volume in volumes if volume.path in there]
        order = ports.rules.order(deadline_tag(course_id, name), parent=_parent(ports, wanted))
        with journal.progress.stage(f"back up {course_id}", len(wanted)) as advance:
            made = ports.repository.back_up(ports.volumes.root, wanted, order)
            held = ports.repository.holds(made.snapshot_id, [it.path for it in wanted])
            advance(len(wanted))
        if not made.is_unchanged:
            # A refresh makes up for what is not listed now.
            with suppress(CourseOpsError):
                feed(ports, made, order.tags[0], wanted, entry.run.started_at)
        evidence = Evidence(held=held, unread=made.unread)
        entry.note(*(it.outcome for it in verdicts_on(wanted, evidence)))
        entry.note(
            *(
                Outcome.skipped(it.username, "has no volume yet", kind="no-volume")
                for it in volumes
                if it.path not in there
            )
        )
    return DeadlineTaken(
        hub=ports.hub,
        course=course_id,
        assignment=name,
        run_id=entry.run.id,
        snapshot_id=made.snapshot_id,
        outcomes=tuple(entry.outcomes),
    )


def just_due(
    runs: Runs, course_id: str, due: Mapping[str, datetime | None], now: datetime
) -> Iterator[str]:
    """
    Name the assignments whose deadline has just passed, and has no snapshot yet.

    Of one that passed long ago nothing is taken: that would not show what was there then.
    """
    for name, due_at in due.items():
        if due_at is None or not due_at <= now < due_at + JUST_AFTER:
            continue
        taken = runs.recent(
            action=DEADLINE,
            scope=_scope(course_id, name),
            endings=TO_THE_END,
            limit=1,
        )
        if not any(run.started_at >= due_at for run in taken):
            yield name


def refuse_late(about: str, until: datetime | None, now: datetime) -> None:
    """
    Complain that a deadline passed too long ago.

    Raises:
        RefusedError: a snapshot now would not show what was there then.
    """
    if until is not None and now >= until + JUST_AFTER:
        minutes = (now - until).total_seconds() / 60
        raise RefusedError(
            f"the deadline of {about} passed {minutes:.0f} minutes ago, without a snapshot",
            hint="the last backup before it is what there is: collect from that, or the exchange",
        )


def _scope(course_id: str, name: str) -> str:
    return f"deadline/{course_id}/{name}"


def _parent(ports: BackupPorts, volumes: Sequence[Volume]) -> str:
    """Name the newest snapshot of the shard that most are in: what it holds is not read again."""
    shards = ports.copies.shards(ports.hub)
    newest = ports.catalogue.newest(ports.hub)
    tags = Counter(shard_tag(shards[it.username]) for it in volumes if it.username in shards)
    known = (newest[tag].id for tag, _ in tags.most_common() if tag in newest)
    return next(known, "")
