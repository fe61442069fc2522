"""One request by somebody who is logged in, and what may be answered to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from courseops.adapters.pages.render import render
from courseops.model.language import Language
from courseops.model.rights import Rights
from courseops.web.hub_page import HubPage
from courseops.web.memory.errands import Errand
from courseops.web.memory.sessions import Session
from courseops.wiring import Site

# The browser is to ask for the page it is sent to, whatever it asked before.
_SEE_OTHER = 303


@dataclass(frozen=True, kw_only=True)
class Asked:
    """
    What a page is given: who asks (`session`) for what, and the site opened in their name.

    `page` is the hub's page as a whole, `form` what was sent along, if anything.
    """

    request: Request
    page: HubPage
    session: Session
    site: Site
    language: Language
    form: FormData

    @property
    def hub(self) -> str:
        """Name the hub whose page this is."""
        return self.page.hub

    @property
    def who(self) -> str:
        """Give the visitor's username on the hub."""
        return self.session.name

    @property
    def rights(self) -> Rights:
        """Say what the visitor may do."""
        return self.session.rights

    @property
    def nonce(self) -> str:
        """Give what lets the layout's own script and style through, in this one answer."""
        return str(self.request.state.nonce)

    @property
    def parts(self) -> Mapping[str, Any]:
        """Give the parts of the address that its pattern names."""
        return self.request.path_params

    def query(self, name: str, default: str = "") -> str:
        """Give what the address says of `name` behind its question mark."""
        return self.request.query_params.get(name, default)

    def field(self, name: str, default: str = "") -> str:
        """Give what the form says of `name`; a file is no text, and counts as nothing."""
        value = self.form.get(name, default)
        return value if isinstance(value, str) else default

    def file(self, name: str) -> bytes | None:
        """Give the content of a file that was sent along; None if none was chosen."""
        value = self.form.get(name)
        if not isinstance(value, UploadFile) or not value.filename:
            return None
        return value.file.read()

    def show(self, template: str, *, status: int = 200, **values: object) -> Response:
        """Answer with a page of `templates/web/`."""
        filled = render(f"web/{template}", self.language, asked=self, **values)
        return HTMLResponse(filled, status_code=status)

    def go(self, path: str) -> Response:
        """Send the browser to another page of ours: a path below the prefix, such as "/files"."""
        return RedirectResponse(self.page.link(path), status_code=_SEE_OTHER)

    def send(self, title: str, back: str, act: Callable[[Site], str]) -> Response:
        """
        Have work done aside, and send the browser to the page that says how far it is.

        `act` gets a site of its own; `back` is the page on which its result is looked at.
        """
        errand = Errand(who=self.who, title=title, back=back)
        self.page.errands.send(errand, partial(self.page.open_site, self.who), act)
        return self.go(f"/errands/{errand.id}")


Answer = Callable[[Asked], Response]
May = Callable[[Rights, Mapping[str, str]], bool]


@dataclass(frozen=True, kw_only=True)
class Door:
    """
    One address of the pages: who may enter, and what answers there.

    `may` is asked before the answer is; `method` is GET, or POST for whatever changes anything.
    A piece is a part of a page that its own script asks for; no other script has the key to it.
    `files` says how many a form may hold, all of them no longer than a form may be.
    """

    path: str
    answer: Answer
    may: May
    method: str = "GET"
    is_piece: bool = False
    files: int = 0


def anyone(_rights: Rights, _parts: Mapping[str, str]) -> bool:
    """Let in whoever is logged in: for what is theirs alone."""
    return True


def teachers(rights: Rights, parts: Mapping[str, str]) -> bool:
    """Let in who teaches the course that the address names."""
    return rights.may_teach(parts["course"])


def graders(rights: Rights, parts: Mapping[str, str]) -> bool:
    """Let in who teaches or grades in the course that the address names."""
    return rights.may_grade(parts["course"])


def operators(rights: Rights, _parts: Mapping[str, str]) -> bool:
    """Let in who looks after the hub."""
    return rights.operates


def staff(rights: Rights, _parts: Mapping[str, str]) -> bool:
    """Let in who has any course, or looks after the hub."""
    return rights.operates or bool(rights.courses)
