"""Take somebody out of every snapshot of a hub, for good, and prove that nothing is found.

Three steps in each repository: the snapshots are written anew without them, what no snapshot
needs is freed to the last byte, and then they are looked for. A tombstone stays: whoever has one
and is found again, because an old copy of a repository came back, is taken out again.
https://restic.readthedocs.io/en/stable/045_working_with_repos.html#removing-files-from-snapshots
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from courseops.actions.backups.cataloguing import follow_rewriting
from courseops.actions.journal import Entry, Journal
from courseops.actions.leaving.erase_ports import ErasePorts, Keeper, elsewhere_of, volumes_of
from courseops.errors import CourseOpsError
from courseops.model.backups.backup import Volume
from courseops.model.backups.copies import Tombstone
from courseops.model.leaving.erasure import (
    Elsewhere,
    Found,
    found_in,
    has_come_back,
    newest_by_volume,
    objections_to_erasing,
    refuse_erasing,
)
from courseops.model.run import Outcome, Phase, Status

ERASE = "offboard-erase"
# More erasures of one hub than anybody looks back over.
_RUNS = 10_000


@dataclass(frozen=True, kw_only=True)
class ErasurePlanned:
    """What `offboard erase` shows: what is found, and what else is kept that it leaves alone."""

    hub: str
    username: str
    volumes: tuple[str, ...]
    found: tuple[Found, ...]
    objections: tuple[str, ...]
    elsewhere: tuple[Elsewhere, ...]


@dataclass(frozen=True, kw_only=True)
class Erased:
    """What `offboard erase` did; one outcome for each person."""

    hub: str
    run_id: str
    outcomes: tuple[Outcome, ...]
    elsewhere: tuple[Elsewhere, ...] = ()


def plan_erasure(ports: ErasePorts, journal: Journal, username: str) -> ErasurePlanned:
    """Say what there is of somebody in the backups, and what speaks against erasing it."""
    volumes = volumes_of(ports, journal, username)
    return ErasurePlanned(
        hub=ports.hub,
        username=username,
        volumes=tuple(it.path for it in volumes),
        found=tuple(found_in(it.name, it.seen(volumes)) for it in ports.keepers),
        objections=_objections(ports, username, volumes),
        elsewhere=elsewhere_of(ports, journal, username),
    )


def erase_person(ports: ErasePorts, journal: Journal, username: str) -> Erased:
    """
    Take somebody out of every snapshot, prove it, and leave a tombstone.

    Doing so again is safe, and finishes what was stopped.

    Raises:
        PlanRefusedError: they are still here, or the repository only takes new snapshots.
        RefusedError: restic is too old. In both cases nothing was changed.
    """
    with journal.run(ERASE, ports.scope) as entry:
        volumes = volumes_of(ports, journal, username)
        refuse_erasing(ports.hub, username, _objections(ports, username, volumes))
        _Erasing(ports, journal, entry).carry_out(volumes, bury=True)
    return Erased(
        hub=ports.hub,
        run_id=entry.run.id,
        outcomes=tuple(entry.outcomes),
        elsewhere=elsewhere_of(ports, journal, username),
    )


def erase_again(ports: ErasePorts, journal: Journal) -> Erased:
    """
    Take out again whoever was erased before and is found nevertheless, and prove it.

    It also finishes what was stopped. Whoever has come back since, and was backed up anew, is
    left alone and named.

    Raises:
        PlanRefusedError: somebody is found, and the repository only takes new snapshots.
        RefusedError: somebody is found, and restic is too old.
    """
    with journal.run(ERASE, ports.scope) as entry:
        buried = newest_by_volume(ports.copies.tombstones(ports.hub))
        proven = _proven(journal, ports.scope, buried)
        again: list[Volume] = []
        for tombstone in buried:
            volume = Volume(username=tombstone.username, path=tombstone.volume)
            seen = [it for keeper in ports.keepers for it in keeper.seen([volume])]
            if has_come_back(tombstone.at, seen):
                entry.note(_came_back(ports.hub, tombstone.username))
            elif seen or tombstone not in proven:
                again.append(volume)
            else:
                entry.note(Outcome.skipped(volume.username, "is not found", kind="unchanged"))
        if again:
            refuse_erasing(ports.hub, again[0].username, _objections(ports, "", ()))
            _Erasing(ports, journal, entry).carry_out(again, bury=False)
    return Erased(hub=ports.hub, run_id=entry.run.id, outcomes=tuple(entry.outcomes))


def _objections(ports: ErasePorts, username: str, volumes: Collection[Volume]) -> tuple[str, ...]:
    survey = ports.volumes.survey([username] if username else ())
    paths = {it.path for it in volumes}
    there = [it.path for it in survey.volumes if it.username == username or it.path in paths]
    courses = [
        course_id
        for course_id in ports.courses
        if any(it.person.username == username for it in ports.enrolments.active(course_id))
    ]
    return objections_to_erasing(
        username,
        append_only=ports.append_only,
        volume=there[0] if there else "",
        courses=courses,
    )


def _proven(journal: Journal, scope: str, buried: Sequence[Tombstone]) -> set[Tombstone]:
    """Give those of whom a run since their burial proved that nothing is found any more."""
    last: dict[str, Outcome] = {}
    proven: set[Tombstone] = set()
    for run in journal.runs.recent(action=ERASE, scope=scope, limit=_RUNS):
        for outcome in journal.runs.outcomes(run.id):
            last.setdefault(outcome.subject, outcome)
        proven |= {
            it
            for it in buried
            if it.run_id == run.id
            and it.username in last
            and last[it.username].status is not Status.FAILED
        }
    return proven


def _came_back(hub: str, username: str) -> Outcome:
    return Outcome.failed(
        username,
        "was erased, and has been backed up anew since: nothing was taken out",
        kind="came-back",
        mend="they are here again; if all of theirs is to go, let them leave first, then: "
        f"courseops offboard erase {hub} {username}",
    )


class _Erasing:
    """Some people while they are taken out of one repository after the other."""

    def __init__(self, ports: ErasePorts, journal: Journal, entry: Entry) -> None:
        self._ports = ports
        self._journal = journal
        self._entry = entry
        self._failed: dict[str, Outcome] = {}
        self._snapshots = 0

    def carry_out(self, volumes: Sequence[Volume], *, bury: bool) -> None:
        """Erase, bury those who have no tombstone yet, free and prove; note their outcomes."""
        names = _names(volumes)
        stage = self._journal.progress.stage(f"erase {', '.join(names)}", len(self._ports.keepers))
        with stage as advance:
            for number, keeper in enumerate(self._ports.keepers):
                try:
                    self._take_out(keeper, volumes, bury=bury and number == 0)
                except CourseOpsError as error:
                    if number == 0:
                        raise
                    self._fail(names, f"{keeper.name}: {error}", error.hint)
                advance(1)
        self._forget(names)
        done = f"taken out of {self._snapshots} snapshots, and nothing is found any more"
        self._entry.note(*(self._failed.get(it) or Outcome.done(it, done) for it in names))

    def _take_out(self, keeper: Keeper, volumes: Sequence[Volume], *, bury: bool) -> None:
        names, words = _names(volumes), f"erase from the {keeper.name}"
        self._entry.audit(Phase.INTENDED, names, words)
        try:
            changed = keeper.upkeep.erase([it.path for it in volumes])
            self._snapshots += changed
            if bury:
                self._bury(volumes)
            freed = keeper.upkeep.prune(whole=True)
        except CourseOpsError as error:
            self._entry.audit(Phase.FAILED, names, words, str(error))
            raise
        found = [name for name in names if keeper.seen(it for it in volumes if it.username == name)]
        gone = [name for name in names if name not in found]
        detail = f"{changed} snapshots rewritten, {freed} bytes freed"
        self._entry.audit(Phase.MADE, gone, words, f"{detail}; nothing is found")
        self._entry.audit(Phase.FAILED, found, words, f"{detail}; something is found")
        check = f"see what is wrong: courseops backup check {self._ports.hub}"
        self._fail(found, f"the {keeper.name} still holds something of theirs", check)

    def _fail(self, names: Sequence[str], reason: str, mend: str) -> None:
        for name in names:
            failed = Outcome.failed(name, reason, kind="still-found", mend=mend)
            self._failed.setdefault(name, failed)

    def _bury(self, volumes: Sequence[Volume]) -> None:
        """Note whom no copy may hold any more, before the bytes are gone."""
        for volume in volumes:
            self._ports.copies.bury(
                Tombstone(
                    hub=self._ports.hub,
                    username=volume.username,
                    volume=volume.path,
                    at=self._journal.clock.now(),
                    run_id=self._entry.run.id,
                )
            )

    def _forget(self, names: Sequence[str]) -> None:
        """Drop them from our catalogue, and learn the new names of what was written anew."""
        catalogue, hub = self._ports.catalogue, self._ports.hub
        for name in names:
            catalogue.erase(hub, name)
        follow_rewriting(catalogue, self._ports.keepers[0].repository, hub)


def _names(volumes: Iterable[Volume]) -> list[str]:
    return list(dict.fromkeys(it.username for it in volumes))
