"""The pages of a hub without a hub: somebody is logged in, and asks for pages of a real site."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from starlette.testclient import TestClient
from starlette.types import ASGIApp

from courseops.config import load_config
from courseops.model.rights import Rights
from courseops.web.app import FORM_KEY, pages_of
from courseops.web.hub_page import HubPage
from courseops.web.memory.sessions import Session
from courseops.web.safety import KEY_HEADER
from courseops.web.serving import open_page

HUB = "campus"
COURSE = "python101"
CONFIG = """
[site]
name = "École du Lac"
[hubs.campus]
url = "http://127.0.0.1:9/lake"
token = {env = "PAGE_TOKEN"}
homes = "homes/{username}"
[hubs.campus.web]
secret = {env = "PAGE_TOKEN"}
[courses.python101]
hub = "campus"
title = "Python for <beginners>"
"""
# Hubs are asked again about somebody after a minute; these tests have none.
_FOR_LONG = timedelta(days=1)


class Browser(TestClient):
    """A browser in which somebody is logged in; paths are below the page's prefix."""

    def __init__(
        self,
        page: HubPage,
        session: Session | None,
        language: str,
        app: ASGIApp | None = None,
        *,
        raises: bool = True,
    ) -> None:
        headers = {"Accept-Language": language}
        if session is not None:
            # As pages' own script asks for their pieces.
            headers[KEY_HEADER] = session.form_key
        super().__init__(
            app or pages_of(page),
            base_url="http://127.0.0.1",
            follow_redirects=False,
            headers=headers,
            raise_server_exceptions=raises,
        )
        self.page = page
        self.session = session
        if session is not None:
            self.cookies.set(f"{page.section.service}-session", session.id)

    def open(self, path: str) -> str:
        """Give the page at a path, which must be there."""
        answer = self.get(self.page.link(path))
        assert answer.status_code == 200, answer.text
        return answer.text

    def fill_in(self, path: str, **fields: str):
        """Send a form with the session's key."""
        assert self.session is not None
        return self.post(self.page.link(path), data={FORM_KEY: self.session.form_key, **fields})


@contextmanager
def page_in(folder: Path, monkeypatch, config: str = CONFIG) -> Iterator[HubPage]:
    """Give the page of a hub whose site is in a folder."""
    monkeypatch.setenv("PAGE_TOKEN", "0" * 64)
    path = folder / "config.toml"
    path.write_text(config, encoding="utf-8")
    loaded = load_config(path)
    section = loaded.hubs[HUB].web
    assert section is not None
    page = open_page(loaded, HUB, section)
    with page.login, page.errands:
        yield page


def browser_of(
    page: HubPage, name: str = "alice", rights: Rights | None = None, language: str = "en"
) -> Browser:
    """Log somebody in, with rights as the hub would grant them."""
    later = datetime.now(UTC) + _FOR_LONG
    session = Session(
        name=name, token="t", rights=rights or Rights(), checked_at=later, seen_at=later
    )
    page.sessions.open(session)
    return Browser(page, session, language)


def stranger_of(page: HubPage) -> Browser:
    """Give a browser in which nobody is logged in."""
    return Browser(page, None, "en")


TEACHER = Rights(teaches=frozenset({COURSE}), grades=frozenset({COURSE}))
GRADER = Rights(grades=frozenset({COURSE}))
OPERATOR = Rights(operates=True)
