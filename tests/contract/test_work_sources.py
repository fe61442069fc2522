"""What every place promises where work is collected from: bytes as they are, and within bounds."""

import os
import shutil
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import pytest

from courseops.adapters.collecting.exchange import ExchangeWork
from courseops.adapters.memory.collecting import MemorySink
from courseops.adapters.memory.repository import MemoryRepository
from courseops.errors import CourseOpsError, RefusedError, UnreachableError
from courseops.model.candidate import Bounds, NotTakenError
from tests.support.backup import LEARNER
from tests.support.collecting import COURSE, MINUTE
from tests.support.work import (
    BOUNDS,
    Ngshare,
    exchange_place,
    home_work,
    ngshare_work,
    snapshot_place,
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
    with pytest.raises(RefusedError, match="Login required"):
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
