"""What persons' rights need from outside: keys of pseudonyms, and our records of one person."""

from __future__ import annotations

from typing import Protocol

from courseops.model.people.pseudonym import TermKey


class PseudonymKeys(Protocol):
    """The secret key of each term."""

    def key(self, term: str) -> bytes:
        """
        Give the key of a term; the first time, it is made.

        Raises:
            CourseOpsError: it cannot be read or kept, or others may read it.
        """
        ...

    def known(self) -> list[TermKey]:
        """Say which terms have a key, by their names."""
        ...

    def destroy(self, term: str) -> bool:
        """
        Destroy the key of a term, for good; False if there is none.

        Raises:
            CourseOpsError: it is still there.
        """
        ...
