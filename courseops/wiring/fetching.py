"""Who has fetched an assignment, as far as homes on this machine can tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from courseops.errors import ConfigError, RefusedError, UnreachableError
from courseops.wiring.site import Site


def who_fetched(
    site: Site, course_id: str, names: Sequence[str], usernames: Sequence[str]
) -> Mapping[str, frozenset[str]] | None:
    """
    Give by assignment which of `usernames` have its folder, in their home or below the course.

    None where the homes of the course's hub cannot be looked into from here: then nobody can know.
    """
    try:
        volumes = site.volumes(site.course_section(course_id).hub)
        root = volumes.root
    except (ConfigError, UnreachableError):
        return None
    if not root.is_dir():
        return None
    from courseops.adapters.volumes.presence import who_has  # noqa: PLC0415

    homes: dict[str, Path] = {}
    for username in usernames:
        try:
            homes[username] = root / volumes.volume_of(username).path
        except RefusedError:
            continue
    return who_has(homes, [course_id], names)
