"""The one HTTP client to a hub: polite, patient, and silent about its token.

One write at a time, because parallel writes only make a hub slower. Only what did not answer
is asked again, only where asking twice is harmless, a bounded number of times, with full
jitter (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
"""

from __future__ import annotations

import ipaddress
import re
import ssl
import threading
import weakref
from collections.abc import Callable, Collection
from pathlib import Path
from random import SystemRandom

import httpx

from courseops.adapters.hub.answers import BUSY, Answer, read_answer
from courseops.errors import ConfigError, CourseOpsError, RefusedError, UnreachableError
from courseops.events import log

ATTEMPTS = 4
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0

READING = httpx.Timeout(30, connect=5)
WRITING = httpx.Timeout(120, connect=5)

_random = SystemRandom()
# Without https no certificate is asked for, and to read those of the whole world takes a while.
_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Transport:
    """
    Ask one hub's API, with one token.

    `verify` is a file of certificates to trust, or False to trust any; `sleep` and `wire`
    (the network) are for tests.
    """

    def __init__(
        self,
        *,
        name: str,
        url: str,
        token: str,
        verify: bool | Path,
        sleep: Callable[[float], None],
        wire: httpx.BaseTransport | None = None,
    ) -> None:
        if not token.isascii() or not token.isprintable():
            raise ConfigError(
                f"the token of hub {name} holds characters that no token has",
                hint="copy it again, for example from: openssl rand -hex 32",
            )
        self.name = name
        self.url = url.rstrip("/")
        self._sleep = sleep
        self._writing = threading.Lock()
        self._client = httpx.Client(
            headers={"Authorization": f"token {token}"},
            verify=trust(verify) if httpx.URL(url).scheme == "https" else _NOBODY,
            # A proxy of the environment can only break what never leaves this machine.
            trust_env=not is_loopback(httpx.URL(url).host),
            transport=wire,
        )
        # Nobody has to remember to close a hub: its sockets go when it goes.
        self._close = weakref.finalize(self, self._client.close)

    def read(
        self,
        path: str,
        *,
        params: dict[str, str] | None = None,
        accept: str = "",
        expected: Collection[int] = (),
    ) -> Answer:
        """Ask for something; asking twice is harmless; `expected` refusals are handed back."""
        headers = {"Accept": accept or "application/json"}
        request = self._request("GET", path, READING, params=params, headers=headers)
        return self._ask(request, expected, attempts=ATTEMPTS)

    def write(
        self, method: str, path: str, body: object, *, expected: Collection[int] = ()
    ) -> Answer:
        """Ask for a change that may be asked for twice; `expected` refusals are handed back."""
        request = self._request(method, path, WRITING, json=body)
        with self._writing:
            return self._ask(request, expected, attempts=ATTEMPTS)

    def write_once(self, method: str, path: str, *, expected: Collection[int] = ()) -> Answer:
        """Ask for a change that must not be asked for twice."""
        request = self._request(method, path, WRITING)
        with self._writing:
            return self._ask(request, expected, attempts=1)

    def close(self) -> None:
        """Close the connections."""
        self._close()

    def _request(
        self,
        method: str,
        path: str,
        timeout: httpx.Timeout,
        *,
        params: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        json: object = None,
    ) -> httpx.Request:
        return self._client.build_request(
            method,
            f"{self.url}/hub/api{path}",
            params=params,
            headers=headers,
            json=json,
            timeout=timeout,
        )

    def _ask(self, request: httpx.Request, expected: Collection[int], attempts: int) -> Answer:
        for attempt in range(1, attempts + 1):
            is_last = attempt == attempts
            pause = _pause(attempt)
            try:
                response = self._client.send(request)
            except httpx.RequestError as error:
                if is_last or is_certificate_refused(error):
                    raise self._no_answer(error) from error
            else:
                if is_last or response.status_code not in BUSY:
                    return read_answer(self.name, response, expected)
                pause = _asked_pause(response) or pause
            log().info("hub is asked again", action="hub-retry", hub=self.name, pause_seconds=pause)
            self._sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    def _no_answer(self, error: httpx.RequestError) -> CourseOpsError:
        if is_certificate_refused(error):
            return RefusedError(
                f"the certificate of hub {self.name} ({self.url}) is not trusted: {error}",
                hint="name the file of your certificate authority in the hub's configuration",
                system=f"hub/{self.name}",
            )
        return UnreachableError(
            f"hub {self.name} does not answer at {self.url}: {_in_words(error)}",
            hint="is the hub running, and is its url right?",
            system=f"hub/{self.name}",
        )


def _pause(attempt: int) -> float:
    longest = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (attempt - 1))
    return _random.uniform(0, longest)


def _asked_pause(response: httpx.Response) -> float | None:
    """Give what the hub itself asked for; it always speaks in seconds, never in dates."""
    asked = response.headers.get("Retry-After", "")
    return min(LONGEST_PAUSE_SECONDS, float(asked)) if asked.isdecimal() else None


def _in_words(error: httpx.RequestError) -> str:
    """Give what the system said, without the number that it gives it."""
    return re.sub(r"^\[Errno -?\d+\] ", "", str(error)) or type(error).__name__


def is_certificate_refused(error: Exception) -> bool:
    """Say whether a connection failed because the other side's certificate is not trusted."""
    return "CERTIFICATE_VERIFY_FAILED" in str(error)


def trust(verify: bool | Path) -> bool | ssl.SSLContext:
    """Spell for httpx whose certificates to trust: a file of them, any, or the system's."""
    return ssl.create_default_context(cafile=verify) if isinstance(verify, Path) else verify


def is_loopback(host: str) -> bool:
    """Say whether an address never leaves this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
