"""Serve the pages of every hub that has one, each at its own address, until told to end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from signal import SIGHUP, SIGINT, SIGTERM

from courseops.config import Config, WebSection
from courseops.errors import ConfigError, CourseOpsError
from courseops.events import log
from courseops.ports.liveness import ServiceManager
from courseops.web.app import pages_of
from courseops.web.hub_page import HubPage
from courseops.web.listening import Listener
from courseops.wiring.pages import hubs_with_page, is_safe, open_login

_LOOK_EVERY_SECONDS = 0.02
_WORD_EVERY_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True)
class PagesServed:
    """Where pages were served, by hub."""

    hubs: Mapping[str, str]


def open_page(config: Config, hub: str, section: WebSection) -> HubPage:
    """
    Get one hub's page ready.

    Raises:
        ConfigError: its secret cannot be read.
    """
    return HubPage(
        hub=hub,
        config=config,
        section=section,
        login=open_login(config, hub, section),
        is_safe=is_safe(config, hub, section),
    )


def serve_pages(load: Callable[[], Config], manager: ServiceManager) -> PagesServed:
    """
    Serve until SIGTERM or Ctrl-C; SIGHUP has the configuration read anew by `load`.

    `manager` is told when every page answers. What was sent off from a page and is underway at
    the end has a minute left.

    Raises:
        ConfigError: no hub has a page, or two have one address; or a secret cannot be read.
        CourseOpsError: nobody can listen there.
    """
    with ExitStack() as opened:
        return asyncio.run(_Pages(load, manager, opened).serve())


class _Pages:
    """The pages of all hubs, as they were read last."""

    def __init__(
        self, load: Callable[[], Config], manager: ServiceManager, opened: ExitStack
    ) -> None:
        self._load = load
        self._manager = manager
        self._opened = opened
        config = load()
        self._pages = _open_pages(config, opened)
        for page in self._pages.values():
            opened.enter_context(page.errands)
        self._listeners = {
            hub: Listener(pages_of(page), *page.section.listens_at)
            for hub, page in self._pages.items()
        }
        self._reloading = asyncio.Lock()

    async def serve(self) -> PagesServed:
        """Answer until a signal says to end."""
        loop = asyncio.get_running_loop()
        for signal in (SIGTERM, SIGINT):
            loop.add_signal_handler(signal, self._end)
        reloads: set[asyncio.Task[None]] = set()
        loop.add_signal_handler(SIGHUP, lambda: reloads.add(loop.create_task(self._reload())))
        running = [loop.create_task(it.serve()) for it in self._listeners.values()]
        telling = loop.create_task(self._tell())
        try:
            await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        finally:
            telling.cancel()
            self._end()
            self._manager.stopping()
            await asyncio.gather(*running, *reloads)
            for page in self._pages.values():
                page.errands.end()
        log().info("pages end")
        return PagesServed(hubs={it.hub: it.section.listen for it in self._pages.values()})

    def _end(self) -> None:
        for listener in self._listeners.values():
            listener.should_exit = True

    async def _tell(self) -> None:
        """Say when every page answers, and from then on that they do."""
        while not all(it.started for it in self._listeners.values()):
            await asyncio.sleep(_LOOK_EVERY_SECONDS)
        log().info("pages are served", hubs=sorted(self._pages))
        self._manager.ready(self._standing)
        while True:
            await asyncio.sleep(_WORD_EVERY_SECONDS)
            self._manager.alive(self._standing)

    @property
    def _standing(self) -> str:
        return f"pages of {', '.join(self._pages)}"

    async def _reload(self) -> None:
        """Read the configuration anew; what is not valid changes nothing."""
        async with self._reloading:
            self._manager.reloading()
            try:
                pages = await asyncio.to_thread(self._read_anew)
            except CourseOpsError as error:
                log().error("the configuration stays as it was", error=error.in_full)
                self._manager.ready(f"stays as it was: {error}")
                return
            self._pages = pages
            for hub, page in pages.items():
                self._listeners[hub].stand.app = pages_of(page)
            log().info("pages reloaded")
            self._manager.ready(self._standing)

    def _read_anew(self) -> dict[str, HubPage]:
        """Give the pages as they are configured now, with whoever and whatever is in them."""
        with ExitStack() as opened:
            pages = _open_pages(self._load(), opened)
            for key in ("listen", "service", "host"):
                if _keys(pages, key) != _keys(self._pages, key):
                    raise ConfigError(
                        f"which hubs have a page, or their `{key}`, was changed, and pages that "
                        "are served keep what they have",
                        hint="restart courseops web, or put the old one back",
                    )
            # Requests that are underway have the ways in from before: all close at the end.
            self._opened.push(opened.pop_all())
        return {hub: _as_before(page, self._pages[hub]) for hub, page in pages.items()}


def _keys(pages: Mapping[str, HubPage], key: str) -> dict[str, object]:
    return {hub: getattr(page.section, key) for hub, page in pages.items()}


def _as_before(page: HubPage, before: HubPage) -> HubPage:
    return replace(page, sessions=before.sessions, errands=before.errands, comings=before.comings)


def _open_pages(config: Config, opened: ExitStack) -> dict[str, HubPage]:
    wanted = hubs_with_page(config)
    if not wanted:
        raise ConfigError(
            "no hub has a page", hint="add a section [hubs.NAME.web]: docs/how-to/pages.md"
        )
    pages = {hub: open_page(config, hub, section) for hub, section in wanted.items()}
    for page in pages.values():
        opened.enter_context(page.login)
    return pages
