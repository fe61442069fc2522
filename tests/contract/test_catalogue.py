"""What every catalogue promises, asked of the one in memory, of SQLite and of PostgreSQL."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from courseops.adapters.history import DATABASE
from courseops.adapters.history.looking import FileCatalogue
from courseops.adapters.memory.ambient import SilentProgress
from courseops.adapters.memory.copies import MemoryCatalogue
from courseops.adapters.store import Store, open_store, open_store_in
from courseops.adapters.store.catalogue import SqlCatalogue
from courseops.config import load_config
from courseops.errors import CourseOpsError
from courseops.model.backups.backup import Snapshot, deadline_tag, shard_tag
from courseops.model.backups.restore import FileVersion, Sighting
from courseops.ports.copies import Catalogue, KnownVersions
from courseops.wiring import Site

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
# Hypothesis makes many examples within one test, and they share its empty database.
SHARED = settings(
    deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def snapshot(hour: int, tag: str = shard_tag(0)) -> Snapshot:
    return Snapshot(
        id=f"{hour:02x}".rjust(64, "e")[::-1],
        taken_at=MONDAY + hour * HOUR,
        paths=(),
        tags=("auto", tag),
    )


def file(path: str, size_bytes: int = 10, mode: int = 0o644) -> Sighting:
    """Make a file whose time of change goes with its size; where it was seen does not matter."""
    return Sighting(
        path=path,
        snapshot_id="",
        taken_at=MONDAY,
        modified_at=MONDAY - timedelta(microseconds=size_bytes),
        size_bytes=size_bytes,
        mode=mode,
        uid=1000,
        gid=100,
    )


def told(versions: list[FileVersion]) -> list[tuple[str, int, int, int]]:
    """Say of each version: path, size, and the hours of its first and last snapshot."""
    return [
        (
            it.path,
            it.size_bytes,
            (it.first_taken_at - MONDAY) // HOUR,
            (it.taken_at - MONDAY) // HOUR,
        )
        for it in versions
    ]


@pytest.fixture
def catalogue(store) -> Catalogue:
    return store.catalogue


def test_what_no_run_changed_is_one_version_up_to_the_newest_snapshot(catalogue):
    catalogue.add("campus", snapshot(0), {"ada": [file("hw1.ipynb")]})
    catalogue.add("campus", snapshot(1), {})
    catalogue.add("campus", snapshot(2), {})

    (version,) = catalogue.versions("campus", "ada")
    assert version == FileVersion(
        path="hw1.ipynb",
        modified_at=MONDAY - timedelta(microseconds=10),
        size_bytes=10,
        snapshot_id=snapshot(2).id,
        taken_at=MONDAY + 2 * HOUR,
        first_taken_at=MONDAY,
        mode=0o644,
        uid=1000,
        gid=100,
    )


def test_a_file_that_changed_has_its_versions_newest_first(catalogue):
    catalogue.add("campus", snapshot(0), {"ada": [file("b"), file("a", 1)]})
    catalogue.add("campus", snapshot(1), {"ada": [file("b"), file("a", 2)]})

    assert told(catalogue.versions("campus", "ada")) == [
        ("a", 2, 1, 1),
        ("a", 1, 0, 0),
        ("b", 10, 0, 1),
    ]


def test_a_deleted_file_keeps_its_versions_and_is_said_to_be_gone(catalogue):
    catalogue.add("campus", snapshot(0), {"ada": [file("a"), file("b")]})
    catalogue.add("campus", snapshot(1), {"ada": [file("b")]})
    catalogue.add("campus", snapshot(2), {})

    gone, there = catalogue.versions("campus", "ada")
    assert (gone.path, gone.is_deleted, gone.snapshot_id) == ("a", True, snapshot(0).id)
    assert (there.path, there.is_deleted, there.snapshot_id) == ("b", False, snapshot(2).id)


def test_a_home_that_is_empty_or_gone_has_nothing_but_deleted_files(catalogue):
    catalogue.add("campus", snapshot(0), {"ada": [file("a")], "bob": []})
    catalogue.add("campus", snapshot(1), {"ada": []})

    assert [it.is_deleted for it in catalogue.versions("campus", "ada")] == [True]
    assert catalogue.versions("campus", "bob") == []
    assert catalogue.versions("campus", "nobody") == []


def test_a_file_that_comes_back_as_it_was_is_one_version_as_long_as_any_snapshot_holds_it(
    catalogue,
):
    for hour, files in enumerate([[file("a")], [], [file("a")]]):
        catalogue.add("campus", snapshot(hour), {"ada": files})
    assert told(catalogue.versions("campus", "ada")) == [("a", 10, 0, 2)]

    catalogue.forget("campus", [snapshot(0).id, snapshot(2).id])

    assert catalogue.versions("campus", "ada") == []


def test_a_content_that_comes_back_after_another_is_a_version_of_its_own(catalogue):
    for hour, size in enumerate([1, 2, 1]):
        catalogue.add("campus", snapshot(hour), {"ada": [file("a", size)]})

    assert told(catalogue.versions("campus", "ada")) == [
        ("a", 1, 2, 2),
        ("a", 2, 1, 1),
        ("a", 1, 0, 0),
    ]


def test_of_one_content_the_rights_of_the_newest_snapshot_count(catalogue):
    catalogue.add("campus", snapshot(0), {"ada": [file("a", mode=0o644)]})
    catalogue.add("campus", snapshot(1), {"ada": [file("a", mode=0o600)]})

    (version,) = catalogue.versions("campus", "ada")
    assert (version.mode, version.first_taken_at) == (0o600, MONDAY)


def test_a_pattern_says_which_files_are_meant(catalogue):
    files = [file("hw1.ipynb"), file("ps1/hw1.ipynb"), file("ps1/notes.txt")]
    catalogue.add("campus", snapshot(0), {"ada": files, "bob": [file("hw1.ipynb")]})

    assert [it.path for it in catalogue.versions("campus", "ada", "hw*")] == [
        "hw1.ipynb",
        "ps1/hw1.ipynb",
    ]
    assert [it.path for it in catalogue.versions("campus", "ada", "ps1/*.txt")] == ["ps1/notes.txt"]
    assert catalogue.versions("campus", "ada", "none") == []


def test_no_name_of_a_file_is_too_odd_and_no_time_too_far(catalogue):
    names = ["caf\udce9.ipynb", "new\nline", "-rf *", "Zoë 😀", "it's", "100%"]
    times = [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, tzinfo=UTC)] * 3
    far = [
        replace(file(name), modified_at=at, size_bytes=1 << 50, uid=2**32 - 2)
        for name, at in zip(names, times, strict=True)
    ]
    catalogue.add("campus", snapshot(0), {"zo\udce9": far})
    catalogue.add("campus", snapshot(1), {"zo\udce9": far})

    found = catalogue.versions("campus", "zo\udce9")
    assert sorted((it.path, it.modified_at) for it in found) == sorted(
        (it.path, it.modified_at) for it in far
    )
    assert {(it.size_bytes, it.uid) for it in found} == {(1 << 50, 2**32 - 2)}


def test_shards_and_hubs_do_not_mix(catalogue):
    catalogue.add("campus", snapshot(0), {"ada": [file("a")]})
    catalogue.add("campus", snapshot(1, shard_tag(1)), {"bob": [file("b")]})
    catalogue.add("other", snapshot(2), {"ada": [file("c")]})

    assert told(catalogue.versions("campus", "ada")) == [("a", 10, 0, 0)]
    assert told(catalogue.versions("campus", "bob")) == [("b", 10, 1, 1)]
    assert told(catalogue.versions("other", "ada")) == [("c", 10, 2, 2)]
    assert {shard: it.id for shard, it in catalogue.newest("campus").items()} == {
        "shard-00": snapshot(0).id,
        "shard-01": snapshot(1).id,
    }


def test_snapshots_come_newest_first_with_their_tags(catalogue):
    deadline = snapshot(1, deadline_tag("python101", "hw1"))
    for it in (snapshot(0), deadline, snapshot(2)):
        catalogue.add("campus", it, {})

    assert catalogue.snapshots("campus") == [snapshot(2), deadline, snapshot(0)]
    assert catalogue.newest("campus") == {"shard-00": snapshot(2)}
    assert catalogue.snapshots("other") == []


def test_the_snapshot_of_a_deadline_lies_between_those_of_the_shard(catalogue):
    catalogue.add("campus", snapshot(0), {"ada": [file("a", 1)]})
    catalogue.add("campus", snapshot(1), {})
    catalogue.add("campus", snapshot(2, "deadline:x/y"), {"ada": [file("a", 2)]})
    catalogue.add("campus", snapshot(3), {})
    catalogue.add("campus", snapshot(4), {})
    catalogue.add("campus", snapshot(5, "deadline:x/z"), {"ada": []})

    versions = catalogue.versions("campus", "ada")
    assert told(versions) == [("a", 1, 3, 4), ("a", 2, 2, 2), ("a", 1, 0, 1)]
    assert all(it.is_deleted for it in versions)


def test_a_snapshot_that_is_there_stays_as_it_is_also_by_a_shorter_name(catalogue):
    catalogue.add("campus", snapshot(0), {"ada": [file("a")]})
    short = Snapshot(id=snapshot(0).id[:8], taken_at=MONDAY, paths=(), tags=("auto", "shard-00"))
    for again in (snapshot(0), short):
        catalogue.add("campus", again, {"ada": [file("b")]})

    assert told(catalogue.versions("campus", "ada")) == [("a", 10, 0, 0)]
    assert catalogue.snapshots("campus") == [snapshot(0)]


def test_a_snapshot_older_than_the_newest_of_its_shard_is_refused_whole(catalogue):
    catalogue.add("campus", snapshot(2), {"ada": [file("a")]})

    with pytest.raises(CourseOpsError, match="later snapshot of shard-00"):
        catalogue.add("campus", snapshot(1), {"ada": [file("b")]})
    catalogue.add("campus", snapshot(1, shard_tag(1)), {})

    assert told(catalogue.versions("campus", "ada")) == [("a", 10, 2, 2)]


def test_a_snapshot_whose_files_cannot_be_had_leaves_nothing(catalogue):
    def half() -> Iterator[Sighting]:
        yield file("b")
        raise CourseOpsError("the repository went away")

    catalogue.add("campus", snapshot(0), {"ada": [file("a")]})
    with pytest.raises(CourseOpsError, match="went away"):
        catalogue.add("campus", snapshot(1), {"ada": [], "bob": half()})

    assert catalogue.snapshots("campus") == [snapshot(0)]
    assert [it.is_deleted for it in catalogue.versions("campus", "ada")] == [False]


def test_versions_move_to_the_snapshots_that_remain(catalogue):
    catalogue.add("campus", snapshot(0), {"ada": [file("a", 1)]})
    catalogue.add("campus", snapshot(1), {"ada": [file("a", 2)]})
    for hour in (2, 3, 4):
        catalogue.add("campus", snapshot(hour), {})
    catalogue.add("campus", snapshot(5), {"ada": [file("a", 3)]})

    catalogue.forget("campus", [snapshot(hour).id[:8] for hour in (0, 1, 4)])

    assert told(catalogue.versions("campus", "ada")) == [("a", 3, 5, 5), ("a", 2, 2, 3)]
    assert [it.id for it in catalogue.snapshots("campus")] == [
        snapshot(hour).id for hour in (5, 3, 2)
    ]


def test_what_only_the_newest_snapshot_knew_is_undone_with_it(catalogue):
    catalogue.add("campus", snapshot(0), {"ada": [file("a"), file("b")]})
    catalogue.add("campus", snapshot(1), {"ada": [file("b", 2), file("c")], "bob": [file("d")]})
    catalogue.forget("campus", [snapshot(1).id])
    catalogue.add("campus", snapshot(2), {})

    assert told(catalogue.versions("campus", "ada")) == [("a", 10, 0, 2), ("b", 10, 0, 2)]
    assert catalogue.versions("campus", "bob") == []


def test_a_broken_notebook_stays_marked_until_no_snapshot_holds_it(catalogue):
    catalogue.add("campus", snapshot(0), {"ada": [file("a.ipynb", 1), file("b.ipynb", 1)]})
    torn = catalogue.versions("campus", "ada", "a.ipynb")[0]
    catalogue.mark_broken("campus", "ada", torn)
    catalogue.mark_broken("campus", "ada", torn)
    catalogue.add("campus", snapshot(1), {"ada": [file("a.ipynb", 2)]})

    assert [it.is_broken for it in catalogue.versions("campus", "ada")] == [False, True, False]

    catalogue.forget("campus", [snapshot(0).id])
    catalogue.add("campus", snapshot(2), {"ada": [file("a.ipynb", 1)]})
    assert [it.is_broken for it in catalogue.versions("campus", "ada")] == [False, False]


def test_nothing_is_left_of_somebody_who_was_erased(catalogue):
    files = {"ada": [file("a.ipynb")], "bob": [file("b")]}
    catalogue.add("campus", snapshot(0), files)
    catalogue.mark_broken("campus", "ada", catalogue.versions("campus", "ada")[0])
    catalogue.erase("campus", "ada")
    catalogue.add("campus", snapshot(1), {})

    assert catalogue.versions("campus", "ada") == []
    assert told(catalogue.versions("campus", "bob")) == [("b", 10, 0, 1)]
    catalogue.add("campus", snapshot(2), files)
    assert [it.is_broken for it in catalogue.versions("campus", "ada")] == [False]


def test_a_cleared_hub_is_listed_anew_from_its_oldest_snapshot(catalogue):
    catalogue.add("campus", snapshot(1), {"ada": [file("a")]})
    catalogue.add("other", snapshot(1), {"ada": [file("b")]})
    catalogue.clear("campus")

    assert (catalogue.snapshots("campus"), catalogue.versions("campus", "ada")) == ([], [])
    assert told(catalogue.versions("other", "ada")) == [("b", 10, 1, 1)]
    catalogue.add("campus", snapshot(0), {"ada": [file("c")]})
    assert told(catalogue.versions("campus", "ada")) == [("c", 10, 0, 0)]


def test_a_snapshot_gets_a_new_name_and_holds_what_it_held(catalogue):
    short = Snapshot(id=snapshot(0).id[:8], taken_at=MONDAY, paths=(), tags=("auto", "shard-00"))
    catalogue.add("campus", short, {"ada": [file("a")]})
    catalogue.add("campus", snapshot(1), {})
    catalogue.rename("campus", {snapshot(0).id: snapshot(0).id, "f" * 64: "d" * 64})

    assert catalogue.snapshots("campus") == [snapshot(1), snapshot(0)]
    catalogue.rename("campus", {snapshot(1).id: "f" * 64})
    assert [it.snapshot_id for it in catalogue.versions("campus", "ada")] == ["f" * 64]


def test_an_unchanged_run_writes_one_row_and_a_changed_home_its_changed_files(tmp_path):
    files = [file(f"{number}.ipynb") for number in range(20)]
    with open_store(f"sqlite:///{tmp_path}/courseops.sqlite") as store:
        store.catalogue.add("campus", snapshot(0), {"ada": files, "bob": files})
        before = rows(store)
        store.catalogue.add("campus", snapshot(1), {})
        assert rows(store) == before | {"snapshots": before["snapshots"] + 1}
        store.catalogue.add("campus", snapshot(2), {"ada": [*files[1:], file("0.ipynb", 99)]})
        assert rows(store)["stays"] == before["stays"] + 1
        store.catalogue.forget("campus", [snapshot(0).id, snapshot(1).id])
        assert rows(store)["stays"] == before["stays"]
        store.catalogue.clear("campus")
        assert set(rows(store).values()) == {0}


def rows(store: Store) -> dict[str, int]:
    with store.catalogue._database.reading() as connection:
        return {
            table: connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()
            for table in ("snapshots", "homes", "stays")
        }


HOMES = st.dictionaries(
    st.sampled_from(["ada", "bob"]),
    st.lists(
        st.builds(
            file,
            st.sampled_from(["a.ipynb", "b/c", "\udcff"]),
            st.integers(1, 2),
            st.sampled_from([0o644, 0o600]),
        ),
        max_size=3,
    ),
)
ADD = st.tuples(st.just("add"), st.sampled_from(["shard-00", "shard-01", "deadline:x/y"]), HOMES)
# Most of what becomes of a catalogue is that it grows, and mostly unchanged.
SAME = st.tuples(st.just("add"), st.sampled_from(["shard-00", "shard-01"]), st.just({}))
STEPS = st.lists(
    st.one_of(
        ADD,
        SAME,
        st.one_of(ADD, SAME),
        st.tuples(st.just("forget"), st.sets(st.integers(0, 9), max_size=4)),
        st.tuples(st.just("rename"), st.integers(0, 9)),
        st.tuples(st.just("mark_broken"), st.sampled_from(["ada", "bob"]), st.integers(0, 3)),
        st.tuples(st.just("erase"), st.sampled_from(["ada", "bob"])),
    ),
    min_size=3,
    max_size=16,
)


class Pair:
    """The catalogue that writes everything out, and the one that is asked whether it agrees."""

    _hubs = count()

    def __init__(self, catalogue: Catalogue) -> None:
        self.both = (MemoryCatalogue(), catalogue)
        self.hub = f"hub{next(self._hubs)}"
        self._hours = count()
        self._ids: list[str] = []

    def add(self, tag: str, seen: dict[str, list[Sighting]]) -> None:
        made = snapshot(next(self._hours), tag)
        self._ids.append(made.id)
        for it in self.both:
            it.add(self.hub, made, seen)

    def forget(self, which: set[int]) -> None:
        for it in self.both:
            it.forget(self.hub, [self._ids[n] for n in which if n < len(self._ids)])

    def rename(self, which: int) -> None:
        if which < len(self._ids):
            new = self._ids[which][::-1]
            for it in self.both:
                it.rename(self.hub, {self._ids[which]: new})
            self._ids[which] = new

    def mark_broken(self, username: str, which: int) -> None:
        for version in self.both[0].versions(self.hub, username)[which : which + 1]:
            for it in self.both:
                it.mark_broken(self.hub, username, version)

    def erase(self, username: str) -> None:
        for it in self.both:
            it.erase(self.hub, username)

    def agree(self, other: KnownVersions) -> None:
        plain = self.both[0]
        assert other.snapshots(self.hub) == plain.snapshots(self.hub)
        assert other.newest(self.hub) == plain.newest(self.hub)
        for username in ("ada", "bob"):
            for pattern in ("*", "b/*"):
                expected = plain.versions(self.hub, username, pattern)
                assert other.versions(self.hub, username, pattern) == expected


@SHARED
@given(steps=STEPS)
def test_whatever_happens_it_answers_as_if_everything_were_written_out(catalogue, steps):
    pair = Pair(catalogue)
    for verb, *how in steps:
        getattr(pair, verb)(*how)
    pair.agree(catalogue)


@SHARED
@given(steps=STEPS)
def test_a_quick_look_into_the_file_answers_alike(tmp_path: Path, steps):
    path = tmp_path / "state" / "courseops.sqlite"
    with open_store(f"sqlite:///{path}") as store:
        pair = Pair(store.catalogue)
        for verb, *how in steps:
            getattr(pair, verb)(*how)
        looking = FileCatalogue(path)
        assert looking.is_current()
        pair.agree(looking)


def test_a_quick_look_does_without_what_takes_long_to_load(tmp_path):
    with open_store_in(tmp_path) as store:
        store.catalogue.add("campus", snapshot(0), {"ada": [file("hw1.ipynb")]})
    look = (
        "import sys; from pathlib import Path; "
        "from courseops.adapters.history.looking import FileCatalogue; "
        "found = FileCatalogue(Path(sys.argv[1])).versions('campus', 'ada', 'hw*'); "
        "slow = {'sqlalchemy', 'alembic', 'pydantic'} & set(sys.modules); "
        "sys.exit(f'{len(found)} version, {slow}' if slow or len(found) != 1 else 0)"
    )
    path = str(tmp_path / DATABASE)
    subprocess.run([sys.executable, "-c", look, path], check=True, timeout=60)


def test_what_is_known_is_looked_up_in_a_file_of_ours_only_when_it_is_current(tmp_path):
    config = tmp_path / "config.toml"
    config.write_text('[site]\nstate = "state"\n')
    site = Site(load_config(config), actor="tester", progress=SilentProgress())
    try:
        assert isinstance(site.known_versions, SqlCatalogue)
    finally:
        site.close()
    assert isinstance(
        Site(site.config, actor="tester", progress=SilentProgress()).known_versions, FileCatalogue
    )
