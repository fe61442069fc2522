"""Who has fetched an assignment, as far as homes on this machine can tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from courseops.errors import RefusedError
from courseops.wiring.site import Site


def who_fetched(
    site: Site, course_id: str, names: Sequence[str], usernames: Sequence[str]
) -> Mapping[str, frozenset[str]] | None:
    """
    Give by assignment which of `usernames` have its folder, in their home or below the course.

    None where the course's hub has no homes on this machine: then nobody can know.
    """
    template = site.hub_section(site.course_section(course_id).hub).homes
    if template is None:
        return None
    from courseops.adapters.volumes.directories import DirectoryVolumes  # noqa: PLC0415
    from courseops.adapters.volumes.presence import who_has  # noqa: PLC0415

    volumes = DirectoryVolumes(template)
    if not volumes.root.is_dir():
        return None
    homes: dict[str, Path] = {}
    for username in usernames:
        try:
            homes[username] = volumes.root / volumes.volume_of(username).path
        except RefusedError:
            continue
    return who_has(homes, [course_id], names)
