"""What goes wrong with a repository, on every restic there is: one clear word, and it heals."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from courseops.adapters.restic import room
from courseops.adapters.restic.door import Deadlines
from courseops.adapters.restic.launcher import Launcher
from courseops.adapters.restic.preflight import look
from courseops.adapters.restic.repository import Restic
from courseops.adapters.restic.upkeep import ResticUpkeep
from courseops.errors import CourseOpsError, LockedError, RefusedError, UnreachableError
from courseops.model.backups.backup import BackupOrder
from courseops.model.backups.retention import Retention
from courseops.model.finding import Level
from tests.support.backup import PASSWORD, RESTICS, restic_at, volumes
from tests.support.upkeep import at_any_time

At = Callable[..., Restic]


@pytest.fixture(params=RESTICS)
def program(request: pytest.FixtureRequest, require) -> str:
    require("restic", shutil.which(request.param))
    return str(shutil.which(request.param))


@pytest.fixture
def at(program: str, empty_restic: Path, tmp_path: Path) -> At:
    """Give what opens a repository, always the same one, with changes."""
    shutil.copytree(empty_restic, tmp_path / "repository")
    return lambda **changes: restic_at(tmp_path, **{"program": program, **changes})


def counted(place: Path, program: str) -> tuple[str, Callable[[], list[str]]]:
    """Give a restic that notes what it is asked, and what that was."""
    wrapper, notes = place / "restic-counted", place / "asked"
    wrapper.write_text(f'#!/bin/sh\necho "$@" >> {notes}\nexec {program} "$@"\n')
    wrapper.chmod(0o755)
    names = {"version", "backup", "snapshots", "ls", "diff", "find", "dump", "unlock", "check"}

    def asked() -> list[str]:
        said = notes.read_text().splitlines() if notes.exists() else []
        notes.unlink(missing_ok=True)
        return [next(word for word in line.split() if word in names) for line in said]

    return str(wrapper), asked


def flip(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[20] ^= 1
    path.chmod(0o600)
    path.write_bytes(raw)


def test_a_run_is_one_start_where_its_parent_is_known(at, program, homes, tmp_path):
    wrapper, asked = counted(tmp_path, program)
    first = at().back_up(homes, volumes("ada", "bob"))
    order = BackupOrder(parent=first.snapshot_id)

    unchanged = at(program=wrapper).back_up(homes, volumes("ada", "bob"), order)
    assert asked() == ["version", "backup"]
    (homes / "ada/hw1.ipynb").write_text("changed")
    changed = at(program=wrapper).back_up(homes, volumes("ada", "bob"), order)

    assert asked() == ["backup"]
    assert (unchanged.is_unchanged, changed.is_unchanged) == (True, False)
    assert len(unchanged.snapshot_id) == len(changed.snapshot_id) == 64


def test_the_first_run_into_an_empty_repository_is_one_start(at, program, homes, tmp_path):
    wrapper, asked = counted(tmp_path, program)

    at(program=wrapper).back_up(homes, volumes("ada"))

    assert asked() == ["version", "backup"]


def test_a_snapshot_is_named_in_full_also_where_nothing_is_cached(at, homes, tmp_path):
    (tmp_path / "in-the-way").write_text("")
    uncached = at(cache=tmp_path / "in-the-way/cache")

    made = uncached.back_up(homes, volumes("ada"))

    assert [it.id for it in at().snapshots()] == [made.snapshot_id]


def test_another_release_in_the_place_of_a_program_is_noticed(tmp_path):
    for release in ("0.14.0", "0.18.1"):
        lying = tmp_path / "restic"
        lying.write_text(f"#!/bin/sh\necho restic {release} compiled with go\n")
        lying.chmod(0o755)
        assert restic_at(tmp_path, program=str(lying)).version == tuple(
            map(int, release.split("."))
        )


def locks_in(place: Path) -> list[Path]:
    """List the locks; one that is still being written has a longer name."""
    return [it for it in (place / "repository/locks").iterdir() if len(it.name) == 64]


@pytest.fixture
def busy(at, program, tmp_path):
    """Keep the repository locked by a backup that waits for its input."""
    env = {
        **os.environ,
        "RESTIC_PASSWORD": PASSWORD,
        "RESTIC_REPOSITORY": str(tmp_path / "repository"),
        "RESTIC_CACHE_DIR": str(tmp_path / "cache"),
    }
    with subprocess.Popen([program, "backup", "--stdin"], env=env, stdin=subprocess.PIPE) as it:
        while not locks_in(tmp_path):
            time.sleep(0.05)
        yield it
        it.kill()


def test_the_lock_that_a_killed_restic_left_is_dropped_when_it_is_met(busy, at, tmp_path):
    busy.send_signal(signal.SIGKILL)
    busy.wait(timeout=30)
    assert locks_in(tmp_path)

    assert ResticUpkeep(at()).prune() == 0

    assert not locks_in(tmp_path)


def test_the_lock_of_a_restic_that_works_stays_and_its_holder_is_named(busy, at, tmp_path):
    with pytest.raises(LockedError, match=f"another restic, process {busy.pid} on "):
        ResticUpkeep(at(deadlines=Deadlines(lock=0))).prune()

    assert locks_in(tmp_path)
    assert at().snapshots() == []


def test_a_damaged_snapshot_is_named_and_the_next_run_goes_on_without_it(at, homes, tmp_path):
    good = at().back_up(homes, volumes("ada"))
    (homes / "ada/hw1.ipynb").write_text("changed")
    bad = at().back_up(homes, volumes("ada"))
    flip(tmp_path / "repository/snapshots" / bad.snapshot_id)
    shutil.rmtree(tmp_path / "cache")

    for order in (BackupOrder(), BackupOrder(parent=bad.snapshot_id)):
        (homes / "ada/hw1.ipynb").write_text(f"changed {order}")
        made = at().back_up(homes, volumes("ada"), order)
        assert at().holds(made.snapshot_id, ["ada"]) == {"ada"}

    with pytest.raises(CourseOpsError, match=f"damaged: .*{bad.snapshot_id[:8]}"):
        at().snapshots()
    assert at().holds(good.snapshot_id, ["ada"]) == {"ada"}
    assert bad.snapshot_id[:8] in "".join(at().check())


def test_where_the_only_snapshot_is_damaged_all_is_read_again(at, homes, tmp_path):
    bad = at().back_up(homes, volumes("ada"))
    flip(tmp_path / "repository/snapshots" / bad.snapshot_id)
    shutil.rmtree(tmp_path / "cache")

    made = at().back_up(homes, volumes("ada"))

    assert (made.files_new, made.files_unmodified) == (2, 0)
    assert at().holds(made.snapshot_id, ["ada"]) == {"ada"}


def test_a_missing_index_is_told_and_how_to_make_it_anew(at, homes, tmp_path):
    made = at().back_up(homes, volumes("ada"))
    for index in (tmp_path / "repository/index").iterdir():
        index.unlink()
    shutil.rmtree(tmp_path / "cache")

    with pytest.raises(CourseOpsError, match="does not find what it holds") as failure:
        list(at().files(made.snapshot_id))
    assert "repair index" in failure.value.hint
    assert at().check() != []

    (homes / "ada/hw1.ipynb").write_text("changed")
    again = at().back_up(homes, volumes("ada"))
    assert [it.reason for it in again.unread] == ["a part of the repository is missing: check it"]
    assert len(list(at().files(again.snapshot_id))) == 2


def test_missing_data_is_damage_even_while_restic_still_tries_to_get_it(at, homes, tmp_path):
    made = at().back_up(homes, volumes("ada"))
    for pack in (tmp_path / "repository/data").glob("*/*"):
        pack.unlink()
    shutil.rmtree(tmp_path / "cache")

    # Before 0.17 restic tries for minutes.
    with pytest.raises(CourseOpsError, match="is damaged"):
        list(at(deadlines=Deadlines(reading=5)).files(made.snapshot_id))


def test_a_server_that_does_not_answer_is_told_by_what_restic_said_so_far(at):
    far = at(repository="rest:http://ada:secret@127.0.0.1:1/x", deadlines=Deadlines(opening=5))

    with pytest.raises(UnreachableError, match="connection refused") as failure:
        far.exists()
    assert "secret" not in str(failure.value)


def test_a_cache_that_vanishes_costs_a_second_start_and_nothing_else(at, program, homes, tmp_path):
    faulty = tmp_path / "restic-without-cache"
    faulty.write_text(
        '#!/bin/sh\ncase " $* " in *" --no-cache "*|*" version "*) ;; *)\n'
        f"rm -rf {tmp_path}/cache; echo half-written\n"
        f'echo "Fatal: open {tmp_path}/cache/ab/index: no such file or directory" >&2; exit 1;;\n'
        f'esac\nexec {program} "$@"\n'
    )
    faulty.chmod(0o755)
    (ada,) = volumes("ada")

    made = at(program=str(faulty)).back_up(homes, [ada])

    assert [it.id for it in at().snapshots()] == [made.snapshot_id]
    (sighting,) = at().find(ada, ["hw1.ipynb"])
    with (tmp_path / "dumped").open("w+b") as target:
        target.write(b"before ")
        target.flush()
        at(program=str(faulty)).dump(ada, sighting, target.fileno())
    assert (tmp_path / "dumped").read_bytes() == b'before {"cells": []}'


def test_without_any_place_for_a_cache_backups_go_on(at, homes, tmp_path):
    (tmp_path / "file").write_text("")

    made = at(cache=tmp_path / "file/cache").back_up(homes, volumes("ada"))

    assert len(list(at(cache=tmp_path / "file/cache").files(made.snapshot_id))) == 2


def test_without_room_nothing_is_begun(at, homes, tmp_path, monkeypatch):
    monkeypatch.setattr(room, "LEAST_FREE_BYTES", 1 << 62)

    with pytest.raises(CourseOpsError, match="MB are free where the repository") as failure:
        at().back_up(homes, volumes("ada"))

    assert "make room" in failure.value.hint
    assert at().snapshots() == []


def test_a_repository_of_this_machine_is_told_from_any_other(tmp_path):
    def folder(place: str) -> Path | None:
        return Launcher(
            program="restic", repository=place, password=str, cache=tmp_path, environment={}
        ).folder

    assert folder("/srv/backup") == folder("local:/srv/backup") == Path("/srv/backup")
    assert folder("sftp:host:/srv") is folder("s3:https://host/bucket") is None


@pytest.mark.timeout(600)
def test_a_server_that_takes_new_snapshots_only_is_named(
    append_only_server, program, homes, tmp_path
):
    wrapper, set_time = at_any_time(tmp_path, program)
    far = restic_at(tmp_path, program=wrapper, repository=append_only_server)
    far.initialise()
    for year in (2021, 2022):
        set_time(datetime(year, 1, 1, tzinfo=UTC))
        (homes / "ada/hw1.ipynb").write_text(f"in {year}")
        far.back_up(homes, volumes("ada"))

    with pytest.raises(RefusedError, match="only takes new snapshots") as refusal:
        ResticUpkeep(far).forget(Retention(), dry_run=False)

    assert "append_only" in refusal.value.hint
    assert len(far.snapshots()) == 2


def test_doctor_tells_what_a_release_costs_and_makes_nothing(at, tmp_path):
    repository = at()
    second = at(repository=str(tmp_path / "second"))

    release, there, only_new, lacking = look(repository, "campus", second=second, append_only=True)

    old = repository.version < (0, 17, 0)
    assert release.level is (Level.WARNING if old else Level.OK)
    for cost in ("erased", "planted", "words", "mended", "makes a snapshot") if old else ():
        assert cost in release.what
    assert (there.level, only_new.level) == (Level.OK, Level.OK)
    assert "only takes new snapshots" in only_new.what
    assert (lacking.level, (tmp_path / "second").exists()) == (Level.PROBLEM, False)


def test_doctor_goes_on_where_only_the_second_repository_does_not_answer(at):
    far = at(repository="rest:http://127.0.0.1:1/x", deadlines=Deadlines(opening=5))

    *_, found = look(at(), "campus", second=far)

    assert found.level is Level.PROBLEM
    assert "did not answer" in found.what
