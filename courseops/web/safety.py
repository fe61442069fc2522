"""What every answer of ours says to browsers, and what they must say to us.

Learners' own servers may share the hub's origin, so a cookie alone proves nothing: whatever
changes anything needs the session's form key, a page is given to nobody but a browser that opens
it, and a piece of a page to nobody who does not know that key. A hub that gives each server a
subdomain of its own is safer still: docs/explanation/page-safety.md.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from urllib.parse import unquote

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

KEY_HEADER = "X-Form-Key"
"""The header by which our own pages, and no others, ask for pieces."""

# By nonce and not by 'self': below the same origin lie files that learners write.
_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'nonce-{nonce}'",
        "style-src 'nonce-{nonce}'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'{hub}",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
_HEADERS = {
    # A path of ours may name somebody; pages of learners, of the same origin, need not know it.
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_NOT_KEPT = {"Cache-Control": "no-store"}
_CHROMIUM = re.compile(r'"Chromium";\s*v="(\d{1,5})"')
_KNOWS_NOOPENER = 131


class SafeAnswers:
    """
    Put what browsers must be told on every answer; of it, only how long it may be kept is theirs.

    `hub` is the hub's origin, where that is not the page's.
    """

    def __init__(self, app: ASGIApp, hub: str = "") -> None:
        self._app = app
        self._hub = f" {hub}" if hub else ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, whose state gets the `nonce` of the page's own script and style."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {})["nonce"] = nonce

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = _POLICY.format(nonce=nonce, hub=self._hub)
                headers["Cross-Origin-Opener-Policy"] = _opener_policy(Headers(scope=scope))
                for name, value in _HEADERS.items():
                    headers[name] = value
                for name, value in _NOT_KEPT.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_safely)


def _opener_policy(asked: Mapping[str, str]) -> str:
    """
    Say who may hold on to a window that shows a page of ours: nobody, where a browser can do that.

    With "same-origin" a page of a learner's own server, which may say "same-origin" as well, opens
    one of ours and reads it. Browsers that do not know the other word would take it for none. See
    https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Cross-Origin-Opener-Policy
    """
    found = _CHROMIUM.search(asked.get("sec-ch-ua", ""))
    knows = found is not None and int(found[1]) >= _KNOWS_NOOPENER
    return "noopener-allow-popups" if knows else "same-origin"


def is_opened(headers: Mapping[str, str]) -> bool:
    """Say whether a browser opens a page for a person, as far as it says; no script may read it."""
    return headers.get("sec-fetch-dest", "document") == "document"


def is_from_elsewhere(headers: Mapping[str, str]) -> bool:
    """Say whether another site had the browser ask; an address that was typed comes from none."""
    return headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}


def is_key(expected: str, given: object) -> bool:
    """Say whether a form has the session's key."""
    return isinstance(given, str) and secrets.compare_digest(
        expected.encode(), given.encode("utf-8", "surrogatepass")
    )


def is_ours(prefix: str, onward: str) -> bool:
    """
    Say whether a path leads to a page of ours, whatever a browser makes of it.

    Browsers read a backslash as a slash, %2e as a dot, and drop tabs and line ends.
    """
    plain = onward.isascii() and onward.isprintable() and "\\" not in onward
    inside = onward == prefix or onward.startswith((f"{prefix}/", f"{prefix}?"))
    parts = unquote(onward.partition("?")[0].partition("#")[0]).split("/")
    return plain and inside and not {"..", "."} & set(parts) and "" not in parts[1:-1]
