"""The way in and the page's safety, in memory: the hub is one that a test makes up."""

import re
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.exceptions import HTTPException

from courseops.adapters.hub.login import Known
from courseops.errors import ConfigError, CourseOpsError, RefusedError, UnreachableError
from courseops.model.rights import Rights
from courseops.web import serving
from courseops.web.app import FORM_KEY, pages_of
from courseops.web.asked import Door, anyone
from courseops.web.memory import coming_in
from courseops.web.memory.coming_in import ComingsIn
from courseops.web.memory.errands import Errand, Errands
from courseops.web.memory.sessions import Session, Sessions
from courseops.web.safety import KEY_HEADER, is_key, is_ours
from tests.support.pages import Browser, browser_of, stranger_of

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ACCESS = "access:services!service=courseops-page"
PREFIX = "/lake/services/courseops-page"


class Hub:
    """What a hub says; a test changes it as it goes."""

    def __init__(self, login, monkeypatch):
        self.known = Known(name="alice", scopes=frozenset({ACCESS}))
        self.codes = {"good": "t"}
        self.asked = 0
        monkeypatch.setattr(login, "token", self.token)
        monkeypatch.setattr(login, "owner", self.owner)

    def token(self, code, verifier):
        self.verifier = verifier
        if code not in self.codes:
            raise RefusedError("the hub did not accept the login")
        return self.codes.pop(code)

    def owner(self, _token):
        self.asked += 1
        if isinstance(self.known, Exception):
            raise self.known
        return self.known


@pytest.fixture
def hub(page, monkeypatch):
    return Hub(page.login, monkeypatch)


def begin(browser, path="/"):
    """Ask for a page as a stranger; give the state that the hub is to send back."""
    answer = browser.get(browser.page.link(path))
    assert answer.status_code == 302
    return parse_qs(urlsplit(answer.headers["location"]).query)["state"][0]


def come_in(browser, state, code="good"):
    return browser.get(browser.page.link("/oauth_callback"), params={"code": code, "state": state})


# Logins


def test_a_login_leads_to_what_was_asked_for(page, hub):
    browser = stranger_of(page)
    state = begin(browser, "/errands/caf%C3%A9?x=1&y=%2F")
    answer = come_in(browser, state)
    assert answer.status_code == 302
    assert answer.headers["location"] == f"{PREFIX}/errands/caf%C3%A9?x=1&y=%2F"
    assert browser.get(page.link("/")).status_code == 200


def test_a_state_counts_once_even_with_another_code(page, hub):
    hub.codes["other"] = "t2"
    browser = stranger_of(page)
    state = begin(browser)
    assert come_in(browser, state).status_code == 302
    assert come_in(browser, state, "other").status_code == 400
    assert "other" in hub.codes


def test_a_state_counts_in_its_own_browser_and_an_odd_cookie_is_no_mistake_of_ours(page, hub):
    state = begin(stranger_of(page))
    other = stranger_of(page)
    assert come_in(other, state).status_code == 400
    answer = other.get(
        page.link("/oauth_callback"),
        params={"code": "good", "state": state},
        headers={"Cookie": b"courseops-page-login=caf\xe9"},
    )
    assert answer.status_code == 400
    assert "good" in hub.codes


@pytest.mark.parametrize("state", ["", "x", ".", "é", "x.é", "e30.x", "\x00.\x00", "x" * 9_000])
def test_a_state_that_we_did_not_make_is_refused(page, hub, state):
    browser = stranger_of(page)
    begin(browser)
    assert come_in(browser, state).status_code == 400
    assert "good" in hub.codes


def test_a_state_is_too_old_after_ten_minutes():
    comings = ComingsIn()
    young, old = (comings.begin("b", "/x", NOW) for _ in range(2))
    assert comings.come_in(young.state, "b", NOW + timedelta(minutes=10)).verifier == young.verifier
    assert comings.come_in(old.state, "b", NOW + timedelta(minutes=10, seconds=2)) is None


def test_who_begins_logins_fills_no_memory_and_pushes_nobody_out(monkeypatch):
    monkeypatch.setattr(coming_in, "_MOST_SPENT", 10)
    comings = ComingsIn()
    mine = comings.begin("mine", "/", NOW)
    for _ in range(50):
        comings.begin("stranger", "/" * 5_000, NOW)
        comings.come_in(comings.begin("stranger", "/", NOW).state, "stranger", NOW)
    assert len(comings._spent) == 10
    assert comings.come_in(mine.state, "mine", NOW) is not None


def test_each_login_has_a_state_and_a_verifier_of_its_own():
    comings = ComingsIn()
    made = [comings.begin("b", "/", NOW) for _ in range(3)]
    assert len({it.state for it in made}) == len({it.verifier for it in made}) == 3
    assert all(43 <= len(it.verifier) <= 128 for it in made)
    assert not any(it.verifier in it.state for it in made)
    assert all(len(comings.begin("b", "/x" * 5_000, NOW).state) < 500 for _ in range(2))


ELSEWHERE = [
    "//evil.example",
    "/\\evil.example",
    "https://evil.example/",
    "https:evil.example",
    f"{PREFIX}X/",
    f"{PREFIX}@evil.example/",
    f"{PREFIX}/../user/mallory/",
    f"{PREFIX}/%2e%2e/%2E%2e/user/mallory/",
    f"{PREFIX}/.%2e/user/mallory/",
    f"{PREFIX}//evil.example/",
    f"{PREFIX}/%2f/evil.example/",
    f"{PREFIX}/\\evil.example",
    f"{PREFIX}/..\\..\\user/mallory/",
    f"{PREFIX}/\t/evil.example",
    f"{PREFIX}/\n",
    f"{PREFIX}/é",
    "/hub/logout",
    "",
]


@pytest.mark.parametrize("onward", ELSEWHERE)
def test_a_next_that_leads_elsewhere_is_none_of_ours(onward):
    assert not is_ours(PREFIX, onward)


@pytest.mark.parametrize("onward", ["", "/", "/files", "/files?path=..%2F..", "/a/b%20c#d", "?x"])
def test_a_next_to_a_page_is_ours(onward):
    assert is_ours(PREFIX, PREFIX + onward)


@pytest.mark.parametrize("onward", ELSEWHERE)
def test_a_login_on_purpose_leads_home_if_it_would_lead_elsewhere(page, hub, onward):
    browser = stranger_of(page)
    answer = browser.get(page.link("/login"), params={"next": onward})
    state = parse_qs(urlsplit(answer.headers["location"]).query)["state"][0]
    assert come_in(browser, state).headers["location"] == f"{PREFIX}/"


# Who is inside


def test_a_login_gives_the_session_another_name_and_keeps_the_key_of_open_forms(page, hub):
    browser = browser_of(page)
    before = browser.session
    come_in(browser, parse_qs(urlsplit(_login(browser)).query)["state"][0])
    (after,) = page.sessions._inside.values()
    assert after.id != before.id
    assert after.form_key == before.form_key


def test_who_logs_in_where_somebody_else_was_gets_nothing_of_theirs(page, hub):
    browser = browser_of(page, "mallory")
    before = browser.session
    come_in(browser, parse_qs(urlsplit(_login(browser)).query)["state"][0])
    (after,) = page.sessions._inside.values()
    assert after.name == "alice"
    assert after.form_key != before.form_key


def _login(browser):
    return browser.get(browser.page.link("/login")).headers["location"]


def long_ago(page, browser, minutes=2):
    """Let a session be one that the hub was asked about some time ago."""
    then = datetime.now(UTC) - timedelta(minutes=minutes)
    page.sessions._inside[browser.session.id] = replace(browser.session, checked_at=then)


def test_after_a_minute_the_hub_is_asked_and_what_it_says_counts(page, hub):
    browser = browser_of(page, rights=Rights(operates=True))
    browser.open("/")
    assert hub.asked == 0
    long_ago(page, browser)
    browser.open("/")
    assert hub.asked == 1
    (session,) = page.sessions._inside.values()
    assert session.rights == Rights()


@pytest.mark.parametrize("known", [None, Known(name="bob", scopes=frozenset({ACCESS}))])
def test_whom_the_hub_knows_no_longer_or_by_another_name_must_log_in(page, hub, known):
    browser = browser_of(page)
    long_ago(page, browser)
    hub.known = known
    assert browser.get(page.link("/")).status_code == 302
    assert not page.sessions._inside


def test_who_may_no_longer_open_the_page_is_put_out(page, hub):
    browser = browser_of(page)
    long_ago(page, browser)
    hub.known = Known(name="alice", scopes=frozenset({"access:services!service=other"}))
    assert browser.get(page.link("/")).status_code == 403
    assert not page.sessions._inside


def test_while_the_hub_does_not_answer_nobody_is_let_in_and_nobody_put_out(page, hub):
    browser = browser_of(page)
    long_ago(page, browser)
    hub.known = UnreachableError("the hub does not answer")
    assert browser.get(page.link("/")).status_code == 503
    hub.known = Known(name="alice", scopes=frozenset({ACCESS}))
    assert browser.get(page.link("/")).status_code == 200


def test_who_logs_out_at_the_hub_is_asked_about_at_once(page, hub):
    browser = browser_of(page)
    browser.open("/")
    assert hub.asked == 0
    browser.cookies.set("jupyterhub-session-id", "another")
    browser.open("/")
    browser.open("/")
    assert hub.asked == 1
    browser.cookies.delete("jupyterhub-session-id")
    hub.known = None
    assert browser.get(page.link("/")).status_code == 302


def test_who_leaves_is_logged_out_of_the_hub_as_well(page):
    answer = browser_of(page).fill_in("/logout")
    assert answer.headers["location"] == "/lake/hub/logout"


def test_one_person_who_logs_in_again_and_again_pushes_out_nobody_else():
    sessions = Sessions()

    def let_in(name):
        session = Session(name=name, token="t", rights=Rights(), checked_at=NOW, seen_at=NOW)
        sessions.open(session)
        return session

    bob = let_in("bob")
    alices = [let_in("alice") for _ in range(100)]
    assert len(sessions._inside) == 21
    assert sessions.find(bob.id, NOW) is not None
    assert sessions.find(alices[0].id, NOW) is None
    assert sessions.find(alices[-1].id, NOW + timedelta(hours=13)) is None


def test_who_left_meanwhile_is_not_let_in_again_by_the_hubs_late_answer():
    sessions = Sessions()
    session = Session(name="alice", token="t", rights=Rights(), checked_at=NOW, seen_at=NOW)
    sessions.open(session)
    sessions.close(session.id)
    sessions.renew(session, Rights(operates=True), NOW)
    assert sessions.find(session.id, NOW) is None


@pytest.mark.parametrize("kept", ["key", "token"])
def test_a_session_that_is_printed_gives_away_nothing(kept):
    session = Session(
        name="a", token="SECRET", rights=Rights(), checked_at=NOW, seen_at=NOW, form_key="SECRET",
        id="SECRET", hub_session="SECRET",
    )  # fmt: skip
    assert "SECRET" not in repr(session)


# What answers say, and what is asked of requests

PIECE = Door(
    path="/piece", answer=lambda asked: asked.show("runs/errand.html"), may=anyone, is_piece=1
)


def broken(_asked):
    raise ZeroDivisionError


def failing(_asked):
    raise CourseOpsError("<b>it</b> failed", problems=["<i>one</i>"])


def unconfigured(_asked):
    raise ConfigError("/etc/courseops/secret.file is not there", problems=["/srv/other"])


def gone(_asked):
    raise HTTPException(404)


ODD = [
    Door(path="/broken", answer=broken, may=anyone),
    Door(path="/failing", answer=failing, may=anyone),
    Door(path="/unconfigured", answer=unconfigured, may=anyone),
    Door(path="/gone", answer=gone, may=anyone),
    Door(path="/refused", answer=gone, may=lambda _rights, _parts: False),
    PIECE,
]


@pytest.fixture
def odd(page):
    browser = browser_of(page)
    client = Browser(page, browser.session, "en", pages_of(page, ODD), raises=False)
    client.cookies = browser.cookies
    return client


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/broken", 500),
        ("/failing", 409),
        ("/unconfigured", 500),
        ("/gone", 404),
        ("/refused", 403),
        ("/nowhere", 404),
    ],
)
def test_even_what_goes_wrong_is_told_safely(odd, path, status):
    answer = odd.get(f"{PREFIX}{path}")
    assert answer.status_code == status
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "<b>" not in answer.text
    assert "Traceback" not in answer.text
    assert "/etc" not in answer.text
    assert "/srv" not in answer.text


def test_what_a_browser_fetches_ahead_is_not_looked_up(page):
    answer = browser_of(page).get(page.link("/"), headers={"Sec-Purpose": "prefetch;prerender"})
    assert answer.status_code == 403


def test_what_the_doors_say_they_say_in_french_too(page):
    shown = Browser(page, None, "fr").get(page.link("/nowhere")).text
    assert "cette page n’existe pas" in shown


def test_only_our_own_script_and_style_run_and_only_in_this_one_answer(page):
    browser = browser_of(page)
    nonces = set()
    for path in ("/", "/nowhere"):
        answer = browser.get(page.link(path))
        (script,) = re.findall(r"script-src ([^;]+);", answer.headers["content-security-policy"])
        nonce = re.fullmatch(r"'nonce-([\w-]{20,})'", script)[1]
        assert f"style-src 'nonce-{nonce}';" in answer.headers["content-security-policy"]
        tags = re.findall(r"<(?:script|link rel=\"stylesheet\")[^>]*>", answer.text)
        assert len(tags) == 2
        assert all(f'nonce="{nonce}"' in tag for tag in tags)
        nonces.add(nonce)
    assert len(nonces) == 2


CHROMIUM = '"Not_A Brand";v="99", "Chromium";v="{}"'


@pytest.mark.parametrize(
    ("brand", "said"),
    [
        (CHROMIUM.format(142), "noopener-allow-popups"),
        (CHROMIUM.format(120), "same-origin"),
        ("", "same-origin"),
    ],
)
def test_nobody_holds_on_to_our_window_where_a_browser_can_see_to_it(page, brand, said):
    answer = browser_of(page).get(page.link("/"), headers={"Sec-CH-UA": brand})
    assert answer.headers["cross-origin-opener-policy"] == said


def test_a_piece_is_only_for_who_knows_the_sessions_key(page):
    session = browser_of(page).session
    for key, status in (("", 403), ("guessed", 403), (session.form_key, 404)):
        browser = Browser(page, session, "en", pages_of(page, [PIECE_NOT_THERE]))
        browser.cookies.set("courseops-page-session", session.id)
        browser.headers[KEY_HEADER] = key
        assert browser.get(page.link("/piece")).status_code == status


PIECE_NOT_THERE = Door(path="/piece", answer=gone, may=anyone, is_piece=True)


def test_the_pages_own_script_has_the_key_for_pieces(page):
    browser = browser_of(page)
    shown = browser.open("/")
    assert f'hx-headers=\'{{"{KEY_HEADER}": "{browser.session.form_key}"}}\'' in shown


@pytest.mark.parametrize("given", [None, "", "x", "é", "\udcff", 7])
def test_what_is_no_key_is_no_key(given):
    assert not is_key("right", given)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Length": "1000001"}, 413),
        ({"Content-Length": "-1"}, 413),
        ({"Transfer-Encoding": "chunked"}, 413),
    ],
)
def test_a_form_that_is_too_long_or_does_not_say_how_long_is_not_read(page, headers, status):
    browser = browser_of(page)
    body = iter([b"x"]) if "Transfer-Encoding" in headers else b"x"
    answer = browser.post(page.link("/logout"), content=body, headers=headers)
    assert answer.status_code == status
    assert browser.session.id in page.sessions._inside


def test_a_form_with_a_file_or_too_many_fields_is_refused(page):
    browser = browser_of(page)
    key = {FORM_KEY: browser.session.form_key}
    answer = browser.post(page.link("/logout"), data=key, files={"f": ("f", b"x")})
    assert answer.status_code == 400
    many = {f"f{n}": "" for n in range(20_001)}
    answer = browser.post(page.link("/logout"), data=key | many)
    assert answer.status_code == 400


def test_nothing_is_redirected_to_a_host_that_was_made_up(page):
    browser = browser_of(page)
    for path in ("", "/files/", "//", "/errands/", "/errands/x/", "/login/"):
        answer = browser.get(f"{PREFIX}{path}", headers={"Host": "evil.example"})
        assert "evil" not in answer.headers.get("location", "")
    assert browser.get(PREFIX).headers["location"] == f"{PREFIX}/"


def test_health_is_told_without_a_login_and_says_nothing_else(page):
    answer = stranger_of(page).get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")


def test_a_static_file_is_kept_for_good_under_the_address_of_its_content(page):
    browser = stranger_of(page)
    link = page.link("/static/style.css")
    answer = browser.get(link)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/css")
    tag = {"If-None-Match": answer.headers["etag"]}
    assert browser.get(link, headers=tag).status_code == 304
    other = browser.get(f"{PREFIX}/static/0123456789abcdef/style.css")
    assert other.headers["cache-control"] == "no-cache"
    for name in ("..%2f..%2flayout.html", "layout.html", "%2e%2e"):
        assert browser.get(f"{PREFIX}/static/x/{name}").status_code == 404


# Work aside


def test_one_person_sends_off_three_pieces_of_work_and_no_more(page):
    errands = Errands(grace_seconds=0)
    go = threading.Event()

    def wait(_site):
        go.wait(60)
        return "done"

    class NoSite:
        def close(self):
            """Nothing is open."""

    def send(who):
        return errands.send(Errand(who=who, title="work", back="/"), lambda _: NoSite(), wait)

    for _ in range(3):
        send("alice")
    with pytest.raises(RefusedError, match="not over yet"):
        send("alice")
    bob = send("bob")
    errands.close()
    with pytest.raises(RefusedError, match="about to end"):
        send("carol")
    go.set()
    assert errands.find(bob.id, "alice") is None


def test_who_is_inside_stays_inside_when_the_configuration_is_read_anew(page):
    browser = browser_of(page)
    section = page.config.hubs["campus"].web
    anew = serving._as_before(serving.open_page(page.config, "campus", section), page)
    with anew.login:
        assert anew.sessions.find(browser.session.id, datetime.now(UTC)) is not None
        assert anew.errands is page.errands
        # A login that was begun before is ended after.
        begun = page.comings.begin("b", "/", NOW)
        assert anew.comings.come_in(begun.state, "b", NOW) is not None
