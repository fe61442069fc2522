"""Damaged and odd text files: read rightly, or refused with the line that is wrong."""

import pytest

from courseops.adapters.rosters.files import FileRoster
from courseops.errors import CourseOpsError

REFUSED = {
    "a truncated row": ("username,email\nada,a@x\nbob\n", "line 3: has 1 columns"),
    "a row that is too long": ("username,email\nada,a@x,y\n", "line 2: has 3 columns"),
    "a number that Excel spoiled": (
        "username,student number\nada,\"2,026E+09\"\n",
        "line 2, column student number: 2,026E+09 was spoiled",
    ),
    "a number that became a fraction": (
        "username;id number\nada;22001234.0\n",
        "line 2, column id number: 22001234.0 was spoiled",
    ),
    "a spreadsheet's error": (
        "username,email\nada,#REF!\n", "line 2, column email: #REF! is a spreadsheet's error",
    ),
    "two columns of one name": (
        "username,email,Username\nada,a@x,bob\n", "line 1: 2 columns are called username",
    ),
    "a quote that is never closed": (
        'username,first name\nada,"Ada\nbob,Bob\ncyd,Cyd\n', "line 2: is not divided into cells",
    ),
    "a quote that is closed too late": (
        'username,first name\nada,"Ada\nbob,"Bob"\n', "line 2: is not divided into cells",
    ),
    "NUL bytes": ("username,email\nada,a@x\nb\0b,b@x\n", "line 3: holds a NUL byte"),
    "an empty file": ("", "line 1: the file is empty"),
    "blank lines only": ("\n\n  \n", "line 1: the file is empty"),
    "a header only": ("username,email\n", "a header and nobody below it"),
    "no header": ("ada;1815-12-10\nbob;1816-01-01\n", "no line is a header"),
    "a web page": ("<html><table><tr>", "the file is a web page"),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1", "an old .xls workbook"),
    "a broken encoding": (b"username\nad\x81\n", "the file is not cp1252 text"),
}  # fmt: skip


def read(tmp_path, content, **options):
    path = tmp_path / "class.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return FileRoster(path, course_id="py", **options).read()


def names(found):
    return [enrolment.person.username for enrolment in found.enrolments]


@pytest.mark.parametrize("what", REFUSED)
def test_is_refused_with_its_line(tmp_path, what):
    content, problem = REFUSED[what]
    with pytest.raises(CourseOpsError, match="nothing was changed") as refusal:
        read(tmp_path, content)
    assert problem in refusal.value.problems[0]


def test_a_file_without_a_header_is_not_quoted_in_the_refusal(tmp_path):
    with pytest.raises(CourseOpsError) as refusal:
        read(tmp_path, "ada;1815-12-10\n")
    assert "1815" not in repr((refusal.value, refusal.value.problems, refusal.value.hint))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_in_any_way(tmp_path, end):
    found = read(tmp_path, end.join(["username,email", "ada,a@x", "bob,b@x", ""]))
    assert names(found) == ["ada", "bob"]


def test_a_header_below_a_title_is_found_and_said(tmp_path):
    found = read(tmp_path, "Class list 2026\n\nusername;email\nada;a@x\n")
    assert names(found) == ["ada"]
    assert found.source == "class.csv (utf-8, ';', header in line 3, 1 people)"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_row_is_numbered_by_the_line_on_which_it_begins(tmp_path, end):
    content = 'username,note\nada,"one\ntwo"\n\nb/b,x\nc/c,"one\n\ntwo"\n'
    with pytest.raises(CourseOpsError) as refusal:
        read(tmp_path, content.replace("\n", end))
    assert [problem.split(",")[0] for problem in refusal.value.problems] == ["line 5", "line 6"]


def test_separators_inside_a_cell_do_not_end_its_line(tmp_path):
    with pytest.raises(CourseOpsError) as refusal:
        read(tmp_path, "username,note\nada,one\u2028two\x0cthree\nb/b,x\n")
    assert refusal.value.problems[0].startswith("line 3,")


def test_blank_cells_beyond_the_header_do_no_harm(tmp_path):
    assert names(read(tmp_path, "username,email,,\nada,a@x,,,\n")) == ["ada"]


def test_the_best_known_word_names_a_column_wherever_it_stands(tmp_path):
    found = read(tmp_path, "mail;login;nom;nom de famille;email\nx@y;ada;B;Lovelace;a@x\n")
    person = found.enrolments[0].person
    assert (person.family_name, person.email) == ("Lovelace", "a@x")


@pytest.mark.parametrize(
    ("address", "problem"),
    [("", "is empty"), ("ada", "is no e-mail address"), ("a+b@x", "can be no username")],
)
def test_an_address_that_gives_no_username_is_told_with_its_column(tmp_path, address, problem):
    with pytest.raises(CourseOpsError) as refusal:
        read(tmp_path, f"email,note\n{address},x\n", username_from="email-name")
    assert refusal.value.problems[0].startswith("line 2, column email: ")
    assert problem in refusal.value.problems[0]


def test_two_people_with_one_username_are_refused(tmp_path):
    with pytest.raises(CourseOpsError) as refusal:
        read(tmp_path, "email\nada@x\nada@y\n", username_from="email-name")
    assert refusal.value.problems == ("line 3: ada again, but not as on line 2",)


def test_an_encoding_that_is_named_comes_before_what_is_found(tmp_path):
    content = "username,first name\nada,Zoé\n".encode("mac_roman")
    assert read(tmp_path, content, encoding="mac_roman").enrolments[0].person.given_name == "Zoé"
    with pytest.raises(CourseOpsError) as refusal:
        read(tmp_path, content, encoding="no-such")
    assert "--encoding" in refusal.value.hint


def test_a_file_that_is_no_class_list_for_its_size_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr("courseops.adapters.rosters.opening._MOST_BYTES", 10)
    with pytest.raises(CourseOpsError) as refusal:
        read(tmp_path, "username\nada\nbob\n")
    assert "larger than" in refusal.value.problems[0]


def test_a_byte_order_mark_does_not_hide_the_first_column(tmp_path):
    content = '"username","email"\nada,a@x\n'.encode("utf-8-sig")
    assert names(read(tmp_path, content, encoding="utf-8")) == ["ada"]


def test_a_title_that_looks_like_a_header_does_not_choose_the_delimiter(tmp_path):
    found = read(tmp_path, "By name;email\nusername,email\nada,a@x\nbob,b@x\n")
    assert found.source == "class.csv (utf-8, ',', header in line 2, 2 people)"
