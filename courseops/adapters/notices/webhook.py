"""Tell by posting one JSON document to a web address: a chat's incoming webhook, or your own.

`text` is what chats show (Slack, Mattermost, Rocket.Chat and others look for that key); the
other keys are for programs. The address itself is often a secret, so only its host is named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict

import httpx

from courseops.adapters.hub.transport import is_certificate_refused, is_loopback
from courseops.adapters.notices.asking import status_of
from courseops.adapters.notices.words import plain, seen, words_of
from courseops.errors import ConfigError, RefusedError, UnreachableError
from courseops.model.finding import Finding
from courseops.model.language import Language
from courseops.model.notice import Notice

SCHEMA = "courseops/notice"
VERSION = 1
TIMEOUT_SECONDS = 20.0
DEADLINE_SECONDS = 30.0
_CONNECT_SECONDS = 5.0


class WebhookNotifier:
    """
    One web address; `token` is fetched when it is needed and sent as a bearer token.

    `timeout_seconds` bounds each silence of the address, `deadline_seconds` all of it.
    """

    def __init__(
        self,
        *,
        url: str,
        language: Language,
        token: Callable[[], str] | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> None:
        self._url = _address(url)
        self._language = language
        self._token = token
        self._deadline_seconds = deadline_seconds
        self._timeout = httpx.Timeout(
            timeout_seconds, connect=min(timeout_seconds, _CONNECT_SECONDS)
        )

    def __repr__(self) -> str:
        return f"WebhookNotifier(host={self._url.host!r})"

    def tell(self, notice: Notice) -> None:
        """
        Post the notice; return only when the address has taken it.

        Raises:
            CourseOpsError: it did not answer, or did not say that all is well.
        """
        status = self._ask("POST", self._document(notice))
        if not httpx.codes.is_success(status):
            raise RefusedError(
                f"the web address for notices at {self._url.host} answered {status}",
                hint="correct url and token in [site.notices.webhook]",
            )

    def look(self) -> Iterator[Finding]:
        """Reach the address without telling anything: whatever it answers, it is there."""
        self._ask("HEAD", None)
        yield Finding.ok("notices/webhook", f"{self._url.host} answers")

    def _document(self, notice: Notice) -> dict[str, object]:
        words = words_of(notice, self._language)
        text = plain(f"{words.subject}\n\n{words.text}").strip()
        return {"schema": SCHEMA, "version": VERSION, "text": text, **asdict(seen(notice))}

    def _ask(self, method: str, document: dict[str, object] | None) -> int:
        headers = self._headers()
        with self._translated():
            return status_of(
                method,
                self._url,
                timeout=self._timeout,
                deadline_seconds=self._deadline_seconds,
                document=document,
                headers=headers,
            )

    def _headers(self) -> dict[str, str]:
        token = self._token() if self._token else ""
        if not token:
            return {}
        if not token.isascii() or not token.isprintable():
            raise ConfigError(
                "the token of the web address for notices holds characters that no token has",
                hint="copy it again, on one line",
            )
        if self._url.scheme != "https" and not is_loopback(self._url.host):
            raise ConfigError(
                f"the token for {self._url.host} would leave this machine without encryption",
                hint="use an address with https in [site.notices.webhook]",
            )
        return {"Authorization": f"Bearer {token}"}

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (httpx.RequestError, TimeoutError) as error:
            host = self._url.host
            if is_certificate_refused(error):
                raise RefusedError(
                    f"the certificate of {host}, the web address for notices, is not trusted",
                    hint="have the machine trust your certificate authority (SSL_CERT_FILE)",
                ) from error
            raise UnreachableError(
                f"the web address for notices at {host} does not answer: {type(error).__name__}",
                hint="is url in [site.notices.webhook] right, and does this machine reach it?",
            ) from error


def _address(url: str) -> httpx.URL:
    try:
        return httpx.URL(url)
    except httpx.InvalidURL as error:
        raise ConfigError(
            "the web address for notices is none", hint="correct url in [site.notices.webhook]"
        ) from error
