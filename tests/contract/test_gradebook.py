"""What every gradebook promises the roster, asked of the memory one and of nbgrader's."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from courseops.adapters.memory.gradebook import MemoryGradebook
from courseops.adapters.nbgrader.course import NbgraderCourse
from courseops.model.roster import Person
from courseops.model.run import Status
from courseops.ports.course import Gradebook

ADA = Person(
    id="17", username="ada", given_name="Ada", family_name="Lovelace, née Byron", email="a@x.org"
)
BOB = Person(id="18", username="bob+test")


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[NbgraderCourse, Path]]:
    folder = tmp_path_factory.mktemp("gradebook")
    with NbgraderCourse(course_id="python101", folder=folder) as course:
        course.preflight()
        shutil.copy(folder / "gradebook.db", folder / "empty.db")
        yield course, folder


@pytest.fixture(params=["memory", pytest.param("nbgrader", marks=pytest.mark.nbgrader)])
def gradebook(request: pytest.FixtureRequest) -> Gradebook:
    if request.param == "memory":
        return MemoryGradebook()
    course, folder = request.getfixturevalue("course")
    shutil.copy(folder / "empty.db", folder / "gradebook.db")
    gradebook: Gradebook = course.gradebook
    return gradebook


def test_it_begins_empty_adds_and_reads_back(gradebook: Gradebook) -> None:
    assert gradebook.students() == {}

    outcomes = gradebook.put_students([ADA, BOB])

    assert [(it.subject, it.status, it.kind) for it in outcomes] == [
        ("ada", Status.DONE, "added"),
        ("bob+test", Status.DONE, "added"),
    ]
    students = gradebook.students()
    assert students.keys() == {"ada", "bob+test"}
    assert students["ada"] == Person(
        id="ada",
        username="ada",
        given_name="Ada",
        family_name="Lovelace, née Byron",
        email="a@x.org",
    )
    assert students["bob+test"] == Person(id="bob+test", username="bob+test")


def test_names_are_brought_up_to_date_and_nobody_is_removed(gradebook: Gradebook) -> None:
    gradebook.put_students([ADA, BOB])
    married = Person(id="17", username="ada", given_name="Ada", family_name="King")

    kinds = [it.kind for it in gradebook.put_students([married])]

    assert kinds == ["updated"]
    students = gradebook.students()
    assert students["ada"].family_name == "King"
    assert students["ada"].email == ""
    assert "bob+test" in students
    assert [it.kind for it in gradebook.put_students([married, BOB])] == ["unchanged", "unchanged"]


def test_one_who_cannot_be_put_stops_nobody_else(gradebook: Gradebook) -> None:
    outcomes = gradebook.put_students([Person(id="0", username=""), ADA])

    assert [(it.status, it.kind) for it in outcomes] == [
        (Status.FAILED, "invalid-name"),
        (Status.DONE, "added"),
    ]
    assert gradebook.students().keys() == {"ada"}
