"""The how-to "Sync your class list", followed as a teacher would, on each export it names.

What is configured is taken from the page itself, so that the page cannot promise what is not so.
"""

import re
import tomllib

import pytest

from courseops.config import load_config
from tests.support.rosters import EXPORTS, HOW_TO, SEEN, export

pytestmark = pytest.mark.hub

PAGE = HOW_TO.read_text("utf-8")
BLOCKS = [
    re.sub(r"^ {3}", "", block, flags=re.MULTILINE)
    for block in re.findall(r"```(?:toml|text)\n(.*?)```", PAGE, re.DOTALL)
]
FILE, EMAIL_NAME, SEVERAL, IDENTITIES, WHO_IS_WHO, SEATS = BLOCKS
WITHOUT_USERNAMES = [name for name in EXPORTS if SEEN[name][0] != "username"]
# Files of those kinds, each applied to a hub.
APPLIED = ["moodle-participants-fr.csv", "oneroster-1.2", "apogee.txt"]


@pytest.fixture
def site(desk, start_hub):
    """A teacher's folder with a hub in config.toml and nothing yet of the class."""
    hub = start_hub("6")
    desk.hub = hub
    desk.write("campus.token", hub.token, mode=0o600)
    return desk


def configure(site, *blocks, course="python101", hub=""):
    head = f'[hubs.campus]\nurl = "{site.hub.url}"\ntoken = {{ file = "campus.token" }}\n{hub}\n'
    text = "\n".join((head, f'[courses.{course}]\nhub = "campus"\n', *blocks))
    site.write("config.toml", text.replace("courses.python101", f"courses.{course}"))


def username_line(name):
    """Give what the page says to add for an export, changed as its comment says."""
    return EMAIL_NAME.replace('"email-name"', f'"{SEEN[name][0]}"', 1)


def follow(site, name, course="python101"):
    """Do what the page says for an export."""
    (site.folder / "python101.csv").write_bytes(export(name))
    has_usernames = SEEN[name][0] == "username"
    configure(site, FILE, "" if has_usernames else username_line(name), course=course)


def row_of(form):
    """Give the cell on usernames in the page's table of exports."""
    rows = [line.split("|") for line in PAGE.splitlines() if line.startswith("| ")]
    name = "OneRoster 1.1 and 1.2" if form.startswith("OneRoster") else form
    return next(cells[3] for cells in rows if cells[1].strip() == (name or "any other"))


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_is_shown_and_planned_as_the_page_says(site, name):
    _, source, sections, _, first = SEEN[name]
    follow(site, name)

    shown = site.run("roster", "show", "python101", "--json")
    planned = site.run("roster", "plan", "python101", "--json")

    assert shown.code == 0, shown.err
    assert shown.document["source"] == f"python101.csv ({source})"
    person = shown.document["enrolments"][0]["person"]
    assert (person["username"], person["id"]) == first[:2]
    assert shown.document["sizes"] == [{"source": "python101.csv", "people": len(sections)}]
    assert planned.code == 4, planned.err
    enrolled = {
        change["username"]
        for change in planned.document["changes"]
        if (change["verb"], change["where"]) == ("enrol", "nbgrader-python101")
    }
    assert first[0] in enrolled


@pytest.mark.parametrize("name", EXPORTS)
def test_the_page_names_the_usernames_that_an_export_has(name):
    username_from, source, *_ = SEEN[name]
    form = source.split(", ")[0]
    told = row_of("" if form == "utf-8" else form)
    if username_from == "username":
        assert re.search("username|SIS Login ID|if your site shows them", told, re.IGNORECASE)
    elif "as above" not in told:
        assert f"`{username_from}`" in told


@pytest.mark.parametrize("name", WITHOUT_USERNAMES)
def test_without_usernames_the_hint_leads_to_the_line_that_helps(site, name):
    (site.folder / "python101.csv").write_bytes(export(name))
    configure(site, FILE)

    refused = site.run("roster", "show", "python101")

    assert refused.code == 1
    assert "no column holds usernames" in refused.err
    hint = re.search(r'in \[courses\.python101\.roster\]: (username_from = "[a-z-]+")', refused.err)
    configure(site, FILE, hint[1])
    assert site.run("roster", "show", "python101").code == 0


@pytest.mark.parametrize("name", APPLIED)
def test_an_export_is_applied_and_then_there_is_nothing_to_do(site, fresh, name):
    course = fresh("py")
    follow(site, name, course)

    applied = site.run("roster", "apply", course, "--yes", "--json")

    assert applied.code == 0, applied.err
    assert len(applied.document["outcomes"]) == len(SEEN[name][2])
    again = site.run("roster", "plan", course)
    assert (again.code, "nothing to do" in again.out) == (0, True), again.out


def cut_in_a_row(content):
    return content[: content.rindex(b",")]


def header_only(content):
    return content.splitlines(keepends=True)[0]


@pytest.mark.parametrize(
    ("damage", "problem"),
    [(cut_in_a_row, "columns, the header has"), (header_only, "a header and nobody below it")],
)
def test_a_wrong_file_leaves_the_class_as_it_was_and_says_why(site, fresh, damage, problem):
    course = fresh("py")
    follow(site, "moodle-participants-identity.csv", course)
    assert site.run("roster", "apply", course, "--yes").code == 0
    file = site.folder / "python101.csv"
    whole = file.read_bytes()

    file.write_bytes(damage(whole))
    said = [site.run("roster", verb, course) for verb in ("show", "plan")]
    said.append(site.run("roster", "apply", course, "--yes"))

    for one in said:
        assert one.code == 1, one.out
        assert "nothing was changed" in one.err
        assert problem in one.err
        assert "hint: " in one.err
    file.write_bytes(whole)
    assert site.run("roster", "plan", course).code == 0


def class_of(*rows):
    return "\n".join(("username,student number,email,last name,role", *rows, ""))


def two_lists(site, course="python101"):
    site.write("informatics.csv", class_of("ada,1,ada@x.example,Lovelace,", "bob,2,,Martin,"))
    site.write("physics.csv", class_of(",,bob@x.example,Martin,assistant", ",4,cyd@x.example,,"))
    configure(site, SEVERAL, course=course)


def test_several_lists_are_one_class_with_who_lists_whom(site, fresh):
    course = fresh("py")
    two_lists(site, course)

    shown = site.run("roster", "show", course, "--json").document

    assert {
        e["person"]["username"]: (e["sources"], e["section"], e["role"])
        for e in shown["enrolments"]
    } == {
        "ada": (["informatics.csv"], "Informatics", "learner"),
        "bob": (["informatics.csv", "physics.csv"], "Informatics, Physics", "assistant"),
        "cyd": (["physics.csv"], "Physics", "learner"),
    }
    assert shown["warnings"] == [
        "bob is learner in informatics.csv, assistant in physics.csv; assistant counts"
    ]
    assert site.run("roster", "apply", course, "--yes").code == 0
    assert site.run("roster", "plan", course).code == 0


def test_one_list_that_cannot_be_read_stops_them_all_and_the_hint_names_its_section(site):
    two_lists(site)
    site.write("informatics.csv", "nom,mail\nLovelace,ada@x.example\n")
    refused = site.run("roster", "plan", "python101")
    assert refused.code == 1
    assert "[[courses.python101.roster.sources]] of informatics.csv" in refused.err


def test_one_of_several_lists_can_be_looked_at_alone(site):
    two_lists(site)
    shown = site.run("roster", "show", "python101", "--csv", "physics.csv", "--json").document
    assert [e["person"]["username"] for e in shown["enrolments"]] == ["bob", "cyd"]


def test_lists_that_contradict_each_other_stop_the_plan(site):
    two_lists(site)
    site.write("physics.csv", class_of(",9,ada@x.example,,", ",,bob@x.example,Martin,", ",1,x@y,,"))
    site.write("informatics.csv", class_of("zoe,1,ADA@x.example,Lovelace,"))
    refused = site.run("roster", "plan", "python101")
    assert refused.code == 1
    assert "ada (physics.csv) has the e-mail address" in refused.err
    assert "x (physics.csv) has the number 1 of zoe (informatics.csv)" in refused.err
    assert "hint: mend it in the sources, or give a source a list that says who is who" in (
        refused.err
    )


def test_the_list_of_who_is_who_names_people_as_the_page_shows(site):
    site.write("identities.csv", WHO_IS_WHO)
    site.write(
        "python101.csv",
        "student number,first name,last name\n22001234,Zoé,Lefèvre\n22001235,Noël,D’Œuvre\n",
    )
    configure(site, FILE, IDENTITIES)

    shown = site.run("roster", "show", "python101", "--json")

    assert shown.code == 0, shown.err
    people = [e["person"] for e in shown.document["enrolments"]]
    assert [(p["username"], p["gradebook_id"]) for p in people] == [
        ("zlefevre", ""), ("ndoeuvre", "noel.doeuvre"),
    ]  # fmt: skip
    assert site.run("roster", "plan", "python101").code == 4


def test_who_is_not_in_the_list_is_named(site):
    site.write("identities.csv", WHO_IS_WHO)
    site.write("python101.csv", "student number,last name\n7,Dupont\n8,Morel\n")
    configure(site, FILE, IDENTITIES)
    refused = site.run("roster", "plan", "python101")
    assert refused.code == 1
    for who in ("7 (Dupont)", "8 (Morel)"):
        assert f"{who} has no username in the list of identities" in refused.err


def test_seats_are_a_workshop_in_one_command(site, fresh):
    course = fresh("workshop")
    configure(site, SEATS.replace("courses.workshop", f"courses.{course}"), course=course)

    assert site.run("roster", "apply", course, "--yes").code == 0

    shown = site.run("roster", "show", course, "--json").document
    assert [e["person"]["username"] for e in shown["enrolments"]] == [
        f"seat{n:02}" for n in range(1, 41)
    ]
    assert shown["sizes"] == [{"source": "seats", "people": 40}]
    assert site.run("roster", "plan", course).code == 0


def test_every_piece_of_the_page_is_a_configuration_that_loads(site):
    workshop = SEATS.replace("courses.workshop", "courses.python101")
    for blocks in ((FILE,), (FILE, EMAIL_NAME), (SEVERAL,), (FILE, IDENTITIES), (workshop,)):
        configure(site, *blocks)
        assert tomllib.loads(site.config.read_text())["courses"]["python101"]["roster"]
        assert load_config(site.config).courses["python101"].roster
