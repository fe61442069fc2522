"""Where a pushed assignment goes, and what each learner is said to have got."""

import pytest

from courseops.errors import RefusedError
from courseops.model.assignments.push import Pushed, folder_for, outcome_of


def test_the_folder_is_as_the_template_says():
    assert folder_for("{course}/{assignment}", "python101", "hw1") == "python101/hw1"
    assert folder_for("homework/{assignment}", "python101", "hw 1") == "homework/hw 1"


@pytest.mark.parametrize("template", ["{user}", "{0}", "{", "{assignment.x.y}"])
def test_other_braces_are_an_error(template):
    with pytest.raises(ValueError, match="no other braces"):
        folder_for(template, "python101", "hw1")


@pytest.mark.parametrize("template", ["/etc/{assignment}", "../{assignment}", "", "a//b"])
def test_a_folder_outside_the_home_is_refused(template):
    with pytest.raises(RefusedError):
        folder_for(template, "python101", "hw1")


def test_many_files_that_differ_are_counted():
    pushed = Pushed(username="ada", differ=("a", "b", "c", "d", "e"))

    told = outcome_of(pushed, previewed=False)

    assert told.reason == "nothing is missing; a, b, c and 2 more differ, left alone"


def test_a_link_in_the_way_has_its_mend():
    told = outcome_of(Pushed(username="ada", problem="'x': is a link", kind="link"), previewed=True)

    assert (told.status, told.mend) == ("failed", "ask them to rename what is in the way")
