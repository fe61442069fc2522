"""The way in at real hubs, whose configuration is what `doctor --hub-config` prints for the page.

A page is served here, in a thread, as `courseops web` does it, behind the hub's own proxy.
"""

import asyncio
import re
import secrets
import socket
import threading
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from courseops.adapters.hub import NEEDED_SCOPES, login
from courseops.adapters.hub.login import HubLogin
from courseops.adapters.store import open_store_in
from courseops.config import load_config
from courseops.config.writing import config_text
from courseops.demo.hub import LocalHub
from courseops.demo.visitor import Visitor
from courseops.errors import RefusedError, UnreachableError
from courseops.model.finding import Level
from courseops.model.logins.hub_config import hub_config
from courseops.model.logins.judging import Logins
from courseops.model.logins.page_config import PagePlace
from courseops.model.logins.token_place import TokenPlace
from courseops.model.rights import Rights
from courseops.model.roster import Enrolment, Person, Role
from courseops.web.app import pages_of
from courseops.web.listening import Listener
from courseops.web.serving import open_page
from courseops.wiring import Site
from courseops.wiring.pages import look_at_page
from tests.support.daemons import wait_for
from tests.support.hubs import PROGRAMS
from tests.support.school import held_place

pytestmark = [pytest.mark.hub, pytest.mark.timeout(300)]

SERVICE, COURSE, OTHER = "courseops-page", "Python101", "botany"
RELEASES = {"6.1.1": "6", "5.5.4": "5", "4.1.6": "4"}
# What LocalHub grants by itself is taken away, so that only the lines give anything. Once the
# settings are as if nobody had touched them, once there is a role of the school's own.
UNTOUCHED = """
for name in ("services", "load_roles", "custom_scopes"):
    c.JupyterHub.pop(name)
"""
A_ROLE_OF_THEIRS = """
c.JupyterHub.services = []
c.JupyterHub.custom_scopes = {"custom:theirs": {"description": "theirs"}}
c.JupyterHub.load_roles = [{"name": "user", "scopes": ["self", "list:services"]}]
"""
GROUPS = f"""
c.JupyterHub.load_groups = {{
    "teach-{COURSE}": {{"users": ["tina"]}},
    "formgrade-{COURSE}": {{"users": ["tina", "greta"]}},
    "courseops-operators": {{"users": ["olga"]}},
}}
"""


@dataclass
class World:
    """A hub with a page behind it."""

    local: LocalHub
    page: object
    listener: Listener
    site: Site
    by_scopes: bool
    release: str
    known: dict = field(default_factory=dict)

    @property
    def address(self):
        return f"{self.local.url}/services/{SERVICE}/"

    def browser(self):
        return httpx.Client(follow_redirects=True, trust_env=False, timeout=60)

    def log_in(self, browser, name, address=None):
        form = browser.get(address or self.address)
        if not form.url.path.endswith("/hub/login"):
            return form
        xsrf = next(it.value for it in browser.cookies.jar if it.name == "_xsrf")
        password = self.local.password
        if name == self.local.admin and self.release != "4":
            password = self.local.admin_password
        fields = {"username": name, "password": password, "_xsrf": xsrf}
        return browser.post(form.url, data=fields)

    def session_of(self, name):
        return [it for it in self.page.sessions._inside.values() if it.name == name][-1]

    def age(self, name):
        """Let the hub have been asked about somebody more than a minute ago."""
        session = self.session_of(name)
        then = datetime.now(UTC) - timedelta(minutes=2)
        self.page.sessions._inside[session.id] = replace(session, checked_at=then)

    def is_inside(self, browser):
        return browser.get(self.address, follow_redirects=False).status_code == 200


def lines(release, url, *, by_scopes):
    place = PagePlace(
        service=SERVICE,
        url=url,
        token=TokenPlace(called="file page.token"),
        by_scopes=by_scopes,
        courses=[COURSE, OTHER],
    )
    version = next(it for it, short in RELEASES.items() if short == release)
    return hub_config(
        hub="campus",
        version=version,
        release=tuple(map(int, version.split("."))),
        scopes=NEEDED_SCOPES,
        token=TokenPlace(called="file courseops.token"),
        logins=Logins(kind="dummy" if release == "4" else "shared"),
        page=place,
    ).text


# Each server and each service at a host of its own.
SUBDOMAINS = """
from urllib.parse import urlsplit
c.JupyterHub.subdomain_host = f"http://hub.localhost:{urlsplit(c.JupyterHub.bind_url).port}"
"""
OWN_HOST = f"{SERVICE}--service.hub.localhost"


@contextmanager
def opened(folder, release, *, by_scopes, with_subdomains=False):
    with ExitStack() as ending:
        before = A_ROLE_OF_THEIRS if release == "5" else UNTOUCHED
        secret = secrets.token_hex(32)
        with held_place() as url:
            more = before + GROUPS + lines(release, url, by_scopes=by_scopes)
            more += SUBDOMAINS if with_subdomains else ""
            local = LocalHub(
                folder / "hub", programs=PROGRAMS[release], prefix="/lake", more_config=more
            )
            local.folder.mkdir(parents=True)
            for name, token in (("courseops", local.token), (SERVICE, secret)):
                (local.folder / f"{name}.token").write_text(f"{token}\n")
            ending.enter_context(local)
        if with_subdomains:
            local.url = local.url.replace("127.0.0.1", "hub.localhost")
        config = configured(
            folder, local, secret, url, by_scopes=by_scopes, with_subdomains=with_subdomains
        )
        page = ending.enter_context(_page(config))
        listener = Listener(pages_of(page), *page.section.listens_at)
        ending.enter_context(_served(listener))
        site = Site(config, actor="tester", progress=None)
        ending.callback(site.close)
        yield World(local, page, listener, site, by_scopes, release)


def configured(folder, local, secret, url, *, by_scopes, with_subdomains):
    for name, token in (("hub.token", local.token), ("page.token", secret)):
        (folder / name).write_text(token)
        (folder / name).chmod(0o600)
    web = {
        "service": SERVICE,
        "secret": {"file": "page.token"},
        "listen": url.removeprefix("http://"),
        "rights": "hub" if by_scopes else "roster",
        "operators": [] if by_scopes else ["olga"],
    }
    if with_subdomains:
        web["host"] = f"http://{OWN_HOST}:{urlsplit(local.url).port}"
    hub = {"url": local.url, "token": {"file": "hub.token"}, "web": web}
    courses = {it: {"hub": "campus"} for it in (COURSE, OTHER)}
    text = config_text({"state": str(folder / "state")}, {"campus": hub}, courses)
    (folder / "config.toml").write_text(text)
    config = load_config(folder / "config.toml")
    if not by_scopes:
        roles = {"tina": Role.INSTRUCTOR, "greta": Role.ASSISTANT, "ada": Role.LEARNER}
        people = [
            Enrolment(person=Person(id=who, username=who), role=role) for who, role in roles.items()
        ]
        with open_store_in(config.site.state) as store:
            store.enrolments.enrol(COURSE, people, datetime.now(UTC))
    return config


@contextmanager
def _page(config):
    page = open_page(config, "campus", config.hubs["campus"].web)
    with page.login, page.errands:
        yield page


@contextmanager
def _served(listener):
    thread = threading.Thread(target=lambda: asyncio.run(listener.serve()))
    thread.start()
    try:
        wait_for(lambda: listener.started)
        yield
    finally:
        listener.should_exit = True
        thread.join(30)


def _world(release, *, by_scopes=True):
    name = release if by_scopes else f"{release}-roster"
    return pytest.param(
        (release, by_scopes), id=name, marks=pytest.mark.xdist_group(f"entrance-{name}")
    )


@pytest.fixture(scope="module", params=[*map(_world, PROGRAMS), _world("6", by_scopes=False)])
def world(request, tmp_path_factory, require):
    release, by_scopes = request.param
    require(f"JupyterHub {release}", (PROGRAMS[release] / "jupyterhub").exists())
    folder = tmp_path_factory.mktemp("entrance")
    with opened(folder, release, by_scopes=by_scopes) as world:
        yield world


def test_each_has_the_rights_that_the_lines_or_the_roster_give_and_no_more(world):
    here = frozenset({COURSE})
    expected = {
        "tina": Rights(teaches=here, grades=here),
        "greta": Rights(grades=here),
        "olga": Rights(operates=True),
        "ada": Rights(),
        # Whoever runs the hub may do there what they like; here, what they were given.
        world.local.admin: Rights(),
    }
    for name, rights in expected.items():
        with world.browser() as browser:
            shown = world.log_in(browser, name)
            assert (shown.status_code, str(shown.url)) == (200, world.address), shown.text
            assert world.session_of(name).rights == rights


def test_learners_still_have_their_own_servers(world):
    with Visitor(world.local.url, "servant", world.local.password) as visitor:
        visitor.log_in()
        may = set(visitor._send("GET", "/api/user").json()["scopes"])
        assert {f"access:services!service={SERVICE}", "servers!user=servant"} <= may
        # What a role of the school's own grants to everybody, it still does.
        assert ("list:services" in may) is (world.release == "5")
        if world.release == "6":  # the older ones of the tests come without single-user servers
            visitor.start_server()
            visitor.stop_server()


def test_doctor_finds_no_fault_and_names_what_is_shared(world):
    found = list(look_at_page(world.site, "campus"))
    assert [it for it in found if it.level is not Level.OK] == []
    assert any("page-safety" in it.what for it in found)


def test_a_wrong_secret_or_name_is_told_from_the_right_one(world):
    right = {"name": "campus", "url": world.local.url, "service": SERVICE}
    for change in ({"secret": "x" * 64}, {"service": "other", "secret": world.page.login._secret}):
        with HubLogin(**{**right, **change}) as wrong:
            with pytest.raises(RefusedError, match="no service"):
                wrong.insist_on_service()
            with pytest.raises(RefusedError, match="no service"):
                wrong.token("code", "verifier")


def test_a_hub_that_leads_elsewhere_or_to_nobody_is_told(world):
    other = HubLogin(name="campus", url=world.local.url, service="nothing", secret="x")
    with other, pytest.raises(RefusedError, match="does not lead to the page"):
        other.insist_on_page()


def test_a_service_is_no_visitor_and_an_unknown_token_is_nobody(world):
    assert world.page.login.owner(world.local.token) is None
    assert world.page.login.owner("made-up") is None


def code_for(world, browser, name, verifier):
    """Have the hub give a code for a login with a verifier of the test's own."""
    world.log_in(browser, name)
    parts = urlsplit(world.local.url)
    begun = f"{parts.scheme}://{parts.netloc}{world.page.login.address('state', verifier)}"
    while True:
        answer = browser.get(begun, follow_redirects=False)
        begun = str(answer.url.join(answer.headers["location"]))
        if "/oauth_callback" in begun:
            return parse_qs(urlsplit(begun).query)["code"][0]


def test_a_code_counts_once_and_at_hub_6_only_with_its_verifier(world):
    verifier = secrets.token_urlsafe(64)
    with world.browser() as browser:
        code = code_for(world, browser, "ada", verifier)
        token = world.page.login.token(code, verifier)
        assert world.page.login.owner(token).name == "ada"
        with pytest.raises(RefusedError, match="did not accept"):
            world.page.login.token(code, verifier)

        stolen = code_for(world, browser, "ada", verifier)
        if world.release == "6":
            with pytest.raises(RefusedError, match="did not accept"):
                world.page.login.token(stolen, secrets.token_urlsafe(64))
        else:
            # Older hubs know no PKCE: there it is the secret and the state that count.
            assert world.page.login.token(stolen, "other")


def test_a_code_of_another_login_is_refused(world):
    """Who comes back with a thief's code would work in the thief's name, and leave things there."""
    with world.browser() as thief, world.browser() as victim:
        code = code_for(world, thief, "mallory", secrets.token_urlsafe(64))
        begun = victim.get(world.address, follow_redirects=False).headers["location"]
        state = parse_qs(urlsplit(begun).query)["state"][0]
        back = f"{world.address}oauth_callback"
        others = parse_qs(
            urlsplit(
                thief.get(f"{world.address}login", follow_redirects=False).headers["location"]
            ).query
        )["state"][0]
        assert victim.get(back, params={"code": code, "state": others}).status_code == 400
        if world.release == "6":
            assert victim.get(back, params={"code": code, "state": state}).status_code == 400
            assert not world.is_inside(victim)


def test_who_logs_out_of_the_hub_is_out_here_at_once(world):
    with world.browser() as browser:
        world.log_in(browser, "ada")
        assert world.is_inside(browser)
        browser.get(f"{world.local.url}/hub/logout")
        assert not world.is_inside(browser)


def test_whose_token_is_revoked_is_out_when_the_hub_is_asked_next(world):
    with world.browser() as browser:
        world.log_in(browser, "bob")
        kept = {it.name: it.value for it in browser.cookies.jar if it.path != "/lake/hub/"}
        browser.get(f"{world.local.url}/hub/logout")
        # Whoever copied the cookies: nothing in them changed.
        with httpx.Client(trust_env=False, cookies=kept) as thief:
            assert thief.get(world.address).status_code == 200
            world.age("bob")
            assert thief.get(world.address).status_code == 302


def test_who_leaves_here_is_out_of_the_hub(world):
    with world.browser() as browser:
        shown = world.log_in(browser, "carol")
        key = re.search(r'name="form-key" value="([^"]+)"', shown.text)[1]
        browser.post(f"{world.address}logout", data={"form-key": key})
        assert browser.get(f"{world.local.url}/hub/home").url.path.endswith("/hub/login")
        assert not world.is_inside(browser)


def test_who_is_renamed_at_the_hub_comes_in_anew_under_the_new_name(world):
    with world.browser() as browser:
        world.log_in(browser, "dora")
        headers = {"Authorization": f"token {world.local.token}"}
        renamed = httpx.patch(
            f"{world.local.url}/hub/api/users/dora",
            headers=headers, json={"name": "dorothea"}, trust_env=False,
        )  # fmt: skip
        assert renamed.status_code == 200, renamed.text
        world.age("dora")
        assert browser.get(world.address, follow_redirects=False).status_code == 302
        assert not [it for it in world.page.sessions._inside.values() if it.name == "dora"]
        assert "dorothea" in world.log_in(browser, "dorothea").text


def test_a_page_is_below_the_hubs_own_prefix_and_nowhere_else(world):
    parts = urlsplit(world.local.url)
    with world.browser() as browser:
        world.log_in(browser, "ada")
        cookies = [it for it in browser.cookies.jar if it.name.startswith(SERVICE)]
        assert {it.path for it in cookies} == {f"/lake/services/{SERVICE}"}
        bare = browser.get(world.address.rstrip("/"))
        assert str(bare.url) == world.address
        assert browser.get(f"{world.local.url}/healthz").status_code == 404
        direct = f"{world.page.section.listen}"
        assert browser.get(f"http://{direct}/services/{SERVICE}/").status_code == 404
        assert parts.path == "/lake"


def test_a_hub_that_does_not_answer_lets_nobody_in():
    with HubLogin(name="h", url="http://127.0.0.1:1", service="s", secret="x") as stopped:
        for ask in (
            lambda: stopped.owner("t"),
            lambda: stopped.token("c", "v"),
            stopped.insist_on_service,
            stopped.insist_on_page,
        ):
            with pytest.raises(UnreachableError):
                ask()


def test_a_hub_that_hangs_is_not_waited_for_long(monkeypatch):
    monkeypatch.setattr(login, "_PATIENCE", httpx.Timeout(0.2))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        hangs = HubLogin(name="h", url=url, service="s", secret="x")
        with hangs, pytest.raises(UnreachableError, match="does not answer"):
            hangs.owner("t")


@pytest.mark.parametrize(
    ("status", "body"), [(500, b""), (503, b"{}"), (200, b"<html>"), (302, b"")]
)
def test_an_answer_that_is_none_of_a_hub_lets_nobody_in(status, body):
    answer = httpx.Response(status, content=body)
    with HubLogin(name="h", url="http://127.0.0.1:1", service="s", secret="x") as odd:
        odd._client = httpx.Client(transport=httpx.MockTransport(lambda _request: answer))
        with pytest.raises(UnreachableError):
            odd.owner("t")


@pytest.fixture
def apart(tmp_path, require, monkeypatch):
    """Give a hub that has each server and each service at a host of its own."""
    require("JupyterHub 6", (PROGRAMS["6"] / "jupyterhub").exists())
    look_up = socket.getaddrinfo

    def look_up_here(host, *args, **more):
        name = host.decode() if isinstance(host, bytes) else str(host)
        return look_up("127.0.0.1" if name.endswith(".localhost") else host, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up_here)
    with opened(tmp_path, "6", by_scopes=True, with_subdomains=True) as world:
        yield world


def test_with_subdomains_the_page_has_a_host_of_its_own_and_all_else_is_the_same(apart):
    port = urlsplit(apart.local.url).port
    ours = f"http://{OWN_HOST}:{port}/lake/services/{SERVICE}/"
    hub = f"http://hub.localhost:{port}"
    apart.page.login.insist_on_service()
    apart.page.login.insist_on_page()
    with apart.browser() as browser:
        shown = apart.log_in(browser, "tina", ours)
        assert (shown.status_code, str(shown.url)) == (200, ours), shown.text
        assert apart.session_of("tina").rights.teaches == {COURSE}
        assert f"form-action 'self' {hub};" in shown.headers["content-security-policy"]
        cookies = [it for it in browser.cookies.jar if it.name.startswith(SERVICE)]
        assert {it.domain for it in cookies} == {OWN_HOST}
        assert f'href="{hub}/lake/hub/home"' in shown.text
        key = re.search(r'name="form-key" value="([^"]+)"', shown.text)[1]
        out = browser.post(f"{ours}logout", data={"form-key": key}, follow_redirects=False)
        assert out.headers["location"] == f"{hub}/lake/hub/logout"
        browser.get(out.headers["location"])
        assert browser.get(ours, follow_redirects=False).status_code == 302
