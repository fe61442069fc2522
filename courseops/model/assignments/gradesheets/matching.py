"""Find whose row of an exported file it is, by all that the row tells of a person."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from courseops.model.assignments.gradesheets.order import Entry, Order, SheetError
from courseops.model.assignments.gradesheets.raw import RawRow, RawTable
from courseops.model.roster import Person
from courseops.model.run import Outcome


@dataclass(frozen=True)
class Column:
    """A column that tells who somebody is; `kinds` are what of a person it may hold."""

    number: int
    kinds: tuple[str, ...]


_OF_PERSON: Mapping[str, Callable[[Person], str]] = {
    "username": lambda person: person.username.casefold(),
    "email": lambda person: person.email.casefold(),
    "id": lambda person: person.id,
    "lms_id": lambda person: person.lms_id,
    "gradebook_id": lambda person: person.student_id,
}
_FOLDED = {"username", "email"}


@dataclass(frozen=True)
class Matched:
    """Which row of a file is whose, and who could not be found one way or the other."""

    rows: Mapping[int, Entry]
    left_out: tuple[Outcome, ...]
    warnings: tuple[str, ...] = ()


def match(table: RawTable, rows: Sequence[int], columns: Sequence[Column], order: Order) -> Matched:
    """
    Find the row of each entry.

    All that a row tells must speak of one person: a row whose username is one learner's and
    whose e-mail is another's is nobody's. Nobody is ever found by name.

    Raises:
        SheetError: the file has no column that tells who is who.
    """
    columns = [column for column in columns if column.number >= 0]
    if not columns:
        raise SheetError(
            "the template has no column that tells whose row it is",
            "let the platform export usernames, ID numbers or e-mail addresses with it",
        )
    entries = order.entries
    index = _index([*(entry.person for entry in entries), *order.known])
    found: dict[int, Entry] = {}
    left_out: list[Outcome] = []
    for number in rows:
        those = _whose(table.rows[number], columns, index)
        place = next(iter(those)) if those is not None and len(those) == 1 else None
        if place is None:
            left_out.append(_unmatched(table.rows[number], columns, those))
        elif place < len(entries):
            found[number] = entries[place]
    return _without_doubles(found, left_out, entries, table, columns)


def _index(people: Sequence[Person]) -> dict[tuple[str, str], set[int]]:
    index: dict[tuple[str, str], set[int]] = {}
    for place, person in enumerate(people):
        for kind, of in _OF_PERSON.items():
            if value := of(person):
                index.setdefault((kind, value), set()).add(place)
    return index


def _whose(
    row: RawRow, columns: Iterable[Column], index: Mapping[tuple[str, str], set[int]]
) -> set[int] | None:
    """Give the entries that all known cells of a row agree on; None if no cell is known."""
    agreed: set[int] | None = None
    for column in columns:
        value = row.value(column.number).strip()
        hits: set[int] = set()
        for kind in column.kinds:
            hits |= index.get((kind, value.casefold() if kind in _FOLDED else value), set())
        if hits:
            agreed = hits if agreed is None else agreed & hits
    return agreed


def _unmatched(row: RawRow, columns: Sequence[Column], those: set[int] | None) -> Outcome:
    called = called_in(row, columns)
    if those is None:
        return Outcome.skipped(
            called, "is in the template, but not in the course here", kind="stranger"
        )
    return Outcome.skipped(
        called,
        "the row could be of several learners, or its columns speak of different ones",
        kind="ambiguous",
        mend="compare the platform's username, ID number and e-mail with the class list",
    )


def called_in(row: RawRow, columns: Sequence[Column]) -> str:
    """Name a row of a file for a person."""
    values = (row.value(column.number).strip() for column in columns)
    return next((value for value in values if value), "a row without a name")


def _without_doubles(
    found: dict[int, Entry],
    left_out: list[Outcome],
    entries: Sequence[Entry],
    table: RawTable,
    columns: Sequence[Column],
) -> Matched:
    rows_of: dict[str, list[int]] = {}
    for number, entry in found.items():
        rows_of.setdefault(entry.person.username, []).append(number)
    for who, numbers in rows_of.items():
        if len(numbers) > 1:
            reason = f"has {len(numbers)} rows in the template"
            left_out.append(Outcome.skipped(who, reason, kind="ambiguous"))
            for number in numbers:
                del found[number]
    left_out.extend(
        Outcome.skipped(
            entry.person.username,
            "is not in the template",
            kind="not-on-platform",
            mend="enrol them on the platform, and export the template again",
        )
        for entry in entries
        if entry.person.username not in rows_of
    )
    return Matched(found, tuple(left_out), tuple(_doubts(found, table, columns)))


def _doubts(
    found: Mapping[int, Entry], table: RawTable, columns: Sequence[Column]
) -> Iterable[str]:
    emails = [column.number for column in columns if column.kinds == ("email",)]
    for number, entry in found.items():
        there = next((table.rows[number].value(it).strip() for it in emails), "")
        ours = entry.person.email
        if there and ours and there.casefold() != ours.casefold():
            yield f"{entry.person.username}: the platform has {there}, our record {ours}"
