"""The right to erasure: nothing is found afterwards, not even when an old copy comes back."""

import shutil
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta

import pytest

from courseops.actions.leaving.erase_ports import ErasePorts, Keeper
from courseops.actions.leaving.erasing import erase_again, erase_person, plan_erasure
from courseops.actions.leaving.offboarding import apply_offboarding
from courseops.adapters.memory.copies import MemoryCatalogue, MemoryCopies
from courseops.adapters.memory.repository import MemoryRepository
from courseops.adapters.memory.store import MemoryEnrolments
from courseops.adapters.memory.upkeep import MemoryUpkeep
from courseops.adapters.volumes.directories import DirectoryVolumes
from courseops.errors import PlanRefusedError, RefusedError, UnreachableError
from courseops.model.backups.backup import Volume
from courseops.model.run import Ending, Phase, Status
from tests.support.backup import make_home
from tests.support.leaving import COURSE, Killed, Life, Mortal, arrive, leaving_ports, somebody

ADA, BOB = (Volume(username=it, path=it) for it in ("ada", "bob"))
SECRET = "ada's own words"


class Lazy(MemoryUpkeep):
    """Upkeep that, as restic's, leaves some of what is not needed unless it is told otherwise."""

    def prune(self, *, whole=False):
        return super().prune(whole=whole) if whole else 0


class Old(MemoryUpkeep):
    """A restic before 0.15."""

    def erase(self, *_):
        raise RefusedError("restic 0.14.0 cannot take anything out of a snapshot")


def keeper(name, repository, kind=Lazy):
    return Keeper(name=name, repository=repository, upkeep=kind(repository))


@pytest.fixture
def ports(tmp_path, clock) -> ErasePorts:
    """Give a hub with two repositories of two snapshots each; ada's home is gone by now."""
    return hub_of(tmp_path, clock)


def hub_of(place, clock):
    root = place / "homes"
    make_home(root, "ada", {"diary.txt": SECRET})
    make_home(root, "bob", {"hw1.ipynb": "{}"})
    first, second = (MemoryRepository(clock=clock) for _ in range(2))
    for repository in (first, second):
        repository.back_up(root, [ADA, BOB])
        (root / "bob/hw1.ipynb").write_text(f"{{}} {repository}")
        clock.advance(timedelta(minutes=30))
        repository.back_up(root, [ADA, BOB])
    shutil.rmtree(root / "ada")
    return ErasePorts(
        hub="campus",
        volumes=DirectoryVolumes(f"{root}/{{username}}"),
        keepers=(keeper("repository", first), keeper("second repository", second)),
        catalogue=MemoryCatalogue(),
        copies=MemoryCopies(),
        enrolments=MemoryEnrolments(),
        courses=(COURSE,),
    )


def contents(ports):
    """Give every byte that any repository holds."""
    return [
        file.content.decode()
        for it in ports.keepers
        for files in it.repository.holdings.files.values()
        for file in files.values()
    ]


def stored(ports):
    """Give every content that lies in any repository, needed or not."""
    return {content.decode() for it in ports.keepers for content in it.repository.holdings.stored}


def test_a_plan_counts_what_there_is_and_changes_nothing(ports, journal):
    planned = plan_erasure(ports, journal, "ada")
    assert [(it.snapshots, it.files) for it in planned.found] == [(2, 2), (2, 2)]
    assert planned.objections == ()
    assert contents(ports).count(SECRET) == 4
    assert ports.copies.tombstones("campus") == []
    assert journal.runs.recent() == []


def test_nothing_is_found_in_any_repository_and_others_lose_nothing(ports, journal):
    before = [it for it in contents(ports) if it != SECRET]

    done = erase_person(ports, journal, "ada")

    assert sorted(contents(ports)) == sorted(before)
    assert SECRET not in stored(ports)
    (outcome,) = done.outcomes
    assert (outcome.subject, outcome.status) == ("ada", Status.DONE)
    (tombstone,) = ports.copies.tombstones("campus")
    assert (tombstone.username, tombstone.volume) == ("ada", "ada")
    audit = journal.runs.audit_of(done.run_id)
    assert [it.phase for it in audit] == [Phase.INTENDED, Phase.MADE] * 2


def test_the_catalogue_forgets_them_and_knows_the_others_by_the_new_snapshots(ports, journal):
    repository = ports.keepers[0].repository
    for made in reversed(repository.snapshots()):
        seen = {
            it.path: [replace(each, path=each.path.partition("/")[2]) for each in files]
            for it in (ADA, BOB)
            if (files := list(repository.files(made.id, [it.path])))
        }
        ports.catalogue.add("campus", made, seen)
    assert ports.catalogue.versions("campus", "ada")

    erase_person(ports, journal, "ada")

    assert ports.catalogue.versions("campus", "ada") == []
    now = {it.id for it in repository.snapshots()}
    assert {it.id for it in ports.catalogue.snapshots("campus")} == now
    assert {it.snapshot_id for it in ports.catalogue.versions("campus", "bob")} <= now


def test_an_old_restic_is_refused_and_nothing_is_changed(ports, journal):
    old = keeper("repository", ports.keepers[0].repository, Old)
    with pytest.raises(RefusedError, match=r"0\.14"):
        erase_person(replace(ports, keepers=(old,)), journal, "ada")
    assert ports.copies.tombstones("campus") == []
    assert contents(ports).count(SECRET) == 4


def test_a_repository_that_only_takes_is_refused(ports, journal):
    with pytest.raises(PlanRefusedError) as refused:
        erase_person(replace(ports, append_only=True), journal, "ada")
    assert "append_only" in refused.value.problems[0]
    assert ports.copies.tombstones("campus") == []


def test_who_has_a_home_or_a_course_is_not_erased(ports, journal, clock):
    make_home(ports.volumes.root, "ada", {"new.txt": "back"})
    ports.enrolments.enrol(COURSE, [somebody("ada")], clock.now())
    with pytest.raises(PlanRefusedError) as refused:
        erase_person(ports, journal, "ada")
    assert len(refused.value.problems) == 2
    assert "offboard apply" in refused.value.hint
    assert contents(ports).count(SECRET) == 4


def test_a_second_repository_that_does_not_answer_is_named(ports, journal):
    class Away(MemoryUpkeep):
        def erase(self, *_):
            raise UnreachableError("no answer")

    second = replace(ports.keepers[1], upkeep=Away(ports.keepers[1].repository))
    done = erase_person(replace(ports, keepers=(ports.keepers[0], second)), journal, "ada")
    (outcome,) = done.outcomes
    assert outcome.status is Status.FAILED
    assert "second repository: no answer" in outcome.reason
    assert journal.runs.recent()[0].ending is Ending.INCOMPLETE
    erase_again(ports, journal)
    assert SECRET not in contents(ports)


def test_what_is_found_after_all_is_a_failure(ports, journal):
    class Lying(MemoryUpkeep):
        def erase(self, *_):
            return 1

    lying = replace(ports.keepers[0], upkeep=Lying(ports.keepers[0].repository))
    done = erase_person(replace(ports, keepers=(lying,)), journal, "ada")
    (outcome,) = done.outcomes
    assert (outcome.status, outcome.kind) == (Status.FAILED, "still-found")
    assert Phase.FAILED in {it.phase for it in journal.runs.audit_of(done.run_id)}


def test_an_archive_is_named_wherever_it_was_written_to(tmp_path, ports, journal, clock):
    leaving = leaving_ports(tmp_path / "site", clock)
    arrive(leaving, clock, "ada", COURSE)
    arrive(leaving, clock, "bob", COURSE)
    apply_offboarding(leaving, journal)
    (archive,) = (tmp_path / "site/archives").glob("*-ada-*.tar.gz")

    assert [it.where for it in plan_erasure(ports, journal, "ada").elsewhere] == [str(archive)]
    assert [it.where for it in erase_person(ports, journal, "ada").elsewhere] == [str(archive)]
    assert plan_erasure(ports, journal, "zoe").elsewhere == ()


def test_a_home_that_was_called_otherwise_is_erased_as_it_was(tmp_path, ports, journal, clock):
    leaving = leaving_ports(tmp_path / "site", clock, course_id="", username="zoe", neighbours=())
    root, zoe = leaving.volumes.root, Volume(username="zoe", path="jupyter-zoe")
    leaving = replace(leaving, volumes=DirectoryVolumes(f"{root}/jupyter-{{username}}"))
    make_home(root, zoe.path, {"diary.txt": SECRET})
    for it in ports.keepers:
        it.repository.back_up(root, [zoe])
    apply_offboarding(leaving, journal, erase=True)

    assert plan_erasure(ports, journal, "zoe").volumes == ("jupyter-zoe", "zoe")
    erase_person(ports, journal, "zoe")

    assert ports.keepers[0].seen([zoe]) == []
    assert [it.volume for it in ports.copies.tombstones("campus")] == ["jupyter-zoe", "zoe"]


def test_a_folder_that_is_somebody_elses_by_now_is_not_erased(ports, journal):
    make_home(ports.volumes.root, "ada", {"hw1.ipynb": "a new learner's"})
    with pytest.raises(PlanRefusedError, match="ada cannot be erased"):
        erase_person(ports, journal, "ada")


def old_copy(ports):
    """Bring back a repository as it was before anybody was erased."""
    holdings = ports.keepers[0].repository.holdings
    kept = deepcopy(holdings)

    def bring_back():
        vars(holdings).update(vars(kept))

    return bring_back


def test_an_old_copy_that_comes_back_is_erased_again(ports, journal, clock):
    bring_back = old_copy(ports)
    erase_person(ports, journal, "ada")
    quiet = erase_again(ports, journal)
    assert [it.status for it in quiet.outcomes] == [Status.SKIPPED]

    bring_back()
    assert SECRET in contents(ports)
    clock.advance(timedelta(days=1))
    done = erase_again(ports, journal)

    assert [it.status for it in done.outcomes] == [Status.DONE]
    assert SECRET not in contents(ports)
    assert SECRET not in stored(ports)


def test_who_has_come_back_since_keeps_their_new_backups(ports, journal, clock):
    erase_person(ports, journal, "ada")
    clock.advance(timedelta(days=1))
    make_home(ports.volumes.root, "ada", {"new.txt": "a new start"})
    ports.keepers[0].repository.back_up(ports.volumes.root, [ADA, BOB])

    done = erase_again(ports, journal)

    assert [it.kind for it in done.outcomes] == ["came-back"]
    assert "a new start" in contents(ports)


def test_a_kill_at_any_step_is_finished_by_doing_it_again(tmp_path, clock, journal):
    for calls in range(100):
        site, life = hub_of(tmp_path / str(calls), clock), Life(calls)
        others = sorted(it for it in contents(site) if it != SECRET)
        mortal = replace(
            site,
            copies=Mortal(site.copies, life),
            catalogue=Mortal(site.catalogue, life),
            keepers=tuple(
                replace(it, upkeep=Mortal(it.upkeep, life), repository=Mortal(it.repository, life))
                for it in site.keepers
            ),
        )
        try:
            erase_person(mortal, journal, "ada")
        except Killed:
            if site.copies.tombstones("campus"):
                erase_again(site, journal)
            else:
                erase_person(site, journal, "ada")
            assert sorted(contents(site)) == others, calls
            assert SECRET not in stored(site), calls
            assert site.copies.tombstones("campus"), calls
        else:
            assert calls > 10
            return
    pytest.fail("it never came to its end")
