"""What every place of passwords promises, and every place where first passwords wait.

The last word on a password is always the authenticator's own.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import tempfile
import threading
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from sqlalchemy import create_engine, text

from courseops.adapters.credentials import first_use_child
from courseops.adapters.credentials.hashing import hash_of
from courseops.adapters.credentials.hub_database import open_hub_file, open_hub_server
from courseops.adapters.credentials.native import NativeCredentials
from courseops.adapters.credentials.system import SystemCredentials
from courseops.adapters.first_passwords import FirstPasswordFiles
from courseops.adapters.memory.accounts import MemoryFirstPasswords
from courseops.errors import (
    ConfigError,
    CourseOpsError,
    LockedError,
    RefusedError,
    UnreachableError,
)
from courseops.model.rosters.credential import FirstPassword, new_password
from courseops.model.run import Status
from tests.support.accounts import (
    ELSEWHERE,
    PYTHON,
    first_use,
    in_dbm,
    native_table,
    pam_lets_in,
    vaults,
)

HOSTILE = ["-rf", "eve:0", "eve\nroot:x", "eve,x", "eve x", "../eve", "Eve", "", "é" * 300]


def how(outcomes):
    return [(outcome.subject, outcome.status, outcome.kind) for outcome in outcomes]


def has_password(name):
    return (name, Status.SKIPPED, "has-password")


def done(name):
    return (name, Status.DONE, "")


def others(vault):
    """Name who has a password, without the people of tests that run beside this one."""
    ours = ("ada-", "ben-", "boss-", "admin-")
    return {name for name in vault.credentials.existing() if not name.startswith(ours)}


class TestCredentials:
    def test_who_was_given_a_password_gets_in_with_it_and_with_no_other(self, vault, new_name):
        ada, ben = new_name("ada"), new_name("ben")
        passwords = {ada: new_password(), ben: new_password()}

        assert how(vault.credentials.insert(passwords)) == [done(ada), done(ben)]

        for name, password in passwords.items():
            assert vault.lets_in(name, password)
            assert not vault.lets_in(name, new_password())
        assert not vault.lets_in(ada, passwords[ben])
        assert vault.credentials.existing() >= {ada, ben}

    def test_who_has_a_password_keeps_it(self, vault, new_name):
        ada, ben = new_name("ada"), new_name("ben")
        first, second = new_password(), new_password()
        vault.credentials.insert({ada: first})

        outcomes = vault.credentials.insert({ada: second, ben: second})

        assert how(outcomes) == [has_password(ada), done(ben)]
        assert vault.lets_in(ada, first)
        assert not vault.lets_in(ada, second)

    def test_a_password_is_replaced_when_it_is_asked_for(self, vault, new_name):
        ada, ben = new_name("ada"), new_name("ben")
        first, second = new_password(), new_password()
        vault.credentials.insert({ada: first, ben: first})

        assert how([vault.credentials.replace(ada, second)]) == [done(ada)]

        assert vault.lets_in(ada, second)
        assert not vault.lets_in(ada, first)
        assert vault.lets_in(ben, first)

    def test_nothing_is_replaced_for_who_has_no_password(self, vault, new_name):
        ada = new_name("ada")
        outcome = vault.credentials.replace(ada, new_password())
        assert how([outcome]) == [(ada, Status.FAILED, "no-password")]
        assert ada not in vault.credentials.existing()

    def test_only_the_right_password_opens(self, vault, new_name):
        ada, password = new_name("ada"), new_password()
        vault.credentials.insert({ada: password})
        assert vault.credentials.opens(ada, password)
        assert not vault.credentials.opens(ada, new_password())
        assert not vault.credentials.opens(ada, "")
        assert not vault.credentials.opens(new_name("eve"), password)

    def test_of_many_those_are_named_who_get_in(self, vault, new_name):
        ada, ben, eve = new_name("ada"), new_name("ben"), new_name("eve")
        right = {name: new_password() for name in (ada, ben)}
        vault.credentials.insert(right)
        asked = {**right, ben: new_password(), eve: right[ada]}
        assert vault.credentials.opening(asked) == {ada}
        assert vault.credentials.opening({}) == frozenset()

    def test_nobody_claims_a_name_where_nobody_came(self, vault):
        assert vault.credentials.claimed() == frozenset()

    def test_to_insert_nothing_does_nothing(self, vault):
        before = others(vault)
        assert vault.credentials.insert({}) == []
        assert others(vault) == before

    @pytest.mark.parametrize("name", HOSTILE)
    @pytest.mark.parametrize("vault", vaults("native", "first-use", "system"), indirect=True)
    def test_a_name_that_would_be_obeyed_is_refused_and_the_others_are_not(
        self, vault, name, new_name
    ):
        ada, password = new_name("ada"), new_password()
        before = others(vault)

        bad, good = vault.credentials.insert({name: password, ada: password})

        assert (bad.subject, bad.status) == (name, Status.FAILED)
        assert how([good]) == [done(ada)]
        assert ada in vault.credentials.existing()
        assert others(vault) == before
        assert vault.credentials.replace(name, password).status is Status.FAILED

    @pytest.mark.parametrize("password", ["", "x\nroot:y", "x\0y", "x" * 73])
    @pytest.mark.parametrize("vault", vaults("native", "first-use", "system"), indirect=True)
    def test_a_password_that_nobody_can_type_is_refused_unsaid(self, vault, password, new_name):
        ada = new_name("ada")
        (outcome,) = vault.credentials.insert({ada: password})
        assert how([outcome]) == [(ada, Status.FAILED, "invalid-password")]
        assert not password or password not in str(outcome)
        assert ada not in vault.credentials.existing()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def native(request, tmp_path):
    """Give NativeAuthenticator's passwords, the URL of its database and its judgement."""
    if request.param == "postgres":
        url = request.getfixturevalue("postgres").new_database()
        opened = lambda: open_hub_server(url, "campus")  # noqa: E731
        driven = url.replace("postgresql:", "postgresql+psycopg:")
    else:
        file = tmp_path / "hub's own 100%.sqlite"
        opened = lambda: open_hub_file(file)  # noqa: E731
        driven = f"sqlite:///{file}"
    credentials = NativeCredentials(name="campus", url=ELSEWHERE, database=opened)
    return credentials, driven, native_table(driven)


def run(url, statement):
    engine = create_engine(url)
    with engine.begin() as connection:
        result = connection.execute(text(statement))
        rows = result.all() if result.returns_rows else []
    engine.dispose()
    return rows


class TestNative:
    def test_a_row_is_what_the_authenticator_itself_would_write(self, native):
        credentials, url, _ = native
        credentials.insert({"ada": new_password()})
        ((otp, *row),) = run(
            url,
            "SELECT otp_secret, username, is_authorized, login_email_sent, email, has_2fa "
            "FROM users_info",
        )
        assert row == ["ada", True, False, None, False]
        assert len(otp) == 16

    def test_of_many_who_insert_the_same_name_at_once_one_does(self, native):
        credentials, url, lets_in = native
        passwords = [new_password() for _ in range(8)]
        outcomes = []

        def insert(password):
            outcomes.extend(credentials.insert({"ada": password}))

        threads = [threading.Thread(target=insert, args=[word]) for word in passwords]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(outcome.status for outcome in outcomes) == ["done"] + ["skipped"] * 7
        assert run(url, "SELECT count(*) FROM users_info") == [(1,)]
        assert sum(lets_in("ada", password) for password in passwords) == 1

    def test_who_signed_up_and_waits_stays_waiting_and_that_is_said(self, native):
        credentials, url, lets_in = native
        theirs = new_password()
        credentials.insert({"ada": theirs})
        run(url, "UPDATE users_info SET is_authorized = false")
        assert credentials.existing() == frozenset()

        (kept,) = credentials.insert({"ada": new_password()})

        assert how([kept]) == [("ada", Status.SKIPPED, "unauthorised")]
        assert "/hub/authorize" in kept.mend
        assert "--reset-password" in kept.mend
        assert not credentials.opens("ada", theirs)
        assert not lets_in("ada", theirs)

    def test_a_reset_lets_in_who_signed_up_by_themselves(self, native):
        credentials, url, lets_in = native
        theirs, ours = new_password(), new_password()
        credentials.insert({"ada": theirs})
        run(url, "UPDATE users_info SET is_authorized = false")

        assert how([credentials.replace("ada", ours)]) == [done("ada")]

        assert credentials.existing() == {"ada"}
        assert lets_in("ada", ours)
        assert not lets_in("ada", theirs)

    def test_who_has_a_password_before_an_account_may_have_taken_the_name(self, native):
        credentials, url, _ = native
        credentials.insert({"ada": new_password(), "eve": new_password(), "ben": new_password()})
        run(url, "UPDATE users_info SET is_authorized = false WHERE username = 'eve'")
        run(url, "INSERT INTO users (name, admin, cookie_id) VALUES ('ada', false, 'x')")
        assert credentials.claimed() == {"eve", "ben"}

    def test_a_database_that_knows_no_hub_users_says_nothing_of_claims(self, native):
        credentials, url, _ = native
        run(url, "DROP TABLE users")
        with pytest.raises(RefusedError, match="no table users"):
            credentials.claimed()

    def test_a_database_that_lacks_whom_the_hub_lists_is_not_the_hubs(self, native):
        credentials, url, _ = native
        listed = ["ada"]
        beside = answering(404, HUB, credentials._database, lambda: listed)
        run(url, "INSERT INTO users (name, admin, cookie_id) VALUES ('ada', false, 'x')")
        beside.refuse_if_open()

        listed += ["ben", "zoe"]
        with pytest.raises(RefusedError, match="does not know ben, zoe, whom") as refused:
            beside.refuse_if_open()
        assert "db_url" in refused.value.hint

    def test_a_table_of_an_older_release_gets_the_columns_that_it_has(self, native):
        credentials, url, _ = native
        run(url, "ALTER TABLE users_info DROP COLUMN login_email_sent")
        assert how(credentials.insert({"ada": new_password()})) == [done("ada")]

    def test_a_database_without_the_table_is_refused(self, native):
        credentials, url, _ = native
        run(url, "DROP TABLE users_info")
        with pytest.raises(RefusedError, match="users_info") as refused:
            credentials.insert({"ada": new_password()})
        assert "NativeAuthenticator" in refused.value.hint

    def test_a_batch_is_all_or_nothing(self, native):
        credentials, url, _ = native
        check = "CHECK (username <> 'ben')"
        if url.startswith("sqlite"):
            run(url, "DROP TABLE users_info")
            columns = "id INTEGER PRIMARY KEY, username TEXT, password BLOB, is_authorized BOOLEAN"
            run(url, f"CREATE TABLE users_info ({columns}, {check})")
        else:
            run(url, f"ALTER TABLE users_info ADD {check}")
        password = new_password()
        with pytest.raises(CourseOpsError) as failed:
            credentials.insert({"ada": password, "ben": password})
        assert password not in str(failed.value)
        assert credentials.existing() == frozenset()

    def test_the_hubs_database_is_never_made_nor_its_journal_changed(self, tmp_path):
        file = tmp_path / "jupyterhub.sqlite"
        with pytest.raises(RefusedError, match="not there"):
            open_hub_file(file)
        assert not file.exists()
        native_table(f"sqlite:///{file}")
        credentials = NativeCredentials(
            name="campus", url=ELSEWHERE, database=lambda: open_hub_file(file)
        )
        credentials.insert({"ada": new_password()})
        assert run(f"sqlite:///{file}", "PRAGMA journal_mode") == [("delete",)]
        assert [path.name for path in tmp_path.iterdir()] == [file.name]

    def test_a_database_that_stays_busy_is_locked(self, tmp_path, monkeypatch):
        monkeypatch.setattr(
            "courseops.adapters.credentials.hub_database.BUSY_TIMEOUT_SECONDS", 0.01
        )
        file = tmp_path / "jupyterhub.sqlite"
        native_table(f"sqlite:///{file}")
        hub = create_engine(f"sqlite:///{file}")
        with hub.connect() as writing:
            writing.exec_driver_sql("BEGIN IMMEDIATE")
            credentials = NativeCredentials(
                name="campus", url=ELSEWHERE, database=lambda: open_hub_file(file)
            )
            with pytest.raises(LockedError) as locked:
                credentials.insert({"ada": new_password()})
        hub.dispose()
        assert "the hub writes to it" in locked.value.hint

    @pytest.mark.parametrize(
        "url",
        [
            "mysql://ada:hush@x/y",
            "hush:// hush",
            "sqlite:///hush",
            "postgresql://ada:x@hush@127.0.0.1/y",
            "postgresql://ada:x@hush:x@127.0.0.1:5432/y",
        ],
    )
    def test_a_url_of_something_else_is_not_shown(self, url):
        with pytest.raises(ConfigError) as refused:
            open_hub_server(url, "campus")
        assert "hush" not in str(refused.value) + refused.value.hint
        assert refused.value.__context__ is None


def answering(status, headers, database=None, listed=tuple):
    answer = httpx.MockTransport(lambda _: httpx.Response(status, headers=headers))
    return NativeCredentials(
        name="campus", url=ELSEWHERE, database=database, listed=listed, wire=answer
    )


HUB = {"X-JupyterHub-Version": "5.5.4"}


class TestSignUp:
    # That a real hub answers so is seen in tests/flows/test_logins.py.
    def test_a_hub_without_the_page_is_closed(self, native):
        answering(404, HUB, native[0]._database).refuse_if_open()

    def test_a_hub_with_the_page_is_open(self):
        with pytest.raises(RefusedError, match="may sign up") as refused:
            answering(200, HUB).refuse_if_open()
        assert "c.NativeAuthenticator.enable_signup = False" in refused.value.hint

    @pytest.mark.parametrize("answer", [(404, {}), (302, HUB), (500, HUB), (403, HUB)])
    def test_whatever_else_is_answered_is_taken_for_open(self, answer):
        status, headers = answer
        with pytest.raises(RefusedError, match="cannot be told"):
            answering(status, headers).refuse_if_open()

    def test_a_hub_that_does_not_answer_is_unreachable(self):
        with pytest.raises(UnreachableError):
            NativeCredentials(name="campus", url=ELSEWHERE, database=None).refuse_if_open()


class TestFirstUse:
    @pytest.mark.parametrize("said", [{"create_users": True}, {"is_known": False}])
    def test_unless_strangers_are_known_to_be_turned_away_it_is_refused(self, tmp_path, said):
        credentials = first_use(tmp_path / "passwords.dbm", **said)
        with pytest.raises(RefusedError) as refused:
            credentials.refuse_if_open()
        assert "c.FirstUseAuthenticator.create_users = False" in refused.value.hint

    def test_a_hub_that_turns_strangers_away_is_not_refused(self, tmp_path):
        first_use(tmp_path / "passwords.dbm").refuse_if_open()

    def test_a_file_that_the_hub_never_reads_is_refused(self, tmp_path):
        theirs, wrong = tmp_path / "passwords.dbm", tmp_path / "old" / "passwords.dbm"
        wrong.parent.mkdir()
        first_use(wrong).insert({"ada": new_password()})
        credentials = first_use(wrong, dbm_path=str(theirs))
        for verb in (
            credentials.existing,
            lambda: credentials.insert({"ben": new_password()}),
            lambda: credentials.replace("ada", new_password()),
            lambda: credentials.opens("ada", "x"),
        ):
            with pytest.raises(RefusedError, match="keeps its passwords in") as refused:
                verb()
            assert "c.FirstUseAuthenticator.dbm_path" in refused.value.hint
        assert first_use(wrong).existing() == {"ada"}

    def test_a_path_from_where_the_hub_was_started_is_known_by_what_the_hub_leaves_there(
        self, tmp_path, monkeypatch
    ):
        file = tmp_path / "state" / "passwords.dbm"
        file.parent.mkdir()
        monkeypatch.chdir(file.parent)  # ours says nothing of the hub's
        first_use(file).insert({"ada": new_password()})
        elsewhere = first_use(file, dbm_path="passwords.dbm")
        with pytest.raises(RefusedError, match="where it was started"):
            elsewhere.existing()
        (file.parent / "jupyterhub_cookie_secret").touch()
        assert elsewhere.existing() == {"ada"}
        other_name = first_use(file, dbm_path="learners.dbm")
        with pytest.raises(RefusedError, match=r"learners\.dbm"):
            other_name.existing()

    def test_a_folder_in_the_hubs_path_is_looked_at_too(self, tmp_path):
        (tmp_path / "state").mkdir()
        (tmp_path / "jupyterhub.sqlite").touch()
        credentials = first_use(tmp_path / "state" / "x.dbm", dbm_path="state/x.dbm")
        assert how(credentials.insert({"ada": new_password()})) == [done("ada")]

    def test_a_file_that_is_not_there_is_made_only_where_the_hub_names_it(self, tmp_path):
        (tmp_path / "jupyterhub_cookie_secret").touch()
        with pytest.raises(RefusedError, match="no such file"):
            first_use(tmp_path / "passwords.dbm", is_known=False).insert({"ada": new_password()})
        assert not list(tmp_path.glob("passwords*"))

    @pytest.mark.parametrize("program", ["/bin/bash", "/bin/true"])
    def test_a_program_that_is_no_python_is_called_so(self, tmp_path, program):
        credentials = first_use(tmp_path / "passwords.dbm", python=Path(program))
        with pytest.raises(CourseOpsError, match=f"{program} is no Python") as failed:
            credentials.existing()
        assert "option" not in str(failed.value)

    def test_whoever_has_a_password_may_have_taken_the_name(self, tmp_path):
        credentials = first_use(tmp_path / "passwords.dbm")
        credentials.insert({"ada": new_password()})
        assert credentials.claimed() == {"ada"}

    def test_the_files_are_their_owners_alone_and_what_was_before_is_kept(self, tmp_path):
        file, first = tmp_path / "passwords.dbm", new_password()
        credentials = first_use(file)
        credentials.insert({"ada": first})
        credentials.insert({"ben": new_password()})
        credentials.replace("ada", new_password())

        assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}
        assert in_dbm(tmp_path / "passwords.dbm.before-courseops", "ada", first)
        assert not in_dbm(file, "ada", first)

    def test_a_second_run_writes_nothing(self, tmp_path):
        credentials = first_use(tmp_path / "passwords.dbm")
        credentials.insert({"ada": new_password()})
        before = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
        credentials.insert({"ada": new_password()})
        assert {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can become someone else")
    def test_the_files_stay_their_owners(self):
        # Not pytest's folder: that is closed to other users.
        with tempfile.TemporaryDirectory(prefix="courseops-state-") as folder:
            os.chown(folder, 12345, 12346)
            credentials = first_use(Path(folder) / "passwords.dbm")
            assert how(credentials.insert({"ada": new_password()})) == [done("ada")]
            assert how(credentials.insert({"ben": new_password()})) == [done("ben")]
            owners = {(it.stat().st_uid, it.stat().st_gid) for it in Path(folder).iterdir()}
        assert owners == {(12345, 12346)}

    def test_a_python_without_the_authenticator_is_not_the_hubs(self, tmp_path):
        bare = tmp_path / "python"
        bare.write_text(f'#!/bin/sh\nexec {PYTHON} -S "$@"\n')
        bare.chmod(0o700)
        credentials = first_use(tmp_path / "passwords.dbm", python=bare)
        with pytest.raises(RefusedError, match="not the hub's"):
            credentials.insert({"ada": new_password()})
        assert not list(tmp_path.glob("passwords*"))

    def test_a_file_that_is_no_dbm_is_refused(self, tmp_path):
        file = tmp_path / "passwords.dbm"
        file.write_text("ada,secret\n")
        with pytest.raises(RefusedError) as refused:
            first_use(file).insert({"ada": new_password()})
        assert "accounts.python" in refused.value.hint
        assert file.read_text() == "ada,secret\n"

    def test_a_first_visitor_who_came_in_between_keeps_what_they_chose(self, tmp_path):
        file, theirs = tmp_path / "passwords.dbm", new_password()
        visitor = tmp_path / "visitor.py"
        visitor.write_text(
            "import dbm, pathlib\n"
            f"looked = pathlib.Path({str(tmp_path / 'looked')!r})\n"
            "if looked.exists():\n"
            f"    with dbm.open({str(file)!r}, 'c', 0o600) as db: db['ada'] = {hash_of(theirs)!r}\n"
            "looked.touch()\n"
        )
        python = tmp_path / "python"
        python.write_text(f'#!/bin/sh\n{PYTHON} {visitor} </dev/null\nexec {PYTHON} "$@"\n')
        python.chmod(0o700)
        credentials = first_use(file, python=python)
        assert how(credentials.insert({"ada": new_password()})) == [has_password("ada")]
        assert in_dbm(file, "ada", theirs)

    def test_what_a_hub_overwrites_that_read_before_we_wrote_is_written_again(
        self, tmp_path, monkeypatch
    ):
        path, lost = str(tmp_path / "passwords.dbm"), []
        first_use_child.put(path, {"ada": "her hash"}, overwrite=False)
        before = {part: Path(part).read_bytes() for part in first_use_child.parts(path)}

        def the_hub_writes_back(_seconds):
            if not lost:
                lost.append(first_use_child.read(path))
                for part, content in before.items():
                    Path(part).write_bytes(content)

        monkeypatch.setattr(first_use_child.time, "sleep", the_hub_writes_back)
        everybody = {"ada": "her hash", "ben": "his hash"}
        found = first_use_child.write(path, {"ben": "his hash"}, overwrite=False, settle_seconds=1)
        assert lost == [everybody]
        assert found == first_use_child.read(path) == everybody

    def test_another_python_keeps_its_own_kind_of_file(self, tmp_path):
        other = shutil.which("python3", path="/usr/bin")
        if not other or subprocess.run([other, "-c", "import _dbm"], check=False).returncode:
            pytest.skip("this machine has no Python with Berkeley's dbm")
        (tmp_path / "firstuseauthenticator.py").touch()
        python = tmp_path / "python"
        python.write_text(f'#!/bin/sh\nshift\nPYTHONPATH={tmp_path} exec {other} "$@"\n')
        python.chmod(0o700)
        credentials = first_use(tmp_path / "passwords.dbm", python=python)
        first, second = new_password(), new_password()
        credentials.insert({"ada": first})
        assert how(credentials.insert({"ada": second, "ben": second})) == [
            has_password("ada"),
            done("ben"),
        ]
        assert credentials.opens("ada", first)
        assert (tmp_path / "passwords.dbm.db").exists()
        # Our own Python cannot read it, and must not make another one beside it.
        with pytest.raises(RefusedError):
            first_use(tmp_path / "passwords.dbm").insert({"eve": second})
        assert not (tmp_path / "passwords.dbm.dat").exists()

    def test_no_password_is_in_an_argument_or_goes_to_the_hubs_python(self, tmp_path):
        spy, seen, password = tmp_path / "python", tmp_path / "seen", new_password()
        spy.write_text(
            f'#!/bin/sh\necho "$@" >> {seen}\nenv >> {seen}\ntee -a {seen} | {PYTHON} "$@"\n'
        )
        spy.chmod(0o700)
        credentials = first_use(tmp_path / "passwords.dbm", python=spy)
        credentials.insert({"ada": password})
        assert credentials.opens("ada", password)
        assert "ada" in seen.read_text()
        assert password not in seen.read_text()


def shadow_lines(*names):
    lines = Path("/etc/shadow").read_text().splitlines()
    return [line for line in lines if line.startswith(tuple(f"{name}:" for name in names))]


@pytest.mark.system
@pytest.mark.xdist_group("system")
@pytest.mark.usefixtures("as_root")
class TestSystem:
    def test_nobody_takes_a_name_of_a_machine(self, new_name):
        credentials = SystemCredentials(name="campus")
        credentials.insert({new_name("ada"): new_password()})
        assert credentials.claimed() == frozenset()

    def test_accounts_of_the_system_are_left_alone(self):
        before = shadow_lines("daemon", "nobody")
        outcomes = SystemCredentials(name="campus").insert(
            {"daemon": new_password(), "nobody": new_password()}
        )
        assert {outcome.kind for outcome in outcomes} == {"protected"}
        assert shadow_lines("daemon", "nobody") == before

    def test_a_protected_name_is_neither_made_nor_changed(self, new_name):
        boss, password = new_name("boss"), new_password()
        guarded = SystemCredentials(name="campus", protected=frozenset({boss}))
        assert how(guarded.insert({boss: password})) == [(boss, Status.FAILED, "protected")]
        assert boss not in SystemCredentials(name="campus").existing()

        SystemCredentials(name="campus").insert({boss: password})
        assert guarded.replace(boss, new_password()).kind == "protected"
        assert pam_lets_in(boss, password)

    def test_who_may_become_root_gets_no_password(self, new_name, system_account):
        admin = system_account(new_name("admin"), "--groups", "adm")
        credentials = SystemCredentials(name="campus")
        assert how(credentials.insert({admin: new_password()})) == [
            (admin, Status.FAILED, "protected")
        ]
        assert admin not in credentials.existing()

    def test_an_account_that_the_hub_made_without_a_password_gets_one(
        self, new_name, system_account
    ):
        ada, password = system_account(new_name("ada")), new_password()
        credentials = SystemCredentials(name="campus")
        assert ada not in credentials.existing()
        assert how(credentials.insert({ada: password})) == [done(ada)]
        assert pam_lets_in(ada, password)

    @pytest.mark.parametrize(
        ("close", "had_one", "kind"),
        [
            ("usermod --lock", True, "locked"),
            ("usermod --shell /usr/sbin/nologin", True, "no-login"),
            ("usermod --shell /usr/sbin/nologin", False, "no-login"),
            ("chage --expiredate 0", True, "no-login"),
            ("chage --expiredate 0", False, "no-login"),
        ],
    )
    def test_an_account_that_somebody_closed_is_named_and_stays_as_it_is(
        self, new_name, system_account, close, had_one, kind
    ):
        ada = system_account(new_name("ada"))
        credentials = SystemCredentials(name="campus")
        if had_one:
            credentials.insert({ada: new_password()})
        subprocess.run([*close.split(), ada], check=True, capture_output=True, timeout=60)
        before = shadow_lines(ada)

        outcomes = [credentials.replace(ada, new_password())]
        if ada not in credentials.existing():
            outcomes += credentials.insert({ada: new_password()})

        assert {(it.subject, it.status, it.kind) for it in outcomes} == {(ada, Status.FAILED, kind)}
        assert shadow_lines(ada) == before

    @pytest.mark.parametrize("sign", ["!", "!!", "*", "!*"])
    def test_what_stands_for_no_password_is_not_taken_for_a_lock(
        self, new_name, system_account, sign
    ):
        ada = system_account(new_name("ada"), "--password", sign)
        assert how(SystemCredentials(name="campus").insert({ada: new_password()})) == [done(ada)]

    def test_a_new_home_is_where_it_should_be_and_its_owners_alone(self, new_name, tmp_path):
        ada = new_name("ada")
        credentials = SystemCredentials(name="campus", home=lambda name: tmp_path / f"of-{name}")
        credentials.insert({ada: new_password()})
        home = tmp_path / f"of-{ada}"
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        assert home.owner() == ada

    def test_no_password_is_in_an_argument(self, new_name, tmp_path):
        seen, password, ada = tmp_path / "seen", new_password(), new_name("ada")
        for program in "useradd", "chpasswd", "getent", "unix_chkpwd":
            spy = tmp_path / program
            spy.write_text(
                f'#!/bin/sh\necho "{program} $@" >> {seen}\nenv >> {seen}\n'
                f'PATH=/usr/sbin:/usr/bin:/sbin:/bin exec {program} "$@"\n'
            )
            spy.chmod(0o700)
        credentials = SystemCredentials(name="campus", search_path=f"{tmp_path}:/usr/bin:/bin")
        assert how(credentials.insert({ada: password})) == [done(ada)]
        assert credentials.opens(ada, password)
        said = seen.read_text()
        assert all(program in said for program in ("useradd", "chpasswd", "unix_chkpwd"))
        assert password not in said

    def test_a_program_that_fails_is_said_without_the_password(self, new_name, tmp_path):
        password, ada = new_password(), new_name("ada")
        liar = tmp_path / "chpasswd"
        liar.write_text("#!/bin/sh\ncat >&2\nexit 3\n")
        liar.chmod(0o700)
        path = f"{tmp_path}:/usr/sbin:/usr/bin:/sbin:/bin"
        credentials = SystemCredentials(name="campus", search_path=path)
        (failed,) = credentials.insert({ada: password})
        assert how([failed]) == [(ada, Status.FAILED, "not-set")]
        assert password not in str(failed)
        # The account is there now, without a password; the next run goes on from here.
        assert how(SystemCredentials(name="campus").insert({ada: password})) == [done(ada)]


def test_accounts_of_this_machine_need_root(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(RefusedError, match="only root"):
        SystemCredentials(name="campus").insert({"ada": new_password()})


ADA = FirstPassword(username="ada", password="abcd-efgh-jkmn")
BEN = FirstPassword(username="ben", password="pqrs-tuvw-xyz2", is_set=True)


@pytest.fixture(params=["memory", "file"])
def waiting(request, tmp_path):
    if request.param == "memory":
        return MemoryFirstPasswords()
    return FirstPasswordFiles(tmp_path / "state" / "first-passwords")


class TestFirstPasswords:
    def test_at_first_nobody_waits(self, waiting):
        assert waiting.waiting("py101") == {}
        waiting.forget("py101", ["ada"])

    def test_what_is_kept_waits(self, waiting):
        waiting.keep("py101", [ADA, BEN])
        assert waiting.waiting("py101") == {"ada": ADA, "ben": BEN}

    def test_courses_do_not_see_each_other(self, waiting):
        waiting.keep("py/101", [ADA])
        waiting.keep("py-101", [BEN])
        assert waiting.waiting("py/101") == {"ada": ADA}
        assert waiting.waiting("../py-101") == {}

    def test_what_is_kept_again_replaces(self, waiting):
        waiting.keep("py101", [ADA, BEN])
        waiting.keep("py101", [replace(ADA, is_set=True)])
        assert waiting.waiting("py101") == {"ada": replace(ADA, is_set=True), "ben": BEN}

    def test_what_was_handed_out_is_forgotten(self, waiting):
        waiting.keep("py101", [ADA, BEN])
        waiting.forget("py101", ["ada", "somebody else"])
        assert waiting.waiting("py101") == {"ben": BEN}
        waiting.forget("py101", ["ben"])
        assert waiting.waiting("py101") == {}

    def test_what_is_given_is_a_copy(self, waiting):
        waiting.keep("py101", [ADA])
        waiting.waiting("py101").clear()
        assert waiting.waiting("py101") == {"ada": ADA}


class TestFirstPasswordFiles:
    @pytest.fixture
    def folder(self, tmp_path):
        return tmp_path / "first-passwords"

    def test_nobody_else_reads_them(self, folder):
        previous = os.umask(0)
        try:
            FirstPasswordFiles(folder).keep("py101", [ADA])
        finally:
            os.umask(previous)
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        (file,) = folder.iterdir()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600

    def test_nothing_is_left_where_nobody_waits(self, folder):
        files = FirstPasswordFiles(folder)
        files.keep("py101", [ADA])
        files.forget("py101", ["ada"])
        assert list(folder.iterdir()) == []

    @pytest.mark.parametrize("which", ["folder", "file"])
    def test_what_others_may_read_is_refused(self, folder, which):
        files = FirstPasswordFiles(folder)
        files.keep("py101", [ADA])
        (folder if which == "folder" else folder / "py101.json").chmod(0o750)
        with pytest.raises(CourseOpsError, match="others may read") as refused:
            files.waiting("py101")
        assert ADA.password not in str(refused.value)

    def test_a_link_is_not_followed(self, folder, tmp_path):
        victim = tmp_path / "victim"
        victim.write_text("precious")
        FirstPasswordFiles(folder).keep("other", [ADA])
        (folder / "py101.json").symlink_to(victim)
        with pytest.raises(CourseOpsError, match="cannot keep"):
            FirstPasswordFiles(folder).keep("py101", [ADA])
        assert victim.read_text() == "precious"

    def test_a_folder_that_is_a_link_is_not_followed(self, folder, tmp_path):
        (tmp_path / "elsewhere").mkdir(mode=0o700)
        folder.symlink_to(tmp_path / "elsewhere")
        with pytest.raises(CourseOpsError, match="cannot keep"):
            FirstPasswordFiles(folder).keep("py101", [ADA])
        assert list((tmp_path / "elsewhere").iterdir()) == []

    @pytest.mark.parametrize("content", ["", "{", "[]", '{"passwords": [{"password": "hush"}]}'])
    def test_a_damaged_file_is_said_without_what_it_holds(self, folder, content):
        files = FirstPasswordFiles(folder)
        files.keep("py101", [ADA])
        (folder / "py101.json").write_text(content)
        with pytest.raises(CourseOpsError, match="cannot be read") as failed:
            files.keep("py101", [BEN])
        assert "hush" not in str(failed.value) + failed.value.hint
        assert failed.value.__cause__ is None
        assert (folder / "py101.json").read_text() == content

    def test_a_write_that_fails_leaves_what_was_there(self, folder, monkeypatch):
        files = FirstPasswordFiles(folder)
        files.keep("py101", [ADA])
        with monkeypatch.context() as broken:
            broken.setattr(json, "dump", lambda *_: (_ for _ in ()).throw(OSError(28, "full")))
            with pytest.raises(CourseOpsError, match="full"):
                files.keep("py101", [BEN])
        assert files.waiting("py101") == {"ada": ADA}
        assert len(list(folder.iterdir())) == 1

    def test_many_who_keep_at_once_lose_nothing(self, folder):
        files = FirstPasswordFiles(folder)
        people = [replace(ADA, username=f"u{number}") for number in range(20)]
        threads = [threading.Thread(target=files.keep, args=["py101", [it]]) for it in people]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(files.waiting("py101")) == 20
