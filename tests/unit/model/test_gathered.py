"""The files of many homes in little memory, and whose they are."""

import sys
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from courseops.model.backups.backup import Snapshot, Volume
from courseops.model.backups.gathered import Gathered
from courseops.model.backups.owners import Owners
from courseops.model.backups.restore import Sighting
from courseops.model.microseconds import microseconds, moment_of

MONDAY = datetime(2026, 3, 2, 15, tzinfo=UTC)
SNAPSHOT = Snapshot(id="e" * 64, taken_at=MONDAY, paths=())


def file(path: str, size_bytes: int) -> Sighting:
    return Sighting(
        path=path,
        snapshot_id=SNAPSHOT.id,
        taken_at=MONDAY,
        modified_at=MONDAY - timedelta(microseconds=size_bytes),
        size_bytes=size_bytes,
        mode=0o640,
        uid=1000,
        gid=100,
    )


@given(
    files=st.lists(
        st.tuples(st.sampled_from(["ada", "bob"]), st.builds(file, st.text(), st.integers(0, 9)))
    )
)
def test_everybodys_files_come_back_as_they_were(files):
    gathered = Gathered(SNAPSHOT, ["cyd"])
    for username, it in files:
        gathered.add(username, it.path, it)

    assert set(gathered) == {"cyd", *(username for username, _ in files)}
    assert len(gathered) == len(set(gathered))
    for username in gathered:
        assert list(gathered[username]) == [it for whose, it in files if whose == username]


def test_a_large_home_is_held_in_a_fraction_of_its_room_whatever_its_names():
    gathered = Gathered(SNAPSHOT)
    for number in range(20_000):
        path = f".venv/lib/python3.11/site-packages/\udce9{number}.py"
        gathered.add("ada", path, file(path, number))

    held = sum(map(sys.getsizeof, gathered._packed["ada"]))
    assert held < 40 * 20_000
    assert sum(it.size_bytes for it in gathered["ada"]) == sum(range(20_000))


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_moment_is_the_same_after_it_was_a_number(moment):
    assert moment_of(microseconds(moment)) == moment


def test_a_path_belongs_to_whose_home_it_is_in():
    owners = Owners(
        Volume(username=username, path=path)
        for username, path in [
            ("ada", "users/ada/_data"),
            ("bob", "bob"),
            ("inner", "bob/inner"),
            ("old", "cyd"),
            ("cyd", "cyd"),
        ]
    )

    assert owners.owner_of("users/ada/_data/ps1/hw1.ipynb") == ("ada", "ps1/hw1.ipynb")
    assert owners.owner_of("users/ada/_data") == ("ada", "")
    assert owners.owner_of("bob/hw1.ipynb") == ("bob", "hw1.ipynb")
    assert owners.owner_of("bob/inner/hw1.ipynb") == ("inner", "hw1.ipynb")
    assert owners.owner_of("cyd/x") == ("cyd", "x")
    for path in ("users/ada", "bobby/hw1.ipynb", "users/ada/_database/x", ""):
        assert owners.owner_of(path) is None
