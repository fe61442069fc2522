"""What every table is made of: one list of them all, and the usual columns."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, MetaData

from courseops.adapters.store.columns import AnyText, FileName

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)


def words(name: str, *, key: bool = False, unique: bool = False) -> Column[str]:
    """Make a column for text that may hold anything."""
    return Column(name, AnyText, nullable=False, primary_key=key, unique=unique)


def name(name: str, *, key: bool = False) -> Column[str]:
    """Make a column for a name or path of a file, whatever its bytes."""
    return Column(name, FileName, nullable=False, primary_key=key)


def count(name: str, *, key: bool = False) -> Column[int]:
    """Make a column for a number that may be large."""
    return Column(name, BigInteger, nullable=False, primary_key=key)


def run_id() -> Column[str]:
    """Make the column that says to which run a row belongs."""
    return Column("run_id", AnyText, ForeignKey("runs.id"), nullable=False, index=True)
