"""Who is who: lists of identities, and what only one person may have."""

from courseops.model.roster import Person
from courseops.model.rosters.identity import Claims, Identity, Naming
from courseops.model.rosters.usernames import UsernameRule

ADA = Person(id="U-1", username="Ada.Lovelace", given_name="Ada", family_name="Lovelace")


def naming(*identities, rule=None, alone=False):
    return Naming(rule or UsernameRule(), identities, alone=alone)


def test_the_list_goes_before_what_the_source_says_where_it_says_something():
    person = Person(id="U-1", username="x", gradebook_id="g0", lms_id="m0")
    named = naming(Identity(id="u-1", username="ADA", lms_id="m1")).named(person)
    assert (named.username, named.gradebook_id, named.lms_id) == ("ada", "g0", "m1")
    assert named.id == "U-1"


def test_who_is_not_in_the_list_keeps_the_name_of_their_source():
    assert naming(Identity(id="u-2", username="bob")).named(ADA).username == "ada.lovelace"


def test_a_list_alone_leaves_those_without_a_name_whom_it_does_not_name():
    only = naming(Identity(id="u-2", username="bob"), Identity(id="u-1", lms_id="m"), alone=True)
    fault = only.fault_of(only.named(ADA))
    assert fault == "U-1 (Ada Lovelace) has no username in the list of identities"
    assert not only.is_listed(ADA)


def test_the_hubs_map_and_pattern_are_for_listed_names_too():
    rule = UsernameRule(pattern="[0-9]", renamed={"ada": "lovelace"})
    named = naming(Identity(id="U-1", username="ada"), rule=rule).named(ADA)
    assert named.username == "lovelace"
    fault = naming(rule=rule).fault_of(named)
    assert fault == "'lovelace' (Ada Lovelace) is refused by the hub's username_pattern [0-9]"


def clashes(*people):
    claims = Claims()
    return [clash for person in people for clash in claims.of(person)]


def test_nobody_has_what_is_somebody_elses():
    one = Person(id="1", username="ada", email="A@x", gradebook_id="g", lms_id="m")
    assert clashes(one, Person(id="1", username="bob")) == [("number 1", "ada")]
    assert clashes(one, Person(id="2", username="bob", email="a@X")) == [
        ("e-mail address a@X", "ada")
    ]
    assert clashes(one, Person(id="2", username="g")) == [("gradebook name g", "ada")]
    assert clashes(one, Person(id="2", username="bob", lms_id="m")) == [("LMS id m", "ada")]


def test_what_is_empty_belongs_to_nobody_and_nobody_clashes_with_themselves():
    assert clashes(Person(id="1", username="ada"), Person(id="2", username="bob")) == []
    assert clashes(ADA, ADA) == []
