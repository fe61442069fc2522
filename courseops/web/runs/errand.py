"""How far a piece of work is that somebody sent off from a page, and what came of it."""

from __future__ import annotations

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.responses import Response

from courseops.web.asked import Asked, Door, anyone
from courseops.web.memory.errands import Errand


def errand(asked: Asked) -> Response:
    """Show one's own errand; the page comes again by itself until it is over."""
    return asked.show("runs/errand.html", errand=_errand(asked))


def progress(asked: Asked) -> Response:
    """Give the part of that page that changes."""
    return asked.show("runs/errand-progress.html", errand=_errand(asked))


def _errand(asked: Asked) -> Errand:
    found = asked.page.errands.find(asked.parts["errand"], asked.who)
    if found is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return found


DOORS = (
    Door(path="/errands/{errand}", answer=errand, may=anyone),
    Door(path="/errands/{errand}/progress", answer=progress, may=anyone, is_piece=True),
)
