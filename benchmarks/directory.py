"""A real OpenLDAP to measure on, and ldapsearch beside it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from school import COMMAND, Ran, run

from courseops.config.writing import config_text
from tests.support.slapd import (
    PASSWORD,
    PEOPLE,
    SERVICE,
    SUFFIX,
    Slapd,
    person,
    running_slapd,
    unit,
)

COURSE = "py101"
FILTER = "(eduPersonAffiliation=student)"
# What a roster is made of, so that both carry the same load.
ATTRIBUTES = ("uid", "entryUUID", "givenName", "sn", "mail", "objectClass")
_AT_ONCE = 1000


class Directory:
    """A server full of people, asked by ldapsearch and by us."""

    def __init__(self, server: Slapd, folder: Path) -> None:
        self._server = server
        self._config = folder / "config.toml"
        self._password = folder / "ldap.password"
        self._password.touch(mode=0o600)
        self._password.write_text(PASSWORD)
        ldap = {
            "url": server.url,
            "bind_dn": SERVICE,
            "password": {"file": str(self._password)},
            "base": PEOPLE,
            "learners": {"filter": FILTER},
            "ca_file": str(server.ca_file),
        }
        hub = {"url": "http://127.0.0.1:1", "token": {"file": str(self._password)}}
        course = {"hub": "campus", "roster": {"ldap": ldap}}
        self._config.write_text(config_text({}, {"campus": hub}, {COURSE: course}))

    def ldapsearch(self) -> Ran:
        """Let ldapsearch read everybody, page by page over StartTLS."""
        line = ("-ZZ", "-x", "-H", self._server.url, "-D", SERVICE, "-y", str(self._password))
        question = ("-LLL", "-E", "pr=500/noprompt", "-b", PEOPLE, FILTER, *ATTRIBUTES)
        return run(["ldapsearch", *line, *question], LDAPTLS_CACERT=str(self._server.ca_file))

    def read(self) -> tuple[int, float]:
        """Read the roster in this process; give how many people it has, and the seconds."""
        began = time.monotonic()
        people = self._server.source().read().enrolments
        return len(people), time.monotonic() - began

    def show(self) -> Ran:
        """Run the command that reads the roster and prints it."""
        return run([*COMMAND, "roster", "show", COURSE, "--json", "--config", str(self._config)])


@contextmanager
def directory(people: int, folder: Path) -> Iterator[Directory]:
    """Run a server with so many people in it."""
    with running_slapd(_insist) as server:
        classes = ["dcObject", "organization"]
        account = ["organizationalRole", "simpleSecurityObject"]
        server.add(
            [
                (SUFFIX, {"objectClass": classes, "o": "Univ", "dc": "univ"}),
                unit("people"),
                (SERVICE, {"objectClass": account, "cn": "svc", "userPassword": PASSWORD}),
            ]
        )
        for first in range(0, people, _AT_ONCE):
            some = range(first, min(first + _AT_ONCE, people))
            server.add(person(f"u{n:05}", eduPersonAffiliation="student") for n in some)
        yield Directory(server, folder)


def _insist(name: str, found: object) -> None:
    if not found:
        raise SystemExit(f"{name} is needed and not here")
