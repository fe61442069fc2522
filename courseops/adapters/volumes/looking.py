"""Look whether a volume's path is a plain folder all the way: links are refused, and named."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from courseops.model.backups.backup import Volume, VolumeSurvey
from courseops.model.run import Outcome

# What is to be said of a volume whose folder is not there; None if that is as it may be.
Absent = Callable[[Volume], Outcome | None]


def survey_of(
    root: Path,
    volumes: Iterable[Volume],
    *,
    refused: Iterable[Outcome] = (),
    warnings: Iterable[str] = (),
    absent: Absent = lambda _: None,
) -> VolumeSurvey:
    """Tell those that are folders below `root` from those that are refused."""
    there, odd = [], list(refused)
    for volume in sorted(volumes, key=lambda volume: volume.path):
        refusal, is_there = _look(root, volume)
        if is_there:
            there.append(volume)
        elif found := refusal or absent(volume):
            odd.append(found)
    return VolumeSurvey(volumes=tuple(there), refused=tuple(odd), warnings=tuple(warnings))


def _look(root: Path, volume: Volume) -> tuple[Outcome | None, bool]:
    path = root
    try:
        for part in volume.path.split("/"):
            path /= part
            if path.is_symlink():
                return _is_a_link(volume, path), False
        return None, path.is_dir()
    except PermissionError:
        return _is_closed(volume, path), False


def _is_a_link(volume: Volume, path: Path) -> Outcome:
    return Outcome.failed(
        volume.username,
        f"{path} is a symbolic link",
        kind="volume-is-a-link",
        mend="let config.toml name the folder it leads to",
    )


def _is_closed(volume: Volume, path: Path) -> Outcome:
    return Outcome.failed(
        volume.username,
        f"{path} may not be looked into",
        kind="volume-is-closed",
        mend="run courseops as an account that may, such as root",
    )
