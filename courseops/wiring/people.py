"""Open what persons' rights need: keys of pseudonyms, our records of one person."""

from __future__ import annotations

from courseops.actions.people.pseudonyms import Pseudonyms
from courseops.model.people.pseudonym import Terms
from courseops.wiring.site import Site


def pseudonyms(site: Site) -> Pseudonyms:
    """Give what gives the people of a site their pseudonyms."""
    from courseops.adapters.pseudonyms import PseudonymKeyFiles  # noqa: PLC0415

    days = [day.split("-") for day in site.config.site.terms]
    return Pseudonyms(
        keys=PseudonymKeyFiles(site.state / "pseudonyms"),
        terms=Terms(begins=[(int(month), int(day)) for month, day in days], zone=site.time_zone),
    )
