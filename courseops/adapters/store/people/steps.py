"""The steps by which somebody is forgotten: each can count what it would change, and change it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Table,
    and_,
    delete,
    func,
    literal,
    select,
    update,
)

from courseops.adapters.store.people.places import is_below, of_plans
from courseops.adapters.store.tables import plans, unread_paths
from courseops.model.people.fate import Fate
from courseops.model.people.mention import entries_naming, is_named, reworded, taken_out
from courseops.model.people.whom import Whom


class Step(Protocol):
    """One kind of records, and what becomes of them."""

    @property
    def what(self) -> str:
        """Say what they are."""
        ...

    @property
    def fate(self) -> Fate:
        """Say what becomes of them."""
        ...

    @property
    def why(self) -> str:
        """Say why they stay."""
        ...

    @property
    def mend(self) -> str:
        """Say what would remove them."""
        ...

    def count(self, connection: Connection) -> int:
        """Count them."""
        ...

    def carry_out(self, connection: Connection, pseudonym: str) -> None:
        """Change them."""
        ...


@dataclass(frozen=True)
class _OnRows:
    """A step on the rows of a table."""

    table: Table
    whose: ColumnElement[bool]
    what: str
    why: str = ""
    mend: str = ""

    def count(self, connection: Connection) -> int:
        """Count them."""
        counted = select(func.count()).select_from(self.table).where(self.whose)
        number: int = connection.execute(counted).scalar_one()
        return number


@dataclass(frozen=True)
class Keeping(_OnRows):
    """Leave rows as they are."""

    fate: Fate = Fate.STAYS

    def carry_out(self, connection: Connection, pseudonym: str) -> None:
        """Change nothing."""


@dataclass(frozen=True)
class Erasing(_OnRows):
    """Remove rows."""

    fate: Fate = Fate.ERASED

    def carry_out(self, connection: Connection, pseudonym: str) -> None:  # noqa: ARG002 -- as all steps
        """Remove them."""
        connection.execute(delete(self.table).where(self.whose))


class Renaming:
    """Put the pseudonym into the columns `named`, and nothing into those `emptied`."""

    fate = Fate.RENAMED
    why = ""
    mend = ""

    def __init__(
        self,
        table: Table,
        whose: ColumnElement[bool],
        what: str,
        named: Sequence[str],
        emptied: Sequence[str] = (),
        counted: Sequence[tuple[Table, ColumnElement[bool]]] = (),
    ) -> None:
        self.what = what
        self._rows = _OnRows(table, whose, what)
        self._counted = [_OnRows(*it, what) for it in counted] or [self._rows]
        self._named = named
        self._emptied = emptied

    def count(self, connection: Connection) -> int:
        """Count them, or what hangs on them."""
        return sum(it.count(connection) for it in self._counted)

    def carry_out(self, connection: Connection, pseudonym: str) -> None:
        """Rename them."""
        values = dict.fromkeys(self._named, pseudonym) | dict.fromkeys(self._emptied, "")
        connection.execute(update(self._rows.table).where(self._rows.whose).values(values))


class Rewording:
    """Put the pseudonym into sentences, wherever one of `names` stands as a word of its own."""

    fate = Fate.RENAMED
    why = ""
    mend = ""

    def __init__(
        self,
        table: Table,
        whose: ColumnElement[bool],
        what: str,
        columns: Sequence[str],
        names: Collection[str],
    ) -> None:
        self.what = what
        self._table = table
        self._whose = whose
        self._columns = columns
        self._names = names

    def count(self, connection: Connection) -> int:
        """Count them."""
        return sum(1 for _ in self._named(connection))

    def carry_out(self, connection: Connection, pseudonym: str) -> None:
        """Reword them."""
        for row in list(self._named(connection)):
            said = {it: reworded(row[it], self._names, pseudonym) for it in self._columns}
            connection.execute(update(self._table).where(_is(self._table, row)).values(said))

    def _named(self, connection: Connection) -> Iterator[RowMapping]:
        spoken = [self._table.c[it] for it in self._columns]
        # A database knows no words: what has the letters is looked at here.
        maybe = self._contain(spoken)
        wanted = select(*self._table.primary_key, *spoken).where(self._whose, maybe)
        for row in connection.execute(wanted).mappings():
            if any(is_named(row[it], self._names) for it in self._columns):
                yield row

    def _contain(self, spoken: Sequence[Any]) -> ColumnElement[bool]:
        some = literal(False)
        for column in spoken:
            for name in self._names:
                some |= column.contains(name, autoescape=True)
        return some


class Replanning:
    """Take somebody out of kept plans; one about them alone goes."""

    what = "their lines in plans"
    fate = Fate.ERASED
    why = ""
    mend = ""

    def __init__(self, whom: Whom) -> None:
        self._whom = whom

    def count(self, connection: Connection) -> int:
        """Count them."""
        return sum(1 for _ in self._listing(connection))

    def carry_out(self, connection: Connection, pseudonym: str) -> None:
        """Take them out."""
        for row in list(self._listing(connection)):
            if self._is_theirs(row):
                connection.execute(delete(plans).where(_is(plans, row)))
                continue
            left = taken_out(row["document"], self._whom.listed_as, pseudonym)
            connection.execute(update(plans).where(_is(plans, row)).values(document=left))

    def _listing(self, connection: Connection) -> Iterator[RowMapping]:
        for row in connection.execute(select(plans).where(of_plans(self._whom))).mappings():
            if self._is_theirs(row) or entries_naming(row["document"], self._whom.listed_as):
                yield row

    def _is_theirs(self, row: RowMapping) -> bool:
        return row["scope"] in self._whom.plan_scopes


def below(connection: Connection, whom: Whom) -> ColumnElement[bool]:
    """Find the paths in their home that a backup could not read."""
    rows = unread_paths.c
    known = connection.execute(select(rows.path).where(rows.hub == whom.hub)).scalars()
    theirs = [path for path in known if is_below(path, whom.volume)]
    return (rows.hub == whom.hub) & rows.path.in_(theirs)


def _is(table: Table, row: RowMapping) -> ColumnElement[bool]:
    return and_(*(column == row[column.name] for column in table.primary_key))
