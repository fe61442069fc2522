"""One JSON document to a real web address; the address and the token are nobody's business."""

import socket

import pytest

from courseops.adapters.notices.webhook import WebhookNotifier
from courseops.errors import ConfigError, CourseOpsError, RefusedError, UnreachableError
from courseops.model.finding import Level
from tests.support.notices import SECRET_PATH, TOKEN, dripping, held, running_mail_server


def test_the_document_has_every_field_and_a_text_for_people(hook):
    hook.notifier(language="fr").tell(held())
    ((headers, document),) = hook.posted

    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert headers["Content-Type"] == "application/json"
    text = document.pop("text")
    assert text.startswith("École du Lac : la liste de python101 attend")
    assert document == {
        "schema": "courseops/notice",
        "version": 1,
        "event": "roster-held",
        "site": "École du Lac",
        "scope": "course/python101",
        "run_id": "20260302-0900-abcdef",
        "reasons": ["40 of 60 people would be dropped"],
        "changes": ["drop 40 people, among them Zoé"],
        "commands": ["courseops job approve 20260302-0900-abcdef"],
        "matters": [],
    }


def test_without_a_token_none_is_sent(hook):
    hook.notifier(token=None).tell(held())
    assert "Authorization" not in hook.posted[0][0]


def test_no_name_calls_everybody_or_links_to_anything(hook):
    evil = "<!channel> <https://evil.example|your hub> @all\n# shouted"
    hook.notifier().tell(held(reasons=(evil,)))
    document = hook.posted[0][1]

    assert "<" not in document["text"]
    assert "@all" not in document["text"]
    assert "\n#" not in document["text"]
    assert document["reasons"] == [evil.replace("\n", " ")]


def test_what_cannot_be_seen_is_in_no_field(hook):
    evil = "A\u202eB\x1b[31m\nC"
    texts = {"site": evil, "scope": evil, "run_id": evil}
    lists = dict.fromkeys(("reasons", "changes", "commands"), (evil,))
    hook.notifier().tell(held(**texts, **lists))
    document = hook.posted[0][1]

    assert {document[name] for name in texts} == {"AB[31m C"}
    assert {tuple(document[name]) for name in lists} == {("AB[31m C",)}


@pytest.mark.parametrize("status", [301, 307, 401, 404, 500])
def test_anything_but_a_success_is_an_error_and_is_not_followed(hook, status):
    hook.status = status
    with pytest.raises(RefusedError, match=f"answered {status}"):
        hook.notifier().tell(held())
    assert len(hook.posted) == 1


def test_no_error_shows_the_address_or_the_token(hook, caplog):
    hook.status = 500
    errors = []
    for notifier in (hook.notifier(), hook.stopped()):
        with pytest.raises(CourseOpsError) as said:
            notifier.tell(held())
        errors.append((said.value, said.value.hint, said.value.problems, notifier))
    assert SECRET_PATH not in repr(errors)
    assert TOKEN not in repr(errors)


def test_an_address_that_says_nothing_is_not_waited_for_long(hook):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(UnreachableError, match="Timeout"):
            hook.notifier(url=url, timeout_seconds=0.05).tell(held())


def test_an_address_that_drips_its_answer_is_not_listened_to_for_ever(hook):
    with dripping(b"HTTP/1.1 200 OK\r\nX: ") as port:
        notifier = hook.notifier(url=f"http://127.0.0.1:{port}/", deadline_seconds=0.3)
        with pytest.raises(UnreachableError, match="Timeout"):
            notifier.tell(held())


def test_a_token_never_leaves_the_machine_in_the_open(hook):
    with pytest.raises(ConfigError, match="without encryption"):
        hook.notifier(url="http://chat.example.org/x").tell(held())


@pytest.mark.parametrize("token", ["two\nlines", "clé"])
def test_a_token_that_no_header_can_carry_is_refused_and_not_shown(hook, token):
    with pytest.raises(ConfigError) as said:
        hook.notifier(token=lambda: token).tell(held())
    assert token not in str(said.value)


def test_an_address_that_is_none_is_a_mistake_in_the_configuration(hook):
    with pytest.raises(ConfigError):
        hook.notifier(url="http://chat.example.org:port/x")


@pytest.mark.parametrize("status", [200, 405])
def test_a_look_reaches_it_and_tells_nothing(hook, status):
    hook.status = status
    (finding,) = hook.notifier().look()
    assert finding.level is Level.OK
    assert SECRET_PATH not in repr(finding)
    assert not hook.posted

    with pytest.raises(UnreachableError):
        list(hook.stopped().look())


def test_a_web_address_with_an_unknown_certificate_gets_nothing(certificates):
    # Whoever speaks TLS there: the certificate is looked at before anything is said.
    with running_mail_server(certificates, "tls") as server:
        notifier = WebhookNotifier(url=f"https://127.0.0.1:{server.port}/", language="en")
        with pytest.raises(RefusedError, match="not trusted"):
            notifier.tell(held())
