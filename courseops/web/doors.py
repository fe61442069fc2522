"""The table of doors: every address there is, beside those by which people come in and leave."""

from __future__ import annotations

from itertools import chain

from courseops.web import (
    backups,
    course,
    errand,
    exports,
    files,
    held,
    home,
    matrix,
    person,
    quarantine,
    roster,
    run,
    runs,
    sharing,
)
from courseops.web.asked import Door

DOORS: tuple[Door, ...] = tuple(
    chain(
        backups.DOORS,
        course.DOORS,
        errand.DOORS,
        exports.DOORS,
        files.DOORS,
        held.DOORS,
        home.DOORS,
        matrix.DOORS,
        person.DOORS,
        quarantine.DOORS,
        roster.DOORS,
        run.DOORS,
        runs.DOORS,
        sharing.DOORS,
    )
)
