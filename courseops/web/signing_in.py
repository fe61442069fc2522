"""How visitors come in, stay in and leave: by their hub, which is asked again each minute."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from courseops.adapters.hub.login import Known
from courseops.errors import RefusedError
from courseops.events import log
from courseops.model.rights import Rights, rights_of_roles, rights_of_scopes
from courseops.web.errands import SilentProgress
from courseops.web.hub_page import HubPage
from courseops.web.safety import is_ours
from courseops.web.sessions import Session, unguessable

_ASK_AGAIN = timedelta(seconds=60)
_LOGIN_LASTS_SECONDS = 600


class StrangerError(RefusedError):
    """Somebody whom the hub knows, but does not let in here."""


class Entrance:
    """The way in and out of one hub's page."""

    def __init__(self, page: HubPage) -> None:
        self._page = page
        self._cookie = f"{page.section.service}-session"
        self._login_cookie = f"{page.section.service}-login"

    def visitor(self, request: Request) -> Session | None:
        """
        Say whose session a request belongs to; None if the hub no longer knows them.

        Raises:
            StrangerError: the hub no longer lets them in here.
            UnreachableError: the hub does not answer.
        """
        now = _now()
        session = self._page.sessions.find(request.cookies.get(self._cookie, ""), now)
        if session is None or now - session.checked_at < _ASK_AGAIN:
            return session
        known = self._page.login.owner(session.token)
        if known is None or known.name != session.name:
            self._page.sessions.close(session.id)
            return None
        return self._page.sessions.renew(session, self._rights(known), now)

    def ask_in(self, request: Request) -> Response:
        """Send a browser to the hub to log in, and back to what it asked for."""
        asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        onward = asked if request.method == "GET" else ""
        return self._send_to_hub(request, onward)

    def begin(self, request: Request) -> Response:
        """Log in on purpose: `next` says where to, if that is a page of ours."""
        return self._send_to_hub(request, request.query_params.get("next", ""))

    def come_in(self, request: Request) -> Response:
        """
        Let in whom the hub sends back.

        Raises:
            RefusedError: this login was not begun in this browser, was used, or is too old; or
                the hub does not accept it.
            StrangerError: the hub does not let them in here.
            UnreachableError: the hub does not answer.
        """
        now = _now()
        asked = request.query_params
        browser = request.cookies.get(self._login_cookie, "")
        coming = self._page.sessions.come_in(asked.get("state", ""), browser, now)
        if coming is None or "code" not in asked:
            raise RefusedError("this login is not valid any more", hint="open the page again")
        token = self._page.login.token(asked["code"], coming.verifier)
        known = self._page.login.owner(token)
        if known is None:
            raise RefusedError("the hub did not accept the login", hint="open the page again")
        session = Session(
            name=known.name, token=token, rights=self._rights(known), checked_at=now, seen_at=now
        )
        self._page.sessions.open(session)
        log().info("somebody came in", action="web", hub=self._page.hub, user=known.name)
        answer = RedirectResponse(coming.onward, status_code=302)
        self._set(answer, self._cookie, session.id)
        answer.delete_cookie(self._login_cookie, path=self._page.login.prefix)
        return answer

    def leave(self, session: Session) -> Response:
        """Let somebody out, and show them the hub."""
        self._page.sessions.close(session.id)
        answer = RedirectResponse(self._page.login.hub_home, status_code=303)
        answer.delete_cookie(self._cookie, path=self._page.login.prefix)
        return answer

    def _send_to_hub(self, request: Request, onward: str) -> Response:
        browser = request.cookies.get(self._login_cookie) or unguessable()
        prefix = self._page.login.prefix
        onward = onward if is_ours(prefix, onward) else f"{prefix}/"
        coming = self._page.sessions.begin(browser, onward, _now())
        answer = RedirectResponse(
            self._page.login.address(coming.state, coming.verifier), status_code=302
        )
        self._set(answer, self._login_cookie, browser, _LOGIN_LASTS_SECONDS)
        return answer

    def _set(self, answer: Response, name: str, value: str, seconds: int | None = None) -> None:
        answer.set_cookie(
            name,
            value,
            max_age=seconds,
            path=self._page.login.prefix,
            secure=self._page.is_safe,
            httponly=True,
            samesite="lax",
        )

    def _rights(self, known: Known) -> Rights:
        if self._page.login.access_scope not in known.scopes and (
            "access:services" not in known.scopes
        ):
            raise StrangerError(
                f"the hub does not let {known.name} use this page",
                hint="whoever looks after the hub can grant access to the service",
            )
        if self._page.section.rights == "hub":
            return rights_of_scopes(known.scopes, self._page.courses)
        return self._rights_by_roster(known.name)

    def _rights_by_roster(self, username: str) -> Rights:
        with closing(self._page.open_site(username, SilentProgress())) as site:
            roles = {
                course: enrolment.role
                for course in self._page.courses
                for enrolment in site.store.enrolments.active(course)
                if enrolment.person.username == username
            }
        operators = self._page.section.operators
        return rights_of_roles(roles, operates=username in operators)


def _now() -> datetime:
    return datetime.now(UTC)
