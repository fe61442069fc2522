"""What every place promises where work is collected from: bytes as they are, and within bounds."""

import os
import shutil
import signal
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import pytest

from courseops.adapters.collecting.exchange import ExchangeWork
from courseops.adapters.memory.collecting import MemorySink
from courseops.adapters.memory.repository import MemoryRepository
from courseops.errors import CourseOpsError, LockedError, RefusedError, UnreachableError
from courseops.model.assignments.candidate import Bounds, NotTakenError
from tests.support.backup import LEARNER, restic_at, volumes
from tests.support.collecting import COURSE, MINUTE
from tests.support.work import (
    BOUNDS,
    Ngshare,
    exchange_place,
    home_work,
    ngshare_work,
    snapshot_place,
    snapshot_work,
    submit,
    write,
)

WORK = {"hw1.ipynb": b'{"cells": []}\r\n\xff\0', "data/père.csv": b"1;2\n", "empty.txt": b""}


def listed(place, name="hw1"):
    place.settle()
    return {it.learner: it for it in place.source.candidates(name, lambda _: None)}


def taken(source, candidate, name="hw1"):
    sink = MemorySink(BOUNDS)
    return source.take(name, candidate, sink), sink.contents


def test_who_handed_in_is_listed_with_the_time(place):
    before = datetime.now(UTC)
    place.hand_in("ada", "hw1", WORK)
    place.hand_in("zoë+1", "hw1", WORK)
    place.hand_in("bob", "hw2", WORK)

    found = listed(place)

    assert found.keys() == {"ada", "zoë+1"}
    assert listed(place, "hw2").keys() == {"bob"}
    for it in found.values():
        assert abs(it.claimed_at - before) < MINUTE
        assert it.trouble is None
        assert not it.is_contradicted()


def test_where_nobody_handed_in_nobody_is_listed(place):
    place.hand_in("ada", "hw1", WORK)
    assert listed(place, "hw3") == {}


def test_the_bytes_are_taken_as_they_are(place):
    place.hand_in("ada", "hw1", WORK)
    place.hand_in("bob", "hw1", {"hw1.ipynb": b"bob's"})
    found = listed(place)

    after, contents = taken(place.source, found["ada"])

    assert contents == WORK
    assert (after.learner, after.stamp) == ("ada", found["ada"].stamp)
    assert taken(place.source, found["bob"])[1] == {"hw1.ipynb": b"bob's"}


@pytest.mark.parametrize(
    ("files", "kind"),
    [
        ({"a": b"x" * 1001}, "too-big"),
        ({"a": b"x" * 900, "b": b"x" * 900}, "too-big"),
        ({str(number): b"" for number in range(6)}, "too-many"),
        ({"a/b/c/d/e": b""}, "too-deep"),
        ({"a\nb": b""}, "invalid-path"),
    ],
)
def test_what_is_out_of_bounds_is_refused_by_a_stable_word(place, files, kind):
    place.hand_in("ada", "hw1", {"hw1.ipynb": b"", **files} if kind != "too-many" else files)
    place.hand_in("bob", "hw1", WORK)
    found = listed(place)

    with pytest.raises(NotTakenError) as refused:
        taken(place.source, found["ada"])

    assert refused.value.kind == kind
    assert refused.value.trouble.mend
    assert taken(place.source, found["bob"])[1] == WORK


# What only a file system can do.


@pytest.fixture(params=["exchange", "homes"])
def folder(request, tmp_path):
    """A learner's folder with work in it, and the source that reads it."""
    if request.param == "exchange":
        place = exchange_place(tmp_path)
        yield submit(tmp_path / COURSE / "inbound", "ada", "hw1", WORK, beside=False), place.source
        return
    with home_work(tmp_path) as source:
        yield write(tmp_path / "ada" / COURSE / "hw1", WORK), source


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "gradebook.db"
    path.write_bytes(b"everybody's grades")
    path.chmod(0o600)
    return path


def look(source):
    (found,) = [it for it in source.candidates("hw1", lambda _: None) if it.learner == "ada"]
    return found


def refusal(source, found):
    with pytest.raises(NotTakenError) as refused:
        taken(source, found)
    return refused.value.kind


def test_a_link_is_never_followed_also_when_it_comes_later(folder, secret):
    where, source = folder
    before = look(source)
    (where / "data" / "père.csv").unlink()
    (where / "data" / "père.csv").symlink_to(secret)

    assert look(source).trouble.kind == "link"
    assert refusal(source, before) == "link"


def test_a_folder_that_is_a_link_is_never_entered(folder, tmp_path, secret):
    where, source = folder
    before = look(source)
    (tmp_path / "vault").mkdir()
    shutil.move(secret, tmp_path / "vault" / "hw1.ipynb")
    shutil.rmtree(where)
    where.symlink_to(tmp_path / "vault")

    assert look(source).trouble.kind == "link"
    assert refusal(source, before) == "link"


def test_a_fifo_neither_passes_nor_blocks(folder):
    where, source = folder
    os.mkfifo(where / "pipe")
    assert look(source).trouble.kind == "special-file"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs files of two accounts")
def test_a_second_name_of_somebody_elses_file_is_refused(folder, secret):
    where, source = folder
    os.link(secret, where / "mine.txt")
    assert look(source).trouble.kind == "link"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs homes of another account")
def test_a_home_is_read_with_its_owners_rights_and_no_more(tmp_path, secret):
    with home_work(tmp_path) as source:
        where = write(tmp_path / "ada" / COURSE / "hw1", WORK)
        shutil.copy(secret, where / "planted.txt")
        (where / "planted.txt").chmod(0o600)
        assert (where / "planted.txt").stat().st_uid != LEARNER

        assert refusal(source, look(source)) in {"unreadable", "changing"}
        with pytest.raises(NotTakenError):
            taken(source, look(source))


@pytest.mark.restic
def test_a_real_repository_gives_the_bytes_as_they_are(tmp_path, restic):
    place = snapshot_place(tmp_path / "homes", restic)
    place.hand_in("ada", "hw1", WORK)
    found = listed(place)
    assert found.keys() == {"ada"}
    assert taken(place.source, found["ada"])[1] == WORK


@pytest.fixture
def class_of_forty(tmp_path):
    """Give a class, in two snapshots of which the second holds the work of those who had longer."""
    root, learners = tmp_path / "homes", [f"learner{number:02}" for number in range(40)]
    for learner in learners:
        write(root / learner / COURSE / "hw1", {**WORK, "mine.txt": learner.encode()})
        write(root / learner / "private", {"diary.txt": b"!"})
    return root, learners


def whole_class(source, until=lambda _: None):
    found = list(source.candidates("hw1", until))
    return {it.learner: taken(source, it)[1] for it in sorted(found, key=lambda it: it.learner)}


@pytest.mark.restic
def test_a_whole_class_takes_few_starts_of_restic(tmp_path, empty_restic, class_of_forty):
    root, learners = class_of_forty
    shutil.copytree(empty_restic, tmp_path / "repository")
    counter = tmp_path / "counting-restic"
    counter.write_text(
        f'#!/bin/sh\necho "$*" >> {tmp_path}/starts\nexec {shutil.which("restic")} "$@"\n'
    )
    counter.chmod(0o755)
    repository = restic_at(tmp_path, program=str(counter))
    repository.back_up(root, volumes(*learners))
    earlier = repository.snapshots()[0].taken_at
    for learner in learners:
        write(root / learner / COURSE / "hw1", {"mine.txt": b"late"})
    repository.back_up(root, volumes(*learners))
    (tmp_path / "starts").unlink()
    longer = learners[-3:]
    homes = {it.username: it for it in volumes(*learners, "absent")}

    with snapshot_work(repository, volumes=lambda: homes, staging=tmp_path / "staging") as source:
        contents = whole_class(source, lambda it: None if it in longer else earlier)
        assert not list((tmp_path / "staging").rglob("diary.txt"))

    assert contents == {
        it: {**WORK, "mine.txt": b"late" if it in longer else it.encode()} for it in learners
    }
    # The list of snapshots, the files in two of them, and 1, 4, 16 and the last 16 + 3 homes.
    starts = (tmp_path / "starts").read_text().splitlines()
    assert len(starts) <= 8
    assert not [it for it in starts if " dump " in it]
    assert list((tmp_path / "staging").iterdir()) == []


@pytest.fixture
def forty_in_memory(tmp_path, clock, class_of_forty):
    root, learners = class_of_forty
    repository = MemoryRepository(clock=clock)
    repository.back_up(root, volumes(*learners))
    homes = {it.username: it for it in volumes(*learners)}
    source = snapshot_work(repository, volumes=lambda: homes, staging=tmp_path / "staging")
    with source:
        yield repository, source, learners


def test_one_learners_damaged_file_costs_nobody_else_theirs(forty_in_memory, monkeypatch):
    repository, source, learners = forty_in_memory
    restores = []
    restore, dump = repository.restore, repository.dump

    def damaged(paths) -> None:
        restores.append(paths)
        if any(it.startswith("learner07/") for it in paths):
            raise CourseOpsError("the repository is damaged")

    def restore_or_fail(snapshot_id, paths, into):
        # What a program leaves behind that fails in the middle.
        restore(snapshot_id, paths, into)
        for file in into.rglob("*.ipynb"):
            file.write_bytes(b"\0" * file.stat().st_size)
        damaged(paths)
        restore(snapshot_id, paths, into)

    def dump_or_fail(volume, sighting, to):
        damaged([f"{volume.path}/{sighting.path}"])
        dump(volume, sighting, to)

    monkeypatch.setattr(repository, "restore", restore_or_fail)
    monkeypatch.setattr(repository, "dump", dump_or_fail)
    found = {it.learner: it for it in source.candidates("hw1", lambda _: None)}
    for learner in learners:
        if learner == "learner07":
            with pytest.raises(CourseOpsError, match="damaged"):
                taken(source, found[learner])
        else:
            assert taken(source, found[learner])[1] == {**WORK, "mine.txt": learner.encode()}
    assert len(restores) < 20


def test_a_repository_that_is_locked_is_said_to_be_and_leaves_nothing(
    forty_in_memory, monkeypatch, tmp_path
):
    repository, source, _ = forty_in_memory

    def locked(*_):
        raise LockedError("the repository is locked")

    monkeypatch.setattr(repository, "restore", locked)
    first, *_ = source.candidates("hw1", lambda _: None)
    with pytest.raises(LockedError):
        taken(source, first)
    assert list((tmp_path / "staging").iterdir()) == []


def test_what_is_too_large_is_not_even_fetched(tmp_path, forty_in_memory, class_of_forty):
    repository, source, learners = forty_in_memory
    write(class_of_forty[0] / learners[3] / COURSE / "hw1", {"big": b"x" * 1001})
    repository.back_up(class_of_forty[0], volumes(*learners))
    found = sorted(source.candidates("hw1", lambda _: None), key=lambda it: it.learner)

    for one in found[:3]:
        taken(source, one)
    assert refusal(source, found[3]) == "too-big"

    assert not list((tmp_path / "staging").rglob("big"))


def test_what_is_fetched_lies_where_only_we_can_enter(forty_in_memory, tmp_path):
    _, source, _ = forty_in_memory
    first, *_ = source.candidates("hw1", lambda _: None)
    taken(source, first)
    assert (tmp_path / "staging").stat().st_mode & 0o777 == 0o700

    source.close()
    (tmp_path / "staging").chmod(0o755)
    with pytest.raises(CourseOpsError, match="others may enter"):
        taken(source, first)


def test_what_a_killed_run_left_is_removed_and_a_living_one_is_left_alone(
    forty_in_memory, tmp_path
):
    _, source, _ = forty_in_memory
    child = os.fork()
    if not child:
        taken(source, next(source.candidates("hw1", lambda _: None)))
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    (left,) = (tmp_path / "staging").iterdir()
    for folder in left.rglob(COURSE):
        folder.chmod(0)
    other = forty_in_memory[0]
    homes = {"learner01": volumes("learner01")[0]}
    work = snapshot_work(other, volumes=lambda: homes, staging=tmp_path / "staging")

    with work as second:
        taken(second, next(second.candidates("hw1", lambda _: None)))
        (living,) = (tmp_path / "staging").iterdir()
        taken(source, next(source.candidates("hw1", lambda _: None)))
        assert {left, living} & set((tmp_path / "staging").iterdir()) == {living}


@pytest.mark.parametrize("kind", ["exchange", "homes"])
def test_a_change_while_it_is_copied_is_seen(tmp_path, kind):
    # More than a pipe holds, so that the reader of homes is still at it.
    work = {**WORK, "large.csv": b"x" * 1_000_000, "last.csv": b""}
    if kind == "exchange":
        source = ExchangeWork(root=tmp_path, course_id=COURSE, bounds=Bounds())
        where = submit(tmp_path / COURSE / "inbound", "ada", "hw1", work, beside=False)
    else:
        source = home_work(tmp_path, bounds=Bounds())
        where = write(tmp_path / "ada" / COURSE / "hw1", work)
    with source if kind == "homes" else nullcontext():
        _change_while_copying(source, where)


def _change_while_copying(source, where):
    found = look(source)

    class Slow(MemorySink):
        def receive(self, path, chunks, *, modified_at):
            (where / "last.csv").write_bytes(b"in the meantime")
            super().receive(path, chunks, modified_at=modified_at)

    with pytest.raises(NotTakenError) as refused:
        source.take("hw1", found, Slow(Bounds()))
    assert refused.value.kind == "changing"
    sink = MemorySink()
    source.take("hw1", found, sink)
    assert sink.contents["last.csv"] == b"in the meantime"


def test_what_is_taken_later_bears_its_own_time(folder):
    where, source = folder
    found = look(source)
    (where / "more.txt").write_bytes(b"")

    after, contents = taken(source, found)

    assert "more.txt" in contents
    assert after.stamp != found.stamp
    assert after.witnessed_at >= found.witnessed_at


def test_a_time_that_was_set_back_is_contradicted(folder):
    where, source = folder
    for path in (where, *where.rglob("*")):
        os.utime(path, (0, 0))

    found = look(source)

    if found.claimed_at.year == 1970:  # a home claims by its files, the exchange by its names
        assert found.is_contradicted()
    assert abs(found.judged_at() - datetime.now(UTC)) < MINUTE


def test_a_name_that_claims_an_earlier_time_is_contradicted(tmp_path):
    place = exchange_place(tmp_path)
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    submit(tmp_path / COURSE / "inbound", "ada", "hw1", WORK, at=at)

    found = look(place.source)

    assert (found.claimed_at, found.is_contradicted()) == (at, True)
    assert datetime.now(UTC) - found.judged_at() < MINUTE


@pytest.mark.parametrize("stamp", ["yesterday", "2026-13-01 00:00:00.0 UTC", "9" * 40, ""])
def test_a_time_that_cannot_be_read_is_replaced_by_the_clocks(tmp_path, stamp):
    place = exchange_place(tmp_path)
    write(tmp_path / COURSE / "inbound" / f"ada+hw1+{stamp}+abc", WORK)
    assert abs(look(place.source).judged_at() - datetime.now(UTC)) < MINUTE


def test_folders_that_are_no_submission_of_it_are_passed_over(tmp_path):
    place = exchange_place(tmp_path)
    inbound = tmp_path / COURSE / "inbound"
    for name in ("hw1", "ada+hw1", "ada+hw10+2026-03-02 09:00:00.0 UTC+x", "+", "a+b+c+d+e"):
        (inbound / name).mkdir()
    assert list(place.source.candidates("hw1", lambda _: None)) == []


def test_an_owner_is_compared_where_the_course_says_so(tmp_path):
    place = exchange_place(tmp_path)
    submit(tmp_path / COURSE / "inbound", "root", "hw1", WORK)
    source = ExchangeWork(root=tmp_path, course_id=COURSE, bounds=BOUNDS, check_owner=True)

    (found,) = source.candidates("hw1", lambda _: None)
    (lenient,) = place.source.candidates("hw1", lambda _: None)

    assert found.trouble.kind == "owner"
    assert lenient.trouble is None


def test_an_exchange_that_is_not_there_is_an_error(tmp_path):
    place = exchange_place(tmp_path)
    shutil.rmtree(tmp_path / COURSE)
    with pytest.raises(CourseOpsError, match="exchange cannot be read"):
        list(place.source.candidates("hw1", lambda _: None))


def test_what_nbgrader_leaves_out_is_left_out_of_homes(tmp_path):
    with home_work(tmp_path) as source:
        where = write(tmp_path / "ada" / COURSE / "hw1", WORK)
        write(where / ".ipynb_checkpoints", {"hw1-checkpoint.ipynb": b""})
        write(where / "feedback" / "2026", {"hw1.html": b""})
        assert taken(source, look(source))[1] == WORK


def test_the_older_of_two_usual_places_is_a_candidate_too(tmp_path):
    with home_work(tmp_path) as source:
        write(tmp_path / "ada" / COURSE / "hw1", WORK)
        write(tmp_path / "ada" / "hw1", WORK)
        places = {it.place for it in source.candidates("hw1", lambda _: None)}
    assert places == {f"{COURSE}/hw1", "hw1"}


def test_the_reader_of_homes_goes_on_after_a_refusal_and_leaves_no_process(tmp_path):
    with home_work(tmp_path) as source:
        write(tmp_path / "ada" / COURSE / "hw1", {"big": b"x" * 1001})
        write(tmp_path / "bob" / COURSE / "hw1", WORK)
        found = {it.learner: it for it in source.candidates("hw1", lambda _: None)}
        assert refusal(source, found["ada"]) == "too-big"
        assert taken(source, found["bob"])[1] == WORK
        process = source._opened._process
    assert process.returncode is not None


def test_a_snapshot_after_the_deadline_is_not_looked_into(tmp_path, clock):
    place = snapshot_place(tmp_path, MemoryRepository(clock=clock))
    deadline = clock.now() + timedelta(hours=1)
    place.hand_in("ada", "hw1", {"hw1.ipynb": b"in time"})
    place.settle()
    clock.advance(timedelta(hours=2))
    place.hand_in("ada", "hw1", {"hw1.ipynb": b"afterwards"})
    place.settle()

    (found,) = place.source.candidates("hw1", lambda _: deadline)
    assert taken(place.source, found)[1] == {"hw1.ipynb": b"in time"}
    assert found.judged_at() <= deadline
    (newest,) = place.source.candidates("hw1", lambda _: None)
    assert taken(place.source, newest)[1] == {"hw1.ipynb": b"afterwards"}


def test_ngshare_says_no_in_its_own_words_and_is_never_believed_blindly():
    ngshare = Ngshare()
    ngshare.hand_in("ada", "hw1", WORK)
    with pytest.raises(RefusedError, match="does not know the token"):
        list(ngshare_work(ngshare, token=lambda: "wrong").candidates("hw1", lambda _: None))

    source = ngshare_work(ngshare)
    (found,) = source.candidates("hw1", lambda _: None)
    ngshare.spoil = lambda files: files[0].update(content="AAAA")
    assert refusal(source, found) == "damaged"
    ngshare.spoil = lambda files: files[0].update(path="../../evil")
    assert refusal(source, found) == "invalid-path"


def test_an_ngshare_that_is_not_there_is_unreachable():
    source = ngshare_work(Ngshare(), url="http://127.0.0.1:9/api", transport=None)
    with pytest.raises(UnreachableError):
        list(source.candidates("hw1", lambda _: None))
