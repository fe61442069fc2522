"""The table of doors: every address there is, beside those by which people come in and leave."""

from __future__ import annotations

from itertools import chain

from courseops.web import usage
from courseops.web.asked import Door
from courseops.web.course import (
    exports,
    held,
    matrix,
    overview,
    person,
    quarantine,
    roster,
    sharing,
)
from courseops.web.files import backups, own
from courseops.web.home import page
from courseops.web.runs import errand, history, run

_HOME = (page,)
_COURSE = (overview, matrix, roster, held, quarantine, sharing, person, exports)
_FILES = (own, backups)
_RUNS = (history, run, errand)

DOORS: tuple[Door, ...] = tuple(
    chain.from_iterable(room.DOORS for room in (*_HOME, *_COURSE, *_FILES, usage, *_RUNS))
)
