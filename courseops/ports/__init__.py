"""What we need from outside, as Protocols.

Actions read and write the world through these and nothing else; `adapters/` fulfil them
for the real programs, `adapters/memory/` for tests, and one contract suite a port in
`tests/contract/` holds both to the same promises.

A port is loaded when it is first named: each brings the values it speaks in, and all of them
together take longer than a look at one learner's files may.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from courseops.ports.accounts import Credentials, FirstPasswords
    from courseops.ports.ambient import Clock, Locks, Progress
    from courseops.ports.backup import Placer, Repository, Staging, Upkeep, Volumes
    from courseops.ports.collecting import Archive, Collections, Signer, Sink, WorkSource
    from courseops.ports.copies import Catalogue, Copies, KnownVersions
    from courseops.ports.course import Course, Gradebook
    from courseops.ports.grading import Executor, Grader, Parcel, Reply
    from courseops.ports.hub import Hub
    from courseops.ports.leaving import Archives, Remover
    from courseops.ports.live import Homes, LiveDatabase, Still
    from courseops.ports.notices import Notifier
    from courseops.ports.records import Enrolments, Gradings, History, Plans, Runs, Usage
    from courseops.ports.releasing import Assignments, Pusher, Releasing
    from courseops.ports.rosters import RosterSource

__all__ = [
    "Archive",
    "Archives",
    "Assignments",
    "Catalogue",
    "Clock",
    "Collections",
    "Copies",
    "Course",
    "Credentials",
    "Enrolments",
    "Executor",
    "FirstPasswords",
    "Gradebook",
    "Grader",
    "Gradings",
    "History",
    "Homes",
    "Hub",
    "KnownVersions",
    "LiveDatabase",
    "Locks",
    "Notifier",
    "Parcel",
    "Placer",
    "Plans",
    "Progress",
    "Pusher",
    "Releasing",
    "Remover",
    "Reply",
    "Repository",
    "RosterSource",
    "Runs",
    "Signer",
    "Sink",
    "Staging",
    "Still",
    "Upkeep",
    "Usage",
    "Volumes",
    "WorkSource",
]

_ROOMS = {
    "accounts": "Credentials FirstPasswords",
    "ambient": "Clock Locks Progress",
    "backup": "Placer Repository Staging Upkeep Volumes",
    "collecting": "Archive Collections Signer Sink WorkSource",
    "copies": "Catalogue Copies KnownVersions",
    "course": "Course Gradebook",
    "grading": "Executor Grader Parcel Reply",
    "hub": "Hub",
    "leaving": "Archives Remover",
    "live": "Homes LiveDatabase Still",
    "notices": "Notifier",
    "records": "Enrolments Gradings History Plans Runs Usage",
    "releasing": "Assignments Pusher Releasing",
    "rosters": "RosterSource",
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names.split()}


def __getattr__(name: str) -> object:
    """Load the port that is named."""
    if name not in _ROOM_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(import_module(f"{__name__}.{_ROOM_OF[name]}"), name)
    globals()[name] = found
    return found
