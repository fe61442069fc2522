"""Every export that the how-to names is recognised, and no personal column of it is kept."""

import re

import pytest

from courseops.adapters.rosters.files import FileRoster
from courseops.adapters.rosters.formats import FORMATS
from courseops.errors import CourseOpsError
from tests.support.rosters import ASSETS, EXPORTS, HOW_TO, SEEN, export

# Birth dates, national numbers, passwords, gender, addresses and telephones of the assets.
PERSONAL = re.compile(
    r"secret|/200[34]|200[34]-|\b1999\b|\b2001\b|555-01|female|'[fmFM]'|naissance"
)


def read(tmp_path, name, username_from):
    path = tmp_path / name
    path.write_bytes(export(name))
    return FileRoster(path, course_id="py", username_from=username_from).read()


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_is_recognised_and_read_whole(tmp_path, name):
    username_from, source, sections, roles, first = SEEN[name]

    found = read(tmp_path, name, username_from)

    person = found.enrolments[0].person
    assert found.source == f"{name} ({source})"
    assert [enrolment.section for enrolment in found.enrolments] == sections
    assert {enrolment.role for enrolment in found.enrolments} == roles
    assert first == (
        person.username, person.id, person.given_name, person.family_name, person.email,
    )  # fmt: skip


@pytest.mark.parametrize("name", EXPORTS)
def test_personal_columns_are_never_kept(tmp_path, name):
    assert not PERSONAL.search(repr(read(tmp_path, name, SEEN[name][0])))


def test_the_assets_do_hold_what_must_not_be_kept():
    texts = [path.read_bytes().decode("latin-1") for path in ASSETS.rglob("*") if path.is_file()]
    assert sum(bool(PERSONAL.search(text)) for text in texts) >= 6


def test_every_format_has_an_asset_and_stands_in_the_how_to():
    shown = " ".join(source for _, source, *_ in SEEN.values())
    told = HOW_TO.read_text()
    for form in FORMATS:
        assert form.name in shown
        assert form.name in told


@pytest.mark.parametrize(
    ("name", "line", "choices"),
    [
        ("moodle-participants.csv", 1, ["email-name", "email"]),
        ("moodle-gradebook.csv", 1, ["email-name", "email", "id"]),
        ("moodle-worksheet-fr.csv", 1, ["email-name", "email"]),
        ("apogee.txt", 23, ["id"]),
    ],
)
def test_an_export_without_usernames_says_which_key_to_set(tmp_path, name, line, choices):
    with pytest.raises(CourseOpsError) as refusal:
        read(tmp_path, name, "username")

    assert f"line {line}: no column holds usernames" in refusal.value.problems[0]
    assert f'[courses.py.roster]: username_from = "{choices[0]}"' in refusal.value.hint
    for choice in ("email-name", "email", "id"):
        assert (f'"{choice}" is' in refusal.value.hint) is (choice in choices)


@pytest.mark.parametrize(
    ("username_from", "username"),
    [
        ("username", "ztremblay"),
        ("email", "zoe.tremblay@school.example"),
        ("email-name", "zoe.tremblay"),
        ("id", "00220011"),
    ],
)
def test_usernames_are_had_from_what_is_configured(tmp_path, username_from, username):
    found = read(tmp_path, "moodle-participants-identity.csv", username_from)
    assert found.enrolments[0].person.username == username


def test_who_is_no_longer_enrolled_is_left_out_with_a_warning(tmp_path):
    for name, line in (("openedx-grades.csv", 4), ("blackboard.csv", 4)):
        found = read(tmp_path, name, "username")
        assert found.warnings == (f"no longer enrolled and left out: lines {line}",)


def test_canvas_test_student_is_left_out_but_not_somebody_of_that_name(tmp_path):
    path = tmp_path / "canvas.csv"
    path.write_bytes(export("canvas.csv").replace(b",950,,,", b",950,0099,tstudent,"))
    found = FileRoster(path, course_id="py").read()
    assert found.enrolments[-1].person.username == "tstudent"


def test_scodocs_usual_name_comes_before_the_name_at_birth(tmp_path):
    found = read(tmp_path, "scodoc.csv", "id")
    assert [e.person.family_name for e in found.enrolments] == ["TREMBLAY", "O’NEIL"]
