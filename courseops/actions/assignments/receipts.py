"""Hand each learner the receipt of the work that counts, into their own home."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime

from courseops.actions.assignments.collect_ports import CollectPorts
from courseops.actions.assignments.collecting import AssignmentCollected
from courseops.actions.assignments.turns import CollectedWork
from courseops.actions.journal import Journal
from courseops.errors import CourseOpsError
from courseops.model.assignments.manifest import parse
from courseops.model.backups.backup import Volume
from courseops.model.backups.restore import Sighting
from courseops.model.run import Outcome
from courseops.ports.backup import Placer

_FOLDER = "courseops-receipts"
_MODE = 0o644


def place_receipts(
    ports: CollectPorts,
    placer: Placer,
    volume_of: Callable[[str], Volume],
    journal: Journal,
    done: AssignmentCollected,
) -> tuple[Outcome, ...]:
    """
    Put each receipt into a folder of the learner's home, as the learner; one that is there stays.

    Nobody fails to be collected for want of a home: what comes back is about receipts only.
    """
    now = journal.clock.now()
    with journal.run("assignment-receipts", f"course/{done.course_id}/{done.name}") as entry:
        with journal.progress.stage("placing receipts", len(done.submissions)) as advance:
            for work in done.submissions:
                entry.note(_place(ports, placer, volume_of, done.name, work, now))
                advance(1)
        return tuple(entry.outcomes)


def _place(
    ports: CollectPorts,
    placer: Placer,
    volume_of: Callable[[str], Volume],
    name: str,
    work: CollectedWork,
    now: datetime,
) -> Outcome:
    path = f"{_FOLDER}/{name}-{work.folder}.txt"
    try:
        canonical, _ = ports.archive.manifest(name, work.learner, work.folder)
        text = ports.write_receipt(parse(canonical), work.fingerprint).encode()
        volume = volume_of(work.learner)
        if placer.standing(volume, path) is not None:
            return Outcome.skipped(work.learner, "has it already", kind="unchanged")
        with placer.stage() as staged:
            os.write(staged, text)
            placer.place(staged, volume, path, _as_new(path, len(text), now))
    except CourseOpsError as error:
        return Outcome.failed(work.learner, str(error), kind="no-receipt", mend=error.hint)
    return Outcome.done(work.learner, f"receipt in {path}")


def _as_new(path: str, size_bytes: int, now: datetime) -> Sighting:
    return Sighting(
        path=path,
        snapshot_id="",
        taken_at=now,
        modified_at=now,
        size_bytes=size_bytes,
        mode=_MODE,
        uid=0,
        gid=0,
    )
