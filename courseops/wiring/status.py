"""What `status` looks at: our record, and the word of the daemon of this machine."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from courseops.actions.status import Overview, Watched, overview
from courseops.adapters.clock import SystemClock
from courseops.adapters.standing_note import StandingNote
from courseops.model.jobs.standing import Standing
from courseops.model.sight import Sight
from courseops.wiring.site import Site

if TYPE_CHECKING:
    from courseops.ports.records import Record


def overview_of(site: Site, hub: str = "", sight: Sight | None = None) -> Overview:
    """Sum up where a site stands, or one hub of it, as far as somebody's `sight` goes."""
    names = [name for name in site.hubs_with_backup() if hub in ("", name)]
    hubs = {name: site.hub_section(name).backup for name in names}
    watched = Watched(
        stale_after={
            it: timedelta(hours=section.stale_hours) for it, section in hubs.items() if section
        },
        daemon=_standing(site, sight),
        zone=site.time_zone,
        sight=sight,
    )
    return overview(_record(site), watched, SystemClock().now())


def _standing(site: Site, sight: Sight | None) -> Standing | None:
    found = standing_note(site).read()
    if found is None or sight is None:
        return found
    theirs = {job: at for job, at in found.coming.items() if sight.covers(f"job/{job}")}
    return replace(found, coming=theirs)


def standing_note(site: Site) -> StandingNote:
    """Give where the daemon of this machine leaves word of how it stands."""
    return StandingNote(site.state / "daemon.json")


def _record(site: Site) -> Record:
    """Give our record, to look at; a file of ours is looked into quickly."""
    from courseops.adapters.history.looking import FileRecord  # noqa: PLC0415

    return site.looked_into(FileRecord) or site.store.record
