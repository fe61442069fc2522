"""What counts as backed up: how each learner fared in a snapshot of many.

Exit codes prove little. restic ends with 3 whenever one file of a live home vanished while it
was read, which is normal, and before 0.19 with 0 when a whole home was missing, which is not:
https://restic.readthedocs.io/en/stable/040_backup.html#exit-status-codes
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from courseops.model.backups.backup import Unread, Volume
from courseops.model.run import Outcome

# A path that could not be read in so many runs on end will not mend itself.
RUNS_ON_END = 3
# More than a hundredth is no longer the noise of homes in use; of a small home, more than these.
_FEW = 5
_NAMED = 3
_GIGABYTE = 10**9


@dataclass(frozen=True, kw_only=True)
class TooLarge:
    """A file that is left out for its size; `path` is relative to the home."""

    path: str
    size_bytes: int


@dataclass(frozen=True, kw_only=True)
class HomeLook:
    """
    What lies in a home now: how many files that are backed up, and which are too large.

    `size_bytes` is the room that both take together; what a backup excludes is not in it.
    """

    files: int = 0
    too_large: tuple[TooLarge, ...] = ()
    size_bytes: int = 0


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """
    What a run learned of some homes.

    `held` are the paths of the volumes found in the snapshot; `on_end` says in how many runs
    on end each path could not be read, `looks` by username what lies in the homes; `accounts`
    are the hub's, None if it could not be asked.
    """

    held: Collection[str]
    unread: Sequence[Unread] = ()
    on_end: Mapping[str, int] = field(default_factory=dict)
    looks: Mapping[str, HomeLook] = field(default_factory=dict)
    accounts: Collection[str] | None = None


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """How one learner fared; `is_good` if all of the home that is there was read."""

    outcome: Outcome
    is_good: bool


def is_too_much(unread: int, files: int) -> bool:
    """Say whether so many of `files` that could not be read are more than the noise of use."""
    return unread > max(_FEW, files / 100)


def verdicts_on(volumes: Sequence[Volume], evidence: Evidence) -> list[Verdict]:
    """Say how each learner fared, in the order of `volumes`."""
    mine = _by_volume(volumes, evidence.unread)
    return [_verdict(volume, mine.get(volume.path, ()), evidence) for volume in volumes]


def unread_of_nobody(volumes: Sequence[Volume], unread: Sequence[Unread]) -> list[Unread]:
    """Give what could not be read and lies in none of the volumes."""
    return _by_volume(volumes, unread).get("", [])


def _by_volume(volumes: Sequence[Volume], unread: Sequence[Unread]) -> dict[str, list[Unread]]:
    found: defaultdict[str, list[Unread]] = defaultdict(list)
    paths = {volume.path for volume in volumes}
    for each in unread:
        found[next((it for it in _with_parents(each.path) if it in paths), "")].append(each)
    return found


def _with_parents(path: str) -> Iterator[str]:
    while path:
        yield path
        path = path.rpartition("/")[0]


def _verdict(volume: Volume, unread: Sequence[Unread], evidence: Evidence) -> Verdict:
    username = volume.username
    if volume.path not in evidence.held:
        outcome = Outcome.failed(
            username,
            f"the snapshot does not hold {volume.path}",
            kind="not-in-snapshot",
            mend="see whether the folder is still there, then run the backup again",
        )
        return Verdict(outcome=outcome, is_good=False)
    look = evidence.looks.get(username, HomeLook())
    lasting = [it for it in unread if evidence.on_end.get(it.path, 1) >= RUNS_ON_END]
    if lasting or is_too_much(len(unread), look.files):
        return Verdict(outcome=_unread_failure(username, unread, lasting), is_good=False)
    kinds = dict(_remarks(username, unread, look, evidence.accounts))
    outcome = Outcome.done(username, "; ".join(kinds.values()), kind=next(iter(kinds), ""))
    return Verdict(outcome=outcome, is_good=all(it.vanished for it in unread))


def _unread_failure(username: str, unread: Sequence[Unread], lasting: Sequence[Unread]) -> Outcome:
    first = (lasting or unread)[0]
    what = f"could not be read in {RUNS_ON_END} runs on end" if lasting else "could not be read"
    return Outcome.failed(
        username,
        f"{len(lasting or unread)} {what}, the first is {first.path}: {first.reason}",
        kind="unread",
        mend="make these files readable for whoever runs the backup, or exclude them",
    )


def _remarks(
    username: str,
    unread: Sequence[Unread],
    look: HomeLook,
    accounts: Collection[str] | None,
) -> Iterator[tuple[str, str]]:
    """Give what should be known of a learner who is done: the kind of it, and a sentence."""
    closed = [it for it in unread if not it.vanished]
    if closed:
        yield (
            "unread",
            f"{len(closed)} could not be read, the first is {closed[0].path}: {closed[0].reason}",
        )
    if look.too_large:
        yield "too-large", f"left out for their size: {_named(look.too_large)}"
    if len(closed) < len(unread):
        yield "vanished", f"{len(unread) - len(closed)} vanished while they were read"
    if accounts is not None and username not in accounts:
        yield "no-account", "has no account on the hub, is kept all the same"


def _named(files: Sequence[TooLarge]) -> str:
    largest = sorted(files, key=lambda it: it.size_bytes, reverse=True)
    told = [f"{it.path} ({_size(it.size_bytes)})" for it in largest[:_NAMED]]
    more = [f"and {len(files) - _NAMED} more"] if len(files) > _NAMED else []
    return ", ".join([*told, *more])


def _size(size_bytes: int) -> str:
    return f"{size_bytes / 1e9:.1f} GB" if size_bytes >= _GIGABYTE else f"{size_bytes / 1e6:.1f} MB"


def missing_outcomes(
    accounts: Iterable[str], there: Collection[str], backed_up_before: Collection[str]
) -> list[Outcome]:
    """
    Say what it means that an account is not among those who have a volume, in order of names.

    Someone who never started a server has none, and that is no fault; but a volume that
    was backed up once and is gone while the account stays must not pass in silence.
    """
    return [
        Outcome.failed(
            username,
            "was backed up before, but the volume is gone",
            kind="volume-gone",
            mend=f"bring the volume back, or remove the account {username} from the hub",
        )
        if username in backed_up_before
        else Outcome.skipped(username, "has no volume yet", kind="no-volume")
        for username in sorted(set(accounts).difference(there))
    ]


def hub_outcome(hub: str, unread: int, files: int) -> list[Outcome]:
    """Give the failure of a whole hub of which too much could not be read; else nothing."""
    if not is_too_much(unread, files):
        return []
    return [
        Outcome.failed(
            hub,
            f"{unread} of {files} files could not be read",
            kind="too-much-unread",
            mend="see whether the file system of the homes is well, and who runs the backup",
        )
    ]
