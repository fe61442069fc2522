"""The client is polite and patient, translates every failure, and keeps its token to itself."""

import logging
import ssl
import threading
import time

import httpx
import pytest

from courseops.adapters.hub.transport import ATTEMPTS
from courseops.errors import CourseOpsError, MissingScopeError, RefusedError, UnreachableError
from courseops.model.run import Outcome
from tests.unit.adapters.hub.wires import TOKEN, Script, hub_on, page, said

REFUSED = httpx.ConnectError("connection refused")
SLOW = httpx.ReadTimeout("timed out")
BUSY = httpx.Response(503, html="<h1>Service Unavailable</h1>")
NOBODY = page([], total=0)
ADA = {"name": "ada", "admin": False}
WHOAMI = {"kind": "service", "name": "courseops", "scopes": ["admin:users"]}


@pytest.mark.parametrize("failure", [REFUSED, SLOW, BUSY, httpx.Response(502), httpx.Response(504)])
def test_a_read_that_was_not_answered_is_asked_again(failure):
    script = Script(failure, failure, NOBODY)

    assert script.hub().users() == []
    assert len(script.requests) == 3


@pytest.mark.parametrize("failure", [REFUSED, SLOW, BUSY])
def test_a_hub_that_never_answers_is_unreachable_after_a_few_attempts(failure):
    script = Script(*[failure] * ATTEMPTS)

    with pytest.raises(UnreachableError, match="hub campus") as unreachable:
        script.hub().users()

    assert unreachable.value.exit_code == 13
    assert unreachable.value.hint
    assert len(script.pauses) == ATTEMPTS - 1


def test_pauses_are_jittered_and_bounded():
    pauses = []
    for _ in range(50):
        script = Script(REFUSED, REFUSED, REFUSED, NOBODY)
        script.hub().users()
        pauses.append(script.pauses)

    for longest, drawn in zip((0.5, 1, 2), zip(*pauses, strict=True), strict=True):
        assert all(0 <= pause <= longest for pause in drawn)
        assert len(set(drawn)) > 1


def test_a_throttled_request_waits_as_long_as_the_hub_asks():
    throttled = said(429, {"status": 429, "message": "slow down"}, **{"Retry-After": "7"})
    script = Script(throttled, NOBODY)

    script.hub().users()

    assert script.pauses == [7]


def test_no_hub_can_make_us_wait_for_ever():
    script = Script(said(429, {}, **{"Retry-After": "86400"}), NOBODY)

    script.hub().users()

    assert script.pauses == [30]


def test_a_hub_that_stays_throttled_is_unreachable():
    with pytest.raises(UnreachableError, match="429"):
        Script(*[said(429, {})] * ATTEMPTS).hub().users()


def test_an_idempotent_write_is_sent_again():
    exists = said(409, {"message": "All 1 users already exist"})
    script = Script(SLOW, exists, page([ADA], total=1))

    assert script.hub().create_users(["ada"]) == [Outcome.done("ada")]


@pytest.mark.parametrize("failure", [REFUSED, SLOW, BUSY])
def test_a_deletion_is_sent_once_and_never_again(failure):
    script = Script(said(200, ADA), said(200, WHOAMI), failure)

    outcome = script.hub().delete_user("ada")

    assert outcome.kind == "unclear"
    assert [request.method for request in script.requests].count("DELETE") == 1
    assert script.pauses == []


def test_a_refusal_is_not_asked_again():
    script = Script(said(500, {"status": 500, "message": "Internal Server Error"}))

    with pytest.raises(RefusedError, match="500"):
        script.hub().users()
    assert len(script.requests) == 1


def test_a_certificate_that_is_not_trusted_is_refused_at_once_with_what_to_do():
    cause = ssl.SSLCertVerificationError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate")
    script = Script(httpx.ConnectError(str(cause)))

    with pytest.raises(RefusedError, match="certificate") as refusal:
        script.hub().users()
    assert "certificate authority" in refusal.value.hint
    assert script.pauses == []


def test_a_missing_scope_is_named_with_what_to_do():
    message = "Action is not authorized with current scopes; requires any of [read:a, read:b]"

    with pytest.raises(MissingScopeError, match="read:a or read:b") as refusal:
        Script(said(403, {"message": message})).hub().users()

    assert refusal.value.scopes == ("read:a", "read:b")
    assert '"read:a"' in refusal.value.hint


def test_a_failure_that_a_proxy_puts_in_words_of_its_own_is_the_hubs_failure():
    script = Script(httpx.Response(500, html="<title>500</title>"))
    with pytest.raises(RefusedError, match=r"hub campus failed on GET .* \(500\)"):
        script.hub().users()


@pytest.mark.parametrize(
    ("answer", "saying"),
    [
        (httpx.Response(200, html="<title>Welcome to nginx!</title>"), "Welcome to nginx!"),
        (httpx.Response(404, html="<title>404</title>"), "404 text/html"),
        (httpx.Response(302, headers={"Location": "/sso/login"}), "/sso/login"),
        (httpx.Response(200, text="pong"), "text/plain"),
    ],
)
def test_what_is_no_hub_is_said_to_be_none(answer, saying):
    with pytest.raises(RefusedError, match="not the API of a JupyterHub") as refusal:
        Script(answer).hub().users()
    assert saying in str(refusal.value)
    assert "url" in refusal.value.hint


def test_json_of_something_else_is_refused():
    with pytest.raises(RefusedError, match="cannot be read"):
        Script(httpx.Response(200, json={"hello": "world"})).hub().users()


def test_a_hub_older_than_4_1_is_refused_by_its_first_answer():
    old = httpx.Response(200, json=[], headers={"X-JupyterHub-Version": "3.1.1"})

    with pytest.raises(RefusedError, match=r"3\.1\.1.*4\.1"):
        Script(old).hub().users()


def test_the_prefix_of_the_url_is_kept():
    script = Script(NOBODY)

    script.hub().users()

    assert script.requests[0].url.path == "/jupyter/hub/api/users"


def test_the_token_is_in_the_header_and_nowhere_else(caplog):
    caplog.set_level(logging.DEBUG)
    failures = [
        REFUSED,
        BUSY,
        said(403, {"message": "Missing or invalid credentials."}),
        said(500, {}),
        httpx.Response(200, html="<title>hello</title>"),
    ]
    for failure in failures:
        script = Script(*[failure] * ATTEMPTS)
        hub = script.hub()
        with pytest.raises(CourseOpsError) as failed:
            hub.users()
        shown = [str(failed.value), repr(failed.value), failed.value.hint, repr(hub), caplog.text]
        assert not [text for text in shown if TOKEN in text]
        assert script.requests[0].headers["Authorization"] == f"token {TOKEN}"
        assert TOKEN not in str(script.requests[0].url)


def test_one_write_at_a_time_is_in_flight():
    at_work, most = 0, 0
    count = threading.Lock()

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal at_work, most
        with count:
            at_work += 1
            most = max(most, at_work)
        time.sleep(0.02)
        with count:
            at_work -= 1
        return said(200, {})

    hub = hub_on(answer)
    threads = [threading.Thread(target=hub.add_to_group, args=("g", ["ada"])) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert most == 1
