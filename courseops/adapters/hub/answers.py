"""Read what came back over HTTP: a hub's answer, a hub's no, or something that is no hub."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from courseops.adapters.hub.models import ErrorModel
from courseops.adapters.hub.versions import refuse_if_too_old
from courseops.errors import CourseOpsError, MissingScopeError, RefusedError, UnreachableError

Model = TypeVar("Model", bound=BaseModel)

VERSION_HEADER = "X-JupyterHub-Version"
# What a proxy in front of the hub, or the hub itself, says when it is not up to answering.
BUSY = frozenset({429, 502, 503, 504})

_SCOPES = re.compile(r"requires any of \[([^\]]+)\]")
_TITLE = re.compile(r"<title>\s*(.*?)\s*</title>", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a hub said, and how long it took to say it."""

    hub: str
    status: int
    text: str
    version: str
    seconds: float

    @property
    def message(self) -> str:
        """Give what the hub said about its no."""
        return _message_of(self.text)

    def read(self, model: type[Model]) -> Model:
        """
        Read the answer as `model`.

        Raises:
            RefusedError: it is something else.
        """
        try:
            return model.model_validate_json(self.text)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise RefusedError(
                f"hub {self.hub} gave an answer that cannot be read: {where}: {first['msg']}",
                hint="is this JupyterHub newer than this courseops? A newer courseops may know it",
            ) from error


def read_answer(hub: str, response: httpx.Response, expected: Collection[int]) -> Answer:
    """
    Give a hub's answer if it is a success, or a no that the caller expects.

    Raises:
        UnreachableError: the hub is busy or down behind its proxy.
        MissingScopeError: our token may not do this.
        RefusedError: any other no, and whatever is not the API of a JupyterHub.
    """
    version = response.headers.get(VERSION_HEADER, "")
    refuse_if_too_old(hub, version)
    if response.status_code in BUSY:
        raise UnreachableError(
            f"hub {hub} is not up to answering ({response.status_code})",
            hint="is the hub running, or very busy? Try again in a minute",
            system=f"hub/{hub}",
        )
    if not _is_as_asked(response) and response.status_code != httpx.codes.NO_CONTENT:
        # A proxy in front of the hub says so in a page of its own.
        failed = response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR
        raise _refusal(hub, response) if failed else _no_hub(hub, response)
    if not response.is_success and response.status_code not in expected:
        raise _refusal(hub, response)
    return Answer(
        hub=hub,
        status=response.status_code,
        text=response.text,
        version=version,
        seconds=response.elapsed.total_seconds(),
    )


def missing_scope(hub: str, asked: str, scopes: Sequence[str]) -> MissingScopeError:
    """Say that our token may not do what was `asked`; any of `scopes` would do."""
    return MissingScopeError(
        f"hub {hub} refused {asked}: our token lacks the scope {' or '.join(scopes)}",
        scopes=scopes,
        hint=f'add "{scopes[0]}" to the scopes of the service\'s role '
        "(c.JupyterHub.load_roles in jupyterhub_config.py) and restart the hub",
    )


def _refusal(hub: str, response: httpx.Response) -> CourseOpsError:
    said = _message_of(response.text)
    asked = f"{response.request.method} {response.request.url.path}"
    if response.status_code == httpx.codes.FORBIDDEN:
        if scopes := _SCOPES.search(said):
            return missing_scope(hub, asked, scopes[1].split(", "))
        if asked.endswith("/hub/api/user") or "credentials" in said:
            return _bad_token(hub, said)
    if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        return RefusedError(
            f"hub {hub} failed on {asked} ({response.status_code}): {said}",
            hint="the hub's own log says why",
        )
    return RefusedError(f"hub {hub} refused {asked} ({response.status_code}): {said}")


def _bad_token(hub: str, said: str) -> RefusedError:
    return RefusedError(
        f"hub {hub} does not accept our token: {said}",
        hint="the token must be the api_token of a service in c.JupyterHub.services of this hub",
        system=f"hub/{hub}",
    )


def _no_hub(hub: str, response: httpx.Response) -> RefusedError:
    kind = response.headers.get("Content-Type", "no content type").split(";")[0]
    title = _TITLE.search(response.text)
    saying = f' titled "{title[1][:80]}"' if title else ""
    target = response.headers.get("Location")
    leading = f", leading to {target}" if target else ""
    return RefusedError(
        f"what answers for hub {hub} is not the API of a JupyterHub: "
        f"{response.request.url} gave {response.status_code} {kind}{saying}{leading}",
        hint="the url of a hub is what comes before /hub/ in the browser, with its prefix",
        system=f"hub/{hub}",
    )


def _is_as_asked(response: httpx.Response) -> bool:
    """Say whether it is JSON, which every refusal is, too, or the very kind that was asked for."""
    kind: str = response.headers.get("Content-Type", "").split(";")[0]
    is_asked_for: bool = kind == response.request.headers.get("Accept")
    return kind.endswith(("/json", "+json")) or is_asked_for


def _message_of(text: str) -> str:
    try:
        return ErrorModel.model_validate_json(text).message or "no reason given"
    except ValidationError:
        return "no reason given"
