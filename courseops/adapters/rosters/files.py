"""Read a roster from a file: whatever a registrar or an LMS exports, recognised by what it is.

The whole roster or none: every bad row is reported at once, with its line and column, and
nothing is read by halves. What the exports look like is told in `formats`; columns that we do not
need (birth date, national number, password) are never kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from courseops.adapters.rosters.formats import FORMATS
from courseops.adapters.rosters.identities import IdentityFile
from courseops.adapters.rosters.opening import open_table
from courseops.adapters.rosters.rows import People
from courseops.adapters.rosters.tables import Table, UnusableError
from courseops.adapters.rosters.words import ROLES
from courseops.errors import CourseOpsError
from courseops.model.roster import Role, Roster, UsernameFrom
from courseops.model.rosters.identity import Naming
from courseops.model.rosters.usernames import UsernameRule
from courseops.model.words import plain


class FileRoster:
    """
    The roster of one course in one file.

    `rule` is the hub's for usernames, `identities` the school's own list of who is who;
    `configured_in` names the place in the configuration that hints lead to.
    """

    def __init__(
        self,
        path: Path,
        *,
        course_id: str,
        encoding: str = "",
        roles: Mapping[str, Role] | None = None,
        username_from: UsernameFrom = "username",
        rule: UsernameRule | None = None,
        identities: IdentityFile | None = None,
        configured_in: str = "",
    ) -> None:
        self._path = path
        self._course_id = course_id
        self._encoding = encoding
        self._roles = {**ROLES, **{plain(word): role for word, role in (roles or {}).items()}}
        self._username_from: UsernameFrom = username_from
        self._rule = rule or UsernameRule()
        self._identities = identities
        self._configured_in = configured_in or f"[courses.{course_id}.roster]"

    def read(self) -> Roster:
        """
        Read the whole file.

        Raises:
            CourseOpsError: the file cannot be read, has no usable header, or holds a bad row;
                `problems` lists every one.
        """
        identities = self._identities.read(self._rule) if self._identities else ()
        naming = Naming(self._rule, identities, alone=self._username_from == "identities")
        try:
            return self._roster(open_table(self._path, FORMATS, self._encoding), naming)
        except OSError as error:
            raise CourseOpsError(
                f"the roster {self._path} cannot be read: {error.strerror}",
                hint="export it again, or name another file with --csv FILE",
            ) from error
        except UnusableError as error:
            raise CourseOpsError(
                f"the roster {self._path} cannot be used; nothing was changed",
                problems=error.problems,
                hint=error.hint or "mend these rows in the file, or export it again",
            ) from error

    def _roster(self, table: Table, naming: Naming) -> Roster:
        people = People(
            table,
            configured_in=self._configured_in,
            roles=self._roles,
            username_from=self._username_from,
            naming=naming,
        )
        enrolments = people.enrolments()
        if people.problems:
            raise UnusableError(people.problems, hint=people.hint)
        read_as = ", ".join((*table.read_as, f"{len(enrolments)} people"))
        return Roster(
            course_id=self._course_id,
            source=f"{self._path.name} ({read_as})",
            enrolments=tuple(enrolments),
            warnings=tuple(people.warnings),
        )
