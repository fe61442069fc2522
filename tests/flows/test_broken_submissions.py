"""
Submissions that are broken, each in its own way, cost nobody else a grade.

The suite grades a small class; `COURSEOPS_FULL_CLASS=300` grades one of that many in its stead.
"""

import os

import pytest

from courseops.demo.coursework import ASSIGNMENT
from tests.support.fifteen_ways import COURSE, WAYS, hand_in, names, open_course

pytestmark = [pytest.mark.nbgrader, pytest.mark.timeout(900)]

CLASS = names(int(os.environ.get("COURSEOPS_FULL_CLASS", "30")))


def test_each_broken_one_is_named_and_all_others_are_graded(desk):
    step = len(CLASS) // len(WAYS)
    ways = dict(zip(CLASS[::step], WAYS, strict=False))
    assert set(ways.values()) == set(WAYS)
    folder = open_course(desk)
    hand_in(folder, CLASS, ways)

    graded = desk.run("assignment", "autograde", COURSE, ASSIGNMENT, "--json")

    assert graded.code == 3, graded.err
    told = {it["subject"]: it for it in graded.document["outcomes"]}
    failed = {who: it["kind"] for who, it in told.items() if it["status"] == "failed"}
    assert failed == ways
    assert all(told[who]["reason"] and told[who]["mend"] for who in ways)
    done = {who for who, it in told.items() if it["status"] == "done"}
    assert done == set(CLASS) - ways.keys()
    scored = {it.name for it in (folder / "autograded").iterdir()}
    assert scored == done
    listed = desk.run("assignment", "quarantine", COURSE, ASSIGNMENT, "--json").document
    assert {it["subject"]: it["kind"] for it in listed["outcomes"]} == ways
