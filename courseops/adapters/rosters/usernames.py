"""How usernames are had from an export, many of which have none."""

from __future__ import annotations

from collections.abc import Mapping

from courseops.adapters.rosters.formats import Cells, Meaning
from courseops.adapters.rosters.tables import Table, UnusableError
from courseops.model.roster import UsernameFrom

# By what columns a choice may be served, the best first.
_COLUMNS: Mapping[UsernameFrom, tuple[Meaning, ...]] = {
    "username": (Meaning.USERNAME,),
    "email-name": (Meaning.EMAIL,),
    "email": (Meaning.EMAIL,),
    "id": (Meaning.ID,),
    # By what the list of identities knows people, where the export has no numbers.
    "identities": (Meaning.ID, Meaning.EMAIL, Meaning.USERNAME),
}
_ABOUT: Mapping[UsernameFrom, str] = {
    "username": "the column of usernames",
    "email-name": "the part of the e-mail address before the @",
    "email": "the whole e-mail address",
    "id": "the student number",
}
# A gradebook may have hundreds.
_SHOWN_COLUMNS = 20


def column_of_usernames(
    columns: Mapping[Meaning, int], table: Table, username_from: UsernameFrom, *, configured_in: str
) -> Meaning:
    """
    Give the column that usernames are had from.

    Raises:
        UnusableError: the export has no such column; the hint says what to configure instead.
    """
    wanted = _COLUMNS[username_from]
    for column in wanted:
        if column in columns:
            return column
    line, header = table.header
    missing = {
        Meaning.USERNAME: "usernames",
        Meaning.EMAIL: "e-mail addresses",
        Meaning.ID: "student numbers",
    }[wanted[0]]
    words = [word for word in header if word]
    there = ", ".join(words[:_SHOWN_COLUMNS]) + (", …" if len(words) > _SHOWN_COLUMNS else "")
    choices = [choice for choice in _ABOUT if _COLUMNS[choice][0] in columns]
    raise UnusableError(
        [f"{table.place}line {line}: no column holds {missing}; the columns are: {there}"],
        hint=_hint(choices, configured_in),
    )


def username_in(cells: Cells, username_from: UsernameFrom, column: Meaning) -> str:
    """Give the username that a row stands for by itself."""
    value = cells[column]
    return value.partition("@")[0] if username_from == "email-name" else value


def _hint(choices: list[UsernameFrom], configured_in: str) -> str:
    added = "add a column named username (or Identifiant) with each learner's hub name"
    if not choices:
        return added
    told = "; ".join(f'"{choice}" is {_ABOUT[choice]}' for choice in choices)
    return (
        f"say what usernames are had from, for example in {configured_in}: "
        f'username_from = "{choices[0]}" ({told}); or {added}'
    )
