"""Somebody who logs in at a hub's login page and starts a server, as a browser would.

The demonstration needs real servers under real names, and courseops' own token may not start
any. Since 4.1 a hub wants the value of its `_xsrf` cookie back with each change, which its
pages send as a header: https://jupyterhub.readthedocs.io/en/stable/explanation/websecurity.html
"""

from __future__ import annotations

import time
from urllib.parse import quote

import httpx

from courseops.adapters.closing import Closing
from courseops.errors import RefusedError, UnreachableError

SERVER_SECONDS = 120.0


class Visitor(Closing):
    """One person at one hub, with the session that a password opened."""

    def __init__(self, url: str, username: str, password: str) -> None:
        self.username = username
        self._password = password
        self._hub = f"{url.rstrip('/')}/hub"
        self._client = httpx.Client(trust_env=False, timeout=60)

    def close(self) -> None:
        """Close the connections; the server, if one was started, goes on."""
        self._client.close()

    def log_in(self) -> None:
        """
        Log in through the form.

        Raises:
            RefusedError: the hub does not know this name with this password.
        """
        self._send("GET", "/login")
        answer = self._send(
            "POST",
            "/login",
            form={"username": self.username, "password": self._password, "_xsrf": self._xsrf()},
        )
        if answer.status_code != httpx.codes.FOUND:
            raise RefusedError(f"the hub did not let {self.username} in ({answer.status_code})")
        # The first page after logging in exchanges the cookies for those of the session.
        self._send("GET", "/home")

    def start_server(self) -> None:
        """
        Start this person's server and wait until it is ready.

        Raises:
            RefusedError: the hub said no.
            UnreachableError: it was not ready within two minutes.
        """
        self._change("POST")
        self._wait_for(ready=True)

    def stop_server(self) -> None:
        """Stop this person's server and wait until it has stopped."""
        self._change("DELETE")
        self._wait_for(ready=False)

    def _change(self, method: str) -> None:
        answer = self._send(method, f"/api/users/{quote(self.username, safe='')}/server")
        if not answer.is_success:
            raise RefusedError(
                f"the hub refused {method} for the server of {self.username} "
                f"({answer.status_code}): {answer.text[:200]}"
            )

    def _wait_for(self, *, ready: bool) -> None:
        limit = time.monotonic() + SERVER_SECONDS
        while time.monotonic() < limit:
            model = self._send("GET", f"/api/users/{quote(self.username, safe='')}").json()
            server = model["servers"].get("")
            if server["ready"] if ready and server else server is None and not ready:
                return
            time.sleep(0.2)
        state = "ready" if ready else "stopped"
        raise UnreachableError(
            f"the server of {self.username} was not {state} within {SERVER_SECONDS:.0f} s"
        )

    def _xsrf(self) -> str:
        return next(c.value or "" for c in self._client.cookies.jar if c.name == "_xsrf")

    def _send(self, method: str, path: str, form: dict[str, str] | None = None) -> httpx.Response:
        headers = {}
        if path.startswith("/api/"):
            # The hub takes a form for a forged request, and so anything that is not JSON.
            headers = {"X-XSRFToken": self._xsrf(), "Content-Type": "application/json"}
        try:
            return self._client.request(method, self._hub + path, headers=headers, data=form)
        except httpx.TransportError as error:
            raise UnreachableError(f"the hub does not answer {self.username}: {error}") from error
