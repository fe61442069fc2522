"""What a page of a learner's own server can do to ours in one browser, where both have one origin.

The learner's server is made up by the test: a real one answers whatever its owner likes, with
whatever headers they like.
"""

from urllib.parse import urlsplit

import pytest

from tests.support.school import TEACHER

pytestmark = [pytest.mark.hub, pytest.mark.browser, pytest.mark.xdist_group("pages-6")]

EVIL = "/user/mallory/attack"


@pytest.fixture
def attack(open_pages, open_window):
    """Give a window of a teacher's at a learner's page, and the address of ours."""
    pages = open_pages("6")

    def begin(**headers):
        window = open_window(pages.hub.url)
        window.log_in(TEACHER, pages.hub.password, f"{pages.prefix}/")
        window.page.context.route(
            f"**{EVIL}*",
            lambda route: route.fulfill(
                content_type="text/html", body="<body>fun", headers=headers
            ),
        )
        window.go(EVIL)
        return window, pages.address

    return begin


OPENS = """async (address) => {
    const other = window.open(address);
    for (let n = 0; n < 40; n++) {
        await new Promise((done) => setTimeout(done, 100));
        try {
            if (other.closed) return "severed";
            const text = other.document.body ? other.document.body.innerText : "";
            if (other.location.href !== "about:blank" && text) return text;
        } catch (error) { return String(error) }
    }
    return "nothing to be seen";
}"""


@pytest.mark.parametrize(
    "policy", [{}, {"Cross-Origin-Opener-Policy": "same-origin"},
               {"Cross-Origin-Opener-Policy": "noopener-allow-popups"}],
    ids=["says nothing", "says the same as older browsers hear", "says the same as ours"],
)  # fmt: skip
def test_a_learners_page_that_opens_ours_cannot_look_into_it(attack, policy):
    window, address = attack(**policy)
    with window.page.context.expect_page() as opened:
        seen = window.page.evaluate(OPENS, address)
    opened.value.wait_for_load_state()
    # The person sees the page; the page that opened it sees nothing.
    assert f"Good day, {TEACHER}" in opened.value.inner_text("body")
    assert "Good day" not in seen


FETCHES = """async (address) => {
    const seen = [];
    for (const how of [{}, {mode: "same-origin"}, {headers: {"HX-Request": "true"}},
                       {mode: "no-cors"}, {headers: {"X-Form-Key": "guessed"}}]) {
        const answer = await fetch(address, how);
        seen.push([answer.status, await answer.text()]);
    }
    for (const type of ["iframe", "object", "embed", "img", "script", "link"]) {
        const tag = document.createElement(type);
        tag[{object: "data", link: "href"}[type] || "src"] = address;
        if (type === "link") tag.rel = "stylesheet";
        await new Promise((done) => {
            tag.onload = tag.onerror = done;
            setTimeout(done, 2000);
            document.body.append(tag);
        });
        let text = "";
        try { text = tag.contentDocument.body.innerText } catch (error) { }
        seen.push([type, text]);
    }
    return seen;
}"""


def test_a_learners_page_reads_no_page_of_ours(attack):
    window, address = attack()
    for status, text in window.page.evaluate(FETCHES, address):
        assert status == 403 or isinstance(status, str), (status, text)
        assert "Good day" not in text


POSTS = """async (address) => {
    const form = new URLSearchParams({"form-key": "guessed"});
    const answer = await fetch(address + "logout", {method: "POST", body: form});
    return answer.status;
}"""
SENDS = """(address) => {
    const form = document.createElement("form");
    form.method = "post";
    form.action = address + "logout";
    document.body.append(form);
    form.submit();
}"""


def test_a_learners_page_sends_no_form_of_ours(attack):
    window, address = attack()
    assert window.page.evaluate(POSTS, address) == 403
    with window.page.expect_navigation():
        window.page.evaluate(SENDS, address)
    assert "not sent from its page" in window.text
    assert window.go(urlsplit(address).path) == 200


def test_a_script_of_a_learners_server_does_not_run_on_our_page(attack):
    """Should markup of theirs ever get through: files of theirs are of our origin, but not ours."""
    window, address = attack()
    window.page.context.route(
        f"**{EVIL}.js",
        lambda route: route.fulfill(content_type="text/javascript", body="window.harmed = 1"),
    )
    window.page.context.route(
        f"**{EVIL}.css",
        lambda route: route.fulfill(content_type="text/css", body="h1 { display: none }"),
    )
    window.page.goto(address)
    window.page.evaluate(
        """(evil) => {
            for (const [tag, key] of [["script", "src"], ["link", "href"]]) {
                const it = document.createElement(tag);
                it[key] = evil + (tag === "script" ? ".js" : ".css");
                if (tag === "link") it.rel = "stylesheet";
                document.head.append(it);
            }
            document.body.insertAdjacentHTML("beforeend",
                "<style>h1 { display: none }</style><img src=x onerror='window.harmed = 2'>");
            return new Promise((done) => setTimeout(done, 1000));
        }""",
        EVIL,
    )
    assert window.page.evaluate("window.harmed") is None
    assert window.page.is_visible("h1")
