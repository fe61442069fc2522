"""What a course's handout is made from: how people log in at its hub, and where the page goes."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import partial
from itertools import count
from pathlib import Path

from courseops.actions.rosters.course_ports import PasswordPorts
from courseops.actions.rosters.handouts import HandoutPorts, SharedPassword
from courseops.config import AccountsSection, CourseSection, HubSection
from courseops.errors import ConfigError, CourseOpsError
from courseops.model.language import Language
from courseops.model.rosters.handout import Change, Door, Handout
from courseops.wiring.courses import password_ports
from courseops.wiring.secrets import secret_of
from courseops.wiring.site import Site

# Where each authenticator lets people change their password; the packages' own addresses.
_CHANGE_PAGES = {"native": "/hub/change-password", "first-use": "/hub/auth/change-password"}
_CHANGES = {
    "native": Change.PAGE,
    "first-use": Change.PAGE,
    "system": Change.TERMINAL,
    "dummy": Change.NOWHERE,
    "shared": Change.NOWHERE,
}


def handout_ports(
    site: Site, course_id: str, *, output: Path | None = None, language: Language | None = None
) -> HandoutPorts:
    """
    Give what `hand_out` needs for one course.

    The page goes to `output`, or into the current folder under a name that is still free.

    Raises:
        CourseOpsError: people log in at this hub with accounts that are not courseops' to
            hand out, or there is a file at `output` already.
    """
    course = site.course_section(course_id)
    hub = site.hub_section(course.hub)
    accounts = _accounts(course, hub)
    if output is not None:
        _refuse_output(output)
    today = site.journal.clock.now().astimezone(site.time_zone).date()
    names = [output] if output else _free_names(f"handout-{course_id}-{today}")
    return HandoutPorts(
        course_id=course_id,
        title=course.title or course_id,
        door=door_of(hub.url, accounts.kind),
        hub=site.hub(course.hub),
        enrolments=site.store.enrolments,
        passwords=_passwords(site, course.hub, accounts),
        zone=site.time_zone,
        write=partial(_write, language or site.config.site.language, names),
        protected=frozenset(hub.protected),
        courses=tuple(site.courses_on(course.hub)),
    )


def door_of(url: str, kind: str) -> Door:
    """Say how people get into a hub of this kind of accounts."""
    page = _CHANGE_PAGES.get(kind, "")
    return Door(address=url, change=_CHANGES[kind], change_address=url + page if page else "")


def _accounts(course: CourseSection, hub: HubSection) -> AccountsSection:
    if hub.accounts is None or hub.accounts.kind not in _CHANGES:
        kind = f" ({hub.accounts.kind})" if hub.accounts else ""
        raise CourseOpsError(
            f"people log in at {course.hub} with the accounts they have at school{kind}: there is "
            "nothing to hand out",
            hint=""
            if hub.accounts
            else f"if the hub keeps passwords of its own, say so in [hubs.{course.hub}.accounts]",
        )
    return hub.accounts


def _passwords(
    site: Site, hub_name: str, accounts: AccountsSection
) -> PasswordPorts | SharedPassword:
    if _CHANGES[accounts.kind] is Change.NOWHERE:
        if accounts.password is None:
            raise ConfigError(
                f"everybody shares one password on {hub_name}, and courseops does not know it",
                hint=f"add to [hubs.{hub_name}.accounts]: "
                'password = { file = "workshop.password" }',
            )
        return SharedPassword(read=secret_of(accounts.password))
    ports = password_ports(site, hub_name)
    assert ports is not None  # these kinds of hub keep passwords of their own
    return ports


def _refuse_output(output: Path) -> None:
    """Say early, before any password is reset, what writing the page would only say late."""
    if os.path.lexists(output):
        raise CourseOpsError(
            f"there is a file {output} already, and it is never overwritten",
            hint="name another file with --output",
        )
    if not output.parent.is_dir():
        raise CourseOpsError(
            f"the folder {output.parent} is not there", hint="name another file with --output"
        )


def _free_names(stem: str) -> Iterable[Path]:
    return (Path(f"{stem}-{number}.html" if number > 1 else f"{stem}.html") for number in count(1))


def _write(language: Language, names: Iterable[Path], handout: Handout) -> Path:
    from courseops.adapters.pages.handout import as_html, write_new  # noqa: PLC0415

    return write_new(as_html(handout, language), names)
