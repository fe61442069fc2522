"""The how-to "Give a hub its page", followed word for word on a real hub; and its unit."""

import json
import re
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from courseops.demo.hub import LocalHub
from tests.support.command import PROGRAM
from tests.support.daemons import wait_for
from tests.support.school import held_place
from tests.support.service import SERVICE, UNIT, Service, as_account, settings_of

PAGE = (Path(__file__).resolve().parents[2] / "docs/how-to/pages.md").read_text()
WEB_UNIT = UNIT.with_name("courseops-web.service")
(SECTION,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
MAKE = re.search(r"`(\(umask 077; openssl [^`]+)`", PAGE)[1]
# What LocalHub grants by itself is taken away, so that only the lines give anything.
NOTHING = """
c.JupyterHub.services = []
c.JupyterHub.load_roles = []
"""


def section_of_the_page():
    text = re.sub(r"^   ", "", SECTION, flags=re.MULTILINE)
    assert "[hubs.campus.web]" in text
    return text


@contextmanager
def serving(desk):
    log = desk.folder / "web.log"
    with log.open("wb") as said:
        web = subprocess.Popen(
            [PROGRAM, "web"], env=desk.environment(), cwd=desk.folder,
            stdin=subprocess.DEVNULL, stdout=said, stderr=said,
        )  # fmt: skip
    try:
        wait_for(lambda: "pages are served" in log.read_text() or web.poll() is not None)
        assert web.poll() is None, log.read_text()
        yield
    finally:
        web.terminate()
        assert web.wait(60) == 0


def write_config(desk, url, token, section):
    desk.write("campus.token", token, mode=0o600)
    desk.write(
        "config.toml",
        f'[hubs.campus]\nurl = "{url}"\ntoken = {{ file = "campus.token" }}\n'
        f'[hubs.campus.accounts]\nkind = "shared"\n{section}',
    )


@pytest.mark.hub
def test_whoever_follows_the_page_has_a_page(desk):
    local = LocalHub(desk.folder / "hub")
    section = section_of_the_page()
    with held_place() as place:
        section = section.replace("127.0.0.1:8098", place.removeprefix("http://"))
        write_config(desk, "http://127.0.0.1:1", local.token, section)
        subprocess.run(["sh", "-c", MAKE], cwd=desk.folder, check=True)
        said = desk.run("doctor", "--hub-config", "campus")
        assert said.code == 0, said.err
        local = LocalHub(desk.folder / "hub", more_config=NOTHING + said.out)
        local.folder.mkdir()
        (local.folder / "courseops.token").write_text(local.token)
        shutil.copy(desk.folder / "campus.page.token", local.folder / "courseops-page.token")
        local.start()
    with local:
        write_config(desk, local.url, local.token, section)
        silent = desk.run("doctor")
        assert silent.code == 3
        assert "finds nobody at the page's address" in silent.out

        with serving(desk):
            well = desk.run("doctor", "--json")
            found = [it for it in well.document["findings"] if it["subject"] == "web/campus"]
            assert {it["level"] for it in found} == {"ok"}, found

            with httpx.Client(follow_redirects=True, trust_env=False, timeout=60) as olga:
                form = olga.get(f"{local.url}/hub/login")
                fields = {"username": "olga", "password": local.password}
                home = olga.post(form.url, data=fields | {"_xsrf": xsrf(olga)})
                # It stands in the hub's own menu.
                assert 'href="/services/courseops-page/"' in home.text
                shown = olga.get(f"{local.url}/services/courseops-page/")
                assert "Good day, olga" in shown.text
                assert "/services/courseops-page/backups" in shown.text

        secret = (desk.folder / "campus.page.token").read_text().strip()
        for text in (said.out, said.err, well.out, well.err, (desk.folder / "web.log").read_text()):
            assert secret not in text


def xsrf(client):
    return next(it.value for it in client.cookies.jar if it.name == "_xsrf")


def doctor_on(desk, **hub):
    desk.write("page.token", "feed" * 16, mode=0o600)
    there = {"token": {"file": "page.token"}, "url": "http://127.0.0.1:1", **hub}
    desk.configure(hubs={"campus": there})
    found = json.loads(desk.run("doctor", "--json").out)["findings"]
    return {(it["level"], it["what"]) for it in found if it["subject"] == "web/campus"}


def test_doctor_names_what_is_dangerous_before_it_asks_the_hub(desk):
    web = {"secret": {"file": "page.token"}, "rights": "roster"}
    said = doctor_on(desk, url="http://courseops.invalid", web=web)
    assert any(level == "warning" and "without TLS" in what for level, what in said)
    assert any(level == "warning" and "nobody looks after" in what for level, what in said)
    assert any(level == "problem" and "does not answer" in what for level, what in said)
    safe = {**web, "host": "https://courseops-page--service.example.org", "operators": ["olga"]}
    assert [level for level, _what in doctor_on(desk, web=safe)] == ["problem"]


def test_doctor_says_that_a_secret_cannot_be_read(desk):
    said = doctor_on(desk, web={"secret": {"file": "nowhere.token"}})
    assert any(level == "problem" and "nowhere.token" in what for level, what in said)


# The unit


@pytest.mark.system
def test_the_unit_is_one_that_systemd_understands(require):
    require("systemd-analyze", shutil.which("systemd-analyze"))
    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(WEB_UNIT)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    left = [line for line in said.stderr.splitlines() if line and "/opt/courseops" not in line]
    assert left == []


def test_the_unit_has_no_power_that_the_daemon_lacks_and_each_has_its_reason():
    unit, daemon = WEB_UNIT.read_text(), UNIT.read_text()
    powers = settings_of(unit, "AmbientCapabilities")
    assert powers == settings_of(unit, "CapabilityBoundingSet")
    assert set(powers) <= set(settings_of(daemon, "AmbientCapabilities"))
    reasons = [line for line in unit.splitlines() if line.startswith("#   CAP_")]
    assert all(any(power in line for line in reasons) for power in powers)
    assert settings_of(unit, "ReadWritePaths") == settings_of(daemon, "ReadWritePaths")
    assert set(settings_of(unit, "SystemCallFilter")) < set(settings_of(daemon, "SystemCallFilter"))


@pytest.mark.system
def test_as_the_units_account_and_with_its_calls_alone_the_page_is_served(require, desk):
    for program in ("setpriv", "unshare", "systemd-analyze"):
        require(program, shutil.which(program))
    service = Service(as_account(SERVICE, settings_of(WEB_UNIT.read_text(), "AmbientCapabilities")))
    desk.folder.chmod(0o755)
    for above in desk.folder.parents[:3]:
        if above != Path("/tmp") and above.is_relative_to("/tmp"):
            above.chmod(0o755)
    with held_place() as place:
        listen = place.removeprefix("http://")
    desk.write("page.token", "feed" * 16, mode=0o600)
    web = {"secret": {"file": "page.token"}, "listen": listen}
    hub = {"url": "http://127.0.0.1:1", "token": {"file": "page.token"}, "web": web}
    desk.configure(hubs={"campus": hub})
    service.give(desk.folder)
    program = subprocess.Popen(
        [*service.walled(desk.folder, WEB_UNIT), PROGRAM, "web"],
        env=desk.environment(HOME=str(desk.folder), TMPDIR="/var/tmp"), cwd=desk.folder,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        wait_for(lambda: answers(place) or program.poll() is not None)
        assert program.poll() is None, program.stderr.read().decode()
    finally:
        program.terminate()
        said = program.communicate(timeout=60)[1].decode()
    assert program.returncode == 0, said
    assert "Traceback" not in said


def answers(place):
    try:
        return httpx.get(f"{place}/healthz", trust_env=False).text == "ok\n"
    except httpx.TransportError:
        return False
