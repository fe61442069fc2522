"""Leaving: everybody is archived, nothing goes without proof, and a kill loses nothing."""

import shutil
import tarfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from courseops.actions.leaving.offboarding import apply_offboarding, plan_offboarding
from courseops.actions.rosters.course_ports import CoursePorts
from courseops.actions.rosters.memberships import plan_undo
from courseops.actions.rosters.roster import apply_roster
from courseops.adapters.leaving.removing import EngineRemover
from courseops.adapters.memory.hub import MemoryHub
from courseops.adapters.memory.repository import MemoryRepository
from courseops.adapters.memory.store import MemoryEnrolments
from courseops.adapters.volumes.directories import DirectoryVolumes
from courseops.adapters.volumes.naming import namings_of
from courseops.errors import CourseOpsError, PlanRefusedError, UnreachableError
from courseops.model.backups.backup import Unread
from courseops.model.hub import HubUser, RunningServer
from courseops.model.leaving.offboarding import Step
from courseops.model.roster import Role, Roster, learners_group
from courseops.model.rosters.guard import Limits
from courseops.model.run import Ending, Phase, Status
from tests.support.backup import make_home
from tests.support.leaving import (
    COURSE,
    Killed,
    Life,
    Mortal,
    arrive,
    homes_of,
    leaving_ports,
    somebody,
)

WORK = {"hw1.ipynb": b'{"cells": ["ada"]}', "ps1/notes.txt": b"one"}


@pytest.fixture
def ports(tmp_path, clock):
    """Give a course with two learners, one of whom is in another course, too, and a teacher."""
    ports = leaving_ports(tmp_path, clock)
    arrive(ports, clock, "ada", COURSE)
    arrive(ports, clock, "bob", COURSE, "physics")
    arrive(ports, clock, "prof", COURSE, role=Role.INSTRUCTOR)
    return ports


def one(ports, username):
    return replace(ports, course_id="", username=username, neighbours=(COURSE, "physics"))


def archived(ports, username="ada"):
    """Give what the newest archive of somebody holds."""
    mine = [it for it in ports.archives.receipts("campus") if it.username == username]
    if not mine or mine[-1].archive is None:
        return {}
    place = f"{ports.archives.place}/{mine[-1].archive.name}"
    with tarfile.open(place) as tar:
        return {it.name: tar.extractfile(it).read() for it in tar if it.isfile()}


def users(ports):
    return {user.name for user in ports.hub.users()}


def by_name(done):
    return {outcome.subject: outcome for outcome in done.outcomes}


def test_planning_changes_nothing_and_leaves_no_run(ports, journal):
    before = homes_of(ports)
    planned = plan_offboarding(ports, journal, erase=True)
    assert [it.step for it in planned.partings if it.username == "ada"] == list(Step)
    assert homes_of(ports) == before
    assert ports.repository.snapshots() == []
    assert ports.archives.receipts("campus") == []
    assert journal.runs.recent() == []


def test_without_erase_all_is_archived_and_nothing_at_all_is_removed(ports, journal):
    before, accounts = homes_of(ports), users(ports)

    done = apply_offboarding(ports, journal)

    assert archived(ports) == WORK
    assert homes_of(ports) == before
    assert users(ports) == accounts
    assert {it.person.username for it in ports.enrolments.active(COURSE)} == {"ada", "bob", "prof"}
    assert {it.status for it in done.outcomes} == {Status.DONE, Status.SKIPPED}
    again = plan_offboarding(ports, journal)
    assert again.partings == ()
    assert [it.step for it in again.removable] == [Step.ACCOUNT, Step.VOLUME, Step.ENROLMENT]


def test_with_erase_only_those_go_who_are_in_no_other_course(ports, journal):
    done = apply_offboarding(ports, journal, erase=True)

    assert set(homes_of(ports)) == {"bob", "prof"}
    assert users(ports) == {"bob", "prof"}
    assert archived(ports) == WORK
    assert {it.person.username for it in ports.enrolments.active(COURSE)} == {"bob", "prof"}
    assert by_name(done)["bob"].reason == "keeps everything: is enrolled in physics"
    (receipt,) = ports.archives.receipts("campus")
    assert receipt.username == "ada"
    assert receipt.erased_at is not None
    assert plan_offboarding(ports, journal, erase=True).partings == ()


def test_the_final_snapshot_says_what_it_was_taken_for(ports, journal):
    apply_offboarding(ports, journal)
    (snapshot,) = ports.repository.snapshots()
    assert snapshot.tags == ("auto", f"offboard:{COURSE}")
    apply_offboarding(one(ports, "bob"), journal)
    assert ports.repository.snapshots()[0].tags == ("auto", "offboard:bob")


def test_every_step_has_an_audit_record_before_and_after_it(ports, journal):
    done = apply_offboarding(ports, journal, erase=True)
    audit = journal.runs.audit_of(done.run_id)
    for phase in (Phase.INTENDED, Phase.MADE):
        assert [r.change for r in audit if r.phase is phase and r.subject == "ada"] == list(Step)
    (proof,) = [r for r in audit if r.change == Step.ARCHIVE and r.phase is Phase.MADE]
    (receipt,) = done.receipts
    assert receipt.sha256 in proof.detail


def test_who_left_the_course_before_is_archived_too(ports, journal, clock):
    ports.enrolments.drop(COURSE, ["id-ada"], clock.now())
    apply_offboarding(ports, journal, erase=True)
    assert archived(ports) == WORK
    assert "ada" not in users(ports)


def test_work_that_was_done_after_the_archive_is_archived_before_anything_goes(
    ports, journal, clock
):
    apply_offboarding(ports, journal)
    clock.advance(timedelta(minutes=1))
    (ports.volumes.root / "ada/late.txt").write_text("one more thing")

    apply_offboarding(ports, journal, erase=True)

    assert archived(ports) == {**WORK, "late.txt": b"one more thing"}
    assert "ada" not in homes_of(ports)


def test_what_changes_between_archive_and_removal_stays_with_its_account(ports, journal, clock):
    class Hasty:
        """A learner is at work just when the archive is being proven."""

        def __init__(self, archives):
            self._archives = archives

        def __getattr__(self, name):
            return getattr(self._archives, name)

        def insist_on(self, archived):
            self._archives.insist_on(archived)
            (ports.volumes.root / "ada/hw1.ipynb").write_text("just saved")

    done = apply_offboarding(replace(ports, archives=Hasty(ports.archives)), journal, erase=True)

    assert by_name(done)["ada"].kind == "not-removed"
    assert homes_of(ports)["ada"] == {**WORK, "hw1.ipynb": b"just saved"}
    assert "ada" in users(ports)
    clock.advance(timedelta(minutes=1))
    apply_offboarding(ports, journal, erase=True)
    assert archived(ports)["hw1.ipynb"] == b"just saved"
    assert "ada" not in users(ports)


def test_an_archive_that_was_altered_is_no_proof(ports, journal):
    apply_offboarding(ports, journal)
    (receipt,) = ports.archives.receipts("campus")
    place = f"{ports.archives.place}/{receipt.archive.name}"
    with Path(place).open("r+b") as file:
        file.seek(40)
        file.write(b"\0")

    done = apply_offboarding(ports, journal, erase=True)

    assert by_name(done)["ada"].kind == "not-removed"
    assert homes_of(ports)["ada"] == WORK
    assert "ada" in users(ports)


def test_a_receipt_that_we_did_not_sign_is_no_proof(ports, journal, tmp_path):
    apply_offboarding(ports, journal)
    (path,) = (tmp_path / "archives").glob("*.receipt.json")
    path.write_text(path.read_text().replace("tester", "nobody"))
    assert ports.archives.receipts("campus") == []
    assert plan_offboarding(ports, journal).partings != ()


def test_an_archive_that_lacks_a_file_of_the_snapshot_is_refused(ports, journal):
    class Forgetful:
        """A repository that restores all but one file, and says nothing."""

        def __getattr__(self, name):
            return getattr(ports.repository, name)

        def restore(self, snapshot_id, paths, into):
            ports.repository.restore(snapshot_id, paths, into)
            (into / "ada/hw1.ipynb").unlink()

    ports.archives._repository = Forgetful()
    done = apply_offboarding(ports, journal, erase=True)
    assert by_name(done)["ada"].kind == "not-archived"
    assert "lacks 1 of 2 files" in by_name(done)["ada"].reason
    assert homes_of(ports)["ada"] == WORK
    assert "ada" in users(ports)


@pytest.mark.parametrize("vanished", [True, False])
def test_a_last_copy_that_lacks_a_file_is_none(ports, journal, clock, vanished):
    class Closed(MemoryRepository):
        """A repository that could not read one file."""

        def back_up(self, root, volumes, order=None):
            made = super().back_up(root, volumes, order)
            missed = Unread(path="ada/diary.txt", reason="Permission denied", vanished=vanished)
            return replace(made, unread=(missed,))

    repository = Closed(clock=clock)
    ports.archives._repository = repository
    done = apply_offboarding(replace(ports, repository=repository), journal, erase=True)

    assert by_name(done)["ada"].kind == ("" if vanished else "unread")
    assert ("ada" in users(ports)) is not vanished
    assert ("ada" in homes_of(ports)) is not vanished


def test_one_persons_failure_does_not_stop_the_others(ports, journal, clock):
    arrive(ports, clock, "cyd", COURSE)
    (ports.volumes.root / "ada/hw1.ipynb").unlink()

    class Moody(MemoryHub):
        def delete_user(self, name):
            if name == "ada":
                raise UnreachableError("no answer")
            return super().delete_user(name)

    moody = Moody("campus", users=ports.hub.users())
    done = apply_offboarding(replace(ports, hub=moody), journal, erase=True, allowed=2)
    assert by_name(done)["ada"].status is Status.FAILED
    assert by_name(done)["cyd"].status is Status.DONE
    assert set(homes_of(ports)) == {"ada", "bob", "prof"}
    assert journal.runs.recent()[0].ending is Ending.INCOMPLETE


# -- guards


def test_a_protected_name_is_archived_and_never_removed(ports, journal):
    ports = replace(ports, protected=frozenset({"ada"}))
    planned = plan_offboarding(ports, journal, erase=True)
    apply_offboarding(ports, journal, erase=True)
    assert {it.step for it in planned.partings} == {Step.SNAPSHOT, Step.ARCHIVE}
    assert "ada" in users(ports)
    assert homes_of(ports)["ada"] == WORK
    with pytest.raises(PlanRefusedError) as refused:
        apply_offboarding(one(ports, "ada"), journal, erase=True)
    assert "is protected" in refused.value.problems[0]


def test_an_admin_of_the_hub_is_never_removed(ports, journal):
    ports.hub.accounts["ada"] = HubUser(name="ada", admin=True)
    apply_offboarding(ports, journal, erase=True)
    assert "ada" in users(ports)
    assert homes_of(ports)["ada"] == WORK


@pytest.mark.parametrize("group", [learners_group("chemistry"), "formgrade-chemistry"])
def test_who_is_in_another_course_by_the_hubs_groups_keeps_everything(ports, journal, group):
    ports.hub.ensure_group(group)
    ports.hub.add_to_group(group, ["ada"])
    apply_offboarding(ports, journal, erase=True)
    assert "ada" in users(ports)
    assert homes_of(ports)["ada"] == WORK


def test_who_is_enrolled_anywhere_cannot_be_removed_by_name(ports, journal):
    with pytest.raises(PlanRefusedError) as refused:
        apply_offboarding(one(ports, "bob"), journal, erase=True)
    assert "is enrolled in" in refused.value.problems[0]
    apply_offboarding(one(ports, "bob"), journal)
    assert archived(ports, "bob")["ps1/notes.txt"] == b"one"
    assert "bob" in users(ports)


def test_who_has_a_server_running_keeps_everything(ports, journal, clock):
    server = RunningServer(username="ada", server="", started_at=clock.now())
    ports.hub.servers.append(server)
    apply_offboarding(ports, journal, erase=True)
    assert "ada" in users(ports)
    assert homes_of(ports)["ada"] == WORK
    assert archived(ports) == WORK


def test_an_account_that_was_at_work_and_has_no_volume_is_not_removed(ports, journal, clock):
    ports.hub.accounts["zoe"] = HubUser(name="zoe", last_activity_at=clock.now())
    ports.hub.accounts["new"] = HubUser(name="new")
    with pytest.raises(PlanRefusedError) as refused:
        apply_offboarding(one(ports, "zoe"), journal, erase=True)
    assert "no volume of theirs is found" in refused.value.problems[0]
    apply_offboarding(one(ports, "new"), journal, erase=True)
    assert "zoe" in users(ports)
    assert "new" not in users(ports)


def test_a_second_volume_leaves_before_its_owner(ports, journal, clock):
    # The hub was upgraded, and spells usernames otherwise since.
    template = f"{ports.volumes.root}/{{username}}"
    ports = replace(ports, volumes=DirectoryVolumes(template, namings_of(("safe", "escape"))))
    arrive(ports, clock, "a-b", COURSE)
    make_home(ports.volumes.root, "a-2db", {"old.txt": "from last year"})
    apply_offboarding(ports, journal, erase=True)
    assert {"a-b", "a-2db"} < set(homes_of(ports))
    assert "a-b" in users(ports)

    second = next(it.username for it in ports.volumes.survey(["a-b"]).volumes if "(" in it.username)
    apply_offboarding(one(ports, second), journal, erase=True)
    first = "a-b" if second == "a-b (a-2db)" else "a-2db"
    assert set(homes_of(ports)) == {first, "bob", "prof"}
    assert archived(ports, second)
    apply_offboarding(ports, journal, erase=True)
    assert set(homes_of(ports)) == {"bob", "prof"}


def test_a_volume_of_an_engine_is_removed_by_hand_and_the_account_after_it(ports, journal, clock):
    seen_at = clock.now() - timedelta(days=1)
    ports.hub.accounts["ada"] = HubUser(name="ada", last_activity_at=seen_at)
    ports = replace(ports, remover=EngineRemover(ports.volumes.root))
    done = apply_offboarding(ports, journal, erase=True)
    assert "docker volume rm ada" in by_name(done)["ada"].reason
    assert homes_of(ports)["ada"] == WORK
    assert "ada" in users(ports)

    shutil.rmtree(ports.volumes.root / "ada")
    apply_offboarding(ports, journal, erase=True)
    assert "ada" not in users(ports)
    assert archived(ports) == WORK


def test_more_than_the_limit_needs_the_exact_number(ports, journal, clock):
    for name in ("cyd", "dan", "eve"):
        arrive(ports, clock, name, COURSE)
    ports = replace(ports, limits=Limits(drop_people=1, drop_percent=0))
    for allowed in (0, 3, 5):
        assert plan_offboarding(ports, journal, erase=True, allowed=allowed).objections
        with pytest.raises(PlanRefusedError) as refused:
            apply_offboarding(ports, journal, erase=True, allowed=allowed)
        assert "--allow 4" in refused.value.hint
    assert len(homes_of(ports)) == 6
    assert ports.archives.receipts("campus") == []
    assert journal.runs.recent()[0].ending is Ending.REFUSED
    assert not plan_offboarding(ports, journal).objections

    apply_offboarding(ports, journal, erase=True, allowed=4)
    assert set(homes_of(ports)) == {"bob", "prof"}


def test_another_plan_than_the_reviewed_one_is_refused(ports, journal, clock):
    reviewed = plan_offboarding(ports, journal, erase=True).fingerprint
    arrive(ports, clock, "cyd", COURSE)
    with pytest.raises(PlanRefusedError, match="no longer"):
        apply_offboarding(ports, journal, erase=True, fingerprint=reviewed)
    with pytest.raises(PlanRefusedError):
        apply_offboarding(ports, journal, fingerprint=reviewed)
    assert ports.repository.snapshots() == []


def test_a_hub_that_does_not_answer_stops_erasing_and_not_archiving(ports, journal):
    away = replace(ports, hub=MemoryHub("campus", reachable=False))
    with pytest.raises(UnreachableError):
        apply_offboarding(away, journal, erase=True)
    done = apply_offboarding(away, journal)
    assert archived(ports) == WORK
    assert "could not ask the hub" in done.warnings[0]


def test_a_home_that_is_a_link_is_neither_archived_nor_removed(ports, journal, tmp_path):
    home = ports.volumes.root / "ada"
    home.rename(tmp_path / "elsewhere")
    home.symlink_to(tmp_path / "elsewhere")
    apply_offboarding(ports, journal, erase=True)
    assert (tmp_path / "elsewhere/hw1.ipynb").read_bytes() == WORK["hw1.ipynb"]
    assert home.is_symlink()
    assert "ada" in users(ports)


# -- kills


class HalfWay(Mortal):
    """A remover whose process may also die with half a home removed."""

    def remove(self, volume, kept):
        self._life.left -= 1
        if self._life.left < 0:
            self._port.remove(volume, kept[:1])
            raise Killed
        return self._port.remove(volume, kept)


def mortal(ports, life):
    return replace(
        ports,
        hub=Mortal(ports.hub, life),
        repository=Mortal(ports.repository, life),
        archives=Mortal(ports.archives, life),
        remover=HalfWay(ports.remover, life),
        enrolments=Mortal(ports.enrolments, life),
    )


def state(ports):
    return {
        "homes": homes_of(ports),
        "users": users(ports),
        "enrolled": {it.person.username for it in ports.enrolments.active(COURSE)},
        "archived": {name: archived(ports, name) for name in ("ada", "cyd")},
        "closed": {
            name: [it.erased_at is not None for it in ports.archives.receipts("campus")][-1:]
            for name in ("ada", "cyd")
        },
    }


@pytest.mark.parametrize("erase", [False, True], ids=["archive", "erase"])
def test_a_kill_at_any_step_loses_nothing_and_the_next_run_finishes(
    erase, tmp_path, clock, journal
):
    def before(name):
        site = leaving_ports(tmp_path / name, clock)
        for username in ("ada", "cyd"):
            arrive(site, clock, username, COURSE)
        return site

    undisturbed = before("undisturbed")
    work = homes_of(undisturbed)
    apply_offboarding(undisturbed, journal, erase=erase)
    for calls in range(500):
        site, life = before(str(calls)), Life(calls)
        try:
            apply_offboarding(mortal(site, life), journal, erase=erase)
        except Killed:
            there = homes_of(site)
            for name, files in work.items():
                assert {**there.get(name, {}), **archived(site, name)} == files, (calls, name)
                if not erase:
                    assert there[name] == files
            clock.advance(timedelta(minutes=1))
            apply_offboarding(site, journal, erase=erase)
            assert state(site) == state(undisturbed), calls
            assert plan_offboarding(site, journal, erase=erase).partings == ()
        else:
            assert calls > 10
            return
    pytest.fail("it never came to its end")


def test_a_repository_that_takes_nothing_removes_nothing(ports, journal):
    class Full:
        def __getattr__(self, name):
            return getattr(ports.repository, name)

        def back_up(self, *_):
            raise CourseOpsError("no space left")

    before = homes_of(ports)
    with pytest.raises(CourseOpsError, match="no space left"):
        apply_offboarding(replace(ports, repository=Full()), journal, erase=True)
    assert homes_of(ports) == before
    assert "ada" in users(ports)


def test_the_courses_roster_can_still_be_undone_afterwards(ports, journal):
    class Listed:
        def read(self):
            return Roster(course_id=COURSE, source="list", enrolments=(somebody("ada"),))

    roster = CoursePorts(
        course_id=COURSE,
        source=Listed(),
        hub=ports.hub,
        gradebook=None,
        enrolments=MemoryEnrolments(),
        plans=ports.plans,
        limits=Limits(),
    )
    run_id = apply_roster(roster, journal).run_id
    apply_offboarding(ports, journal)
    undoing = plan_undo(roster, journal, journal.runs.get(run_id))
    assert [it.username for it in undoing.changes] == ["ada", "ada"]
