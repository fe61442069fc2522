"""The pages of a course: who sees what of it, and what everybody's marks are."""

import re
from datetime import timedelta

import pytest

from courseops.actions.looking import LOOK
from courseops.model.rights import Rights
from courseops.model.run import Outcome
from courseops.web.app import DOORS
from tests.support.class_pages import (
    DUE,
    FORMULA,
    MARKUP,
    class_page_in,
    hand_in,
    hold,
    site_of,
)
from tests.support.class_pages import empty_gradebook as empty_gradebook  # noqa: PLC0414
from tests.support.pages import COURSE, GRADER, TEACHER, browser_of

ELSEWHERE = Rights(teaches=frozenset({"botany"}), grades=frozenset({"botany"}))
OWN = "/courses/python101"
OF_COURSES = [door for door in DOORS if door.path.startswith("/courses/{course}")]
FOR_TEACHERS = re.compile(r"/roster|/held")


@pytest.fixture
def page(tmp_path, monkeypatch, empty_gradebook):
    with class_page_in(tmp_path, empty_gradebook, monkeypatch) as page:
        yield page


@pytest.fixture(scope="module")
def looked_at(tmp_path_factory, empty_gradebook):
    """A class that no test changes: to open one takes seconds."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("looked-at")
        with class_page_in(folder, empty_gradebook, patch) as page:
            yield page


@pytest.fixture(scope="module")
def teacher(looked_at):
    return browser_of(looked_at, "tina", TEACHER)


@pytest.fixture
def active_teacher(page):
    return browser_of(page, "tina", TEACHER)


def path_of(door, **parts):
    given = {"course": COURSE, "assignment": "hw1", "username": "ada", **parts}
    return re.sub(r"\{(\w+)\}", lambda m: given.get(m[1], "x"), door.path)


def visit(browser, door, **parts):
    path = path_of(door, **parts)
    if door.method == "POST":
        return browser.fill_in(path)
    return browser.get(browser.page.link(path))


def name_of(door):
    return f"{door.method} {door.path}"


def text_of(page):
    """Give a page's words, without what is between angle brackets."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def row_of(page, who):
    return next(it for it in re.findall(r"<tr><th scope=row>.*", page) if f"/people/{who}" in it)


def cells_of(page, who):
    return re.findall(r"<td class=(\w) title=(\"[^\"]*\"|[\w-]+)>([^<\n]*)", row_of(page, who))


@pytest.mark.parametrize("door", OF_COURSES, ids=name_of)
def test_a_teacher_of_another_course_gets_in_nowhere(looked_at, door):
    assert visit(browser_of(looked_at, "otto", ELSEWHERE), door).status_code == 403


@pytest.mark.parametrize("door", OF_COURSES, ids=name_of)
def test_learners_and_ops_get_in_nowhere(looked_at, door):
    for name, rights in (("ada", Rights()), ("olga", Rights(operates=True))):
        assert visit(browser_of(looked_at, name, rights), door).status_code == 403


@pytest.mark.parametrize(
    "door", [it for it in OF_COURSES if FOR_TEACHERS.search(it.path)], ids=name_of
)
def test_who_only_grades_decides_nothing_about_the_roster(looked_at, door):
    assert visit(browser_of(looked_at, "greta", GRADER), door).status_code == 403


@pytest.mark.parametrize(
    "door",
    [it for it in OF_COURSES if re.search(r"\{(run|username|assignment|plan)\}", it.path)],
    ids=name_of,
)
def test_what_is_of_another_course_is_not_there(looked_at, teacher, door):
    site = site_of(looked_at)
    elsewhere = {"run": hold(site, "botany"), "username": "flora", "assignment": "hw9"}
    site.close()
    assert visit(teacher, door, **elsewhere).status_code == 404


@pytest.mark.parametrize("door", [it for it in OF_COURSES if it.method == "GET"], ids=name_of)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_names_with_markup_are_only_names(looked_at, door, language):
    site = site_of(looked_at)
    run = hold(site, COURSE)
    site.close()
    answer = visit(browser_of(looked_at, "tina", TEACHER, language), door, run=run)
    assert MARKUP not in answer.text
    assert "<beginners>" not in answer.text


def test_the_overview_says_what_waits_and_what_is_due(page, active_teacher):
    site = site_of(page)
    run = hold(site, COURSE)
    site.close()
    shown = active_teacher.open(OWN)
    assert f"{OWN}/held/{run}" in shown
    assert f"{OWN}/quarantine/hw1" in shown
    assert "hw 2" in text_of(shown).partition("Due next")[2]
    assert "6 learners" in text_of(shown)
    assert f"{OWN}/held/{run}" not in browser_of(page, "greta", GRADER).open(OWN)


def test_a_course_without_a_folder_has_an_overview_and_a_roster(looked_at):
    browser = browser_of(looked_at, "otto", ELSEWHERE)
    assert "no folder is configured" in browser.open("/courses/botany")
    assert "flora" in browser.open("/courses/botany/roster")
    assert browser.get(looked_at.link("/courses/botany/assignments")).status_code == 404


def test_the_matrix_has_everybodys_marks_in_signs_and_words(teacher):
    shown = teacher.open(f"{OWN}/assignments")
    assert cells_of(shown, "ada") == [
        ("r", "returned", "↩ 3.5"),
        ("n", '"not released"', "·"),
    ]
    assert cells_of(shown, "bob")[0] == ("g", '"graded, late"', "✓ 1 L")
    assert cells_of(shown, "cyd")[0] == ("q", '"quarantined (crash)"', "!")
    assert cells_of(shown, "dan")[0] == ("h", '"by hand"', "✎ 2")
    assert cells_of(shown, "eve")[0] == ("m", '"not submitted"', "–")
    assert cells_of(shown, "eve")[1][2] == "· E"
    assert "more time: " in cells_of(shown, "eve")[1][1]


def test_the_matrix_speaks_french(looked_at):
    shown = browser_of(looked_at, "tina", TEACHER, "fr").open(f"{OWN}/assignments")
    assert cells_of(shown, "ada")[0] == ("r", "retourné", "↩ 3,5")


@pytest.mark.parametrize(
    ("asked", "there"),
    [
        ("state=quarantined", {"cyd"}),
        ("state=late", {"bob"}),
        ("state=extended", {"eve"}),
        ("state=extended&assignment=hw1", set()),
        ("state=graded&section=A", set()),
        ("state=graded", {"bob", "gil"}),
        ("section=B", {"bob"}),
        ("who=LOVE", {"ada"}),
        ("state=nonsense&section=B", {"bob"}),
    ],
)
def test_the_matrix_shows_the_rows_that_are_asked_for(teacher, asked, there):
    shown = teacher.open(f"{OWN}/assignments?{asked}")
    assert set(re.findall(r"<tr><th scope=row><a href=\"[^\"]*/people/(\w+)\"", shown)) == there


def test_the_sums_are_those_of_the_columns(teacher):
    shown = teacher.open(f"{OWN}/assignments")
    line = next(it for it in shown.split("<tr>") if 'assignment=hw1">hw1</a></th>' in it)
    numbers = [text_of(it).strip() for it in re.findall(r'<td class="number">(.*?)</td>', line)]
    # In the order of the marks, then late and extended.
    assert numbers == ["0", "0", "1", "0", "1", "1", "2", "1", "1", "0"]


def test_what_changes_in_the_course_is_seen_at_once(page, active_teacher, tmp_path):
    assert cells_of(active_teacher.open(f"{OWN}/assignments"), "eve")[0][2] == "–"
    hand_in(tmp_path / "course/submitted/eve/hw1", DUE["hw1"] - timedelta(hours=1))
    assert cells_of(active_teacher.open(f"{OWN}/assignments"), "eve")[0][2] == "●"


def test_what_changes_in_our_record_is_seen_at_once(page, active_teacher):
    assert cells_of(active_teacher.open(f"{OWN}/assignments"), "cyd")[0][0] == "q"
    site = site_of(page)
    with site.journal.run("assignment-autograde", f"course/{COURSE}/hw1") as entry:
        entry.note(Outcome.done("cyd"))
    site.close()
    assert cells_of(active_teacher.open(f"{OWN}/assignments"), "cyd")[0][0] == "s"


def test_what_lies_in_a_folder_that_stayed_is_read_when_it_is_asked_for(active_teacher, tmp_path):
    active_teacher.open(f"{OWN}/assignments")
    stamp = tmp_path / "course/submitted/cyd/hw1/timestamp.txt"
    stamp.write_text(f"{DUE['hw1'] + timedelta(hours=9):%Y-%m-%d %H:%M:%S.%f} UTC")
    assert "late" in cells_of(active_teacher.open(f"{OWN}/assignments?anew=1"), "cyd")[0][1]


def test_one_persons_page_has_their_work_and_leaves_a_record(page, active_teacher):
    shown = text_of(active_teacher.open(f"{OWN}/people/bob"))
    assert "graded, late: 3.0 h" in shown
    assert "1 / 4" in shown
    assert "bob@example.org" in shown
    site = site_of(page)
    (run,) = site.store.runs.recent(action=LOOK)
    (record,) = site.store.runs.audit_of(run.id)
    site.close()
    assert (run.scope, record.subject, record.actor) == (
        f"course/{COURSE}",
        "bob",
        "tina on campus",
    )


def test_somebody_of_the_gradebook_alone_has_a_page_that_says_so(teacher):
    assert "our record of the course does not have them" in teacher.open(f"{OWN}/people/gil")


def test_the_quarantine_says_why(teacher):
    assert f"{OWN}/quarantine/hw1" in teacher.open(f"{OWN}/quarantine")
    shown = text_of(teacher.open(f"{OWN}/quarantine/hw1"))
    assert "cell 3 ended: &lt;img" in shown
    assert "Nothing of this assignment" in teacher.open(f"{OWN}/quarantine/hw%202")


def test_what_has_no_score_cannot_be_let_stand(teacher):
    answer = teacher.fill_in(f"{OWN}/quarantine/hw1/accept", student="cyd")
    assert answer.status_code == 409
    assert "no score to let stand" in answer.text
    answer = teacher.fill_in(f"{OWN}/quarantine/hw1/accept", student="ada")
    assert "not in quarantine" in answer.text


def test_grades_come_as_a_file_whose_cells_are_no_formulas(page, active_teacher):
    answer = active_teacher.fill_in(f"{OWN}/exports", format="csv", assignment="hw1", what="file")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith(
        'attachment; filename="python101-hw1.csv"'
    )
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert f",'{FORMULA}," in answer.text
    assert not re.search(r"(^|,)=", answer.text, re.MULTILINE)
    assert "gil" not in answer.text
    site = site_of(page)
    assert site.store.runs.recent(action=LOOK)
    site.close()


def test_a_file_of_an_assignment_with_odd_signs_has_a_safe_name(teacher):
    answer = teacher.fill_in(f"{OWN}/exports", format="csv", assignment="hw 2", what="file")
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"python101-hw_2.csv\"; filename*=UTF-8''python101-hw%202.csv"
    )


def test_what_a_file_says_can_be_looked_at_first(teacher):
    shown = text_of(
        teacher.fill_in(f"{OWN}/exports", format="canvas", assignment="hw1", what="look").text
    )
    assert "Not in it:" in shown
    assert "cyd" in shown
    assert "gil" in shown.partition("In the gradebook")[2]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"format": "canvas"}, "for one assignment"),
        ({"format": "exe", "assignment": "hw1"}, "no such format"),
        ({"format": "canvas", "assignment": "hw1", "decimal": "x"}, "no such format"),
        ({"format": "moodle-worksheet", "assignment": "hw1"}, "takes back only a file"),
        ({"format": "csv", "assignment": "../hw1"}, "no such page"),
    ],
)
def test_what_cannot_be_exported_is_said(teacher, fields, said):
    answer = teacher.fill_in(f"{OWN}/exports", what="file", **fields)
    assert answer.status_code in (400, 404, 409)
    assert said in answer.text


def test_a_platforms_own_file_is_filled_in(looked_at, teacher):
    form = {"form-key": teacher.session.form_key, "what": "file", "assignment": "hw1"}
    sheet = "First name,ID number,hw1\nAda,ada,\n"
    files = {"template": ("grades.csv", sheet.encode(), "text/csv")}
    answer = teacher.post(
        looked_at.link(f"{OWN}/exports"), data={**form, "format": "moodle"}, files=files
    )
    assert answer.status_code in (200, 409), answer.text
    assert "file" not in answer.headers.get("location", "")


def test_files_are_taken_where_they_are_wanted_and_nowhere_else(looked_at, teacher):
    form = {"form-key": teacher.session.form_key}
    one = {"template": ("a.csv", b"a", "text/csv")}
    two = [("template", ("a.csv", b"a")), ("more", ("b.csv", b"b"))]
    assert teacher.post(looked_at.link("/logout"), data=form, files=one).status_code == 400
    assert teacher.post(looked_at.link(f"{OWN}/exports"), data=form, files=two).status_code == 400
    much = {"template": ("a.csv", b"a" * 6_000_000, "text/csv")}
    assert teacher.post(looked_at.link(f"{OWN}/exports"), data=form, files=much).status_code == 413


def test_who_grades_whose_work_is_shown(page, active_teacher):
    assert "not shared out yet" in active_teacher.open(f"{OWN}/sharing/hw1")
    site = site_of(page)
    with site.journal.run("assignment-balance", f"course/{COURSE}/hw1") as entry:
        entry.note(Outcome.done("dan", "greta", kind="assigned"))
    site.close()
    shown = text_of(browser_of(page, "greta", GRADER).open(f"{OWN}/sharing/hw1"))
    assert "greta (1)" in shown.replace(" ( ", " (")
    assert "Share it out" not in shown
