"""Strips in the order of a class list."""

from tests.support.handout import handout_of, strip


def order(*strips):
    return [s.username for part in handout_of(*strips).sections for s in part.strips]


def test_sections_are_counted_as_people_count_and_who_has_none_comes_last():
    sections = ["", "TD 10", "TD 2", "td 1"]
    made = handout_of(*(strip(f"u{n}", section=name) for n, name in enumerate(sections)))
    assert [part.section for part in made.sections] == ["td 1", "TD 2", "TD 10", ""]


def test_sections_that_only_look_alike_stay_apart():
    strips = [strip(f"u{n}", section="tdTD"[n % 2 * 2 :][:2]) for n in range(6)]
    assert [len(part.strips) for part in handout_of(*strips).sections] == [3, 3]


def test_family_names_are_in_the_order_of_a_dictionary_accents_and_all():
    names = ["Zola", "Étienne", "Œuvrard", "Eluard", "faure", "Olivier", "Nodier"]
    sorted_names = order(*(strip(name, family_name=name) for name in names))
    assert sorted_names == ["Eluard", "Étienne", "faure", "Nodier", "Œuvrard", "Olivier", "Zola"]


def test_those_of_one_family_go_by_their_given_names_and_seats_by_their_numbers():
    assert order(
        strip("b", family_name="Ali", given_name="Zoé"),
        strip("c", family_name="Ali", given_name="Ben"),
        strip("seat10"),
        strip("seat9"),
    ) == ["seat9", "seat10", "c", "b"]


def test_no_repr_shows_a_password():
    assert "pw-of-ada" not in repr(handout_of(strip("ada")))
