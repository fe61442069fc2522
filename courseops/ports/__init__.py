"""What we need from outside, as Protocols.

Actions read and write the world through these and nothing else; `adapters/` fulfil them
for the real programs, `adapters/memory/` for tests, and one contract suite a port in
`tests/contract/` holds both to the same promises.
"""

from courseops.ports.accounts import Credentials, FirstPasswords
from courseops.ports.ambient import Clock, Locks, Progress
from courseops.ports.backup import Placer, Repository, Upkeep, Volumes
from courseops.ports.collecting import Archive, Collections, Signer, Sink, WorkSource
from courseops.ports.copies import Catalogue, Copies, KnownVersions
from courseops.ports.course import Course, Gradebook
from courseops.ports.grading import Executor, Grader, Parcel, Reply
from courseops.ports.hub import Hub
from courseops.ports.live import Homes, LiveDatabase, Room, Still
from courseops.ports.notices import Notifier
from courseops.ports.records import Enrolments, Gradings, History, Plans, Runs, Usage
from courseops.ports.releasing import Assignments, Pusher, Releasing
from courseops.ports.rosters import RosterSource

__all__ = [
    "Archive",
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
    "Reply",
    "Repository",
    "Room",
    "RosterSource",
    "Runs",
    "Signer",
    "Sink",
    "Still",
    "Upkeep",
    "Usage",
    "Volumes",
    "WorkSource",
]
