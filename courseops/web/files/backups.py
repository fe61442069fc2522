"""*Backups*: how old everybody's copy is, what was proven, and anybody's files, for ops."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.responses import Response

from courseops.actions.backups.record import BACKUP, freshness
from courseops.actions.looking import note_look
from courseops.model.backups.freshness import DRILL_AGE, by_age
from courseops.model.hub import scope_of
from courseops.model.printable import printable
from courseops.web.asked import Asked, Door, operators
from courseops.web.files.one_home import Home
from courseops.web.files.versions import doors_to
from courseops.wiring.backups import backup_rules

_PEOPLE = "/backups/people"
_MOST_PEOPLE, _DRILLS, _RUNS = 200, 5, 5


def backups(asked: Asked) -> Response:
    """Show how old everybody's copy is, the oldest first, and what was proven."""
    section = asked.page.config.hubs[asked.hub].backup
    if section is None:
        return asked.show("files/backups-none.html")
    store, rules = asked.site.store, backup_rules(section)
    found = freshness(asked.hub, store.copies, rules, asked.site.journal)
    last_good = {it.username: it.at for it in store.copies.last_good(asked.hub).values()}
    said = asked.query("q").strip()
    people = [it for it in by_age(found, last_good) if said.casefold() in it.username.casefold()]
    zone = asked.site.time_zone
    return asked.show(
        "files/backups.html",
        found=found,
        said=said,
        people=people[:_MOST_PEOPLE],
        more=max(0, len(people) - _MOST_PEOPLE),
        allowed_hours=rules.stale_after.total_seconds() / 3600,
        unproven=found.drilled_at is None or found.drilled_at < found.at - DRILL_AGE,
        drills=store.copies.drills(asked.hub, limit=_DRILLS),
        runs=store.runs.recent(action=BACKUP, scope=scope_of(asked.hub), limit=_RUNS),
        local=lambda at: at.astimezone(zone),
        person=lambda name: asked.page.link(f"{_PEOPLE}/{quote(name, safe='')}"),
    )


def learners_home(asked: Asked) -> Home:
    """
    Give a learner's home, and write down that it was looked at, and what in it.

    Raises:
        HTTPException: nobody of that name was ever backed up here.
    """
    username = asked.parts["username"]
    copies = asked.site.store.copies
    known = username in copies.last_good(asked.hub) or username in copies.shards(asked.hub)
    if not known and not asked.site.known_versions.versions(asked.hub, username):
        raise HTTPException(HTTPStatus.NOT_FOUND)
    home = Home(asked=asked, username=username, base=f"{_PEOPLE}/{quote(username, safe='')}")
    note_look(
        asked.site.journal,
        scope_of(asked.hub),
        "files in backups",
        [username],
        detail=printable(home.path or home.query.get("in", "")),
    )
    return home


DOORS = (
    Door(path="/backups", may=operators, answer=backups),
    *doors_to(f"{_PEOPLE}/{{username}}", operators, learners_home),
)
