"""Where notices arrive: a mail server and a web address on loopback, and notices to send there."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from courseops.adapters.memory.ambient import FixedClock
from courseops.adapters.memory.notices import MemoryNotifier
from courseops.adapters.notices.apprise import AppriseNotifier
from courseops.adapters.notices.mail import Login, MailNotifier
from courseops.adapters.notices.webhook import WebhookNotifier
from courseops.model.notice import Event, Matter, Notice, Stage
from courseops.ports.notices import Notifier
from tests.support.certificates import make_certificates
from tests.support.programs import Require

USERNAME, PASSWORD = "courseops", "an open secret"
TOKEN = "a-token-that-opens-the-hook"
# Chats put the secret into the address itself.
SECRET_PATH = "/hooks/a-path-that-nobody-must-see"
# Port 1 is never given to anybody who asks for a free one.
NOBODYS_PORT = 1


def held(**changes: Any) -> Notice:
    """Make a notice of a roster that waits."""
    settings: dict[str, Any] = {
        "event": Event.ROSTER_HELD,
        "site": "École du Lac",
        "scope": "course/python101",
        "run_id": "20260302-0900-abcdef",
        "reasons": ("40 of 60 people would be dropped",),
        "changes": ("drop 40 people, among them Zoé",),
        "commands": ("courseops job approve 20260302-0900-abcdef",),
    }
    return Notice(**{**settings, **changes})


def matter(stage: Stage = Stage.NEW, **changes: Any) -> Matter:
    """Make one thing of which people are told."""
    settings: dict[str, Any] = {
        "stage": stage,
        "severity": "problem",
        "scopes": ("hub/campus",),
        "jobs": ("roster-sync", "usage-sample"),
        "what": "hub campus does not answer",
        "mend": "is the hub running?",
        "since": "2026-03-02T09:05+01:00",
        "until": "2026-03-02T10:00+01:00" if stage is Stage.OVER else "",
        "run_id": "20260302-0900-abcdef",
        "changes": (),
        "commands": ("courseops job show 20260302-0900-abcdef",),
    }
    return Matter(**{**settings, **changes})


def notice_of(event: Event) -> Notice:
    """Make a notice of something that happened."""
    return held(event=event, matters=(matter(),) if event is Event.ALERTS else ())


@dataclass
class MailServer:
    """A mail server that wants an encrypted line and a login, and keeps what it takes."""

    folder: Path
    implicit_tls: bool
    mails: list[EmailMessage] = field(default_factory=list)
    port: int = 0

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd looks for it
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        if address.startswith("nobody"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 -- aiosmtpd looks for it
        self, _server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        assert session.ssl or self.implicit_tls, "an open line"
        content = envelope.content
        assert isinstance(content, bytes)
        self.mails.append(message_from_bytes(content, policy=policy.default))
        return "250 OK"

    def notifier(self, **changes: Any) -> MailNotifier:
        settings: dict[str, Any] = {
            "host": "127.0.0.1",
            "port": self.port,
            "security": "tls" if self.implicit_tls else "starttls",
            "sender": "courseops@example.org",
            "to": ("ops@example.org", "Léa <lea@example.org>"),
            "language": "en",
            "clock": FixedClock(),
            "login": Login(username=USERNAME, password=lambda: PASSWORD),
            "ca_file": self.folder / "ca.pem",
        }
        return MailNotifier(**{**settings, **changes})

    def stopped(self) -> MailNotifier:
        return self.notifier(port=NOBODYS_PORT)

    def told(self) -> list[str]:
        return [f"{mail['Subject']}\n{mail.get_content()}" for mail in self.mails]

    def start(self, port: int = 0) -> LocalController:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.folder / "server.pem", self.folder / "server.key")
        line: dict[str, Any] = (
            {"ssl_context": context, "auth_require_tls": False}
            if self.implicit_tls
            else {"tls_context": context, "require_starttls": True}
        )
        controller = LocalController(
            self,
            hostname="127.0.0.1",
            port=port,
            auth_required=True,
            authenticator=_authenticate,
            **line,
        )
        controller.start()
        self.port = controller.port
        return controller


class LocalController(Controller):
    """Listens on whatever port is free, and says which."""

    def factory(self) -> SMTP:
        with warnings.catch_warnings():
            # It does not know of a line that was encrypted from the start.
            warnings.filterwarnings("ignore", "Requiring AUTH while not requiring TLS")
            return super().factory()

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def _authenticate(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
) -> AuthResult:
    right = (data.login, data.password) == (USERNAME.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False)


@dataclass
class Hook:
    """A web address that keeps what it is posted or asked for, and answers with `status`."""

    port: int = 0
    status: int = 200
    posted: list[tuple[Mapping[str, str], dict[str, Any]]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def notifier(self, **changes: Any) -> WebhookNotifier:
        settings: dict[str, Any] = {
            "url": f"http://127.0.0.1:{self.port}{SECRET_PATH}",
            "language": "en",
            "token": lambda: TOKEN,
        }
        return WebhookNotifier(**{**settings, **changes})

    def stopped(self) -> WebhookNotifier:
        return self.notifier(url=f"http://127.0.0.1:{NOBODYS_PORT}{SECRET_PATH}")

    def told(self) -> list[str]:
        return [document["text"] for _, document in self.posted]

    def start(self) -> ThreadingHTTPServer:
        server = ThreadingHTTPServer(("127.0.0.1", 0), _answering(self))
        self.port = server.server_port
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return server


@dataclass
class AppriseHook:
    """The same address, as Apprise posts to it."""

    hook: Hook

    def notifier(self, **changes: Any) -> AppriseNotifier:
        url = f"json://127.0.0.1:{self.hook.port}{SECRET_PATH}"
        settings: dict[str, Any] = {"name": "pager", "url": lambda: url, "language": "en"}
        return AppriseNotifier(**{**settings, **changes})

    def stopped(self) -> AppriseNotifier:
        return self.notifier(url=lambda: f"json://127.0.0.1:{NOBODYS_PORT}{SECRET_PATH}")

    def told(self) -> list[str]:
        return [f"{it['title']}\n{it['message']}" for _, it in self.hook.posted]


def _answering(hook: Hook) -> type[BaseHTTPRequestHandler]:
    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.posted.append((dict(self.headers), json.loads(body)))
            self._answer()

        def do_GET(self) -> None:
            hook.asked.append(self.path)
            self._answer()

        def do_HEAD(self) -> None:
            self._answer()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

        def _answer(self) -> None:
            self.send_response(hook.status)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

    return Answering


@contextmanager
def dripping(beginning: bytes) -> Iterator[int]:
    """Serve somebody who begins an answer and never ends it, a byte at a time; give the port."""
    over = threading.Event()

    def drip(line: socket.socket) -> None:
        with line, suppress(OSError):
            line.sendall(beginning)
            while not over.wait(0.02):
                line.sendall(b"x")

    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                drip(server.accept()[0])

        serving = threading.Thread(target=serve, daemon=True)
        serving.start()
        yield server.getsockname()[1]
        over.set()
        serving.join()


@dataclass
class MemoryPost:
    """The double, under the same names."""

    double: MemoryNotifier = field(default_factory=MemoryNotifier)

    def notifier(self) -> Notifier:
        return self.double

    def stopped(self) -> Notifier:
        return MemoryNotifier(reachable=False)

    def told(self) -> list[str]:
        return [
            "\n".join([notice.scope, *notice.reasons, *notice.changes, *notice.commands])
            for notice in self.double.told
        ]


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory, require: Require) -> Path:
    require("openssl", shutil.which("openssl"))
    folder = tmp_path_factory.mktemp("certificates")
    make_certificates(folder)
    return folder


@contextmanager
def running_mail_server(certificates: Path, security: str, port: int = 0) -> Iterator[MailServer]:
    server = MailServer(certificates, implicit_tls=security == "tls")
    controller = server.start(port)
    try:
        yield server
    finally:
        controller.stop()


@pytest.fixture(params=["starttls", "tls"])
def mail_server(request: pytest.FixtureRequest, certificates: Path) -> Iterator[MailServer]:
    with running_mail_server(certificates, request.param) as server:
        yield server


@pytest.fixture
def hook() -> Iterator[Hook]:
    made = Hook()
    server = made.start()
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture
def pager(hook: Hook) -> AppriseHook:
    return AppriseHook(hook)


@pytest.fixture(params=["memory", "starttls", "tls", "webhook", "apprise"])
def post(request: pytest.FixtureRequest) -> Iterator[MemoryPost | MailServer | Hook | AppriseHook]:
    """Give one place where notices arrive."""
    if request.param == "memory":
        yield MemoryPost()
    elif request.param == "webhook":
        yield request.getfixturevalue("hook")
    elif request.param == "apprise":
        yield request.getfixturevalue("pager")
    else:
        certificates = request.getfixturevalue("certificates")
        with running_mail_server(certificates, request.param) as server:
            yield server
