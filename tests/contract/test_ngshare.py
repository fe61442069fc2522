"""What only the real ngshare can show: whom it knows, what it keeps, how it says no."""

import pytest

from courseops.adapters.collecting.ngshare import NgshareWork
from courseops.adapters.memory.collecting import MemorySink
from courseops.errors import CourseOpsError, RefusedError
from tests.support.collecting import COURSE
from tests.support.ngshare import TEACHER
from tests.support.work import BOUNDS

pytestmark = [pytest.mark.ngshare, pytest.mark.xdist_group("ngshare")]


def work(ngshare, who=TEACHER, **changes):
    values = {"url": ngshare.url, "course_id": COURSE, "bounds": BOUNDS}
    return NgshareWork(**{**values, "token": lambda: f"{who}-token", **changes})


def listed(source, name):
    return list(source.candidates(name, lambda _: None))


def taken(source, candidate, name):
    sink = MemorySink(BOUNDS)
    source.take(name, candidate, sink)
    return sink.contents


def test_every_submission_is_listed_and_each_gives_its_own_bytes(ngshare):
    first, second = {"hw1.ipynb": b'{"cells": []}\r\n\xff\0'}, {"data/père.csv": b"1;2\n", "e": b""}
    for files in (first, second):
        ngshare.hand_in("ada", "hw1", files)
    ngshare.hand_in("zoë+1", "hw1", {"hw1.ipynb": b"hers"})
    source = work(ngshare)

    found = listed(source, "hw1")

    assert [it.learner for it in found] == ["ada", "ada", "zoë+1"]
    assert [it.claimed_at for it in found] == sorted({it.claimed_at for it in found})
    assert [taken(source, it, "hw1") for it in found] == [first, second, {"hw1.ipynb": b"hers"}]
    assert listed(source, "hw2") == []


@pytest.mark.parametrize(
    ("who", "name", "said"),
    [
        ("nobody's to", "hw1", None),
        ("stranger", "hw1", "Permission denied"),
        ("ada", "hw1", "Permission denied"),
        (TEACHER, "hw9", "Assignment not found"),
    ],
)
def test_it_says_no_and_why(ngshare, who, name, said):
    source = work(ngshare, who) if said else work(ngshare, token=lambda: "hush")
    with pytest.raises(RefusedError, match=said or "does not know the token") as refused:
        listed(source, name)
    assert ("assignment" in refused.value.hint) is (name == "hw9")


def test_a_course_that_it_does_not_have_is_said(ngshare):
    with pytest.raises(RefusedError, match="Course not found"):
        listed(work(ngshare, course_id="python102"), "hw1")


def test_an_address_that_is_not_its_interface_is_said(ngshare):
    with pytest.raises(CourseOpsError, match="does not answer like ngshare") as failure:
        listed(work(ngshare, url=ngshare.url.removesuffix("/api")), "hw1")
    assert "/api" in failure.value.hint
