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

_PATIENCE = httpx.Timeout(10, connect=5)


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

    `url` is the hub's base url for us, `secret` the service's token; `verify` as for the hub
    itself. `host` is the service's own, such as "https://courseops-page--service.hub.example.org",
    where the hub gives each service one (`subdomain_host`); without it, browsers are only ever
    told paths.
    """

    def __init__(
        self,
        *,
        name: str,
        url: str,
        service: str,
        secret: str,
        verify: bool | Path = True,
        host: str = "",
    ) -> None:
        self._name = name
        self._base = urlsplit(url).path.rstrip("/")
        self._host = host.rstrip("/")
        there = urlsplit(url)
        self._origin = self._host or f"{there.scheme}://{there.netloc}"
        self._hub_host = f"{there.scheme}://{there.netloc}" if self._host else ""
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
        """Give the address of the hub's own home page."""
        return f"{self._hub_host}{self._base}/hub/home"

    @property
    def hub_way_out(self) -> str:
        """Give the address at which a browser is logged out of the hub."""
        return f"{self._hub_host}{self._base}/hub/logout"

    @property
    def hub_origin(self) -> str:
        """Give the hub's origin, where the page has another; empty where they share one."""
        return self._hub_host

    @property
    def access_scope(self) -> str:
        """Name the scope without which nobody may come in."""
        return f"access:services!service={self._service}"

    def address(self, state: str, verifier: str) -> str:
        """Give the address to which a browser is sent to log in."""
        digest = hashlib.sha256(verifier.encode()).digest()
        asked = {
            "client_id": f"service-{self._service}",
            "response_type": "code",
            "redirect_uri": self._back,
            "state": state,
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        return f"{self._hub_host}{self._base}/hub/api/oauth2/authorize?{urlencode(asked)}"

    def token(self, code: str, verifier: str) -> str:
        """
        Have a visitor's token for the code that they came back with.

        Raises:
            RefusedError: the hub did not give the code, or gave it to somebody else; or it does
                not take us for the service that we say we are.
            UnreachableError: it does not answer.
        """
        answer = self._send(self._token_request(code, verifier))
        if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise self._silent(f"it answered {answer.status_code}")
        if "invalid_client" in answer.text:
            raise self._unknown()
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

    def insist_on_service(self) -> None:
        """
        Make sure that the hub has a service of this name, with this secret, that may log people in.

        It is asked for a token for a code that it never gave: only whom it knows hears about that.

        Raises:
            RefusedError: it does not know us.
            UnreachableError: it does not answer.
        """
        answer = self._send(self._token_request("none", "none"))
        if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise self._silent(f"it answered {answer.status_code}")
        if "invalid_grant" not in answer.text:
            raise self._unknown()

    def insist_on_page(self) -> None:
        """
        Make sure that who opens the page at the hub is sent to log in, by us.

        Raises:
            RefusedError: the hub leads elsewhere.
            UnreachableError: it does not answer, or finds nobody where it leads.
        """
        asked = self._client.build_request("GET", f"{self._origin}{self.prefix}/login")
        answer = self._send(asked)
        if f"client_id=service-{self._service}&" in answer.headers.get("location", ""):
            return
        if answer.status_code in {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.BAD_GATEWAY}:
            raise UnreachableError(
                f"the hub {self._name} finds nobody at the page's address",
                hint="start courseops web; the hub's proxy must reach what `listen` says",
            )
        raise RefusedError(
            f"the hub {self._name} does not lead to the page: it answered {answer.status_code}",
            hint="is the service's url in the hub's configuration what `listen` says? "
            "Restart the hub after a change",
        )

    @property
    def _back(self) -> str:
        return f"{self._host}{self.prefix}/oauth_callback"

    def _token_request(self, code: str, verifier: str) -> httpx.Request:
        asked = {
            "client_id": f"service-{self._service}",
            "client_secret": self._secret,
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._back,
            "code_verifier": verifier,
        }
        return self._client.build_request("POST", f"{self._api}/oauth2/token", data=asked)

    def _unknown(self) -> RefusedError:
        return RefusedError(
            f"the hub {self._name} has no service {self._service} with this secret that may log "
            "people in",
            hint=f"compare with: courseops doctor --hub-config {self._name}",
            system=f"hub/{self._name}",
        )

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
