"""`courseops roster handout`: who may be handed something, and where the page goes."""

import json
import stat
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from courseops.adapters.memory.hub import MemoryHub
from courseops.adapters.store import open_store_in
from courseops.cli.root import cli
from courseops.errors import ConfigError, CourseOpsError
from courseops.model.roster import Enrolment, Person
from courseops.wiring.site import Site

CONFIG = """
[site]
language = "fr"
[hubs.campus]
url = "http://127.0.0.1:9"
token = {{ file = "campus.token" }}
{accounts}
[courses.py]
title = "Atelier"
hub = "campus"
"""
SHARED = """
[hubs.campus.accounts]
kind = "shared"
password = { file = "workshop.password" }
"""


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A workshop of three seats; `run(accounts, *options)` hands out, in the folder itself."""
    for name, secret in (("campus.token", "secret"), ("workshop.password", "open sesame")):
        (tmp_path / name).write_text(secret)
        (tmp_path / name).chmod(0o600)
    with open_store_in(tmp_path / "state") as store:
        seats = [Person(id=f"seat0{n}", username=f"seat0{n}") for n in (1, 2, 3)]
        at = datetime(2026, 3, 1, tzinfo=UTC)
        store.enrolments.enrol("py", [Enrolment(person=seat) for seat in seats], at)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Site, "hub", lambda _site, name: MemoryHub(name))

    def run(accounts, *options):
        config = tmp_path / "config.toml"
        config.write_text(CONFIG.format(accounts=accounts))
        asked = ["roster", "handout", "py", "--config", str(config), *options]
        return CliRunner().invoke(cli, asked)

    return run


def pages(folder):
    return sorted(path.name for path in folder.glob("*.html"))


def test_a_workshop_gets_a_strip_a_seat_in_the_schools_language(site, tmp_path):
    done = site(SHARED, "--json")
    document = json.loads(done.stdout)

    assert document["usernames"] == ["seat01", "seat02", "seat03"]
    page = tmp_path / document["page"]
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert page.name.startswith("handout-py-20")
    text = page.read_text()
    assert 'lang="fr"' in text
    assert text.count("open sesame") == 3
    assert "open sesame" not in done.output


def test_a_second_page_of_a_day_gets_a_name_of_its_own(site, tmp_path):
    site(SHARED)
    site(SHARED, "--language", "en")
    first, second = pages(tmp_path)
    assert first == second.replace("-2.html", ".html") or second == first.replace(
        "-2.html", ".html"
    )
    assert {'lang="fr"', 'lang="en"'} == {
        (tmp_path / name).read_text().split("<html ")[1][:9] for name in (first, second)
    }


@pytest.mark.parametrize("make", [lambda path: path.write_text("x"), lambda p: p.symlink_to("y")])
def test_no_file_is_overwritten_and_no_link_followed(site, tmp_path, make):
    make(tmp_path / "mine.html")
    done = site(SHARED, "--output", "mine.html")
    assert "never overwritten" in str(done.exception)
    assert not (tmp_path / "y").exists()


def test_a_folder_that_is_not_there_is_said_before_anything_is_done(site):
    done = site(SHARED, "--output", "nowhere/mine.html")
    assert "the folder nowhere is not there" in str(done.exception)


@pytest.mark.parametrize("kind", ["ldap", "oauth", "lti", ""])
def test_who_logs_in_with_a_school_account_is_handed_nothing(site, tmp_path, kind):
    done = site(f'[hubs.campus.accounts]\nkind = "{kind}"' if kind else "")
    assert isinstance(done.exception, CourseOpsError)
    assert "the accounts they have at school" in str(done.exception)
    assert not pages(tmp_path)


def test_a_shared_password_that_nobody_told_us_is_a_configuration_error(site):
    done = site('[hubs.campus.accounts]\nkind = "dummy"')
    assert isinstance(done.exception, ConfigError)
    assert "password = { file" in done.exception.hint


def test_a_reset_is_asked_for(site, tmp_path):
    done = site(SHARED, "--reset-password", "seat01")
    assert done.exit_code != 0
    assert "--yes" in done.output
    assert not pages(tmp_path)
