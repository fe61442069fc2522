"""Ask a web address for nothing but whether it takes what is sent: the status of its answer."""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from courseops.adapters.hub.transport import is_loopback
from courseops.adapters.notices.deadline import within


def status_of(
    method: str,
    url: httpx.URL,
    *,
    timeout: httpx.Timeout | float,
    deadline_seconds: float,
    document: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> int:
    """
    Send a request, with a `document` as JSON if there is one, and give the status of the answer.

    `timeout` bounds each silence of the address, `deadline_seconds` all of it.

    Raises:
        httpx.RequestError: it did not answer.
        TimeoutError: not in time.
    """

    def ask() -> int:
        with (
            # A proxy of the environment can only break what never leaves this machine.
            httpx.Client(timeout=timeout, trust_env=not is_loopback(url.host)) as client,
            # What it answers is of no interest, however long it is.
            client.stream(method, url, json=document, headers=headers) as answer,
        ):
            return answer.status_code

    return within(deadline_seconds, ask)
