"""Listen for one hub's page, with bounds on what a caller may take.

Whoever has an account on the machine reaches the port past the hub's proxy, so nothing that a
proxy says is believed, and callers who dawdle are hung up on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from socket import socket
from typing import Any

import h11
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from courseops.errors import CourseOpsError

# Work that is underway ends by itself; a browser that waits for a page does not hold us up.
_GRACE_SECONDS = 10
_CALLERS_AT_ONCE = 200
_LONGEST_HEAD = 16_384
_HEAD_SECONDS = 10.0
# For who fetches a large file by a slow line.
_ANSWER_SECONDS = 600.0


class Stand:
    """What answers at an address; `app` may be another one from one request to the next."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, in bounded time."""
        async with asyncio.timeout(_ANSWER_SECONDS):
            await self.app(scope, receive, send)


class _Prompt(H11Protocol):
    """HTTP with those who say in time what they want."""

    _hurry: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._mind()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._mind()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._relax()

    def _mind(self) -> None:
        """Begin to wait for the head of a request, or stop: drop by drop wins no time."""
        if self.conn.their_state is not h11.IDLE:
            self._relax()
        elif self._hurry is None:
            self._hurry = self.loop.call_later(_HEAD_SECONDS, self._hang_up)

    def _relax(self) -> None:
        if self._hurry is not None:
            self._hurry.cancel()
            self._hurry = None

    def _hang_up(self) -> None:
        self._hurry = None
        if self.conn.their_state is h11.IDLE:
            self.transport.close()


class Listener(uvicorn.Server):
    """One of several servers: a fault of one is an error as ours are, and no signal is its own."""

    def __init__(self, app: ASGIApp, host: str, port: int) -> None:
        self.stand = Stand(app)
        super().__init__(
            uvicorn.Config(
                self.stand,
                host=host,
                port=port,
                http=_Prompt,
                ws="none",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                lifespan="off",
                limit_concurrency=_CALLERS_AT_ONCE,
                h11_max_incomplete_event_size=_LONGEST_HEAD,
                timeout_graceful_shutdown=_GRACE_SECONDS,
            )
        )

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
