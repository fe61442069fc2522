"""All that is kept of one person is found and told, and nothing of anybody else."""

from dataclasses import replace

import pytest
from sqlalchemy import String
from sqlalchemy.types import TypeDecorator

from courseops.adapters.store import open_store
from courseops.adapters.store.columns import AnyText, FileName, Lines
from courseops.adapters.store.people.columns import COLUMNS, is_of_people
from courseops.adapters.store.people.places import BY_TABLE
from courseops.adapters.store.tables import metadata
from courseops.model.roster import Enrolment, Person
from tests.support.people import AT, COURSE, HUB, fill, naming, person_id

# Names that begin, end or contain each other are those of different people.
OTHERS = ("adam", "ada.b", "nada", "Ada", "ad_", "ad%")


@pytest.fixture
def store(database_url):
    with open_store(database_url) as opened:
        for number, username in enumerate(("ada", *OTHERS), start=1):
            fill(database_url, username, number)
        yield opened


def whom(store, username="ada", courses=(COURSE,), **more):
    found = store.people.identify(HUB, username, courses)
    return replace(found, volume=f"homes/{username}", **more)


@pytest.mark.parametrize("table", metadata.tables)
def test_each_column_of_text_is_declared_to_hold_persons_or_nobody(table):
    texts = {
        column.name
        for column in metadata.tables[table].columns
        if isinstance(column.type, AnyText | FileName | Lines | String)
        or (isinstance(column.type, TypeDecorator) and isinstance(column.type.impl, String))
    }
    declared = set(COLUMNS.get(table, {}))

    assert texts == declared, (
        f"say in adapters/store/people/columns.py what the columns of {table} hold of persons; "
        "if any names somebody, say in places.py how theirs are found, and in forgetting.py what "
        "becomes of them"
    )


@pytest.mark.parametrize("table", metadata.tables)
def test_each_table_that_names_persons_is_looked_into_for_them(table):
    assert is_of_people(metadata.tables[table]) == (table in BY_TABLE)


def test_somebody_has_something_in_each_of_these_tables(store):
    found = {kept.table: kept.rows for kept in store.people.everything(whom(store))}

    assert set(found) == set(BY_TABLE)
    assert [table for table, rows in found.items() if len(rows) != 1] == []


def test_nothing_of_anybody_else_is_told(store):
    told = repr(store.people.everything(whom(store)))

    assert all(f"{sign}ada" in told for sign in ("'", "/", "id-", "with "))
    for other in (*OTHERS, "somebody"):
        # "Ada" is also ada's given name.
        signs = ("/", "id-", "with ") if other == "Ada" else ("'", "/", "id-", "with ")
        assert [sign for sign in signs if f"{sign}{other}" in told] == []


def test_who_is_nowhere_has_nothing(store):
    kept = store.people.everything(whom(store, "zoe"))

    assert [it.rows for it in kept] == [()] * len(BY_TABLE)


def test_who_is_on_another_hub_is_somebody_else(store):
    found = store.people.identify("lab", "ada", ())

    assert [it.table for it in store.people.everything(found) if it.rows] == ["alerts"]


def test_a_name_that_they_had_before_leads_to_their_enrolments(store):
    person = Person(id=person_id("ada"), username="lovelace", given_name="Ada", family_name="King")
    store.enrolments.enrol("physics", [Enrolment(person=person)], AT)

    found = whom(store, courses=(COURSE, "physics"))

    assert found.former == ("lovelace",)
    assert found.person_ids == (person_id("ada"),)
    assert set(found.details) == {"ada@example.org", "Ada Ada", "Ada King"}
    (enrolments,) = [it for it in store.people.everything(found) if it.table == "enrolments"]
    assert {row["course_id"] for row in enrolments.rows} == {COURSE, "physics"}


def test_what_was_run_tells_of_its_run_and_nothing_of_what_they_did_to_others(store):
    kept = {it.table: it.rows for it in store.people.everything(whom(store))}

    (audited,) = kept["audit"]
    assert (audited["action"], audited["scope"]) == ("roster-apply", "home/campus/ada")
    (planned,) = kept["plans"]
    assert planned["entries"] == [{"username": "ada", "verb": "enrol"}]
    assert "document" not in planned


def test_naming_finds_what_names_somebody(store, database_url):
    named = naming(database_url, "ada")

    assert ("accounts", "username") in named
    assert ("runs", "scope") in named
    assert naming(database_url, "zoe") == set()
