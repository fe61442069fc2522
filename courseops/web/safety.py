"""What every answer of ours says to browsers, and what they must say to us.

Learners' own servers may share the hub's origin, so a cookie alone proves nothing: whatever
changes anything needs the session's form key, and a page is given to nobody but a browser that
opens it. A hub that gives each server a subdomain of its own is safer still.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_NOT_KEPT = {"Cache-Control": "no-store"}


class SafeAnswers:
    """Put what browsers must be told on every answer; only what has its own say is kept."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                for name, value in _NOT_KEPT.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_safely)


def is_opened(headers: Mapping[str, str]) -> bool:
    """Say whether a browser opens a page for a person, as far as it says; no script may read it."""
    return headers.get("sec-fetch-dest", "document") == "document"


def is_from_elsewhere(headers: Mapping[str, str]) -> bool:
    """Say whether another site had the browser ask; an address that was typed comes from none."""
    return headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}


def is_key(expected: str, given: object) -> bool:
    """Say whether a form has the session's key."""
    return isinstance(given, str) and secrets.compare_digest(expected.encode(), given.encode())


def is_ours(prefix: str, onward: str) -> bool:
    """
    Say whether a path leads to a page of ours, whatever a browser makes of it.

    Browsers read a backslash as a slash, and drop tabs and line ends.
    """
    plain = onward.isascii() and onward.isprintable() and "\\" not in onward
    inside = onward == prefix or onward.startswith((f"{prefix}/", f"{prefix}?"))
    parts = onward.partition("?")[0].split("/")
    return plain and inside and ".." not in parts and "" not in parts[1:-1]
