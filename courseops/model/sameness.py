"""Whether two descriptions are of one person, judged by what they say and not by their username.

A family shares a family name, and a school hands a free username on. So nobody is taken for
somebody else on a family name alone, and what two descriptions contradict is never smoothed over.
"""

from __future__ import annotations

from courseops.model.roster import Person
from courseops.model.words import plain


def are_one_person(one: Person, other: Person) -> bool:
    """
    Say whether two descriptions with different ids are surely of one person.

    They are where address or whole name agree. Where neither does, they are only if one of them
    was known by the username alone, and nothing speaks against it.
    """
    if _agree(one, other):
        return True
    is_bare = _is_bare(one) or _is_bare(other)
    return is_bare and not _have_addresses(one, other) and not are_two_people(one, other)


def are_two_people(one: Person, other: Person) -> bool:
    """
    Say whether two descriptions contradict each other.

    They do where address and whole name differ, or, of people with one address between them,
    where no word of the names is the same: one school writes Bob, the other Robert.
    """
    if _agree(one, other) or not (_name(one) and _name(other)):
        return False
    return _have_addresses(one, other) or not set(_name(one)) & set(_name(other))


def _agree(one: Person, other: Person) -> bool:
    same_address = bool(one.email) and plain(one.email) == plain(other.email)
    return same_address or (bool(_name(one)) and _name(one) == _name(other))


def _have_addresses(one: Person, other: Person) -> bool:
    return bool(one.email and other.email)


def _name(person: Person) -> tuple[str, ...]:
    """Give the words of a name, whatever their order: some sources write both names as one."""
    return tuple(sorted(plain(f"{person.given_name} {person.family_name}").split()))


def _is_bare(person: Person) -> bool:
    return person.id in {person.username, adopted_id(person.username)}


def adopted_id(username: str) -> str:
    """Give the id of somebody who was found on the hub, and whom no source has described."""
    return f"hub:{username}"
