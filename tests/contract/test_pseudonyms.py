"""The keys of pseudonyms, as files and in memory: made once, the same ever after, and destroyed."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from courseops.actions.people.pseudonyms import (
    SCOPE,
    UNLINK,
    Pseudonyms,
    plan_unlinking,
    unlink_term,
)
from courseops.adapters.memory.ambient import FixedClock
from courseops.adapters.memory.people import MemoryPseudonymKeys
from courseops.adapters.pseudonyms import PseudonymKeyFiles
from courseops.errors import CourseOpsError
from courseops.model.people.pseudonym import Terms
from courseops.model.run import Status
from tests.support.journal import memory_journal

TERM = "2026-02-01"
CLOCK = FixedClock()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "state" / "pseudonyms"


@pytest.fixture(params=["memory", "files"])
def keys(request, folder):
    return MemoryPseudonymKeys() if request.param == "memory" else PseudonymKeyFiles(folder)


@pytest.fixture
def names(keys):
    return Pseudonyms(keys=keys, terms=Terms(begins=((2, 1), (8, 1)), zone=CLOCK.now().tzinfo))


def test_a_key_is_made_once_and_is_that_of_its_term(keys):
    key = keys.key(TERM)

    assert len(key) == 32
    assert keys.key(TERM) == key
    assert keys.key("2026-08-01") != key
    assert [it.term for it in keys.known()] == [TERM, "2026-08-01"]
    assert all(it.made_at.tzinfo is not None for it in keys.known())


def test_without_any_there_is_none_to_destroy(keys):
    assert keys.known() == []
    assert keys.destroy(TERM) is False


def test_a_key_that_was_destroyed_is_never_the_same_again(keys):
    key = keys.key(TERM)

    assert keys.destroy(TERM) is True
    assert keys.known() == []
    assert keys.destroy(TERM) is False
    assert keys.key(TERM) != key


@pytest.mark.parametrize("term", ["", "2026", "../secret", "2026-02-01/..", "\0"])
def test_what_is_no_term_is_refused(keys, term):
    for act in (keys.key, keys.destroy):
        with pytest.raises(CourseOpsError, match="no term is called"):
            act(term)


def test_people_have_the_same_pseudonyms_all_term(names):
    now = CLOCK.now()
    first = names.of("campus", ["ada", "bob"], now)

    assert names.of("campus", ["bob"], now)["bob"] == first["bob"]
    assert names.of("campus", ["ada"], now.replace(month=9))["ada"] != first["ada"]
    assert len(set(first.values())) == 2


def test_unlinking_a_term_leaves_a_record_and_the_second_time_does_nothing(names, keys):
    journal = memory_journal()
    before = names.of("campus", ["ada"], CLOCK.now())
    assert plan_unlinking(keys, TERM).term == TERM

    done = unlink_term(keys, journal, TERM)
    again = unlink_term(keys, journal, TERM)

    assert [it.status for it in (*done.outcomes, *again.outcomes)] == [Status.DONE, Status.SKIPPED]
    assert plan_unlinking(keys, TERM).term == ""
    (_, first) = journal.runs.recent(action=UNLINK, scope=SCOPE)
    assert [it.subject for it in journal.runs.audit_of(first.id)] == [TERM, TERM]
    assert names.of("campus", ["ada"], CLOCK.now()) != before


def test_a_file_is_its_owners_alone_and_holds_nobodys_name(folder):
    PseudonymKeyFiles(folder).key(TERM)

    assert [it.name for it in folder.iterdir()] == [f"{TERM}.key"]
    assert (folder / f"{TERM}.key").stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert PseudonymKeyFiles(folder).key(TERM) == PseudonymKeyFiles(folder).key(TERM)


def test_a_destroyed_key_was_overwritten_first(folder):
    keys = PseudonymKeyFiles(folder)
    keys.key(TERM)
    os.link(folder / f"{TERM}.key", folder / "another link")

    keys.destroy(TERM)

    assert not any((folder / "another link").read_bytes())


def test_a_key_that_others_may_read_is_refused(folder):
    PseudonymKeyFiles(folder).key(TERM)
    (folder / f"{TERM}.key").chmod(0o640)

    with pytest.raises(CourseOpsError, match="others may read") as refused:
        PseudonymKeyFiles(folder).key(TERM)

    assert "person unlink" in refused.value.hint


def test_a_file_that_holds_no_key_is_refused_and_never_replaced(folder):
    PseudonymKeyFiles(folder).key(TERM)
    for content in (b"", b"abc\n", b"AAAA" * 11, b"\0" * 45):
        (folder / f"{TERM}.key").write_bytes(content)
        with pytest.raises(CourseOpsError, match="holds no key"):
            PseudonymKeyFiles(folder).key(TERM)


def test_a_link_in_place_of_a_key_is_not_followed(folder, tmp_path):
    folder.mkdir(parents=True)
    (tmp_path / "elsewhere").write_bytes(b"x" * 45)
    (folder / f"{TERM}.key").symlink_to(tmp_path / "elsewhere")

    for act in (PseudonymKeyFiles(folder).key, PseudonymKeyFiles(folder).destroy):
        with pytest.raises(CourseOpsError, match="cannot use the keys"):
            act(TERM)
    assert (tmp_path / "elsewhere").read_bytes() == b"x" * 45


def test_of_many_who_make_a_key_at_once_all_have_the_same(folder):
    with ThreadPoolExecutor(16) as crowd:
        made = set(crowd.map(lambda _: PseudonymKeyFiles(folder).key(TERM), range(64)))

    assert len(made) == 1
