"""Who comes in at the pages of real hubs of each release, and who does not."""

import re

import httpx
import pytest

from tests.support.hubs import PROGRAMS
from tests.support.school import (
    COURSE,
    GRADER,
    MARKUP,
    OTHER_COURSES,
    OTHER_TEACHER,
    SERVICE,
    STRANGER,
    TEACHER,
)

pytestmark = [pytest.mark.hub, pytest.mark.browser]

SESSION = f"{SERVICE}-session"
ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "{prefix}@evil.example",
    "{prefix}/../../hub/logout",
    "{prefix}/%2e%2e/../hub/logout",
    "{prefix}//evil.example",
    "{prefix}/\t/evil.example",
    "/hub/logout",
    "javascript:alert(1)",
    "",
]


@pytest.fixture(
    params=[pytest.param(it, marks=pytest.mark.xdist_group(f"pages-{it}")) for it in PROGRAMS]
)
def pages(request, open_pages):
    return open_pages(request.param)


def test_each_comes_in_by_their_hub_with_the_rights_that_it_grants(pages, open_window):
    seen = {}
    for who in TEACHER, GRADER, OTHER_TEACHER, "ada":
        window = open_window(pages.hub.url)
        window.log_in(who, pages.hub.password, f"{pages.prefix}/")
        assert window.path == f"{pages.prefix}/"
        assert f"Good day, {who}" in window.text
        leads_to = window.page.locator("main a[href*='/courses/']").all()
        addresses = (link.get_attribute("href") for link in leads_to)
        seen[who] = {it.partition("/courses/")[2].partition("/")[0] for it in addresses}
        assert not window.faults
        assert not window.strays
    assert seen == {
        TEACHER: {COURSE},
        GRADER: {COURSE},
        OTHER_TEACHER: set(OTHER_COURSES),
        "ada": set(),
    }


def test_without_javascript_they_come_in_and_out(pages, open_window):
    window = open_window(pages.hub.url, plain=True, language="fr")
    window.log_in(TEACHER, pages.hub.password, f"{pages.prefix}/")
    assert f"Bonjour, {TEACHER}" in window.text
    cookies = {it["name"]: it["value"] for it in window.page.context.cookies()}
    window.page.click(".who button")
    assert "/hub/" in window.path
    assert SESSION not in {it["name"] for it in window.page.context.cookies()}
    with httpx.Client(cookies=cookies, trust_env=False) as caller:
        answer = caller.get(pages.address)
    assert "/oauth2/authorize" in answer.headers["location"]


def test_who_is_not_logged_in_sees_the_hubs_form_and_nothing_else(pages):
    with pages.caller() as caller:
        answer = caller.get(pages.address)
        assert answer.url.path.endswith("/hub/login")
        refused = caller.post(f"{pages.origin}{pages.prefix}/logout", follow_redirects=False)
    assert "/oauth2/authorize" in refused.headers["location"]


def test_whom_the_hub_does_not_let_in_is_refused_by_name_and_stays_out(pages, open_window):
    window = open_window(pages.hub.url)
    window.log_in(STRANGER, pages.hub.password, f"{pages.prefix}/")
    assert "/oauth2/authorize" in window.path
    assert "403" in window.text
    window.go(f"{pages.prefix}/")
    assert "Good day" not in window.text


def way_back(pages, caller, username):
    """Log somebody in as far as the hub's answer, and give the address that it leads to."""
    back = []

    def note(request):
        if request.url.path.endswith("/oauth_callback"):
            back.append(request.url)
            raise StopAsyncIteration

    caller.event_hooks["request"] = [note]
    with pytest.raises(StopAsyncIteration):
        pages.log_in(caller, username)
    caller.event_hooks["request"] = []
    (address,) = back
    return address


def is_inside(pages, caller):
    answer = caller.get(pages.address, follow_redirects=False)
    return answer.status_code == 200


def test_a_state_counts_once(pages):
    with pages.caller() as caller:
        address = way_back(pages, caller, "ada")
        begun = caller.cookies[f"{SERVICE}-login"]
        assert caller.get(address).url.path == f"{pages.prefix}/"
        caller.cookies.delete(SESSION)
        caller.cookies.set(f"{SERVICE}-login", begun, "127.0.0.1", pages.prefix)
        again = caller.get(address)
        assert again.status_code == 400
        assert "not valid any more" in again.text
        assert SESSION not in caller.cookies


def test_a_state_counts_in_the_browser_that_it_was_made_for(pages):
    with pages.caller() as one, pages.caller() as other:
        address = way_back(pages, one, "ada")
        other.get(f"{pages.origin}{pages.prefix}/login")
        assert other.get(address).status_code == 400
        assert not is_inside(pages, other)
        # Nor for the first one any longer: somebody else had it.
        assert one.get(address).status_code == 400


def test_a_next_leads_to_pages_of_ours_and_nowhere_else(pages):
    with pages.caller() as caller:
        pages.log_in(caller, "ada")

        def leads_to(onward):
            caller.cookies.delete(SESSION)
            asked = {"next": onward.format(prefix=pages.prefix)}
            return str(caller.get(f"{pages.address}login", params=asked).url)

        assert leads_to("{prefix}/?x=1") == f"{pages.address}?x=1"
        assert {it: leads_to(it) for it in ELSEWHERE} == dict.fromkeys(ELSEWHERE, pages.address)


def test_the_browser_holds_a_name_that_is_only_sent_to_the_pages_and_no_token(pages):
    with pages.caller() as caller:
        heads = []
        caller.event_hooks["response"] = [lambda it: heads.extend(it.headers.multi_items())]
        page = pages.log_in(caller, "ada")
        policy = page.headers["content-security-policy"]
    (session,) = [v for k, v in heads if k == "set-cookie" and SESSION in v]
    assert {"HttpOnly", f"Path={pages.prefix}", "SameSite=lax"} <= set(session.split("; "))
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["cache-control"] == "no-store"
    known = session.partition("=")[2].partition(";")[0]
    assert known not in page.text


def test_a_form_without_the_sessions_key_changes_nothing(pages):
    with pages.caller() as ada, pages.caller() as hal:
        theirs = [pages.log_in(ada, "ada"), pages.log_in(hal, "hal")]
        keys = [re.search(r'name="form-key" value="([^"]+)"', it.text)[1] for it in theirs]
        out = f"{pages.origin}{pages.prefix}/logout"
        for form in ({}, {"form-key": ""}, {"form-key": keys[1]}):
            assert ada.post(out, data=form).status_code == 403
        elsewhere = {"Sec-Fetch-Site": "same-site"}
        assert ada.post(out, data={"form-key": keys[0]}, headers=elsewhere).status_code == 403
        assert is_inside(pages, ada)
        ada.post(out, data={"form-key": keys[0]})
        assert not is_inside(pages, ada)


def test_a_name_with_markup_is_shown_as_it_is_spelled(pages, open_window):
    window = open_window(pages.hub.url)
    window.log_in(MARKUP, pages.hub.password, f"{pages.prefix}/")
    assert f"Good day, {MARKUP}" in window.text
    assert not window.dialogs
    assert not window.faults


READS = """async (address) => {
    const answer = await fetch(address);
    return [answer.status, await answer.text()];
}"""
FRAMES = """(address) => new Promise((done) => {
    const frame = document.createElement("iframe");
    frame.onload = frame.onerror = () => {
        let seen = "";
        try { seen = frame.contentDocument.body.innerText } catch (error) { }
        done(seen);
    };
    frame.src = address;
    document.body.append(frame);
})"""
OPENS = """(address) => new Promise((done) => {
    const other = window.open(address);
    setTimeout(() => {
        let seen = "";
        try { seen = other.document.body.innerText } catch (error) { }
        done(seen);
    }, 1000);
})"""


@pytest.mark.xdist_group("pages-6")
def test_a_script_of_a_learners_own_server_reads_no_page(open_pages, open_window):
    """All servers of a hub may be of one origin: to the browser a script there is one of ours."""
    pages = open_pages("6")
    window = open_window(pages.hub.url)
    window.log_in(TEACHER, pages.hub.password, f"{pages.prefix}/")
    window.go("/hub/home")
    status, text = window.page.evaluate(READS, pages.address)
    assert status == 403
    assert "Good day" not in text
    assert "Good day" not in window.page.evaluate(FRAMES, pages.address)
    assert "Good day" not in window.page.evaluate(OPENS, pages.address)
    assert window.go(f"{pages.prefix}/") == 200


@pytest.mark.xdist_group("pages-6")
def test_what_is_wrong_would_be_noticed(open_pages, open_window):
    pages = open_pages("6")
    window = open_window(pages.hub.url)
    window.log_in(TEACHER, pages.hub.password, f"{pages.prefix}/")
    assert not window.axe_faults()
    inside = "<img src=nothing><button></button><p style='width: 9999px'>wide</p>"
    window.page.evaluate("(it) => document.querySelector('main').innerHTML = it", inside)
    assert {it.split()[0] for it in window.axe_faults()} == {"image-alt", "button-name"}
    # Nor does the policy let a style through.
    assert any("style" in it for it in window.faults)
    assert not window.is_wider_than_it_is
    window.page.evaluate("document.querySelector('main').style.minWidth = '9999px'")
    assert window.is_wider_than_it_is
    window.page.evaluate("fetch('http://127.0.0.1:9/').catch(() => alert('no'))")
    assert window.strays == []
    assert window.dialogs == ["no"]
