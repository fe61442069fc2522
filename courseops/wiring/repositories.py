"""Open restic repositories as they are configured; restic starts when one is asked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from courseops.config import BackupSection, CopySection
from courseops.wiring.secrets import read_secret, secret_of

if TYPE_CHECKING:
    from courseops.adapters.restic.repository import Restic


def open_repository(
    hub: str, place: BackupSection | CopySection, *, program: str, folder: Path, state: Path
) -> Restic:
    """Give the repository of a hub at one `place`; a plain path is relative to `folder`."""
    from courseops.adapters.restic.repository import Restic  # noqa: PLC0415

    return Restic(
        repository=place.repository,
        folder=folder,
        password=secret_of(place.password),
        host=hub,
        cache=state / "restic-cache",
        program=program,
        environment={key: read_secret(value) for key, value in place.environment.items()},
    )
