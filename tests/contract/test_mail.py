"""Mail through a real server: encrypted, checked, proper headers, and nothing that gives away."""

import smtplib
import socket

import pytest

from courseops.adapters.memory.ambient import FixedClock
from courseops.adapters.notices.mail import Login
from courseops.errors import ConfigError, RefusedError, UnreachableError
from courseops.model.finding import Level
from tests.support.notices import PASSWORD, USERNAME, LocalController, MailServer, dripping, held


def test_the_mail_has_the_headers_of_a_message_from_a_program(mail_server):
    mail_server.notifier().tell(held())
    mail_server.notifier().tell(held())
    mail, other = mail_server.mails

    assert mail["From"] == "courseops@example.org"
    assert mail["To"].addresses[1].display_name == "Léa"
    assert mail["Subject"] == "École du Lac: the roster of python101 waits for you"
    assert mail["Date"].datetime == FixedClock().now()
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].endswith("@example.org>")
    assert mail["Message-ID"] != other["Message-ID"]
    assert (mail.get_content_type(), mail.get_content_charset()) == ("text/plain", "utf-8")


def test_it_speaks_the_schools_language(mail_server):
    mail_server.notifier(language="fr").tell(held())
    (mail,) = mail_server.mails
    assert "attend votre décision" in mail["Subject"]
    assert "chacun garde ce qu’il a" in mail.get_content()


def test_a_long_plan_is_told_in_a_short_mail(mail_server):
    mail_server.notifier().tell(held(changes=tuple(f"drop u{n}" for n in range(1200))))
    lines = mail_server.mails[0].get_content().splitlines()
    assert lines.index("  - drop u19") + 1 == lines.index("  - and 1\u202f180 more")
    assert "  - drop u20" not in lines


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x85", "\u2028", "\x0b"])
def test_no_name_can_write_a_header_or_a_line_of_its_own(mail_server, end):
    evil = f"Zoé{end}Bcc: all@example.org{end}{end}.{end}QUIT"
    mail_server.notifier().tell(held(site=evil, scope=evil, reasons=(evil,), run_id=evil))
    (mail,) = mail_server.mails

    assert mail["Bcc"] is None
    assert "Bcc" in mail["Subject"]
    assert not [line for line in mail.get_content().splitlines() if line.startswith(("Bcc", "."))]


def test_a_name_cannot_turn_or_hide_the_text(mail_server):
    mail_server.notifier().tell(held(site="A\u202eB\x1b[31m\x00C"))
    assert mail_server.mails[0]["Subject"].startswith("AB[31mC: ")


def test_a_server_whose_certificate_nobody_vouches_for_gets_nothing(mail_server):
    with pytest.raises(RefusedError, match=r"certificate .* is not trusted") as said:
        mail_server.notifier(ca_file=None).tell(held())
    assert "ca_file" in said.value.hint
    assert not mail_server.mails


def test_a_certificate_for_another_name_is_refused(mail_server):
    with pytest.raises(RefusedError, match="not trusted"):
        mail_server.notifier(host="localhost").tell(held())
    assert not mail_server.mails


def test_a_wrong_password_is_refused_and_not_repeated(mail_server):
    login = Login(username=USERNAME, password=lambda: "wrong-horse")
    with pytest.raises(RefusedError, match="does not let courseops in") as said:
        mail_server.notifier(login=login).tell(held())
    assert "wrong-horse" not in repr((said.value, said.value.hint, login))


def test_a_password_that_no_login_can_carry_is_not_shown(mail_server):
    login = Login(username=USERNAME, password=lambda: "ça-ouvre")
    with pytest.raises(ConfigError, match="ASCII") as said:
        mail_server.notifier(login=login).tell(held())
    assert "ouvre" not in str(said.value)
    assert said.value.__cause__ is None


def test_a_server_that_wants_a_login_is_a_clear_error(mail_server):
    with pytest.raises(RefusedError, match="says no: 530"):
        mail_server.notifier(login=None).tell(held())


@pytest.mark.parametrize("others", [(), ("ops@example.org",)])
def test_a_mailbox_that_is_not_there_is_named(mail_server, others):
    with pytest.raises(RefusedError, match=r"takes no mail for nobody@example\.org"):
        mail_server.notifier(to=("nobody@example.org", *others)).tell(held())
    assert len(mail_server.mails) == len(others)


def test_a_look_logs_in_and_sends_nothing(mail_server):
    (finding,) = mail_server.notifier().look()
    assert finding.level is Level.OK
    assert "certificate checked" in finding.what
    assert not mail_server.mails

    bad = Login(username=USERNAME, password=lambda: "x")
    with pytest.raises(RefusedError):
        list(mail_server.notifier(login=bad).look())


def test_an_open_line_is_for_this_machine_only(mail_server):
    with pytest.raises(ConfigError, match="without encryption"):
        mail_server.notifier(security="none", host="mail.example.org").tell(held())


def test_that_a_server_offers_no_encryption_is_said_before_the_password_is(certificates):
    plain = MailServer(certificates, implicit_tls=False)
    controller = LocalController(plain, hostname="127.0.0.1", port=0)
    controller.start()
    plain.port = controller.port
    try:
        with pytest.raises(RefusedError, match="STARTTLS"):
            plain.notifier().tell(held())
        with pytest.raises(RefusedError, match="no encrypted line"):
            plain.notifier(security="tls").tell(held())
    finally:
        controller.stop()
    assert not plain.mails


def test_a_server_that_takes_the_line_and_says_nothing_is_not_waited_for_long(mail_server):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(UnreachableError, match=r"took too long|timed out"):
            mail_server.notifier(port=port, timeout_seconds=0.05).tell(held())


def test_a_server_that_drips_its_answer_is_not_listened_to_for_ever(mail_server):
    with dripping(b"220 ") as port:
        notifier = mail_server.notifier(port=port, security="starttls", deadline_seconds=0.3)
        with pytest.raises(UnreachableError, match="took too long"):
            notifier.tell(held())


@pytest.mark.parametrize("challenge", ["!!!", "a", "w6k="])
def test_a_challenge_that_is_none_is_a_clear_error(mail_server, monkeypatch, challenge):
    def docmd(_self, command, _args=""):
        return (334, challenge.encode()) if command == "AUTH" else (535, b"no")

    monkeypatch.setattr(smtplib.SMTP, "docmd", docmd)
    monkeypatch.setattr(smtplib.SMTP, "ehlo_or_helo_if_needed", lambda _self: None)
    monkeypatch.setattr(smtplib.SMTP, "has_extn", lambda _self, _name: True)
    server = smtplib.SMTP()
    server.esmtp_features = {"auth": "CRAM-MD5"}
    notifier = mail_server.notifier()
    with pytest.raises(RefusedError) as said:
        notifier._log_in(server, notifier.login)
    assert PASSWORD not in f"{said.value} {said.value.hint} {said.value.__cause__}"


def test_a_server_that_hangs_up_after_taking_the_mail_has_taken_it(mail_server, monkeypatch):
    def hang_up(_self):
        raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")

    monkeypatch.setattr(smtplib.SMTP, "quit", hang_up)
    mail_server.notifier().tell(held())
    assert len(mail_server.mails) == 1


def test_the_notifier_shows_no_password(mail_server):
    assert PASSWORD not in repr(mail_server.notifier())


@pytest.mark.parametrize("address", ["ops@example.org\r\nBcc: x@y", "a\nb"])
def test_an_address_with_a_line_end_is_a_mistake_in_the_configuration(mail_server, address):
    with pytest.raises(ConfigError, match="no mail address"):
        mail_server.notifier(to=(address,)).tell(held())
