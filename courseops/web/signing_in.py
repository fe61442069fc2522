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
from courseops.web.hub_page import HubPage
from courseops.web.memory.coming_in import LASTS
from courseops.web.memory.errands import SilentProgress
from courseops.web.memory.sessions import Session, unguessable
from courseops.web.safety import is_ours

_ASK_AGAIN = timedelta(seconds=60)
# The hub gives each browser's login a name of its own in this cookie, which all of its services may
# read; it is no secret, and only says that something changed. See "Logging out" in
# https://jupyterhub.readthedocs.io/en/stable/explanation/oauth.html
_HUB_SESSION = "jupyterhub-session-id"


class StrangerError(RefusedError):
    """Somebody whom the hub knows, but does not let in here."""


class Entrance:
    """The way in and out of one hub's page."""

    def __init__(self, page: HubPage) -> None:
        self._page = page
        self._cookie = f"{page.section.service}-session"
        self._login_cookie = f"{page.section.service}-login"

    def seen(self, request: Request) -> Session | None:
        """Say whose session a request belongs to, as far as we know ourselves; nobody is asked."""
        return self._page.sessions.find(request.cookies.get(self._cookie, ""), _now())

    def is_to_be_asked(self, session: Session, request: Request) -> bool:
        """Say whether the hub must be asked first: a minute is over, or they logged out there."""
        changed = session.hub_session != request.cookies.get(_HUB_SESSION, "")
        return changed or _now() - session.checked_at >= _ASK_AGAIN

    def ask_about(self, session: Session, request: Request) -> Session | None:
        """
        Ask the hub about somebody; None if it no longer knows them, or by another name.

        Raises:
            StrangerError: the hub no longer lets them in here.
            UnreachableError: the hub does not answer.
        """
        known = self._page.login.owner(session.token)
        if known is None or known.name != session.name:
            self._page.sessions.close(session.id)
            return None
        try:
            rights = self._rights(known)
        except StrangerError:
            self._page.sessions.close(session.id)
            raise
        hub_session = request.cookies.get(_HUB_SESSION, "")
        return self._page.sessions.renew(session, rights, _now(), hub_session)

    def ask_in(self, request: Request) -> Response:
        """Send a browser to the hub to log in, and back to what it asked for."""
        asked = request.scope.get("raw_path", b"").decode("latin-1").partition("?")[0]
        query = request.scope.get("query_string", b"").decode("latin-1")
        onward = f"{asked}?{query}" if query else asked
        return self._send_to_hub(request, onward if request.method == "GET" else "")

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
        coming = self._page.comings.come_in(asked.get("state", ""), browser, now)
        if coming is None or "code" not in asked:
            raise RefusedError("this login is not valid any more", hint="open the page again")
        token = self._page.login.token(asked["code"], coming.verifier)
        known = self._page.login.owner(token)
        if known is None:
            raise RefusedError("the hub did not accept the login", hint="open the page again")
        session = self._open(known, token, request, now)
        answer = RedirectResponse(coming.onward, status_code=302)
        self._set(answer, self._cookie, session.id)
        return answer

    def leave(self, session: Session) -> Response:
        """Let somebody out, here and at the hub: who sits down next shall not be them."""
        self._page.sessions.close(session.id)
        answer = RedirectResponse(self._page.login.hub_way_out, status_code=303)
        answer.delete_cookie(self._cookie, path=self._page.login.prefix)
        return answer

    def _open(self, known: Known, token: str, request: Request, now: datetime) -> Session:
        session = Session(
            name=known.name,
            token=token,
            rights=self._rights(known),
            checked_at=now,
            seen_at=now,
            hub_session=request.cookies.get(_HUB_SESSION, ""),
            **self._kept(known, request),
        )
        self._page.sessions.open(session)
        log().info("somebody came in", action="web", hub=self._page.hub, user=known.name)
        return session

    def _kept(self, known: Known, request: Request) -> dict[str, str]:
        """End the session that this browser had; forms that are open in it stay theirs."""
        before = self.seen(request)
        if before is None:
            return {}
        self._page.sessions.close(before.id)
        return {"form_key": before.form_key} if before.name == known.name else {}

    def _send_to_hub(self, request: Request, onward: str) -> Response:
        # One cookie for all windows of a browser: each has a login of its own.
        browser = request.cookies.get(self._login_cookie) or unguessable()
        prefix = self._page.login.prefix
        onward = onward if is_ours(prefix, onward) else f"{prefix}/"
        coming = self._page.comings.begin(browser, onward, _now())
        answer = RedirectResponse(
            self._page.login.address(coming.state, coming.verifier), status_code=302
        )
        self._set(answer, self._login_cookie, browser, int(LASTS.total_seconds()))
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
        if not {self._page.login.access_scope, "access:services"} & known.scopes:
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
