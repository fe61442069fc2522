"""How fast a class list reaches a hub, and how fast a directory gives it.

    python benchmarks/roster.py [--people 2000] [--part first|second|courses|changes|ldap]

Everything is measured against something that is not ours, in the same run: a hub's own
processor time for the calls that nobody can do without, one bare listing, ldapsearch. What the
figures mean is told in docs/explanation/speed.md. Exits with 1 if a bound is not held.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # for tests.support

from directory import directory
from hubs import Bare, MeasuredHub, fill, watching
from school import COMMAND, Running, School, classes, run
from sheet import Sheet

from courseops.cli.logs import configure_logs
from courseops.model.roster import learners_group, section_groups_of

# The hubs' databases are kept in memory: what a disk adds is the disk's, not the hub's nor ours.
MEMORY = Path("/dev/shm")
FILLED = 10_000
JOIN_EACH, LEAVE_EACH = 3, 2  # of each of 20 courses: 100 changes
LDAP_PEOPLE = 5_000
READINGS = 5
COURSE = "mooc"
PARTS = ["first", "second", "courses", "changes", "ldap"]


def first_and_second(sheet: Sheet, folder: Path, people: int, parts: set[str]) -> None:
    """Bring `people` in 20 sections of one course to an empty hub, and then look again."""
    sections = classes(people)
    groups = {learners_group(COURSE): [n for names in sections.values() for n in names]}
    groups |= {section_groups_of(name, COURSE)[0]: names for name, names in sections.items()}
    limit = _limit(sheet, folder, groups) if "first" in parts else 0.0
    with MeasuredHub(folder / "hub") as hub:
        school = School(folder / "school", hub)
        school.write_sections(COURSE, sections)
        school.look()
        with school.running() as running:
            if "first" in parts:
                _first(sheet, hub, running, limit)
            else:
                running.sync()
            if "second" in parts:
                _second(sheet, hub, running)


def courses(sheet: Sheet, folder: Path, people: int) -> None:
    """Do the same with 20 courses of a class each; no bounds, for it is another question."""
    with MeasuredHub(folder / "hub") as hub:
        school = School(folder / "school", hub)
        school.write(classes(people))
        school.look()
        with school.running() as running:
            before = hub.cpu_seconds
            ran = running.sync()
            spent = hub.cpu_seconds - before
            sheet.title(f"The same {people} people in 20 courses, one job")
            sheet.note("first sync: wall / the hub's own CPU", f"{ran.wall / spent:.2f}")
            sheet.note("first sync: our own CPU, % of the hub's", f"{100 * ran.cpu / spent:.1f} %")
            listing, again, _ = _again(hub, running)
            sheet.note("second sync: wall / one bare listing", f"{again / listing:.2f}")
        sheet.note("wall of the second sync as a command", f"{school.sync().wall:.2f} s")


def _limit(sheet: Sheet, folder: Path, groups: dict[str, list[str]]) -> float:
    with MeasuredHub(folder / "bare") as hub:
        bare = Bare(hub)
        before, began = hub.cpu_seconds, time.monotonic()
        bare.sync(groups)
        wall = time.monotonic() - began
        limit = hub.cpu_seconds - before
        everyone = len(set().union(*groups.values()))
        sheet.title(f"The necessary calls: {everyone} people into {len(groups)} groups")
        sheet.note("the hub's own CPU for them: the limit", f"{limit:.2f} s")
        sheet.note("wall of the bare loop", f"{wall:.2f} s")
        sheet.note("requests that change something", str(len(hub.writes)))
    return limit


def _first(sheet: Sheet, hub: MeasuredHub, running: Running, limit: float) -> None:
    before = hub.cpu_seconds
    with watching(hub) as visitor:
        ran = running.sync()
    sheet.title("First sync, in a process that runs")
    sheet.note("wall", f"{ran.wall:.2f} s")
    sheet.note("the hub's own CPU", f"{hub.cpu_seconds - before:.2f} s")
    sheet.note("our own CPU", f"{ran.cpu:.2f} s")
    sheet.note("requests that change something", str(len(hub.writes)))
    sheet.judge("wall / limit", ran.wall / limit, 1.25)
    sheet.judge("our own CPU, % of the limit", 100 * ran.cpu / limit, 5, "%")
    sheet.judge("longest wait for the health page", 1000 * visitor.longest, 500, "ms")
    started = run([*COMMAND, "job", "history", "--help"])
    sheet.note("beside that: our CPU to start a command", f"{started.cpu:.2f} s")


def _second(sheet: Sheet, hub: MeasuredHub, running: Running) -> None:
    before = len(hub.writes)
    listing, again, cpu = _again(hub, running)
    sheet.title("Second sync, with no change")
    sheet.note("one bare listing of users and groups", f"{listing:.2f} s")
    sheet.note("wall of the sync", f"{again:.2f} s")
    sheet.note("our own CPU", f"{cpu:.2f} s")
    sheet.judge("requests that change something", len(hub.writes) - before, 0)
    sheet.judge("wall of the sync / listing", again / listing, 1.5)


def _again(hub: MeasuredHub, running: Running) -> tuple[float, float, float]:
    """List and sync in turn; give the medians of both, and of our own CPU."""
    bare = Bare(hub)
    turns = [(bare.list_all(), running.sync()) for _ in range(READINGS)]
    return (
        median(listing for listing, _ in turns),
        median(ran.wall for _, ran in turns),
        median(ran.cpu for _, ran in turns),
    )


def changes(sheet: Sheet, folder: Path) -> None:
    """Make 100 changes on a hub of 10,000 accounts."""
    taught = classes(FILLED)
    hub = MeasuredHub(folder / "hub")
    with hub:
        pass
    fill(hub, taught)
    school = School(folder / "school", hub)
    with hub:
        school.write(taught)
        school.take_over(taught)
        school.sync()
        school.write({name: _changed(name, people) for name, people in taught.items()})
        sheet.title(f"100 changes among {FILLED} accounts in {len(taught)} groups")
        sheet.note("one bare listing of users and groups", f"{Bare(hub).list_all():.2f} s")
        before, asked = hub.cpu_seconds, len(hub.writes)
        with watching(hub) as visitor:
            ran = school.sync()
        sheet.note("the hub's own CPU", f"{hub.cpu_seconds - before:.2f} s")
        sheet.note("our own CPU", f"{ran.cpu:.2f} s")
        sheet.note("requests that change something", str(len(hub.writes) - asked))
        sheet.note("longest wait for the health page", f"{1000 * visitor.longest:.0f} ms")
        sheet.judge("wall", ran.wall, 10, "s")


def _changed(course: str, people: list[str]) -> list[str]:
    return [*people[LEAVE_EACH:], *(f"new-{course}-{number}" for number in range(JOIN_EACH))]


def ldap(sheet: Sheet, folder: Path) -> None:
    """Read 5,000 people over StartTLS, ours and ldapsearch in turn."""
    with directory(LDAP_PEOPLE, folder) as server:
        server.read()
        turns = [(server.ldapsearch(), *server.read(), server.show()) for _ in range(READINGS)]
    theirs = median(ran.wall for ran, *_ in turns)
    ours = median(seconds for _, _, seconds, _ in turns)
    shown = median(ran.wall for *_, ran in turns)
    assert all(people == LDAP_PEOPLE for _, people, _, _ in turns)
    sheet.title(f"LDAP over StartTLS, {LDAP_PEOPLE} people")
    sheet.note("wall of ldapsearch, pages of 500", f"{theirs:.2f} s")
    sheet.note("wall of `courseops roster show --json`", f"{shown:.2f} s")
    sheet.judge("wall of reading the roster", ours, 2 * theirs + 1, "s")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--people", type=int, default=2000, help="of the first sync")
    parser.add_argument("--part", action="append", choices=PARTS, help="only this")
    options = parser.parse_args()
    parts = set(options.part or PARTS)
    sheet = Sheet()
    configure_logs(verbose=False)
    run([*COMMAND, "doctor", "--help"])  # so that Python's own bytecode is there
    memory = MEMORY if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="courseops-speed-", dir=memory) as name:
        folder = Path(name)
        if parts & {"first", "second"}:
            (folder / "sync").mkdir()
            first_and_second(sheet, folder / "sync", options.people, parts)
        if "courses" in parts:
            (folder / "courses").mkdir()
            courses(sheet, folder / "courses", options.people)
        if "changes" in parts:
            (folder / "changes").mkdir()
            changes(sheet, folder / "changes")
        if "ldap" in parts:
            (folder / "ldap").mkdir()
            ldap(sheet, folder / "ldap")
    print(f"\n{len(sheet.missed)} bounds missed" if sheet.missed else "\nevery bound is held")
    return 1 if sheet.missed else 0


if __name__ == "__main__":
    sys.exit(main())
