"""Give signs of life to a dead-man service, in the form of healthchecks.io and its kin.

The address itself says that all is well, `/start` behind it that a run began, `/fail` that it
did not end well: https://healthchecks.io/docs/http_api/. Whoever knows the address can keep the
service quiet, so it is a secret, and only its host is ever named.
"""

from __future__ import annotations

from collections.abc import Callable

import httpx

from courseops.adapters.notices.asking import status_of
from courseops.errors import ConfigError, RefusedError, UnreachableError
from courseops.model.jobs.ping import Ping

DEADLINE_SECONDS = 10.0
_BELOW = {Ping.START: "/start", Ping.SUCCESS: "", Ping.FAILURE: "/fail"}


class HttpDeadMan:
    """
    One check of a dead-man service; `address` is fetched when it is needed.

    `deadline_seconds` bounds all of one call.
    """

    def __init__(
        self, address: Callable[[], str], *, deadline_seconds: float = DEADLINE_SECONDS
    ) -> None:
        self._address = address
        self._deadline_seconds = deadline_seconds

    def ping(self, sign: Ping) -> None:
        """
        Give a sign of life; return only when it was taken.

        Raises:
            ConfigError: the address is none.
            UnreachableError: the service did not answer.
            RefusedError: it answered, and did not say that all is well.
        """
        url = _below(self._address(), sign)
        try:
            status = status_of(
                "GET", url, timeout=self._deadline_seconds, deadline_seconds=self._deadline_seconds
            )
        except (httpx.RequestError, TimeoutError) as error:
            raise UnreachableError(
                f"the dead-man service at {url.host} does not answer: {type(error).__name__}",
                hint="does this machine reach it? It will tell people that nothing was heard",
            ) from error
        if not httpx.codes.is_success(status):
            raise RefusedError(
                f"the dead-man service at {url.host} answered {status}",
                hint="is the address that [daemon] refers to still that of a check there?",
            )


def _below(address: str, sign: Ping) -> httpx.URL:
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL:
        url = httpx.URL("")
    if url.scheme not in {"http", "https"} or not url.host:
        raise ConfigError(
            "the address of a dead-man service is no web address",
            hint="put the address of the check into the place that [daemon] refers to",
        )
    return url.copy_with(path=url.path.rstrip("/") + _BELOW[sign])
