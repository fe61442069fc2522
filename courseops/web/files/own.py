"""*My files*: what the backups hold of a visitor's own home, for them to have back alone."""

from __future__ import annotations

from http import HTTPStatus

from starlette.exceptions import HTTPException

from courseops.model.backups.allowance import Allowance
from courseops.model.backups.owners import second_home_in
from courseops.web.asked import Asked, anyone
from courseops.web.files.one_home import Home
from courseops.web.files.versions import doors_to


def own_home(asked: Asked) -> Home:
    """
    Give the visitor's own home: whose it is, only their session says.

    Raises:
        HTTPException: their name would lead to somebody else's.
    """
    if second_home_in(asked.who):
        raise HTTPException(HTTPStatus.FORBIDDEN, "your name does not tell which home is yours")
    return Home(asked=asked, username=asked.who, base="/files", allowance=Allowance())


DOORS = doors_to("/files", anyone, own_home)
