"""Grading by hand is shared out fairly, and whoever has begun keeps what they have."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from courseops.model.assignments.balance import Assistant, Balance, Piece, balance

PIECES = st.dictionaries(st.text("abcdef", min_size=1, max_size=4), st.integers(1, 30), max_size=30)
NAMES = st.sets(st.text("uvwxyz", min_size=1, max_size=3), min_size=1, max_size=6)


def pieces_of(work: dict[str, int]) -> list[Piece]:
    return [Piece(learner=learner, cells=cells) for learner, cells in work.items()]


def whose(shared: Balance) -> dict[str, str]:
    return {piece.learner: it.assistant for it in shared.shares for piece in it.pieces}


def of(names: set[str]) -> list[Assistant]:
    return [Assistant(username=name) for name in names]


@given(PIECES, NAMES)
def test_nothing_is_lost_and_nobody_has_more_by_more_than_one_piece(
    work: dict[str, int], names: set[str]
) -> None:
    shared = balance(pieces_of(work), of(names))
    loads = [it.cells for it in shared.shares]

    assert whose(shared).keys() == work.keys()
    assert sum(loads) == sum(work.values())
    assert max(loads) - min(loads) <= max(work.values(), default=0)
    assert len(loads) == len(names)


@given(PIECES, PIECES, NAMES)
def test_whoever_has_somebodys_work_keeps_it_when_more_comes(
    first: dict[str, int], more: dict[str, int], names: set[str]
) -> None:
    before = whose(balance(pieces_of(first), of(names)))
    after = whose(balance(pieces_of(more | first), of(names), had=before))

    assert {learner: after[learner] for learner in first} == before


@given(PIECES, NAMES)
def test_the_order_of_the_question_does_not_matter(work: dict[str, int], names: set[str]) -> None:
    there = balance(pieces_of(work), of(names))

    assert balance(reversed(pieces_of(work)), sorted(of(names), key=str)) == there


def test_nobody_grades_their_own_even_if_they_once_had_it() -> None:
    own = Piece(learner="tia", cells=5)
    shared = balance([own, Piece(learner="bob")], of({"tia", "udo"}), had={"tia": "tia"})

    assert whose(shared)["tia"] == "udo"
    assert balance([own], of({"tia"})).nobodys == (own,)


def test_whose_assistant_has_gone_goes_to_another() -> None:
    assert whose(balance([Piece(learner="ada")], of({"udo"}), had={"ada": "old"})) == {"ada": "udo"}


def test_by_section_each_has_their_own_as_far_as_there_is_somebody() -> None:
    pieces = [
        Piece(learner="a1", cells=9, sections=frozenset({"A"})),
        Piece(learner="a2", cells=9, sections=frozenset({"A", "B"})),
        Piece(learner="c1", cells=1, sections=frozenset({"C"})),
    ]
    assistants = [
        Assistant(username="udo", sections=frozenset({"A"})),
        Assistant(username="viv", sections=frozenset({"D"})),
    ]
    by_section = whose(balance(pieces, assistants, by_section=True))

    assert by_section == {"a1": "udo", "a2": "udo", "c1": "viv"}
    assert whose(balance(pieces, assistants))["a2"] == "viv"
