"""The page of first passwords: harmless, self-sufficient, printable, and private on the disk."""

import re
import stat
from dataclasses import replace

import pytest

from courseops.adapters.pages import handout as handout_page
from courseops.adapters.pages.handout import as_html, write_new
from courseops.errors import CourseOpsError
from courseops.model.rosters.handout import Change, Door
from tests.support.handout import DOOR, handout_of, sample_handout, strip
from tests.unit.adapters.test_usage_page import EVIL, Tags

LANGUAGES = ("en", "fr")


@pytest.fixture(params=LANGUAGES)
def language(request):
    return request.param


def test_the_page_needs_nothing_from_anywhere_and_runs_nothing(language):
    page = as_html(sample_handout(), language)
    tags = Tags(page).seen
    attributes = {name for _, given in tags for name in given}

    assert {tag for tag, _ in tags}.isdisjoint({"script", "link", "img", "iframe", "object"})
    assert not [name for name in attributes if name in ("src", "href") or name.startswith("on")]
    assert not re.search(r"url\(|@import", page)
    assert ("html", {"lang": language}) in tags


def test_names_with_markup_are_shown_not_obeyed(language):
    fields = ("username", "password", "given_name", "family_name", "section")
    door = Door(address=EVIL, change=Change.PAGE, change_address=EVIL)
    who = replace(strip("x"), **dict.fromkeys(fields, EVIL))
    evil = handout_of(who, door=door, title=EVIL)

    page = as_html(evil, language)
    assert "<img" not in page
    assert page.count("&lt;img") >= 7


def test_a_strip_says_who_what_and_where(language):
    page = as_html(sample_handout(), language).replace("<span>", "").replace("</span>", "")
    for said in ("Lovelace", "Ada", "ada", "pw-of-ada", "Python for beginners", "TD 2", "(1)"):
        assert f">{said}<" in page or said in page, said
    assert f">{DOOR.address}</code>" in page
    assert f">{DOOR.change_address}</code>" in page
    assert page.count("<article>") == 3
    assert page.count("<h2>") == 3


def test_what_to_do_differs_with_how_people_log_in(language):
    one = strip("ada")
    terminal = as_html(handout_of(one, door=replace(DOOR, change=Change.TERMINAL)), language)
    nowhere = as_html(handout_of(one, door=replace(DOOR, change=Change.NOWHERE)), language)

    assert "<code>passwd</code>" in terminal
    assert not re.search("passwd|change-password", nowhere)
    assert nowhere.count("<li>") == 2


def test_a_class_without_sections_has_no_headings_for_them(language):
    assert "<h2>" not in as_html(handout_of(strip("ada")), language)


def test_no_strip_is_parted_by_the_end_of_a_page():
    assert re.search(r"article \{[^}]*break-inside: avoid", as_html(sample_handout(), "en"))


def test_only_its_owner_can_read_it(tmp_path):
    path = write_new("Zoé", [tmp_path / "page.html"])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text(encoding="utf-8") == "Zoé"


def test_nothing_is_ever_overwritten(tmp_path):
    there = tmp_path / "page.html"
    there.write_text("precious")
    with pytest.raises(CourseOpsError, match="never overwritten"):
        write_new("x", [there])
    assert write_new("x", [there, tmp_path / "page-2.html"]).name == "page-2.html"
    assert there.read_text() == "precious"


@pytest.mark.parametrize("exists", [True, False])
def test_no_link_is_followed(tmp_path, exists):
    target = tmp_path / "elsewhere"
    if exists:
        target.write_text("precious")
    (tmp_path / "page.html").symlink_to(target)
    with pytest.raises(CourseOpsError):
        write_new("x", [tmp_path / "page.html"])
    assert (target.read_text() if exists else target.exists()) == ("precious" if exists else False)


def test_a_page_that_could_not_be_made_safe_is_taken_away(tmp_path, monkeypatch):
    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(handout_page.os, "fsync", full)
    with pytest.raises(CourseOpsError, match="No space left") as said:
        write_new("x", [tmp_path / "page.html"])
    assert "still wait" in said.value.hint
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_a_clear_error(tmp_path):
    with pytest.raises(CourseOpsError, match="No such file"):
        write_new("x", [tmp_path / "nowhere" / "page.html"])
