"""Grades as each platform imports them, to the byte, and read back as it will read them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseops.model.assignments.collection import Submission
from courseops.model.assignments.grade import LearnerStanding, Score, Standing
from courseops.model.assignments.gradesheets.choosing import choose, of_course, read_record
from courseops.model.assignments.gradesheets.forms import FORMS
from courseops.model.assignments.gradesheets.order import (
    Entry,
    Identity,
    Order,
    Sheet,
    SheetError,
    rounded,
    spell,
)
from courseops.model.assignments.gradesheets.raw import quoted, read_raw
from courseops.model.roster import Enrolment, Person, Role

ASSETS = Path(__file__).parents[2] / "assets" / "rosters"

ZOE = Person(
    id="00220011",
    username="ztremblay",
    email="zoe.tremblay@school.example",
    given_name="Zoé",
    family_name="Tremblay",
)
NOEL = Person(id="00220012", username="noneil", email="noel.oneil@school.example")
GONE = Person(id="1", username="gone", email="gone@school.example")


def order(item: str = "hw1", **options: object) -> Order:
    entries = (Entry(person=ZOE, points=9.5), Entry(person=NOEL, points=10.0))
    made = Order(item=item, entries=entries, max_score=10.0)
    return replace(made, **options)  # type: ignore[arg-type]  # the tests' own words


def make(form: str, wanted: Order) -> Sheet:
    sheet = FORMS[form].make(wanted)
    assert FORMS[form].check(sheet, sheet.content) == []
    return sheet


def asset(name: str) -> bytes:
    return (ASSETS / name).read_bytes()


def kinds(sheet: Sheet) -> dict[str, str]:
    return {it.subject: it.kind for it in sheet.left_out}


@pytest.mark.parametrize(
    ("form", "options", "content"),
    [
        (
            "moodle",
            {},
            '"Email address",hw1\nzoe.tremblay@school.example,9.5\nnoel.oneil@school.example,10\n',
        ),
        (
            "moodle",
            {"decimal": ",", "language": "fr", "identity": Identity.ID},
            '"Numéro d\'identification";hw1\n00220011;9,5\n00220012;10\n',
        ),
        (
            "canvas",
            {},
            'Student,ID,"SIS Login ID",Section,hw1\n'
            '"    Points Possible",,,,10\n'
            "ztremblay,,ztremblay,,9.5\nnoneil,,noneil,,10\n",
        ),
        (
            "brightspace",
            {},
            'Username,"hw1 Points Grade","End-of-Line Indicator"\n#ztremblay,9.5,#\n#noneil,10,#\n',
        ),
    ],
)
def test_a_file_from_our_own_record(form: str, options: dict[str, object], content: str) -> None:
    assert make(form, order(**options)).content.decode() == content


def test_moodles_gradebook_in_french_keeps_its_headers_and_only_who_is_who() -> None:
    template = asset("moodle-gradebook-fr.csv")
    sheet = make("moodle", order("TP1", template=template, decimal=",", language="fr"))

    assert sheet.content.decode("cp1252") == (
        '"Numéro d’identification";"Adresse de courriel";"Devoir : TP1 (Brut)"\r\n'
        "00220011;zoe.tremblay@school.example;9,5\r\n"
        "00220012;noel.oneil@school.example;10\r\n"
    )


WORKSHEET = (
    '\ufeffIdentifier,"Full name",Username,"ID number","Email address",Status,Grade,'
    '"Maximum grade","Grade can be changed","Last modified (submission)","Online text",'
    '"Last modified (grade)","Feedback comments"\n'
    '"Participant 27","Zoé Tremblay",ztremblay,00220011,zoe.tremblay@school.example,'
    '"Submitted for grading",{zoe},20.00,Yes,"Monday, 2 March 2026, 9:00 AM",,-,"Two\nlines"\n'
    '"Participant 31","Noël O\'Neil",noneil,00220012,noel.oneil@school.example,'
    '"No submission",{noel},20.00,Yes,-,,-,\n'
    '"Participant 40","A Stranger",who,,,"No submission",7.00,20.00,Yes,-,,-,\n'
)


def worksheet(zoe: str = "", noel: str = "") -> bytes:
    return WORKSHEET.format(zoe=zoe, noel=noel).encode()


def test_a_worksheet_differs_from_the_template_in_its_grades_only() -> None:
    sheet = make("moodle-worksheet", order(template=worksheet()))

    assert sheet.content == worksheet("9.5", "10")
    assert kinds(sheet) == {"who": "stranger"}
    comma = make("moodle-worksheet", order(template=worksheet(), decimal=","))
    assert comma.content == worksheet('"9,5"', "10")


def test_what_moodle_would_pass_over_in_silence_is_said() -> None:
    entries = (Entry(person=ZOE, points=21), Entry(person=NOEL, points=3))
    template = worksheet().replace(b"20.00,Yes,-", b"20.00,No,-", 1)
    sheet = make("moodle-worksheet", order(template=template, entries=entries))

    assert sheet.content == template
    told = kinds(sheet)
    assert told["ztremblay"] == "over-maximum"
    assert told["noneil"] == "locked"


def test_a_worksheet_that_moodle_would_refuse_is_refused() -> None:
    with pytest.raises(SheetError, match="Last modified"):
        FORMS["moodle-worksheet"].make(order(template=asset("moodle-worksheet-fr.csv")))
    with pytest.raises(SheetError, match="has exported"):
        FORMS["moodle-worksheet"].make(order())


def test_canvas_gets_its_own_header_and_ids_back_but_no_other_assignment() -> None:
    ana = Person(id="00220013", username="adesouza")
    entries = (Entry(person=ZOE, points=9.456), Entry(person=NOEL, points=3))
    sheet = make(
        "canvas",
        order("Homework 1", template=asset("canvas.csv"), entries=entries, known=(ana,)),
    )

    assert sheet.content.decode() == (
        "\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,Homework 1 (4711)\n"
        "    Points Possible,,,,,10\n"
        '"Tremblay, Zoé",901,00220011,ztremblay,Lab A,9.46\n'
    )
    # Noël is excused there; Ana is known and has no grade; the Student View is nobody.
    assert kinds(sheet) == {"noneil": "excused"}


def test_brightspace_gets_its_keys_and_no_names() -> None:
    sheet = make("brightspace", order("homework 1", template=asset("brightspace.csv")))

    assert sheet.content.decode() == (
        "\ufeffOrgDefinedId,Username,Homework 1 Points Grade <Numeric MaxPoints:10>,"
        "End-of-Line Indicator\n#00220011,#ztremblay,9.5,#\n#00220012,#noneil,10,#\n"
    )


EDX = (
    "user_id,username,full_name,student_uid,enrolled,track,cohort,block_id,title,"
    "date_last_graded,who_last_graded,Previous Points,New Points\r\n"
    "5001,ztremblay,Zoé Tremblay,,True,audit,,block-v1:x,hw1,,,,{zoe}\r\n"
    "5002,noneil,Noël O’Neil,,False,audit,,block-v1:x,hw1,,,,\r\n"
    "5003,lgone,Gone,,True,audit,,block-v1:x,hw1,,,4,\r\n"
)


def test_open_edx_gets_its_scores_back_with_points_and_nobody_who_left() -> None:
    sheet = make("edx", order(template=EDX.format(zoe="").encode()))

    assert sheet.content.decode() == EDX.format(zoe="9.5")
    assert kinds(sheet) == {"noneil": "dropped", "lgone": "stranger"}
    with pytest.raises(SheetError, match="'hw1'"):
        FORMS["edx"].make(order("hw2", template=EDX.encode()))
    with pytest.raises(SheetError, match="points only"):
        FORMS["edx"].make(order(template=EDX.encode(), decimal=","))


def test_open_edx_gets_its_bulk_grades_by_the_subsections_title() -> None:
    template = (
        "user_id,username,course_id,track,cohort,name-aa,grade-aa,new_override-aa,"
        "name-bb,grade-bb,new_override-bb\n"
        "5001,ztremblay,c,audit,,Loops,,,Lists,,{}\n5002,noneil,c,audit,,Loops,,,Lists,,{}\n"
    )
    sheet = make("edx", order("lists", template=template.format("", "").encode()))

    assert sheet.content.decode() == template.format("9.5", "10")
    with pytest.raises(SheetError) as error:
        FORMS["edx"].make(order("sets", template=template.encode()))
    assert "Loops, Lists" in error.value.hint


def test_a_row_whose_columns_speak_of_two_people_is_nobodys() -> None:
    mixed = worksheet().replace(b"ztremblay,00220011", b"ztremblay,00220012")
    sheet = make("moodle-worksheet", order(template=mixed))

    assert kinds(sheet)["ztremblay"] in ("ambiguous", "not-on-platform")
    assert b",9.5," not in sheet.content


def test_somebody_with_two_rows_gets_neither() -> None:
    double = (
        worksheet().replace(b"Participant 40", b"Participant 41").replace(b",who,", b",noneil,")
    )
    sheet = make("moodle-worksheet", order(template=double))

    assert kinds(sheet)["noneil"] == "ambiguous"
    assert sheet.content == double.replace(b'grading",,', b'grading",9.5,')


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "+1", "@sum", "-2", ""])
def test_a_key_that_is_a_formula_or_missing_is_left_out_and_said(name: str) -> None:
    entries = (Entry(person=replace(ZOE, username=name), points=1), Entry(person=NOEL, points=2))
    sheet = make("moodle", order(entries=entries, identity=Identity.USERNAME))

    assert sheet.content == b"Username,hw1\nnoneil,2\n"
    assert kinds(sheet) == {name: "not-identified"}


def test_two_learners_with_one_address_get_no_grade_by_it() -> None:
    entries = (Entry(person=ZOE, points=1), Entry(person=replace(NOEL, email=ZOE.email), points=2))
    sheet = make("moodle", order(entries=entries, identity=Identity.EMAIL))

    assert sheet.meant == {}
    assert set(kinds(sheet).values()) == {"not-identified"}


@pytest.mark.parametrize(
    ("spoilt", "problem"),
    [
        (("9.5", "95"), "would get '95'"),
        (("9.5", ""), "would get ''"),
        (("zoe.tremblay", "zoe"), "is missing"),
        (("noel.oneil@school.example,10\n", "noel.oneil@school.example,10\n" * 2), "twice"),
        (("hw1", "hw2"), "columns are called"),
    ],
)
def test_the_check_finds_what_was_spoilt(spoilt: tuple[str, str], problem: str) -> None:
    form = FORMS["moodle"]
    sheet = form.make(order())
    content = sheet.content.decode().replace(*spoilt).encode()

    assert problem in " ".join(form.check(sheet, content))


def test_the_check_finds_a_grade_that_nobody_meant() -> None:
    form = FORMS["moodle-worksheet"]
    sheet = form.make(order(template=worksheet()))

    assert form.check(sheet, sheet.content.replace(b",7.00,", b",17.00,"))


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff"), max_size=12)
TABLES = st.lists(st.lists(CELLS, min_size=3, max_size=5), min_size=1, max_size=6)


@given(TABLES, st.sampled_from([",", ";", "\t"]), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_what_is_not_filled_stays_to_the_byte(
    rows: list[list[str]], delimiter: str, end: str, is_marked: bool
) -> None:
    lines = [delimiter.join(quoted(cell, delimiter) for cell in row) + end for row in rows]
    content = ("\ufeff" if is_marked else "").encode() + "".join(lines).encode()
    try:
        table = read_raw(content)
    except SheetError:
        # A cell of nothing but a bare quote's other half is no CSV, in any delimiter.
        assert not "".join(lines).strip() or '"' in "".join(lines)
        return
    assert table.filled({}) == content


@given(st.floats(0, 1000), st.integers(0, 6), st.sampled_from([".", ","]))
def test_a_number_is_read_back_as_it_was_rounded(points: float, places: int, sign: str) -> None:
    value = rounded(points, places)
    text = spell(value, sign)  # type: ignore[arg-type]  # one of the two
    for form in ("moodle", "canvas"):
        assert FORMS[form].read_number(text) == value
    assert abs(float(value) - points) <= 0.5 * 10**-places + 1e-9


def test_half_a_point_is_rounded_up_as_a_person_would() -> None:
    assert [str(rounded(it, 2)) for it in (2.675, 1.005, 0.125)] == ["2.68", "1.01", "0.13"]


def standing(
    person: Person, where: Standing, points: float | None = None, **more: bool
) -> LearnerStanding:
    score = None
    if points is not None:
        score = Score(assignment="hw1", learner=person.username, score=points, max_score=10, **more)
    handed_in = where is not Standing.NOT_SUBMITTED
    return LearnerStanding(
        person=person,
        standing=where,
        submission=Submission(learner=person.username) if handed_in else None,
        score=score,
    )


def person(name: str) -> Person:
    return Person(id=name, username=name)


CLASS = (
    standing(person("ada"), Standing.GRADED, 8),
    standing(person("bob"), Standing.GRADED, 3, needs_manual_grade=True),
    standing(person("cyd"), Standing.QUARANTINED, 2),
    standing(person("dan"), Standing.NOT_SUBMITTED),
    standing(person("eve"), Standing.COLLECTED),
)


def test_nobody_gets_a_zero_for_having_no_grade() -> None:
    entries, left_out = choose(CLASS)

    assert [(it.person.username, it.points) for it in entries] == [("ada", 8)]
    assert {it.subject: it.kind for it in left_out} == {
        "bob": "by-hand",
        "cyd": "quarantined",
        "dan": "not-submitted",
        "eve": "not-graded",
    }


def test_zeros_and_provisional_points_are_sent_only_when_asked_for() -> None:
    entries, left_out = choose(CLASS, missing_as_zero=True, provisional=True)

    sent = {it.person.username: it.points for it in entries}
    assert sent == {"ada": 8, "bob": 3, "cyd": 2, "dan": 0}
    assert [it.subject for it in left_out] == ["eve"]


def test_strangers_the_dropped_and_staff_are_left_out_and_listed() -> None:
    record = read_record(
        active=[
            Enrolment(person=replace(person("ada"), email="ada@school.example")),
            Enrolment(person=person("bob"), role=Role.ASSISTANT),
            Enrolment(person=replace(person("new"), gradebook_id="n1")),
        ],
        ended=[Enrolment(person=person("cyd"))],
    )
    learners, outside = of_course(CLASS, record)

    assert {it.person.username: it.person.email for it in learners} == {
        "ada": "ada@school.example",
        "new": "",
    }
    assert {it.subject: it.kind for it in outside} == {
        "bob": "not-a-learner",
        "cyd": "dropped",
        "dan": "stranger",
        "eve": "stranger",
    }


def test_without_a_record_everybody_in_the_gradebook_is_a_learner() -> None:
    learners, outside = of_course(CLASS, read_record([], []))

    assert learners == CLASS
    assert outside == ()


def test_an_address_that_two_share_is_settled_by_the_username() -> None:
    family = replace(NOEL, email=ZOE.email)
    entries = (Entry(person=ZOE, points=9.5), Entry(person=family, points=10))
    shared = worksheet().replace(b"noel.oneil@school.example", ZOE.email.encode())
    sheet = make("moodle-worksheet", order(template=shared, entries=entries))

    assert {it.subject for it in sheet.sent} == {"ztremblay", "noneil"}
    assert kinds(sheet) == {"who": "stranger"}
