"""What every way to tell people promises: memory, a real mail server, a real web address."""

import pytest

from courseops.adapters.memory.notices import MemoryNotifier
from courseops.adapters.notices.several import SeveralNotifiers
from courseops.errors import CourseOpsError, UnreachableError
from tests.support.notices import held


def test_what_waits_why_and_what_to_say_arrives(post):
    post.notifier().tell(held())
    (told,) = post.told()
    for said in (
        "python101",
        "40 of 60 people would be dropped",
        "among them Zoé",
        "courseops job approve 20260302-0900-abcdef",
    ):
        assert said in told


def test_each_notice_is_told_once(post):
    notifier = post.notifier()
    notifier.tell(held())
    notifier.tell(held(reasons=("another",)))
    assert ["another" in told for told in post.told()] == [False, True]


def test_nobody_there_is_an_error_never_silence(post):
    with pytest.raises(UnreachableError):
        post.stopped().tell(held())


def test_several_are_all_told(post):
    double = MemoryNotifier()
    SeveralNotifiers({"one": post.notifier(), "other": double}).tell(held())
    assert len(post.told()) == len(double.told) == 1


@pytest.mark.parametrize("broken_first", [True, False])
def test_one_that_fails_does_not_stop_the_others_and_is_named(post, broken_first):
    ways = {"pager": MemoryNotifier(reachable=False), "other": post.notifier()}
    if not broken_first:
        ways = dict(reversed(ways.items()))
    with pytest.raises(CourseOpsError, match=r"told about course/python101: pager: .* not answer$"):
        SeveralNotifiers(ways).tell(held())
    assert len(post.told()) == 1


def test_where_nobody_is_to_be_told_nothing_fails():
    SeveralNotifiers({}).tell(held())
