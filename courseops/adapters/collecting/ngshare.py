"""Work that was handed in through ngshare, the exchange that is a service of the hub.

Its answers are JSON with `success`; times are naive and in UTC.
https://ngshare.readthedocs.io/en/latest/developer/notes_api.html
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx

from courseops.adapters.collecting.stamps import read_stamp
from courseops.errors import CourseOpsError, RefusedError, UnreachableError
from courseops.model.assignments.candidate import Bounds, Candidate, NotTakenError, Source, Trouble
from courseops.ports.collecting import Sink

_TIMEOUT_SECONDS = 60.0
# Where it sends somebody whom it does not know: to log in.
_REDIRECTS = (301, 302, 303, 307, 308)
_NOT_FOUND = 404
_WHOSE_TOKEN = "the token must be a hub token of an instructor of the course at ngshare"  # noqa: S105 - words
_NOT_THERE = "see whether ngshare has the course, the released assignment and the learner"
_SPOILED = "a file is not what ngshare says it is"
# What base64 and JSON add, generously.
_SWELLING = 2


class NgshareWork:
    """
    One course at an ngshare, asked with the token of somebody who teaches it.

    `parameters` go with every request; ngshare's stand-alone mode needs a `user` there.
    """

    def __init__(
        self,
        *,
        url: str,
        token: Callable[[], str],
        course_id: str,
        bounds: Bounds,
        parameters: dict[str, str] | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._url = url.rstrip("/")
        self._token = token
        self._course_id = course_id
        self._bounds = bounds
        self._parameters = parameters or {}
        self._transport = transport

    def candidates(
        self,
        name: str,
        until: Callable[[str], datetime | None],  # noqa: ARG002 -- all submissions are listed
    ) -> Iterator[Candidate]:
        """List everything handed in for an assignment."""
        # Of a token that it does not know, ngshare 0.6.0 says so on some pages, and dies on others.
        self._ask("courses")
        answer = self._ask(f"submissions/{_part(self._course_id)}/{_part(name)}")
        for row in answer.get("submissions", []):
            stamp = str(row.get("timestamp", ""))
            at = read_stamp(stamp)
            if at is None:
                raise CourseOpsError(f"ngshare names a time that is none: {stamp[:40]!r}")
            # ngshare's own clock wrote it: no learner could.
            yield Candidate(
                learner=str(row.get("student_id", "")),
                source=Source.NGSHARE,
                place=stamp,
                claimed_at=at,
                stamp=stamp,
            )

    def take(self, name: str, candidate: Candidate, sink: Sink) -> Candidate:
        """Fetch the files of one submission, and compare them with ngshare's checksums."""
        where = "/".join(map(_part, (self._course_id, name, candidate.learner)))
        answer = self._ask(f"submission/{where}", timestamp=candidate.place)
        if read_stamp(str(answer.get("timestamp", ""))) != candidate.claimed_at:
            raise NotTakenError(_damaged("ngshare gave another submission of the learner's"))
        for file in answer.get("files", []):
            content = _content(file)
            sink.receive(str(file["path"]), iter([content]), modified_at=candidate.claimed_at)
        return candidate

    def _ask(self, path: str, **parameters: str) -> dict[str, Any]:
        limit_bytes = _SWELLING * self._bounds.total_bytes
        try:
            with (
                httpx.Client(
                    headers={"Authorization": f"token {self._token()}"},
                    timeout=_TIMEOUT_SECONDS,
                    transport=self._transport,
                ) as client,
                client.stream(
                    "GET", f"{self._url}/{path}", params={**self._parameters, **parameters}
                ) as response,
            ):
                raw = _read(response, limit_bytes)
                code = response.status_code
        except httpx.HTTPError as error:
            raise UnreachableError(f"ngshare does not answer: {error} ({self._url})") from error
        return _understood(raw, code, self._url)


def _read(response: httpx.Response, limit_bytes: int) -> bytes:
    raw = bytearray()
    for chunk in response.iter_bytes():
        raw += chunk
        if len(raw) > limit_bytes:
            raise NotTakenError(
                Trouble(
                    kind="too-big",
                    reason=f"ngshare's answer has more than {limit_bytes} bytes",
                    mend="ask the learner to submit again without large files",
                )
            )
    return bytes(raw)


def _understood(raw: bytes, code: int, url: str) -> dict[str, Any]:
    if code in _REDIRECTS:
        raise RefusedError("ngshare does not know the token", hint=_WHOSE_TOKEN)
    try:
        answer = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise CourseOpsError(
            f"this does not answer like ngshare: HTTP {code} ({url})",
            hint="set ngshare.url to the service's address, with its prefix and /api",
        ) from error
    if isinstance(answer, dict) and answer.get("success") is True:
        return answer
    said = answer.get("message") if isinstance(answer, dict) else ""
    raise RefusedError(
        f"ngshare said no: {said or f'HTTP {code}'}",
        hint=_NOT_THERE if code == _NOT_FOUND else _WHOSE_TOKEN,
    )


def _content(file: dict[str, Any]) -> bytes:
    try:
        content = base64.b64decode(str(file["content"]))
        # ngshare's own name for a content: `File.__init__` in its database.py.
        same = hashlib.md5(content, usedforsecurity=False).hexdigest() == file["checksum"]
    except (KeyError, ValueError, binascii.Error) as error:
        raise NotTakenError(_damaged(_SPOILED)) from error
    if not same:
        raise NotTakenError(_damaged(_SPOILED))
    return content


def _damaged(reason: str) -> Trouble:
    return Trouble(
        kind="damaged",
        reason=reason,
        mend="collect again; if it stays so, see ngshare's storage",
    )


def _part(name: str) -> str:
    return quote(name, safe="")
