"""What a learner sees of their own files in the backups, and has back."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from courseops.actions.restores.restoring import restore
from courseops.model.backups.restore import FileVersion
from courseops.model.run import Phase
from courseops.web.app import FORM_KEY
from courseops.web.files import versions
from tests.support.kept_files import (
    HOURS_AGO,
    LEARNER,
    MARKUP,
    NEWLINE,
    address,
    end_of_errand,
    moment,
)
from tests.support.pages import OPERATOR, TEACHER, browser_of

HW1 = "week1/hw1.ipynb"


@pytest.fixture
def alice(kept):
    return browser_of(kept.page, "alice")


def ask(browser, path):
    return browser.get(browser.page.link(path))


def links(text, what):
    found = re.findall(rf'href="[^"]*(/files/{what}\?[^"]*)"', text)
    return [it.replace("&amp;", "&") for it in found]


def test_a_deleted_file_is_shown_first_and_folder_by_folder(alice):
    text = alice.open("/files")
    assert "Deleted lately" in text
    assert text.index("hw1.ipynb") < text.index("notes.txt")
    assert "The newest good copy is of" in text
    assert "week1/</bdi>" in text
    below = alice.open(address(**{"in": "week1"}))
    assert "hw1.ipynb" in below
    assert "notes.txt" not in below


@pytest.mark.parametrize("said", ["hw1", "HW1.IPYNB", "week1/hw", "*.ipynb"])
def test_a_file_is_found_by_a_part_of_its_name(alice, said):
    assert "hw1.ipynb" in alice.open(address(q=said))


def test_what_no_backup_holds_is_said(alice):
    assert "No backup holds a file of such a name" in alice.open(address(q="hw7"))


def test_moments_are_spoken_of_as_by_restore_find(alice):
    for words in ("3d", "il y a 3 jours"):
        text = alice.open(address(at=words))
        assert "The backups hold nothing here" in text
    assert "notes.txt" in alice.open(address(at="1 hour ago"))
    answer = ask(alice, address(at="<b>soon"))
    assert answer.status_code == 400
    assert "“&lt;b&gt;soon” is no moment" in answer.text


def test_the_pages_speak_french(kept):
    text = browser_of(kept.page, "alice", language="fr").open("/files")
    assert "Supprimés récemment" in text


def test_versions_are_listed_newest_first_and_lead_to_each(alice):
    text = alice.open(address(HW1, "/versions"))
    assert text.count("/preview?") == 2
    newer, older = links(text, "preview")
    assert "x = 2" in alice.open(newer)
    shown = alice.open(older)
    assert "x = 1" in shown
    assert "x = 2" not in shown


def test_a_preview_says_what_is_broken(alice):
    text = alice.open(address("broken.ipynb", "/preview"))
    assert "This is no whole notebook" in text


def test_the_difference_is_told_by_cells_and_lines(kept, alice):
    (kept.homes / "alice/week1/hw1.ipynb").write_text("{}")
    text = alice.open(address("notes.txt", "/difference", at=moment(HOURS_AGO[1] + 1)))
    assert "- two" in text
    assert "+ three" in text


def test_what_is_gone_today_is_said(alice):
    assert "not there any more" in alice.open(address(HW1, "/difference"))


def test_a_version_is_sent_as_bytes_and_never_shown_by_a_browser(alice):
    answer = ask(alice, address(MARKUP, "/download"))
    assert answer.content == b"m"
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"] == f"attachment; filename*=UTF-8''{quote(MARKUP)}"


def test_a_deleted_notebook_comes_back_into_a_new_folder(kept, alice):
    before = {it: it.read_bytes() for it in kept.homes.rglob("*") if it.is_file()}
    (path,) = {it for it in links(alice.open("/files"), "restore") if "hw1" in it}

    text = alice.open(path)
    assert "It comes into a new folder" in text
    assert kept.new_folders() == []
    said = end_of_errand(alice, alice.fill_in(path))

    (folder,) = kept.new_folders()
    assert f"1 file lies in the new folder {folder.name}." in said
    assert "x = 2" in (folder / "hw1.ipynb").read_text()
    assert folder.stat().st_uid == LEARNER
    assert {it: it.read_bytes() for it in before} == before


def test_it_is_on_record_whose_wish_it_was(kept, alice):
    end_of_errand(alice, alice.fill_in(address(HW1, "/restore")))
    with kept.site() as site:
        (run,) = site.store.runs.recent(action="restore-apply")
        records = site.store.runs.audit_of(run.id)
    assert (run.actor, run.scope, run.ending) == ("alice on campus", "home/campus/alice", "done")
    assert [it.phase for it in records] == [Phase.INTENDED, Phase.MADE]
    assert {it.actor for it in records} == {"alice on campus"}


def test_a_folder_comes_back_as_it_was(kept, alice):
    at = moment(HOURS_AGO[1] + 1)
    end_of_errand(alice, alice.fill_in(address("week1", "/restore", at=at)))
    (folder,) = kept.new_folders()
    assert "x = 1" in (folder / "week1/hw1.ipynb").read_text()


def test_everything_comes_back_with_names_that_are_no_text(kept, alice):
    end_of_errand(alice, alice.fill_in(address(".", "/restore")))
    (folder,) = kept.new_folders()
    assert "caf\udce9.txt" in {it.name for it in folder.iterdir()}
    assert (folder / NEWLINE).read_text() == "n"


def test_nobody_has_more_back_than_is_allowed(kept, alice):
    with kept.site() as site:
        for _ in range(10):
            journal = site.journal
            object.__setattr__(journal, "actor", "alice on campus")
            restore(site.restore_ports("campus"), journal, "alice", ["nothing"])
    answer = ask(alice, address(HW1, "/restore"))
    assert answer.status_code == 429
    assert "You brought something back 10 times in an hour" in answer.text
    assert "<button disabled>" in answer.text

    said = end_of_errand(alice, alice.fill_in(address(HW1, "/restore")))
    assert "you may go on at" in said
    assert kept.new_folders() == []


PAGES = ["/versions", "/preview", "/difference", "/download", "/restore"]
NOT_HERS = [
    "secret.txt",
    "hw1.ipynb",
    "../bob/secret.txt",
    "week1/../../bob/secret.txt",
    "/etc/passwd",
    "..",
    "./notes.txt",
    "notes.txt/",
    "week1//hw1.ipynb",
    "a\0b",
    "*",
    "n?tes.txt",
    "",
    "\udcff",
    "x" * 5000,
]


@pytest.mark.parametrize("what", PAGES)
def test_what_is_not_in_ones_own_home_is_not_there(kept, alice, what):
    for path in NOT_HERS:
        spelled = f"/files{what}?path={quote(path, errors='surrogateescape')}"
        answer = ask(alice, spelled)
        assert answer.status_code == 404, path
        assert "of bob" not in answer.text
        if what == "/restore":
            assert alice.fill_in(spelled).status_code == 404, path
            assert kept.new_folders() == []


@pytest.mark.parametrize("folder", ["../bob", "..", "/", "nowhere", "notes.txt", "a/./b", "\0"])
def test_a_folder_that_is_not_ones_own_is_not_there(alice, folder):
    assert ask(alice, f"/files?in={quote(folder)}").status_code == 404


def test_no_address_names_another_home(alice):
    for name in ("username", "user", "who", "home"):
        text = alice.open(f"/files?{name}=bob")
        assert "secret.txt" not in text
        assert "bobs_secret" not in alice.open(f"{address(HW1, '/preview')}&{name}=bob")


@pytest.mark.parametrize("who", ["mallory (alice)", "nobody (bob)", " (alice)"])
def test_a_name_that_means_somebody_elses_folder_leads_nowhere(kept, who):
    answer = ask(browser_of(kept.page, who), "/files")
    assert answer.status_code == 403


@pytest.mark.parametrize("who", ["../alice", "a/b", "..", "", "\n", "ali*"])
def test_a_name_that_is_no_folder_leads_to_nobodys_files(kept, who):
    answer = ask(browser_of(kept.page, who), "/files")
    assert "notes.txt" not in answer.text
    assert answer.status_code in {200, 400, 403, 409}


@pytest.mark.parametrize("rights", [TEACHER, None], ids=["teacher", "learner"])
def test_only_operators_see_others(kept, rights):
    browser = browser_of(kept.page, "prof", rights)
    for path in ("/backups", "/backups/people/alice", "/backups/people/alice/preview?path=x"):
        assert ask(browser, path).status_code == 403
    answer = browser.fill_in(f"/backups/people/alice/restore?path={HW1}")
    assert answer.status_code == 403
    assert kept.new_folders() == []


def test_without_its_key_nothing_is_brought_back(kept, alice):
    link = alice.page.link(address(HW1, "/restore"))
    for data in ({}, {FORM_KEY: "guessed"}):
        assert alice.post(link, data=data).status_code == 403
    assert kept.new_folders() == []


def test_a_name_with_markup_is_only_a_name(alice):
    for path in ("/files", address(MARKUP, "/versions"), address(MARKUP, "/restore")):
        text = alice.open(path)
        assert "<img src=x" not in text
        assert "&lt;img src=x" in text


def test_a_hostile_name_leads_back_to_itself(alice):
    text = alice.open("/files")
    for path in links(text, "preview"):
        assert ask(alice, path).status_code in {200, 409}, path
    (odd,) = {it for it in links(text, "preview") if "%0A" in it}
    assert 'aria-label="What is in it"' in alice.open(odd)
    assert "\u202e" not in text


def test_a_bad_moment_in_an_address_is_said(alice):
    answer = ask(alice, address(HW1, "/preview", at="<script>"))
    assert answer.status_code == 400
    assert "<script>'" not in answer.text


def test_a_link_in_the_home_is_not_followed(kept, alice):
    notes = kept.homes / "alice/notes.txt"
    notes.unlink()
    notes.symlink_to(kept.homes / "bob/secret.txt")
    answer = ask(alice, address("notes.txt", "/difference"))
    assert "of bob" not in answer.text


def test_large_files_are_neither_shown_nor_sent(kept, alice):
    with kept.site() as site:
        known = site.store.catalogue.versions("campus", "alice", "notes.txt")[0]
    assert isinstance(known, FileVersion)
    shown, sent = versions.LARGEST_SHOWN_BYTES, versions.LARGEST_SENT_BYTES
    try:
        versions.LARGEST_SHOWN_BYTES = versions.LARGEST_SENT_BYTES = 5
        assert "too large to be shown" in alice.open(address("notes.txt", "/preview"))
        assert ask(alice, address("notes.txt", "/download")).status_code == 413
    finally:
        versions.LARGEST_SHOWN_BYTES, versions.LARGEST_SENT_BYTES = shown, sent


def test_a_hub_without_backups_says_so(page):
    assert "There are no backups of this hub here" in browser_of(page).open("/files")
    assert "There are no backups" in browser_of(page, "olga", OPERATOR).open("/backups")


def test_operators_see_how_old_everybodys_copy_is(kept):
    text = browser_of(kept.page, "olga", OPERATOR).open("/backups")
    assert "alice" in text
    assert "The backups are unproven" in text or "Nothing was had back yet" in text


def test_operators_looks_are_on_record(kept):
    olga = browser_of(kept.page, "olga", OPERATOR)
    assert "hw1.ipynb" in olga.open("/backups/people/alice")
    assert "x = 2" in olga.open(f"/backups/people/alice/preview?path={HW1}")
    with kept.site() as site:
        (run,) = site.store.runs.recent(action="look")
        records = site.store.runs.audit_of(run.id)
    assert {it.actor for it in records} == {"olga on campus"}
    assert [(it.subject, it.detail) for it in records] == [("alice", ""), ("alice", HW1)]


def test_operators_bring_back_into_a_new_folder_of_that_home(kept):
    olga = browser_of(kept.page, "olga", OPERATOR)
    end_of_errand(olga, olga.fill_in(f"/backups/people/alice/restore?path={HW1}"))
    (folder,) = kept.new_folders()
    assert (folder / "hw1.ipynb").stat().st_uid == LEARNER
    assert kept.new_folders("olga") == []


@pytest.mark.parametrize("name", ["nobody", "x y", "%2e%2e", "carol (bob)"])
def test_nobody_is_made_up(kept, name):
    olga = browser_of(kept.page, "olga", OPERATOR)
    assert ask(olga, f"/backups/people/{quote(name)}").status_code in {404, 403, 400}


def test_the_clock_of_a_search_is_the_schools(kept, alice):
    then = datetime.now(UTC) - timedelta(hours=HOURS_AGO[1] - 1)
    with kept.site() as site:
        zone = site.time_zone
    text = alice.open(address(at=f"{then.astimezone(zone):%Y-%m-%d %H:%M}"))
    assert "As the files were on" in text
