"""A private OpenLDAP on free loopback ports, for the length of one test session.

It reads nothing of the system's configuration, has a certificate authority of its own, lets nobody
log in over an open line, and dies with the process that started it.
"""

from __future__ import annotations

import base64
import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from courseops.adapters.rosters.ldap import Filter, LdapRoster
from courseops.model.roster import Role
from tests.support.certificates import make_certificates
from tests.support.programs import Require

START_TIMEOUT_SECONDS = 30
STOP_TIMEOUT_SECONDS = 15

SUFFIX = "dc=univ,dc=example"
PEOPLE = f"ou=people,{SUFFIX}"
GROUPS = f"ou=groups,{SUFFIX}"
ADMIN = f"cn=admin,{SUFFIX}"
SERVICE = f"cn=svc,{SUFFIX}"  # may read everything, page by page
LIMITED = f"cn=limited,{SUFFIX}"  # is cut off after so many entries:
SIZE_LIMIT = 20
PASSWORD = "an open secret"

# Debian's slapd has inetOrgPerson and the like; SupAnn and eduPerson are the universities' own.
_SCHEMA = """
attributetype ( 1.3.6.1.4.1.5923.1.1.1.1 NAME 'eduPersonAffiliation' EQUALITY caseIgnoreMatch
  SUBSTR caseIgnoreSubstringsMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
objectclass ( 1.3.6.1.4.1.5923.1.1.2 NAME 'eduPerson' SUP top AUXILIARY MAY eduPersonAffiliation )
attributetype ( 1.3.6.1.4.1.7135.1.2.1.10 NAME 'supannEtuId' EQUALITY caseIgnoreMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.3.6.1.4.1.7135.1.2.1.30 NAME 'supannEtuInscription' EQUALITY caseIgnoreMatch
  SUBSTR caseIgnoreSubstringsMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
objectclass ( 1.3.6.1.4.1.7135.1.1.2.1 NAME 'supannPerson' SUP top AUXILIARY
  MAY ( supannEtuId $ supannEtuInscription ) )
"""
_CONFIGURATION = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/nis.schema
include /etc/ldap/schema/inetorgperson.schema
include {folder}/edu.schema
modulepath /usr/lib/ldap
moduleload back_mdb.so
moduleload memberof.so
pidfile {folder}/slapd.pid
argsfile {folder}/slapd.args
TLSCACertificateFile {folder}/ca.pem
TLSCertificateFile {folder}/server.pem
TLSCertificateKeyFile {folder}/server.key
security simple_bind=128
sizelimit {limit}
database mdb
suffix "{suffix}"
rootdn "{admin}"
rootpw "{password}"
directory {folder}/db
maxsize 104857600
dbnosync
limits dn.exact="{service}" size.prtotal=unlimited
overlay memberof
access to attrs=userPassword by anonymous auth by * none
access to * by users read by anonymous auth
"""

Attributes = Mapping[str, str | list[str]]


@dataclass(frozen=True)
class Slapd:
    """A running server."""

    folder: Path
    port: int
    tls_port: int

    @property
    def url(self) -> str:
        return f"ldap://127.0.0.1:{self.port}"

    @property
    def ca_file(self) -> Path:
        return self.folder / "ca.pem"

    def add(self, entries: Iterable[tuple[str, Attributes]]) -> None:
        """Load entries as a client does: slapadd would leave memberOf empty."""
        self.run("ldapadd", stdin="\n".join(ldif(dn, of) for dn, of in entries))

    def run(self, program: str, *args: str, stdin: str = "") -> None:
        command = [program, "-ZZ", "-x", "-H", self.url, "-D", ADMIN, "-w", PASSWORD, *args]
        env = {"PATH": os.environ["PATH"], "LDAPTLS_CACERT": str(self.ca_file)}
        done = subprocess.run(
            command, env=env, input=stdin, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr

    def source(self, **changes: object) -> LdapRoster:
        """Give the source that a course would have, with `changes`."""
        settings: dict[str, object] = {
            "course_id": "py101",
            "url": self.url,
            "bind_dn": SERVICE,
            "password": lambda: PASSWORD,
            "base": PEOPLE,
            "selections": {Role.LEARNER: Filter("(eduPersonAffiliation=student)")},
            "ca_file": self.ca_file,
        }
        return LdapRoster(**{**settings, **changes})  # type: ignore[arg-type]


def ldif(dn: str, attributes: Attributes) -> str:
    lines = [_line("dn", dn)]
    for name, given in attributes.items():
        lines.extend(_line(name, value) for value in ([given] if isinstance(given, str) else given))
    return "\n".join([*lines, ""])


def _line(name: str, value: str) -> str:
    return f"{name}:: {base64.b64encode(value.encode()).decode()}"


def person(
    uid: str, *, below: str = PEOPLE, **attributes: str | list[str]
) -> tuple[str, Attributes]:
    """Give one entry, with `attributes` over the usual ones."""
    usual: dict[str, str | list[str]] = {
        "objectClass": ["inetOrgPerson", "eduPerson", "supannPerson"],
        "uid": uid,
        "cn": uid,
        "sn": uid.upper(),
        "givenName": "Zoé",
        "mail": f"{uid}@univ.example",
    }
    return f"uid={uid},{below}", {**usual, **attributes}


def unit(name: str) -> tuple[str, Attributes]:
    return f"ou={name},{SUFFIX}", {"objectClass": "organizationalUnit", "ou": name}


def referral(dn: str, target: str) -> tuple[str, Attributes]:
    return dn, {"objectClass": ["referral", "extensibleObject"], "ref": target}


def group(name: str, *members: str) -> tuple[str, Attributes]:
    return f"cn={name},{GROUPS}", {
        "objectClass": "groupOfNames",
        "cn": name,
        "member": list(members),
    }


def dn_of(uid: str) -> str:
    return f"uid={uid},{PEOPLE}"


def logins(prefix: str, numbers: Iterable[int]) -> list[str]:
    return [f"{prefix}{number:02}" for number in numbers]


STUDENTS = logins("u", range(50))
TUTORS = logins("t", range(6))
TEACHERS = logins("p", range(4))
# What a careless filter would take for everybody.
TRICK = "nobody)(uid=*"
ODD_GROUP = f"cn=odd (one\\, *two*)\\\\,{GROUPS}"


def _enrolment(year: int, element: str) -> str:
    return (
        f"[etab={{UAI}}0060931E][anneeinsc={year}][regimeinsc={{SISE}}10][cursusann={{SUPANN}}L1]"
        f"[etape={{UAI:0060931E}}INF1-{year}][eltpedago={{UAI:0060931E}}{element}]"
    )


def _campus() -> Iterator[tuple[str, Attributes]]:
    yield (
        SUFFIX,
        {"objectClass": ["dcObject", "organization"], "o": "Univ", "dc": "univ"},
    )
    yield from map(unit, ["people", "groups", "annex"])
    for dn in (SERVICE, LIMITED):
        classes = ["organizationalRole", "simpleSecurityObject"]
        name = dn.partition(",")[0].removeprefix("cn=")
        yield dn, {"objectClass": classes, "cn": name, "userPassword": PASSWORD}
    yield referral(f"ou=elsewhere,ou=annex,{SUFFIX}", "ldap://127.0.0.1:9/ou=elsewhere")
    yield from _everybody()
    yield from _groups()


def _everybody() -> Iterator[tuple[str, Attributes]]:
    for number, uid in enumerate(STUDENTS):
        enrolments = [_enrolment(2026, "PY101" if number < 25 else "PY1011")]
        if number % 2:  # the right element in the wrong year, beside another in the right one
            enrolments = [_enrolment(2025, "PY101"), _enrolment(2026, "CH200")]
        yield person(
            uid,
            eduPersonAffiliation="student",
            supannEtuId=f"2026{number:05}",
            supannEtuInscription=enrolments,
            employeeType="locked" if number in {3, 4} else "active",
        )
    for uid in TUTORS:
        yield person(uid, eduPersonAffiliation=["student", "employee"])
    for uid in TEACHERS:
        yield person(uid, eduPersonAffiliation="faculty")


def _groups() -> Iterator[tuple[str, Attributes]]:
    yield group("td1", *map(dn_of, STUDENTS[:10]))
    # Spelled otherwise than the entry, and in a circle with the group that holds it.
    yield group("td2", dn_of("u10").upper(), dn_of("u11"), f"cn=py101,{GROUPS}")
    yield group("py101", f"cn=td1,{GROUPS}", f"cn=td2,{GROUPS}", dn_of("u20"), dn_of("left"))
    yield group("tutors", *map(dn_of, TUTORS), dn_of("u01"))
    yield group("mixed", dn_of("u00"), SERVICE)
    yield ODD_GROUP, group("odd (one, *two*)\\", dn_of("u05"))[1]
    yield (
        f"cn=px101,{GROUPS}",
        {
            "objectClass": "posixGroup",
            "cn": "px101",
            "gidNumber": "30000",
            "memberUid": [*STUDENTS[:8], TRICK],
        },
    )


@pytest.fixture(scope="session")
def slapd(require: Require) -> Iterator[Slapd]:
    """Run a server with a small university in it."""
    with running_slapd(require) as server:
        server.add(_campus())
        yield server


@contextlib.contextmanager
def running_slapd(require: Require) -> Iterator[Slapd]:
    """Run an empty server, and leave nothing behind."""
    require("slapd", program())
    require("ldapadd", shutil.which("ldapadd"))
    folder = Path(tempfile.mkdtemp(prefix="courseops-slapd-"))
    try:
        _prepare(folder)
        process, server = _start(folder)
        try:
            yield server
        finally:
            stop(process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def program() -> str:
    """Find slapd, or give ""; Debian keeps it off other users' PATH."""
    return shutil.which("slapd", path=os.environ["PATH"] + ":/usr/sbin") or ""


def _prepare(folder: Path) -> None:
    # Ubuntu's AppArmor keeps /usr/sbin/slapd, by that name, to the system's own folders.
    shutil.copy(program(), folder / "slapd")
    (folder / "db").mkdir()
    (folder / "edu.schema").write_text(_SCHEMA)
    text = _CONFIGURATION.format(
        folder=folder,
        limit=SIZE_LIMIT,
        suffix=SUFFIX,
        admin=ADMIN,
        service=SERVICE,
        password=PASSWORD,
    )
    (folder / "slapd.conf").write_text(text)
    make_certificates(folder)


def _start(folder: Path) -> tuple[subprocess.Popen[bytes], Slapd]:
    for _ in range(3):  # someone else may take a port between our look and our use
        server = Slapd(folder, *_free_ports())
        urls = f"{server.url}/ ldaps://127.0.0.1:{server.tls_port}/"
        args = [str(folder / "slapd"), "-f", str(folder / "slapd.conf"), "-h", urls, "-d", "0"]
        if setpriv := shutil.which("setpriv"):
            args = [setpriv, "--pdeathsig", "TERM", *args]
        with (folder / "log").open("ab") as log:
            process = subprocess.Popen(args, cwd=folder, stdout=log, stderr=log)
        if _answers(process, server.port):
            return process, server
        stop(process)
    pytest.fail("slapd did not start:\n" + (folder / "log").read_text())


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1]), int(other.getsockname()[1])


def _answers(process: subprocess.Popen[bytes], port: int) -> bool:
    give_up = time.monotonic() + START_TIMEOUT_SECONDS
    while process.poll() is None and time.monotonic() < give_up:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return True
        time.sleep(0.02)
    return False


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(STOP_TIMEOUT_SECONDS)
