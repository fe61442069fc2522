"""What the demonstration plays on: a folder with two hubs, two courses and a config.toml.

Everything a school would set up by hand is done here; everything courseops does for it is
done in `semester`, by the ordinary actions.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from courseops.config import load_config
from courseops.config.writing import config_text
from courseops.demo.classlist import a_class, write_registrars_export
from courseops.demo.coursework import Learner, cast, write_course
from courseops.demo.hub import LocalHub
from courseops.model.roster import Enrolment, Role
from courseops.ports.ambient import Progress
from courseops.wiring import Site

COURSE, OTHER_COURSE = "python101", "stats"
HUB, OTHER_HUB = "campus", "evening"
TIME_ZONE = "Europe/Paris"
_EVENING_LEARNERS = 6
# Owners of the homes when root plays: far from any account of the machine, and no login.
_FIRST_UID = 20001


@dataclass(frozen=True, kw_only=True)
class Stage:
    """The demonstration's world once it stands."""

    folder: Path
    site: Site
    hubs: dict[str, LocalHub]
    enrolments: tuple[Enrolment, ...]
    learners: tuple[Learner, ...]

    @property
    def exchange(self) -> Path:
        """Give nbgrader's exchange."""
        return self.folder / "exchange"

    @property
    def course_folder(self) -> Path:
        """Give the nbgrader folder of the course."""
        return self.folder / "courses" / COURSE


@contextmanager
def set_up(folder: Path, learners: int, progress: Progress) -> Iterator[Stage]:
    """Build the world in `folder`, and end its hubs whatever happens."""
    folder.chmod(0o700)
    with ExitStack() as ending:
        hubs = _start_hubs(folder, ending)
        write_course(
            folder / "courses" / COURSE,
            course_id=COURSE,
            exchange=folder / "exchange",
            timezone=TIME_ZONE,
        )
        (folder / "exchange").mkdir(mode=0o777)
        (folder / "exchange").chmod(0o777)
        enrolments = a_class(learners)
        write_registrars_export(folder / "python101.csv", enrolments)
        evening = a_class(_EVENING_LEARNERS, first_number=22005001)
        write_registrars_export(folder / "stats.csv", evening)
        _write_config(folder, hubs)
        site = Site(load_config(folder / "config.toml"), actor="demo", progress=progress)
        ending.callback(site.close)
        yield Stage(
            folder=folder,
            site=site,
            hubs=hubs,
            enrolments=enrolments,
            learners=_move_in(hubs, enrolments, evening),
        )


def _start_hubs(folder: Path, ending: ExitStack) -> dict[str, LocalHub]:
    hubs = {name: LocalHub(folder / "hubs" / name, name=name) for name in (HUB, OTHER_HUB)}
    for hub in hubs.values():
        ending.callback(hub.stop)
    with ThreadPoolExecutor(len(hubs)) as pool:
        list(pool.map(LocalHub.start, hubs.values()))
    return hubs


def _write_config(folder: Path, hubs: dict[str, LocalHub]) -> None:
    sections: dict[str, dict[str, Any]] = {}
    for name, hub in hubs.items():
        password = folder / f"{name}-backup.password"
        password.touch(mode=0o600)
        password.write_text(secrets.token_urlsafe(24) + "\n")
        sections[name] = {
            "url": hub.url,
            "token": {"file": str(hub.token_file.relative_to(folder.resolve()))},
            "homes": f"{hub.homes}/{{username}}",
            "backup": {"repository": f"backups/{name}", "password": {"file": password.name}},
        }
    courses: dict[str, dict[str, Any]] = {
        COURSE: {
            "hub": HUB,
            "title": "Python for beginners",
            "folder": f"courses/{COURSE}",
            "exchange": "exchange",
            "roster": {"csv": "python101.csv"},
        },
        OTHER_COURSE: {
            "hub": OTHER_HUB,
            "title": "Statistics, evening class",
            "roster": {"csv": "stats.csv"},
        },
    }
    site = {"name": "École du Lac", "time_zone": TIME_ZONE}
    (folder / "config.toml").write_text(config_text(site, sections, courses), encoding="utf-8")


def _move_in(
    hubs: dict[str, LocalHub], enrolments: Sequence[Enrolment], evening: Sequence[Enrolment]
) -> tuple[Learner, ...]:
    """Give everyone a home; as root each belongs to a user of its own, as on a real hub."""
    names = [e.person.username for e in enrolments if e.role is Role.LEARNER]
    plays = cast(names)
    learners = []
    for number, enrolment in enumerate(enrolments):
        home, uid = _home(hubs[HUB], enrolment, _FIRST_UID + number)
        if enrolment.role is Role.LEARNER:
            name = enrolment.person.username
            learners.append(Learner(username=name, home=home, play=plays[name], uid=uid))
    for number, enrolment in enumerate(evening):
        _home(hubs[OTHER_HUB], enrolment, _FIRST_UID + len(enrolments) + number)
    return tuple(learners)


def _home(hub: LocalHub, enrolment: Enrolment, uid: int) -> tuple[Path, int | None]:
    home = hub.homes / enrolment.person.username
    home.mkdir(mode=0o700)
    notes = home / "notes.txt"
    notes.write_text(f"Notes of {enrolment.person.given_name}\n", encoding="utf-8")
    if os.getuid() != 0:
        return home, None
    for path in (notes, home):
        os.chown(path, uid, uid)
    return home, uid
