"""Workbooks and OneRoster sets: the same promises as for text, and no harm from an archive."""

import datetime as dt
import io
import zipfile

import pytest

from courseops.adapters.rosters.files import FileRoster
from courseops.errors import CourseOpsError
from tests.support.rosters import export, members_of, workbook, zipped

HEADER = ["username", "student number", "email"]


def read(tmp_path, content, name="class.xlsx", **options):
    path = tmp_path / name
    path.write_bytes(content)
    return FileRoster(path, course_id="py", **options).read()


def problems(tmp_path, content):
    with pytest.raises(CourseOpsError, match="nothing was changed") as refusal:
        read(tmp_path, content)
    return refusal.value.problems


def test_numbers_are_the_text_that_a_person_sees(tmp_path):
    rows = [HEADER, ["ada", 2026000123, "a@x"], ["bob", 2026000124.0, "b@x"], ["cyd", 220012, ""]]
    found = read(tmp_path, workbook({"Feuil1": rows}, formats={"B4": "00000000"}))
    assert [e.person.id for e in found.enrolments] == ["2026000123", "2026000124", "00220012"]
    assert found.source == "class.xlsx (xlsx, sheet 'Feuil1', 3 people)"


@pytest.mark.parametrize("number", [2026000123456789012, 2.026e18, 22001234.5, "2.026E+09", "#N/A"])
def test_a_number_that_was_spoiled_is_refused_with_its_row(tmp_path, number):
    told = problems(tmp_path, workbook({"A": [HEADER, [], ["ada", number, ""]]}))
    assert told[0].startswith("line 3, column student number: ")


def test_the_first_sheet_with_a_known_header_is_read(tmp_path):
    moodle = [["First name", "Last name", "Email address", "Groups"], ["Ada", "L", "ada@x", "TD"]]
    content = workbook({"Notes": [["Spring term"]], "Class": [["Title"], [], *moodle]})
    found = read(tmp_path, content, username_from="email-name")
    assert found.source == (
        "class.xlsx (Moodle participants, xlsx, sheet 'Class', header in line 3, 1 people)"
    )


def test_blank_cells_at_the_end_of_a_sheets_rows_are_no_fault(tmp_path):
    rows = [[*HEADER, None], ["ada"], ["bob", None, "b@x", " "]]
    assert len(read(tmp_path, workbook({"A": rows})).enrolments) == 2


def test_dates_and_formulas_do_no_harm(tmp_path):
    rows = [[*HEADER, "born"], ["ada", 1, "=A2", dt.date(2004, 6, 5)]]
    found = read(tmp_path, workbook({"A": rows}))
    assert found.enrolments[0].person.email == ""  # never computed, so it has no value
    assert "2004" not in repr(found)


def rewritten(content, old, new):
    """Change the XML of a workbook's first sheet."""
    sheet = "xl/worksheets/sheet1.xml"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name).decode() for name in archive.namelist()}
    assert old in members[sheet]
    return zipped({**members, sheet: members[sheet].replace(old, new)})


def test_a_workbook_that_says_a_wrong_size_is_read_whole(tmp_path):
    content = workbook({"A": [HEADER, *([f"u{n}", n, ""] for n in range(20))]})
    found = read(tmp_path, rewritten(content, 'ref="A1:C21"', 'ref="A1"'))
    assert len(found.enrolments) == 20


def test_a_formula_gives_the_value_that_was_last_computed(tmp_path):
    content = workbook({"A": [HEADER, ["ada", 2026000123, "a@x"]]})
    text = '<c r="C2" t="inlineStr"><is><t>a@x</t></is></c>'
    formula = '<c r="C2" t="str"><f>LOWER("B@X")</f><v>b@x</v></c>'
    content = rewritten(rewritten(content, text, formula), "2026000123", "2.026000123E9")
    person = read(tmp_path, content).enrolments[0].person
    assert (person.id, person.email) == ("2026000123", "b@x")


def test_an_xml_bomb_is_refused(tmp_path):
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet'
    content = rewritten(workbook({"A": [HEADER, ["ada", 1, ""]]}), "<worksheet", bomb)
    assert problems(tmp_path, content) == ("the workbook is damaged (ValueError)",)


def test_a_workbook_without_a_known_header_names_its_sheets(tmp_path):
    assert "the sheets are: Notes, Plan" in problems(
        tmp_path, workbook({"Notes": [["x"]], "Plan": []})
    )[0]  # fmt: skip


def test_a_sheet_too_large_for_a_class_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("courseops.adapters.rosters.sheets._MOST_ROWS", 5)
    content = workbook({"A": [HEADER, *([f"u{n}", n, ""] for n in range(9))]})
    assert "too large" in problems(tmp_path, content)[0]


@pytest.mark.parametrize(
    "content",
    [
        workbook({"A": [HEADER]})[:300],
        zipped({"xl/workbook.xml": "<broken", "[Content_Types].xml": "<"}),
        zipped({"readme.txt": "hello"}),
    ],
    # A workbook holds the time at which it was made, and two workers make their own.
    ids=["cut", "broken", "strange"],
)
def test_a_damaged_or_strange_archive_is_refused(tmp_path, content):
    assert problems(tmp_path, content)


@pytest.mark.parametrize("name", ["../../etc/cron.d/x", "/etc/x", "..\\x"])
def test_an_archive_that_names_a_path_outside_itself_is_refused(tmp_path, name):
    content = zipped({**members_of("oneroster-1.1"), name: "x"})
    assert "a path outside itself" in problems(tmp_path, content)[0]


def test_a_zip_bomb_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr("courseops.adapters.rosters.archive._MOST_BYTES", 1_000_000)
    content = zipped({**members_of("oneroster-1.1"), "users.csv": "0" * 2_000_000})
    assert len(content) < 10_000
    assert "would unpack to" in problems(tmp_path, content)[0]


def test_an_archive_of_too_many_files_is_refused(tmp_path):
    content = zipped({f"{n}.csv": "" for n in range(1001)})
    assert "holds 1001 files" in problems(tmp_path, content)[0]


def test_an_archive_with_two_files_of_one_name_is_refused(tmp_path):
    content = zipped({**members_of("oneroster-1.1"), "users.cs2": "other"})
    told = problems(tmp_path, content.replace(b"users.cs2", b"users.csv"))
    assert told == ("the archive holds users.csv twice",)


def test_an_encrypted_archive_is_refused(tmp_path):
    content = bytearray(export("oneroster-1.1"))
    flags = content.index(b"PK\x01\x02") + 8
    content[flags] |= 1
    assert "is encrypted" in problems(tmp_path, bytes(content))[0]


def changed(name, member, old, new):
    members = members_of(name)
    assert old in members[member]
    return zipped({**members, member: members[member].replace(old, new)})


@pytest.mark.parametrize(
    ("member", "old", "new", "problem"),
    [
        ("manifest.csv", "file.users,bulk", "file.users,delta", "holds changes only"),
        ("manifest.csv", "file.enrollments,bulk", "file.enrollments,absent", "is needed"),
        ("manifest.csv", "oneroster.version,1.1", "oneroster.version,1.0", "neither 1.1 nor 1.2"),
        ("manifest.csv", "propertyName", "property", "there is no column propertyName"),
        ("users.csv", "username", "login", "users.csv, line 1: there is no column username"),
        ("users.csv", "ztremblay", "z/t", "users.csv, line 2, column username: 'z/t'"),
        ("users.csv", ",13,secretword\n", "\n", "users.csv, line 2: has not as many columns"),
        ("enrollments.csv", "u1,student", "u9,student", "enrollments.csv, line 2: u9 is not in"),
        ("enrollments.csv", "u1,student", "u1,wizard", "users.csv, line 2, column role: unknown"),
        ("enrollments.csv", "c1,o1,u1", "c9,o1,u1", "enrollments.csv, line 2: c9 is not in"),
        ("enrollments.csv", "e2,,,c1,o1,u2,,", "e2,,,c1,o1,u1,teacher,", "student and teacher"),
    ],
)
def test_a_set_that_is_not_whole_is_refused_with_file_and_line(tmp_path, member, old, new, problem):
    told = problems(tmp_path, changed("oneroster-1.1", member, old, new))
    assert any(problem in one for one in told), told


def test_a_file_that_the_manifest_announces_must_be_there(tmp_path):
    members = members_of("oneroster-1.1")
    del members["classes.csv"]
    assert "classes.csv is announced" in problems(tmp_path, zipped(members))[0]


def test_who_is_deleted_disabled_or_not_enrolled_is_not_in_the_class(tmp_path):
    older = read(tmp_path, export("oneroster-1.1"), "class.zip")
    newer = read(tmp_path, export("oneroster-1.2"), "class.zip")
    assert [e.person.username for e in older.enrolments] == ["ztremblay", "noneil", "tprof"]
    assert [e.person.username for e in newer.enrolments] == ["ztremblay", "noneil", "tprof"]
    assert newer.warnings == ("users.csv, line 5: is disabled and left out",)
