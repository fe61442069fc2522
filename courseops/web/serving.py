"""Serve the pages of every hub that has one, each at its own address, until told to end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from signal import SIGINT, SIGTERM
from socket import socket

import uvicorn

from courseops.adapters.hub.login import HubLogin
from courseops.config import Config, WebSection
from courseops.errors import ConfigError, CourseOpsError
from courseops.events import log
from courseops.web.app import pages_of
from courseops.web.hub_page import HubPage
from courseops.wiring.secrets import read_secret

# Work that is underway ends by itself; a browser that waits for a page does not hold us up.
_GRACE_SECONDS = 10
_LOOK_EVERY_SECONDS = 0.02


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
    there = config.hubs[hub]
    login = HubLogin(
        name=hub,
        url=there.url,
        service=section.service,
        secret=read_secret(section.secret),
        verify=there.ca_file or True,
        host=section.host or "",
    )
    is_safe = (section.host or there.url).startswith("https:")
    return HubPage(hub=hub, config=config, section=section, login=login, is_safe=is_safe)


def serve_pages(config: Config, ready: Callable[[PagesServed], None]) -> PagesServed:
    """
    Serve until SIGTERM or Ctrl-C; `ready` is called once every page answers.

    Raises:
        ConfigError: no hub has a page, or two have one address.
        CourseOpsError: nobody can listen there.
    """
    wanted = {name: hub.web for name, hub in sorted(config.hubs.items()) if hub.web is not None}
    _insist_on_addresses(wanted)
    with ExitStack() as opened:
        pages = [open_page(config, hub, section) for hub, section in wanted.items()]
        for page in pages:
            opened.enter_context(page.login)
            opened.enter_context(page.errands)
        served = PagesServed(hubs={page.hub: page.section.listen for page in pages})
        asyncio.run(_serve([_server(page) for page in pages], lambda: ready(served)))
    return served


def _insist_on_addresses(wanted: Mapping[str, WebSection]) -> None:
    if not wanted:
        raise ConfigError(
            "no hub has a page", hint="add a section [hubs.NAME.web], and see how-to/pages.md"
        )
    listens = [section.listen for section in wanted.values()]
    for listen in listens:
        if listens.count(listen) > 1:
            raise ConfigError(
                f"two hubs have their page at {listen}", hint="give each a port of its own"
            )


class _Server(uvicorn.Server):
    """One of several servers: a fault of one is an error as ours are, and no signal is its own."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to whoever runs all servers."""
        yield

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """
        Begin to answer.

        Raises:
            CourseOpsError: nobody can listen there.
        """
        try:
            await super().startup(sockets)
        except SystemExit as error:
            raise CourseOpsError(
                f"cannot answer at {self.config.host}:{self.config.port}",
                hint="is something else there? Name another address in [hubs.NAME.web]: listen",
            ) from error


def _server(page: HubPage) -> _Server:
    host, port = page.section.listens_at
    return _Server(
        uvicorn.Config(
            pages_of(page),
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            lifespan="off",
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
    )


async def _serve(servers: Sequence[_Server], ready: Callable[[], None]) -> None:
    def end() -> None:
        for server in servers:
            server.should_exit = True

    loop = asyncio.get_running_loop()
    for signal in (SIGTERM, SIGINT):
        loop.add_signal_handler(signal, end)
    running = [loop.create_task(server.serve()) for server in servers]
    watching = loop.create_task(_tell_when_ready(servers, ready))
    try:
        await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    finally:
        watching.cancel()
        end()
        await asyncio.gather(*running)


async def _tell_when_ready(servers: Sequence[_Server], ready: Callable[[], None]) -> None:
    while not all(server.started for server in servers):
        await asyncio.sleep(_LOOK_EVERY_SECONDS)
    log().info("pages are served", action="web")
    ready()
