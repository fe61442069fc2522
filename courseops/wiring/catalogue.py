"""Open what is known of a site's snapshots, as quickly as can be."""

from __future__ import annotations

from courseops.adapters.history import DATABASE
from courseops.ports import KnownVersions
from courseops.wiring.site import Site


def known_versions(site: Site) -> KnownVersions:
    """Give what restoring needs of the catalogue; a file of ours is looked into quickly."""
    if not site.config.site.database:
        from courseops.adapters.history.looking import FileCatalogue  # noqa: PLC0415

        looking = FileCatalogue(site.state / DATABASE)
        if looking.is_current():
            return looking
    return site.store.catalogue
