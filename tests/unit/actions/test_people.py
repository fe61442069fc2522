"""A person is shown all that is kept of them, and forgotten, unless something speaks against it."""

from dataclasses import replace

import pytest
from pydantic import TypeAdapter

from courseops.actions.people.exporting import export_person
from courseops.actions.people.forgetting import FORGET, Forgotten, forget_person, plan_forgetting
from courseops.actions.people.ports import PersonPorts, someone
from courseops.actions.people.pseudonyms import Pseudonyms
from courseops.adapters.first_passwords import FirstPasswordFiles
from courseops.adapters.history import DATABASE
from courseops.adapters.memory.people import MemoryPseudonymKeys
from courseops.adapters.store import open_store_in
from courseops.errors import PlanRefusedError, UnreachableError
from courseops.model.leaving.erasure import Elsewhere
from courseops.model.people.pseudonym import Terms
from courseops.model.roster import Enrolment, Person
from courseops.model.rosters.credential import FirstPassword
from courseops.model.run import Ending, Phase, Run, Status
from tests.support.people import AT, fill, naming, texts

FOLDER_OF_PY = Elsewhere(what="work in py", where="/srv/py", mend="ask its teachers")


@pytest.fixture
def place(tmp_path):
    return f"sqlite:///{tmp_path}/{DATABASE}"


@pytest.fixture
def store(tmp_path, place):
    with open_store_in(tmp_path) as opened:
        fill(place, "ada", 1)
        fill(place, "bob", 2)
        opened.enrolments.drop("py", ["id-ada"], AT)
        yield opened


@pytest.fixture
def house(journal, store):
    return replace(journal, runs=store.runs, actor="dpo")


@pytest.fixture
def ports(store, tmp_path, clock):
    keys = MemoryPseudonymKeys(clock)
    return PersonPorts(
        site="École du Lac",
        hub="campus",
        courses=("py",),
        records=store.people,
        enrolments=store.enrolments,
        plans=store.plans,
        first=FirstPasswordFiles(tmp_path / "first-passwords"),
        pseudonyms=Pseudonyms(keys=keys, terms=Terms(begins=((2, 1),), zone=AT.tzinfo)),
        has_account=lambda _: False,
        volume=lambda name: f"homes/{name}",
        elsewhere=lambda _: (FOLDER_OF_PY,),
    )


def refused(ports, house):
    with pytest.raises(PlanRefusedError) as error:
        forget_person(ports, house, "ada")
    return error.value.problems


def test_an_export_has_all_and_that_it_was_made(ports, house):
    ports.first.keep("py", [FirstPassword(username="ada", password="kept from all", is_set=True)])
    pseudonym = ports.pseudonyms.of("campus", ["ada"], house.clock.now())["ada"]

    made = export_person(ports, house, "ada")

    kept = {it.table: it.rows for it in made.kept}
    assert [row["change"] for row in kept["audit"]][1:] == [
        "looked at everything that is kept of them"
    ]
    assert kept["audit"][1]["actor"] == "dpo"
    assert made.first_passwords == ("py",)
    assert "kept from all" not in repr(made)
    assert [it.pseudonym for it in made.pseudonyms] == [pseudonym]
    assert made.elsewhere == (FOLDER_OF_PY,)
    assert made.notes == ()


def test_an_export_of_nobody_says_so(ports, house):
    assert export_person(ports, house, "zoe").notes == (
        "our record knows nobody called zoe on campus",
    )


def test_a_plan_changes_nothing_and_says_what_goes_and_what_stays(ports, house, place):
    before = set(map(repr, texts(place)))

    planned = plan_forgetting(ports, house, "ada")

    assert set(map(repr, texts(place))) == before
    assert planned.objections == ()
    assert planned.going
    assert all(it.why for it in planned.staying)


def test_forgetting_leaves_a_receipt_that_names_nobody(ports, house, store, place):
    ports.first.keep("py", [FirstPassword(username=it, password="x" * 9) for it in ("ada", "bob")])
    planned = plan_forgetting(ports, house, "ada")

    done = forget_person(ports, house, "ada")

    assert done.gone == planned.going
    assert [it.what for it in done.stayed] == [it.what for it in planned.staying]
    receipt = TypeAdapter(Forgotten).dump_json(done).decode()
    assert "ada" not in receipt
    assert "courseops person forget campus USER --evidence" in receipt
    audit = store.runs.audit_of(done.run_id)
    assert [(it.phase, it.subject) for it in audit] == [
        (Phase.INTENDED, done.pseudonym),
        (Phase.MADE, done.pseudonym),
    ]
    assert {it.status for it in store.runs.outcomes(done.run_id)} == {Status.DONE, Status.SKIPPED}
    assert set(ports.first.waiting("py")) == {"bob"}
    assert ("accounts", "username") not in naming(place, "ada")


def test_the_second_time_nothing_is_done(ports, house, place):
    forget_person(ports, house, "ada")
    before = {it for it in map(repr, texts(place)) if "person-forget" not in it}

    again = forget_person(ports, house, "ada")

    assert again.pseudonym == ""
    assert again.gone == ()
    assert plan_forgetting(ports, house, "ada").going == ()
    assert before <= set(map(repr, texts(place)))


def test_who_was_refused_and_is_then_forgotten_is_not_named_by_the_refusal(ports, house, store):
    there = replace(ports, has_account=lambda _: True)
    refused(there, house)
    (run,) = store.runs.recent(action=FORGET)
    assert "ada cannot be forgotten" in run.error

    done = forget_person(ports, house, "ada")

    assert f"{done.pseudonym} cannot be forgotten" in store.runs.get(run.id).error


def test_who_is_enrolled_is_not_forgotten(ports, house, store, place):
    before = set(map(repr, texts(place)))
    again = Person(id="id-ada", username="ada.byron")
    store.enrolments.enrol("py", [Enrolment(person=again)], AT)

    assert refused(ports, house) == (
        "they are enrolled in py: take them off its roster, then courseops roster apply py",
    )
    assert plan_forgetting(ports, house, "ada").objections
    left = {it for it in map(repr, texts(place)) if "person-forget" not in it}
    assert before <= left


def test_who_has_an_account_is_not_forgotten(ports, house):
    (why,) = refused(replace(ports, has_account=lambda _: True), house)

    assert "courseops offboard apply --user ada --hub campus --erase" in why


def test_a_hub_that_does_not_answer_stops_nobody_and_is_named(ports, house):
    unsure = replace(ports, has_account=lambda _: None)

    (note,) = plan_forgetting(unsure, house, "ada").notes

    assert "did not answer" in note
    assert forget_person(unsure, house, "ada").pseudonym


def test_who_stands_in_a_plan_that_waits_is_not_forgotten(ports, house, store):
    named = {"action": "roster-apply", "scope": "course/py", "actor": "grace", "plan": "abc"}
    store.runs.start(Run(id="waits", started_at=AT, ending=Ending.HELD, ended_at=AT, **named))
    store.plans.keep("abc", "course/py", '{"changes": [{"username": "ada"}]}', AT)

    (why,) = refused(ports, house)
    assert "courseops job approve waits" in why

    store.runs.settle("waits", Ending.REFUSED, AT)
    assert forget_person(ports, house, "ada").pseudonym


def test_one_that_died_after_the_passwords_were_forgotten_is_finished(ports, house, store, place):
    class Dying:
        def __getattr__(self, name):
            return getattr(store.people, name)

        def forget(self, *_):
            raise UnreachableError("the database went away")

    ports.first.keep("py", [FirstPassword(username="ada", password="x" * 9)])
    with pytest.raises(UnreachableError):
        forget_person(replace(ports, records=Dying()), house, "ada")
    assert ("accounts", "username") in naming(place, "ada")

    done = forget_person(ports, house, "ada")

    assert ("accounts", "username") not in naming(place, "ada")
    assert done.pseudonym


@pytest.mark.parametrize("is_only_hub", [True, False])
def test_a_course_that_is_configured_no_more_counts_where_it_is_sure(ports, store, is_only_hub):
    for course_id, person_id in (("old", "id-ada"), ("other", "another-ada")):
        person = Person(id=person_id, username="ada")
        store.enrolments.enrol(course_id, [Enrolment(person=person)], AT)

    whom, notes = someone(replace(ports, is_only_hub=is_only_hub), "ada")

    assert whom.courses == (("py", "old", "other") if is_only_hub else ("py", "old"))
    assert ("another-ada" in whom.person_ids) == is_only_hub
    # Two ids of one name are a doubt; so is a course of which nobody knows the hub.
    assert len(notes) == 1


def test_a_course_of_another_hub_is_none_of_theirs(ports, store):
    person = Person(id="id-ada", username="ada")
    store.enrolments.enrol("physics", [Enrolment(person=person)], AT)

    whom, _ = someone(replace(ports, others=("physics",)), "ada")

    assert whom.courses == ("py",)
