"""The catalogue after an erasure, and what happens when the repository fails in between."""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from courseops.actions.backups.cataloguing import feed, follow_rewriting, refresh
from courseops.adapters.memory.ambient import FixedClock
from courseops.adapters.memory.copies import MemoryCatalogue, MemoryCopies
from courseops.adapters.memory.repository import MemoryRepository
from courseops.adapters.volumes.directories import DirectoryVolumes
from courseops.errors import CourseOpsError, LockedError
from courseops.model.backups.backup import STATE, BackupOrder, shard_tag
from courseops.model.backups.restore import Sighting
from courseops.model.run import Status


class FrailRepository(MemoryRepository):
    """A repository that fails when it is asked for some snapshots."""

    def __init__(self, clock: FixedClock) -> None:
        super().__init__(clock=clock)
        self.failing: dict[str, CourseOpsError] = {}
        self.read: list[str] = []

    def files(self, snapshot_id: str, folders: Sequence[str] = ()) -> Iterator[Sighting]:
        self.read.append(snapshot_id)
        if snapshot_id in self.failing:
            raise self.failing[snapshot_id]
        return super().files(snapshot_id, folders)


@dataclass(frozen=True, kw_only=True)
class Ports:
    """One hub, with what keeping its catalogue needs."""

    volumes: DirectoryVolumes
    repository: FrailRepository
    clock: FixedClock
    catalogue: MemoryCatalogue = field(default_factory=MemoryCatalogue)
    copies: MemoryCopies = field(default_factory=MemoryCopies)
    hub: str = "campus"
    scope: str = "hub/campus"

    def back_up(self, tag: str = shard_tag(0)) -> str:
        """Take a snapshot an hour after the one before; nobody is told."""
        self.clock.advance(timedelta(hours=1))
        order = BackupOrder(tags=(tag,))
        volumes = self.volumes.survey().volumes
        return self.repository.back_up(self.volumes.root, volumes, order).snapshot_id

    def sizes(self, username: str = "ada") -> list[int]:
        """Give the sizes of the versions of a learner's first homework."""
        return [it.size_bytes for it in self.catalogue.versions(self.hub, username, "hw1.ipynb")]


@pytest.fixture
def ports(homes: Path, clock: FixedClock) -> Ports:
    return Ports(
        volumes=DirectoryVolumes(f"{homes}/{{username}}"),
        repository=FrailRepository(clock),
        clock=clock,
    )


@pytest.fixture
def backed_up(ports: Ports, homes: Path) -> list[str]:
    """Give the ids of four snapshots, of which each holds another homework of ada's."""
    made = []
    for size in range(1, 5):
        (homes / "ada/hw1.ipynb").write_text("x" * size)
        made.append(ports.back_up())
    return made


def test_a_snapshot_that_cannot_be_read_stops_no_other(ports, journal, backed_up):
    ports.repository.failing[backed_up[1]] = CourseOpsError("it is damaged", hint="check it")

    done = refresh(ports, journal)

    assert [it.status for it in done.outcomes] == [
        Status.DONE,
        Status.FAILED,
        Status.DONE,
        Status.DONE,
    ]
    assert (done.outcomes[1].subject, done.outcomes[1].mend) == (backed_up[1][:8], "check it")
    assert ports.sizes() == [4, 3, 1]

    ports.repository.failing.clear()
    refresh(ports, journal)
    assert ports.sizes() == [4, 3, 2, 1]


def test_a_refresh_that_was_stopped_is_gone_on_with(ports, journal, backed_up):
    ports.repository.failing[backed_up[2]] = LockedError("the repository is locked")
    with pytest.raises(LockedError):
        refresh(ports, journal)
    assert ports.sizes() == [2, 1]

    ports.repository.failing.clear()
    ports.repository.read.clear()
    done = refresh(ports, journal)

    assert ports.repository.read == backed_up[2:]
    assert (done.known, len(done.outcomes)) == (2, 2)
    assert ports.sizes() == [4, 3, 2, 1]
    assert journal.progress.stages["read the snapshots of campus"] == 4


def test_a_run_that_the_catalogue_missed_is_made_up_for(ports, journal, backed_up):
    refresh(ports, journal)
    ports.catalogue.forget("campus", [backed_up[2]])
    ports.repository.read.clear()

    refresh(ports, journal)

    assert ports.repository.read == backed_up[2:]
    assert ports.sizes() == [4, 3, 2, 1]


def test_what_is_no_learners_is_not_in_the_catalogue(ports, journal, backed_up):
    ports.back_up(STATE)

    done = refresh(ports, journal)

    assert len(done.outcomes) == 4
    assert {it.shard for it in ports.catalogue.snapshots("campus")} == {"shard-00"}


def test_only_homes_that_changed_are_listed(ports, homes, journal):
    ports.back_up()
    refresh(ports, journal)
    asked: list[Sequence[str]] = []
    listing = ports.repository.files

    def files(snapshot_id: str, folders: Sequence[str] = ()) -> Iterator[Sighting]:
        asked.append(folders)
        return listing(snapshot_id, folders)

    ports.repository.files = files
    (homes / "bob/new.txt").write_text("new")
    ports.back_up()
    refresh(ports, journal)

    assert asked == [["bob"]]


def test_a_learner_whose_home_is_gone_is_known_by_the_shard_they_had(
    ports, homes, journal, backed_up
):
    ports.copies.assign("campus", {"ada": 0, "bob": 0})
    (homes / "ada").rename(homes.parent / "elsewhere")
    ports.back_up()

    refresh(ports, journal)

    assert ports.sizes() == [4, 3, 2, 1]
    assert ports.catalogue.versions("campus", "ada", "hw1.ipynb")[0].is_deleted


def rewrite(ports: Ports) -> None:
    """Write every snapshot anew, without bob's home, as an erasure does."""
    holdings = ports.repository.holdings
    for number, made in enumerate(holdings.snapshots):
        anew = replace(made, id=secrets.token_hex(32))
        files = holdings.files.pop(made.id)
        holdings.files[anew.id] = {it: files[it] for it in files if not it.startswith("bob/")}
        holdings.snapshots[number] = anew


def test_after_an_erasure_what_is_known_has_the_new_names(ports, homes, journal, backed_up):
    refresh(ports, journal)
    rewrite(ports)
    ports.catalogue.erase("campus", "bob")
    ports.repository.read.clear()

    assert follow_rewriting(ports.catalogue, ports.repository, "campus") == 4

    held = ports.repository.snapshots()
    assert [it.id for it in ports.catalogue.snapshots("campus")] == [it.id for it in held]
    versions = ports.catalogue.versions("campus", "ada", "hw1.ipynb")
    assert [it.snapshot_id for it in versions] == [it.id for it in held]
    assert ports.sizes("bob") == []
    assert refresh(ports, journal).known == 4
    assert ports.repository.read == []


def test_after_an_erasure_what_does_not_add_up_is_dropped_and_read_again(
    ports, homes, journal, backed_up
):
    refresh(ports, journal)
    (homes / "ada/hw1.ipynb").write_text("x" * 5)
    ports.back_up()
    rewrite(ports)

    assert follow_rewriting(ports.catalogue, ports.repository, "campus") == 0
    assert ports.catalogue.snapshots("campus") == []
    refresh(ports, journal)
    assert ports.sizes() == [5, 4, 3, 2, 1]


def test_a_run_after_a_gap_of_our_own_record_brings_everything_back(ports, homes, backed_up):
    (homes / "ada/hw1.ipynb").write_text("x" * 5)
    ports.clock.advance(timedelta(hours=1))
    volumes = ports.volumes.survey().volumes
    made = ports.repository.back_up(ports.volumes.root, volumes, BackupOrder())

    feed(ports, made, shard_tag(0), volumes, ports.clock.now())

    assert ports.sizes() == [5, 4, 3, 2, 1]


def test_a_run_that_made_no_snapshot_asks_the_repository_nothing(ports, journal, backed_up):
    refresh(ports, journal)
    volumes = ports.volumes.survey().volumes
    made = ports.repository.back_up(ports.volumes.root, volumes, BackupOrder())
    assert made.snapshot_id == backed_up[-1]
    ports.repository.changes = None

    for is_unchanged in (True, False):
        as_it_was = replace(made, is_unchanged=is_unchanged)
        feed(ports, as_it_was, shard_tag(0), volumes, ports.clock.now())

    assert len(ports.catalogue.snapshots("campus")) == 4
