"""Tell by mail, through a mail server that others run.

The line is encrypted and the server's certificate checked, always, except to a server on this
machine. What a server says to a login is never repeated, lest it echo what it was told.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid, parseaddr
from pathlib import Path
from typing import Literal, TypeVar

from courseops.adapters.hub.transport import is_loopback
from courseops.adapters.notices.deadline import within
from courseops.adapters.notices.words import one_line, words_of
from courseops.errors import ConfigError, CourseOpsError, RefusedError, UnreachableError
from courseops.model.finding import Finding
from courseops.model.language import Language
from courseops.model.notice import Notice
from courseops.ports.ambient import Clock

TIMEOUT_SECONDS = 20.0
DEADLINE_SECONDS = 60.0

T = TypeVar("T")
Security = Literal["starttls", "tls", "none"]


@dataclass(frozen=True, kw_only=True)
class Login:
    """Who we are at a mail server; the password is fetched when it is needed."""

    username: str
    password: Callable[[], str]


@dataclass(frozen=True, kw_only=True)
class MailNotifier:
    """
    One mail server, and to whom it sends; `ca_file` names certificates to trust.

    `timeout_seconds` bounds each silence of the server, `deadline_seconds` all of it.
    """

    host: str
    port: int
    security: Security
    sender: str
    to: tuple[str, ...]
    language: Language
    clock: Clock
    login: Login | None = None
    ca_file: Path | None = None
    timeout_seconds: float = TIMEOUT_SECONDS
    deadline_seconds: float = DEADLINE_SECONDS

    def tell(self, notice: Notice) -> None:
        """
        Send one mail; return only when the server has taken it for everybody.

        Raises:
            CourseOpsError: it did not, and nobody knows better than the server why.
        """
        message = self._message(notice)
        refused = self._talk(lambda server: server.send_message(message))
        if refused:
            raise RefusedError(
                f"the mail server {self.host} takes no mail for {', '.join(sorted(refused))}",
                hint="correct `to` in [site.notices.mail]",
            )

    def look(self) -> Iterator[Finding]:
        """Connect and log in as `tell` does, send nothing, and say that it works."""
        self._talk(lambda server: server.noop())
        line = "not encrypted" if self.security == "none" else "certificate checked"
        yield Finding.ok(
            "notices/mail", f"{self.host}:{self.port}, {line}, to {', '.join(self.to)}"
        )

    def _message(self, notice: Notice) -> EmailMessage:
        words = words_of(notice, self.language)
        message = EmailMessage(policy=SMTP)
        try:
            message["From"] = self.sender
            message["To"] = ", ".join(self.to)
        except ValueError as error:
            raise ConfigError(
                "the sender or a recipient of notices is no mail address",
                hint='write it like "ops@example.org" in [site.notices.mail]',
            ) from error
        message["Subject"] = words.subject
        message["Date"] = format_datetime(self.clock.now())
        message["Message-ID"] = make_msgid(domain=self._domain)
        # No holiday notice or the like ever answers it: https://www.rfc-editor.org/rfc/rfc3834
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(words.text, cte="quoted-printable")
        return message

    def _talk(self, say: Callable[[smtplib.SMTP], T]) -> T:
        """Say something to the server, and give what came of it."""

        def talk() -> T:
            with self._server() as server:
                return say(server)

        with self._translated():
            return within(self.deadline_seconds, talk)

    @contextmanager
    def _server(self) -> Iterator[smtplib.SMTP]:
        """Connect, encrypt and log in; part politely, whatever the server says to that."""
        server = self._connect()
        try:
            if self.security == "starttls":
                server.starttls(context=self._trust())
            if self.login:
                self._log_in(server, self.login)
            yield server
        finally:
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
            server.close()

    @property
    def _domain(self) -> str:
        """Give for whom we speak: to look up this machine's own name can take long."""
        return parseaddr(self.sender)[1].rpartition("@")[2] or "localhost"

    def _connect(self) -> smtplib.SMTP:
        if self.security == "tls":
            return smtplib.SMTP_SSL(
                self.host,
                self.port,
                local_hostname=self._domain,
                timeout=self.timeout_seconds,
                context=self._trust(),
            )
        if self.security == "none" and not is_loopback(self.host):
            raise ConfigError(
                f"mail to {self.host} would leave this machine without encryption",
                hint='set security = "starttls" or "tls" in [site.notices.mail]',
            )
        return smtplib.SMTP(self.host, self.port, self._domain, timeout=self.timeout_seconds)

    def _trust(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self.ca_file)
        except OSError as error:  # which ssl.SSLError is, too
            raise ConfigError(
                f"the certificates of the mail server cannot be read from {self.ca_file}",
                hint="correct ca_file in [site.notices.mail]",
            ) from error

    def _log_in(self, server: smtplib.SMTP, login: Login) -> None:
        password = login.password()
        # Else smtplib would put the password into the error that it raises.
        if not (password.isascii() and login.username.isascii()):
            raise ConfigError(
                f"name or password for the mail server {self.host} hold letters beyond ASCII, "
                "which its login cannot carry",
                hint="choose another password at the mail server",
            )
        try:
            server.login(login.username, password)
        except smtplib.SMTPAuthenticationError as error:
            raise RefusedError(
                f"the mail server {self.host} does not let {login.username} in ({error.smtp_code})",
                hint="correct username and password in [site.notices.mail]",
            ) from None
        except ValueError:
            # Such as a challenge that is not what it should be; smtplib takes it for granted.
            raise RefusedError(
                f"the mail server {self.host} says at the login what nobody understands",
                hint="are host and port in [site.notices.mail] those of a mail server?",
            ) from None

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except smtplib.SMTPRecipientsRefused as error:
            raise RefusedError(
                f"the mail server {self.host} takes no mail for "
                f"{', '.join(sorted(error.recipients))}",
                hint="correct `to` in [site.notices.mail]; does the server want a login first?",
            ) from error
        except ssl.SSLError as error:
            raise _untrusted(self.host, error) from error
        except smtplib.SMTPNotSupportedError as error:
            raise RefusedError(
                f"the mail server {self.host} cannot do what is asked of it: {error}",
                hint="are port and security in [site.notices.mail] those of the server?",
            ) from error
        except smtplib.SMTPResponseException as error:
            raise _refused(self.host, error) from error
        except OSError as error:  # which every error of smtplib is, too
            raise UnreachableError(
                f"the mail server {self.host}:{self.port} does not answer: {_in_words(error)}",
                hint="is it running, and are host, port and security in [site.notices.mail] right?",
            ) from error


def _untrusted(host: str, error: ssl.SSLError) -> CourseOpsError:
    if isinstance(error, ssl.SSLCertVerificationError):
        return RefusedError(
            f"the certificate of the mail server {host} is not trusted: {error.verify_message}",
            hint="name the file of your certificate authority in [site.notices.mail]: ca_file",
        )
    return RefusedError(
        f"no encrypted line to the mail server {host}: {error.reason or 'it was cut'}",
        hint='security = "tls" is for port 465, "starttls" for port 587',
    )


def _refused(host: str, error: smtplib.SMTPResponseException) -> RefusedError:
    said = error.smtp_error
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    return RefusedError(
        f"the mail server {host} says no: {error.smtp_code} {one_line(text)}",
        hint="are sender, to and username in [site.notices.mail] those it expects?",
    )


def _in_words(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return "it took too long"
    return one_line(error.strerror or str(error)) or "it said nothing"
