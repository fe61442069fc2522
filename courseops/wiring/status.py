"""What `status` looks at: our record, and the word of the daemon of this machine."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from courseops.actions.status import Overview, Watched, overview
from courseops.adapters.clock import SystemClock
from courseops.adapters.standing_note import StandingNote
from courseops.wiring.site import Site

if TYPE_CHECKING:
    from courseops.ports.records import Record


def overview_of(site: Site) -> Overview:
    """Sum up where a site stands."""
    hubs = {name: site.hub_section(name).backup for name in site.hubs_with_backup()}
    watched = Watched(
        stale_after={it: timedelta(hours=hub.stale_hours) for it, hub in hubs.items() if hub},
        daemon=standing_note(site).read(),
        zone=site.time_zone,
    )
    return overview(_record(site), watched, SystemClock().now())


def standing_note(site: Site) -> StandingNote:
    """Give where the daemon of this machine leaves word of how it stands."""
    return StandingNote(site.state / "daemon.json")


def _record(site: Site) -> Record:
    """Give our record, to look at; a file of ours is looked into quickly."""
    from courseops.adapters.history.looking import FileRecord  # noqa: PLC0415

    return site.looked_into(FileRecord) or site.store.record
