"""Somebody asks to see what is kept of them, and to be forgotten, on a real hub."""

import json
import re

import httpx
import pytest

from tests.support.people import texts

pytestmark = pytest.mark.hub


@pytest.fixture
def site(desk, start_hub, fresh):
    """A hub with one course of three learners, looked at once."""
    hub = start_hub("6")
    desk.course, desk.ada = fresh("py"), fresh("ada")
    desk.names = [desk.ada, fresh("bob"), fresh("cyd")]
    desk.write("campus.token", hub.token, mode=0o600)
    enrol(desk, desk.names)
    desk.configure(
        hubs={"campus": {"url": hub.url, "token": {"file": "campus.token"}}},
        courses={desk.course: {"hub": "campus", "roster": {"csv": "class.csv"}}},
    )
    desk.hub = hub
    return desk


def enrol(site, names):
    rows = [f"{it},{it.split('-')[0].title()},Lovelace,{it}@example.org" for it in names]
    site.write("class.csv", "\n".join(["username,first name,last name,email", *rows]) + "\n")


def remove_account(site):
    headers = {"Authorization": f"token {site.hub.token}"}
    address = f"{site.hub.url}/hub/api/users/{site.ada}"
    assert httpx.delete(address, headers=headers, timeout=30).status_code == 204


def naming(site):
    """Give every place in our own record that has their name in it, or anything of it."""
    url = f"sqlite:///{site.folder / 'state' / 'courseops.sqlite'}"
    return {(table, column) for table, column, _, text in texts(url) if site.ada in text}


def test_who_leaves_is_shown_all_and_then_forgotten(site):
    applied = site.run("roster", "apply", site.course, "--yes")
    assert applied.code == 0, applied.err
    sampled = site.run("job", "run", "usage-sample")
    assert sampled.code == 0, sampled.err

    # Everything, in a file that only its owner may read.
    exported = site.run("person", "export", "campus", site.ada, "--output", "ada.json")
    assert exported.code == 0, exported.err
    file = site.folder / "ada.json"
    assert file.stat().st_mode & 0o777 == 0o600
    document = json.loads(file.read_text())
    kept = {it["table"]: it["rows"] for it in document["kept"]}
    (enrolment,) = kept["enrolments"]
    assert (enrolment["course_id"], enrolment["email"]) == (site.course, f"{site.ada}@example.org")
    assert enrolment["ended_at"] is None
    assert [it for it in ("audit", "outcomes", "plans") if not kept[it]] == []
    assert [it for it in site.names[1:] if it in file.read_text()] == []
    again = site.run("person", "export", "campus", site.ada, "--output", "ada.json")
    assert again.code == 1
    assert "never overwritten" in again.err

    shown = site.run("person", "show", "campus", site.ada, "--json")
    assert shown.code == 0, shown.err
    assert shown.document["courses"][0]["course_id"] == site.course

    # Whoever is here is not forgotten.
    refused = site.run("person", "forget", "campus", site.ada, "--yes")
    assert refused.code == 5
    assert "roster apply" in refused.err
    assert "has their account still" in refused.err
    enrol(site, site.names[1:])
    held = site.run("roster", "apply", site.course, "--yes")
    assert held.code == 5
    waits = site.run("person", "forget", "campus", site.ada, "--json")
    assert [it for it in waits.document["objections"] if "job approve" in it]
    dropped = site.run("roster", "apply", site.course, "--yes", "--allow-drops", "1")
    assert dropped.code == 0, dropped.err
    still = site.run("person", "forget", "campus", site.ada)
    assert still.code == 5
    assert "offboard apply" in still.out.replace("\n", " ")
    remove_account(site)

    planned = site.run("person", "forget", "campus", site.ada, "--json")
    assert planned.code == 4, planned.err
    assert naming(site)
    done = site.run("person", "forget", "campus", site.ada, "--yes", "--json")
    assert done.code == 0, done.err

    # Nobody finds them any more, by the whole name or by what it begins with.
    assert naming(site) == set()
    pseudonym = done.document["pseudonym"]
    assert re.fullmatch("p-[0-9a-z]{10}", pseudonym)
    assert site.ada not in done.out
    looked = site.run("job", "show", done.document["run_id"])
    assert pseudonym in looked.out
    assert site.ada not in looked.out

    nothing = site.run("person", "forget", "campus", site.ada)
    assert nothing.code == 0
    assert "nothing to do" in nothing.out
    assert site.run("roster", "plan", site.course).code == 0
    assert site.run("report", "usage", "--json").code == 0


def test_pseudonyms_of_a_term_are_cut_off_by_their_key(site):
    nothing = site.run("person", "unlink")
    assert (nothing.code, nothing.out.strip()) == (0, "no term has a key yet")
    folder = site.folder / "state" / "pseudonyms"
    folder.mkdir(mode=0o700, parents=True)
    site.write("state/pseudonyms/2026-02-01.key", "QUJD" * 10 + "QUE=\n", mode=0o600)

    planned = site.run("person", "unlink", "2026-02-01")
    done = site.run("person", "unlink", "2026-02-01", "--yes")
    again = site.run("person", "unlink", "2026-02-01", "--yes")

    assert (planned.code, done.code, again.code) == (4, 0, 0)
    assert list(folder.iterdir()) == []
    unnamed = site.run("person", "unlink", "--yes")
    assert unnamed.code == 2
