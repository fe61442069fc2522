"""Log people in through a hub: OAuth's code flow with PKCE, and what the hub says of them.

The page needs no power of its own: a visitor's own token says what they may. It never leaves
the server. Hubs before 6 ignore PKCE, and are asked the same way. See
https://jupyterhub.readthedocs.io/en/stable/explanation/oauth.html
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import httpx
from pydantic import ValidationError

from courseops.adapters.closing import Closing
from courseops.adapters.hub.answers import Model
from courseops.adapters.hub.models import Answered
from courseops.adapters.hub.transport import is_loopback, trust
from courseops.errors import CourseOpsError, RefusedError, UnreachableError

_PATIENCE = httpx.Timeout(15, connect=5)


@dataclass(frozen=True, kw_only=True)
class Known:
    """Who the owner of a token is to the hub, and the token's scopes."""

    name: str
    scopes: frozenset[str]


class _TokenModel(Answered):
    access_token: str


class _OwnerModel(Answered):
    name: str
    kind: str = "user"
    scopes: frozenset[str] = frozenset()


class HubLogin(Closing):
    """
    One hub's way in, for one service of it.

    `url` is the hub's base url, `secret` the service's token; `verify` as for the hub itself.
    """

    def __init__(
        self, *, name: str, url: str, service: str, secret: str, verify: bool | Path = True
    ) -> None:
        self._name = name
        self._base = urlsplit(url).path.rstrip("/")
        self._api = f"{url.rstrip('/')}/hub/api"
        self._service = service
        self._secret = secret
        self._client = httpx.Client(
            verify=trust(verify),
            trust_env=not is_loopback(httpx.URL(url).host),
            timeout=_PATIENCE,
        )

    @property
    def prefix(self) -> str:
        """Give the path below which the hub's proxy hands requests to us: "/services/NAME"."""
        return f"{self._base}/services/{self._service}"

    @property
    def hub_home(self) -> str:
        """Give the path of the hub's own home page."""
        return f"{self._base}/hub/home"

    @property
    def access_scope(self) -> str:
        """Name the scope without which nobody may come in."""
        return f"access:services!service={self._service}"

    def address(self, state: str, verifier: str) -> str:
        """Give the path to which a browser is sent to log in."""
        digest = hashlib.sha256(verifier.encode()).digest()
        asked = {
            "client_id": f"service-{self._service}",
            "response_type": "code",
            "redirect_uri": self._back,
            "state": state,
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        return f"{self._base}/hub/api/oauth2/authorize?{urlencode(asked)}"

    def token(self, code: str, verifier: str) -> str:
        """
        Have a visitor's token for the code that they came back with.

        Raises:
            RefusedError: the hub did not give the code, or gave it to somebody else.
            UnreachableError: it does not answer.
        """
        asked = {
            "client_id": f"service-{self._service}",
            "client_secret": self._secret,
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._back,
            "code_verifier": verifier,
        }
        answer = self._send(
            self._client.build_request("POST", f"{self._api}/oauth2/token", data=asked)
        )
        if answer.status_code != HTTPStatus.OK:
            raise RefusedError("the hub did not accept the login", hint="log in again")
        return self._read(_TokenModel, answer).access_token

    def owner(self, token: str) -> Known | None:
        """
        Say whose token this is; None if the hub no longer knows it.

        Raises:
            UnreachableError: the hub does not answer.
        """
        headers = {"Authorization": f"token {token}"}
        answer = self._send(self._client.build_request("GET", f"{self._api}/user", headers=headers))
        if answer.status_code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            return None
        if answer.status_code != HTTPStatus.OK:
            raise self._silent(f"it answered {answer.status_code}")
        owner = self._read(_OwnerModel, answer)
        return Known(name=owner.name, scopes=owner.scopes) if owner.kind == "user" else None

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    @property
    def _back(self) -> str:
        return f"{self.prefix}/oauth_callback"

    def _send(self, request: httpx.Request) -> httpx.Response:
        try:
            return self._client.send(request)
        except httpx.RequestError as error:
            raise self._silent(str(error)) from error

    def _silent(self, why: str) -> CourseOpsError:
        return UnreachableError(
            f"the hub {self._name} does not answer: {why}",
            hint="try again in a minute",
            system=f"hub/{self._name}",
        )

    def _read(self, shape: type[Model], answer: httpx.Response) -> Model:
        try:
            return shape.model_validate_json(answer.content)
        except ValidationError as error:
            raise self._silent("its answer is none of a hub") from error
