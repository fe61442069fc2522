"""All pages of one hub as one application: who comes in, through which door, to which answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from http import HTTPStatus
from typing import cast, get_args

from anyio import CapacityLimiter, to_thread
from babel.core import negotiate_locale
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route, Router
from starlette.types import ASGIApp

from courseops.adapters.pages.render import render
from courseops.errors import ConfigError, CourseOpsError, RefusedError, UnreachableError
from courseops.events import log
from courseops.model.language import Language
from courseops.web.asked import Asked, Door
from courseops.web.doors import DOORS
from courseops.web.hub_page import HubPage
from courseops.web.memory.errands import SilentProgress
from courseops.web.memory.sessions import Session
from courseops.web.safety import (
    KEY_HEADER,
    SafeAnswers,
    is_from_elsewhere,
    is_key,
    is_opened,
)
from courseops.web.signing_in import Entrance, StrangerError
from courseops.web.static_files import static_file

FORM_KEY = "form-key"
_MOST_FIELDS, _LONGEST_FIELD = 20_000, 500_000
_LONGEST_FORM = 1_000_000
_FORM_SECONDS = 30.0
# A hub that hangs holds up those of whom it is asked, not those whom we still know.
_ASKING_AT_ONCE = 8


def pages_of(page: HubPage, doors: Sequence[Door] = DOORS) -> ASGIApp:
    """Make the application that shows a hub's pages."""
    entrance = Entrance(page)
    hall = _Hall(page, entrance)
    prefix = page.login.prefix
    inside = [
        Route("/oauth_callback", hall.whoever(entrance.come_in)),
        Route("/login", hall.whoever(entrance.begin)),
        Route("/logout", hall.through(_way_out(entrance)), methods=["POST"]),
        Route("/static/{version}/{name}", static_file),
        Route("/static/{name}", static_file),
        *(Route(door.path, hall.through(door), methods=[door.method]) for door in doors),
    ]
    app = Starlette(
        routes=[
            Route("/healthz", _healthz),
            Route(prefix, lambda _request: RedirectResponse(f"{prefix}/")),
            # Nothing else is redirected: it would be to a host and a scheme that we guess.
            Mount(prefix, app=Router(inside, redirect_slashes=False)),
        ],
        exception_handlers={
            HTTPException: hall.refused,
            CourseOpsError: hall.failed,
            Exception: hall.mistaken,
        },
    )
    app.router.redirect_slashes = False
    # Outside of everything, so that a mistake of ours is told as safely as all else.
    return SafeAnswers(app, page.login.hub_origin)


def _healthz(_request: Request) -> Response:
    """Answer that we live; the hub's proxy leads nobody here."""
    return PlainTextResponse("ok\n")


def _way_out(entrance: Entrance) -> Door:
    return Door(
        path="/logout",
        method="POST",
        may=lambda _rights, _parts: True,
        answer=lambda asked: entrance.leave(asked.session),
    )


class _Hall:
    """Where everybody passes: nobody gets to a page but through here."""

    def __init__(self, page: HubPage, entrance: Entrance) -> None:
        self._page = page
        self._entrance = entrance
        self._asking = CapacityLimiter(_ASKING_AT_ONCE)

    def whoever(
        self, answer: Callable[[Request], Response]
    ) -> Callable[[Request], Awaitable[Response]]:
        """Answer people of whom nothing is known yet."""

        async def ask(request: Request) -> Response:
            return await to_thread.run_sync(answer, request, limiter=self._asking)

        return ask

    def through(self, door: Door) -> Callable[[Request], Awaitable[Response]]:
        """Answer those who may enter by a door."""

        async def ask(request: Request) -> Response:
            session = await self._visitor(request)
            if session is None:
                return self._ask_in(request, door)
            self._refuse_scripts(request, session, door)
            if not door.may(session.rights, request.path_params):
                raise HTTPException(HTTPStatus.FORBIDDEN, "this is not for you to see or do")
            if request.method != "POST":
                return await run_in_threadpool(self._answer, door, request, session, FormData())
            form = await self._form(request, session, door)
            try:
                return await run_in_threadpool(self._answer, door, request, session, form)
            finally:
                await form.close()

        return ask

    async def _visitor(self, request: Request) -> Session | None:
        entrance = self._entrance
        session = entrance.seen(request)
        if session is None or not entrance.is_to_be_asked(session, request):
            return session
        asked = entrance.ask_about
        return await to_thread.run_sync(asked, session, request, limiter=self._asking)

    def _refuse_scripts(self, request: Request, session: Session, door: Door) -> None:
        """Show pages to browsers that open them, and pieces to those pages' own script."""
        if door.is_piece and not is_key(session.form_key, request.headers.get(KEY_HEADER)):
            raise HTTPException(HTTPStatus.FORBIDDEN, "this is a piece of a page")
        if not door.is_piece and not is_opened(request.headers):
            raise HTTPException(HTTPStatus.FORBIDDEN, "this page is only for a person to open")

    def _ask_in(self, request: Request, door: Door) -> Response:
        if door.is_piece:
            return PlainTextResponse("log in again", status_code=HTTPStatus.UNAUTHORIZED)
        return self._entrance.ask_in(request)

    async def _form(self, request: Request, session: Session, door: Door) -> FormData:
        length = request.headers.get("content-length", "")
        if not length.isdecimal() or int(length) > _LONGEST_FORM:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "this form is too long")
        try:
            async with asyncio.timeout(_FORM_SECONDS):
                form = await request.form(
                    max_files=door.files, max_fields=_MOST_FIELDS, max_part_size=_LONGEST_FIELD
                )
        except TimeoutError as error:
            raise HTTPException(HTTPStatus.REQUEST_TIMEOUT, "this form did not arrive") from error
        except (MultiPartException, ClientDisconnect) as error:
            raise HTTPException(HTTPStatus.BAD_REQUEST, "this form cannot be read") from error
        if is_from_elsewhere(request.headers) or not is_key(session.form_key, form.get(FORM_KEY)):
            raise HTTPException(
                HTTPStatus.FORBIDDEN, "this form was not sent from its page; open the page again"
            )
        return form

    def _answer(self, door: Door, request: Request, session: Session, form: FormData) -> Response:
        with closing(self._page.open_site(session.name, SilentProgress())) as site:
            return door.answer(
                Asked(
                    request=request,
                    page=self._page,
                    session=session,
                    site=site,
                    language=self._language(request),
                    form=form,
                )
            )

    async def refused(self, request: Request, error: Exception) -> Response:
        """Say why somebody does not get what they ask for."""
        assert isinstance(error, HTTPException)
        words = {HTTPStatus.NOT_FOUND: "there is no such page"}
        said = words.get(HTTPStatus(error.status_code), error.detail)
        return self._trouble(request, error.status_code, said)

    async def failed(self, request: Request, error: Exception) -> Response:
        """Say what failed, on whom, and what to do."""
        assert isinstance(error, CourseOpsError)
        status = HTTPStatus.CONFLICT
        if isinstance(error, UnreachableError):
            status = HTTPStatus.SERVICE_UNAVAILABLE
        elif isinstance(error, ConfigError):
            # It names files of the machine, and nobody here can mend it.
            log().error("the configuration is wrong", action="web", error=error.in_full)
            said = "this is not set up as it should be; the log of courseops says why"
            return self._trouble(request, HTTPStatus.INTERNAL_SERVER_ERROR, said)
        elif isinstance(error, StrangerError):
            status = HTTPStatus.FORBIDDEN
        elif isinstance(error, RefusedError):
            status = HTTPStatus.BAD_REQUEST
        return self._trouble(request, status, str(error), error.problems, error.hint)

    async def mistaken(self, request: Request, _error: Exception) -> Response:
        """Say that the fault is ours; the log has it."""
        log().exception("page could not be made", action="web", path=request.url.path)
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        return self._trouble(request, status, "courseops made a mistake; its log has it")

    def _trouble(
        self, request: Request, status: int, said: str, problems: Sequence[str] = (), hint: str = ""
    ) -> Response:
        language = self._language(request)
        filled = render(
            "web/trouble.html",
            language,
            page=self._page,
            nonce=request.state.nonce,
            said=said,
            problems=problems,
            hint=hint,
        )
        return HTMLResponse(filled, status_code=status)

    def _language(self, request: Request) -> Language:
        """Give the language of ours that a browser likes best, else the school's."""
        asked = request.headers.get("accept-language", "")
        liked = [part.partition(";")[0].strip() for part in asked.split(",")]
        found = negotiate_locale(liked, get_args(Language), sep="-")
        return cast("Language", found) if found else self._page.config.site.language
