"""Several sources, one class: nobody lost, nobody twice, and who lists whom."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseops.errors import CourseOpsError
from courseops.model.roster import Enrolment, Person, Role, Roster, SourceSize
from courseops.model.rosters.union import in_section, unite


def enrolment(username, *, role=Role.LEARNER, section="", **person):
    return Enrolment(
        person=Person(**{"id": username, "username": username, **person}),
        role=role,
        section=section,
    )


def roster(*enrolments, source="a file", warnings=()):
    return Roster(
        course_id="py", source=source, enrolments=tuple(enrolments), warnings=tuple(warnings)
    )


def united(**rosters):
    return unite("py", list(rosters.items()))


def problems(**rosters):
    with pytest.raises(CourseOpsError, match="nothing was changed") as refusal:
        united(**rosters)
    assert "identities" in refusal.value.hint
    return refusal.value.problems


def test_whom_any_source_lists_is_in_the_class_with_who_lists_them():
    both = united(
        a=roster(enrolment("ada"), enrolment("bob")), b=roster(enrolment("cyd"), enrolment("ada"))
    )
    listed = {e.person.username: e.sources for e in both.enrolments}
    assert listed == {"ada": ("a", "b"), "bob": ("a",), "cyd": ("b",)}
    assert both.sizes == (SourceSize(source="a", people=2), SourceSize(source="b", people=2))
    assert both.source == "a: a file + b: a file, together 3 people"


def test_one_source_is_told_as_it_is_with_its_size_and_name():
    one = united(a=roster(enrolment("ada"), source="a.csv (utf-8)", warnings=["line 3: odd"]))
    assert (one.source, one.warnings) == ("a.csv (utf-8)", ("line 3: odd",))
    assert one.sizes == (SourceSize(source="a", people=1),)
    assert one.enrolments[0].sources == ("a",)


def test_the_first_source_says_who_somebody_is_and_the_others_fill_the_gaps():
    first = enrolment("ada", id="1", family_name="Ada Lovelace")
    second = enrolment(
        "ada",
        id="2",
        given_name="A",
        family_name="Lovelace",
        email="a@x",
        gradebook_id="g",
        lms_id="m",
    )
    person = united(a=roster(first), b=roster(second)).enrolments[0].person
    assert person == Person(
        id="1", username="ada", family_name="Ada Lovelace", email="a@x", gradebook_id="g",
        lms_id="m",
    )  # fmt: skip


def test_the_role_that_may_do_more_counts_with_a_warning():
    both = united(
        a=roster(enrolment("ada"), warnings=["odd"]),
        b=roster(enrolment("ada", role=Role.ASSISTANT)),
    )
    assert both.enrolments[0].role is Role.ASSISTANT
    assert both.warnings == ("a: odd", "ada is learner in a, assistant in b; assistant counts")


def test_sections_are_joined_in_order_and_each_once():
    both = united(
        a=roster(enrolment("ada", section="C, A")), b=roster(enrolment("ada", section="A, B"))
    )
    assert both.enrolments[0].section == "A, B, C"


def test_a_sources_own_section_is_for_whom_it_gives_none():
    given_one = in_section(roster(enrolment("ada"), enrolment("bob", section="X")), "A")
    assert [e.section for e in given_one.enrolments] == ["A", "X"]


def test_one_username_for_two_people_means_no_roster():
    told = problems(
        a=roster(enrolment("mm", family_name="Martin", email="m@x")),
        b=roster(enrolment("mm")),
        c=roster(enrolment("mm", family_name="Morel", email="m@y", given_name="Mia")),
    )
    assert told == ("mm is Martin <m@x> in a, but Mia Morel <m@y> in c",)


@pytest.mark.parametrize(
    "other",
    [
        {"family_name": "LEFEVRE", "email": "private@x"},
        {"family_name": "Dupont", "email": "Z@X"},
        {"family_name": "", "email": "private@x"},
    ],
)
def test_a_new_name_or_another_address_alone_are_no_second_person(other):
    zoe = enrolment("zoe", family_name="Lefèvre", email="z@x")
    assert len(united(a=roster(zoe), b=roster(enrolment("zoe", **other))).enrolments) == 1


def test_one_address_under_two_usernames_means_no_roster_wherever_it_stands():
    told = problems(
        a=roster(enrolment("ada", email="a@x"), enrolment("bob", email="b@x")),
        b=roster(enrolment("ada", email="other@x"), enrolment("lovelace", email="A@X")),
        c=roster(enrolment("cyd", email="OTHER@x")),
    )
    assert told == (
        "lovelace (b) has the e-mail address A@X of ada (a, b)",
        "cyd (c) has the e-mail address OTHER@x of ada (a, b)",
    )


def test_one_number_or_gradebook_name_for_two_people_means_no_roster():
    assert "has the number 7 of ada" in problems(
        a=roster(enrolment("ada", id="7")), b=roster(enrolment("bob", id="7"))
    )[0]  # fmt: skip
    assert "has the gradebook name ada of ada" in problems(
        a=roster(enrolment("ada")), b=roster(enrolment("bob", gradebook_id="ada"))
    )[0]  # fmt: skip


def test_two_systems_may_number_people_each_in_its_own_way():
    both = united(
        a=roster(enrolment("ada", id="5"), enrolment("bob", id="7")),
        b=roster(enrolment("ada", id="7")),
    )
    assert {e.person.username: e.person.id for e in both.enrolments} == {"ada": "5", "bob": "7"}


USERNAMES = st.sampled_from(["ada", "bob", "cyd", "eve", "fay", "gus"])
ENROLMENTS = st.builds(
    lambda username, role, section, family_name: enrolment(
        username, role=role, section=section, family_name=family_name, email=f"{username}@x"
    ),
    USERNAMES,
    st.sampled_from(Role),
    st.sampled_from(["", "A", "B", "B, A"]),
    st.sampled_from(["", "Lefèvre"]),
)
ROSTERS = st.lists(ENROLMENTS, max_size=6, unique_by=lambda e: e.person.username).map(
    lambda enrolments: roster(*enrolments)
)
SOURCES = st.lists(ROSTERS, min_size=1, max_size=4).map(
    lambda rosters: [(f"s{n}", one) for n, one in enumerate(rosters)]
)


def everyone(found):
    return {e.person.username: (e, e.sources) for e in found.enrolments}


@given(SOURCES)
def test_nobody_is_lost_and_nobody_is_there_twice(sources):
    names = [e.person.username for e in unite("py", sources).enrolments]
    assert len(set(names)) == len(names)
    assert set(names) == {e.person.username for _, one in sources for e in one.enrolments}


@given(SOURCES, st.randoms(use_true_random=False))
def test_the_order_within_a_source_does_not_matter(sources, chance: random.Random):
    shuffled = [
        (name, replace(one, enrolments=tuple(chance.sample(one.enrolments, len(one.enrolments)))))
        for name, one in sources
    ]
    assert everyone(unite("py", shuffled)) == everyone(unite("py", sources))


@given(ROSTERS)
def test_a_source_united_with_itself_gives_the_same_people(one):
    once, twice = unite("py", [("a", one)]), unite("py", [("a", one), ("b", one)])
    assert once.enrolments == twice.enrolments  # `sources` do not count in a comparison


@given(SOURCES)
def test_everybody_is_of_the_sources_that_list_them_in_their_order(sources):
    for e in unite("py", sources).enrolments:
        listing = [
            name
            for name, one in sources
            if e.person.username in {x.person.username for x in one.enrolments}
        ]
        assert list(e.sources) == listing


@given(SOURCES, USERNAMES)
def test_two_people_by_one_name_are_never_made_one(sources, username):
    impostor = enrolment(username, family_name="Impostor", email="other@x")
    is_known = any(
        e.person.username == username and e.person.family_name
        for _, one in sources
        for e in one.enrolments
    )
    if is_known:
        with pytest.raises(CourseOpsError):
            unite("py", [*sources, ("other", roster(impostor))])
