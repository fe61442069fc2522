"""How fast submissions are collected, graded and given back, beside nbgrader's own commands.

    python benchmarks/grading.py [--part collect|light|heavy|feedback|memory|dask] [--small]

Both sides of each figure are measured in one run, one after the other, on the same files; what
comes of them is compared, and the sandbox is on. What the figures mean is told in
docs/explanation/grading-speed.md. Exits with 1 if a bound is not held. Ten to twenty minutes.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # for tests.support

from classwork import COURSE, HEAVY, LIGHT
from cluster import cluster
from copying import copied
from floor import floor
from lesson import Lesson, Took, failures
from memory import watching
from sheet import Sheet

from tests.support.gradebooks import dump

SIZES = {"collect": 1000, "light": 200, "heavy": 40, "feedback": 200}
SMALL = {"collect": 50, "light": 10, "heavy": 4, "feedback": 10}


@contextmanager
def lessons(assignment: str, count: int) -> Iterator[tuple[Lesson, Lesson]]:
    """Give nbgrader and us a course with a class that has submitted."""
    with tempfile.TemporaryDirectory(prefix="courseops-benchmark-") as folder:
        theirs = Lesson(Path(folder) / "theirs")
        theirs.folder.mkdir()
        theirs.write(assignment)
        theirs.hand_in(assignment, count)
        yield theirs, theirs.copy(Path(folder) / "ours")


def collect(sheet: Sheet, sizes: dict[str, int]) -> None:
    with lessons(LIGHT, sizes["collect"]) as (theirs, ours):
        sheet.title(f"Collecting {sizes['collect']} submissions")
        stock = theirs.nbgrader("collect", LIGHT)
        mine = ours.assignment("collect", LIGHT)
        _insist(not failures(mine), "\n".join(failures(mine)))
        _same_files(theirs.course / "submitted", ours.course / "submitted")
        _show(sheet, "nbgrader collect", stock, "courseops assignment collect", mine, 10)
        bare = copied(ours.exchange / COURSE / "inbound", ours.folder / "bare", processes=2)
        sheet.note("the same files read and written, by two bare processes", f"{bare:.2f} s")
        sheet.note("our wall / the bare copying", f"{mine.wall / bare:.1f}")


def light(sheet: Sheet, sizes: dict[str, int]) -> None:
    _grade(sheet, LIGHT, sizes["light"], 18)


def heavy(sheet: Sheet, sizes: dict[str, int]) -> None:
    _grade(sheet, HEAVY, sizes["heavy"], 7)


def _grade(sheet: Sheet, assignment: str, count: int, bound: float) -> None:
    with lessons(assignment, count) as (theirs, ours):
        for lesson in (theirs, ours):
            lesson.nbgrader("collect", assignment)
        sheet.title(f"Grading {count} {assignment} submissions, in a sandbox")
        stock = theirs.nbgrader("autograde", assignment)
        mine = ours.assignment("autograde", assignment)
        _insist(not failures(mine), "\n".join(failures(mine)))
        _insist(dump(theirs.gradebook) == dump(ours.gradebook), "the gradebooks differ")
        sheet.note("gradebooks", "equal")
        _show(sheet, "nbgrader autograde", stock, "courseops assignment autograde", mine, bound)
        bare = floor(ours.course / "autograded", assignment)
        sheet.note("the cells alone, in a bare shell: CPU", f"{bare:.2f} s")
        sheet.note("our CPU / the cells' own", f"{mine.cpu / bare:.1f}")


def feedback(sheet: Sheet, sizes: dict[str, int]) -> None:
    count = sizes["feedback"]
    with lessons(LIGHT, count) as (theirs, ours):
        for lesson in (theirs, ours):
            lesson.nbgrader("collect", LIGHT)
            lesson.assignment("autograde", LIGHT)
        sheet.title(f"Feedback for {count} submissions; ours is released as well")
        stock = theirs.nbgrader("generate_feedback", LIGHT)
        mine = ours.assignment("feedback", LIGHT)
        _insist(not failures(mine), "\n".join(failures(mine)))
        pages = [len(list((it.course / "feedback").rglob("*.html"))) for it in (theirs, ours)]
        _insist(pages[0] == pages[1] > 0, f"pages: {pages}")
        _show(sheet, "nbgrader generate_feedback", stock, "courseops … feedback", mine, 8)


def memory(sheet: Sheet, sizes: dict[str, int]) -> None:
    with lessons(HEAVY, sizes["heavy"]) as (_, ours):
        ours.nbgrader("collect", HEAVY)
        sheet.title("Memory of a worker, with pandas and matplotlib loaded")
        with watching() as seen:
            ours.assignment("autograde", HEAVY)
        sheet.judge("most of one worker with all it started (PSS)", seen.most_mib, 400, "MiB")


def dask(sheet: Sheet, sizes: dict[str, int]) -> None:
    with lessons(LIGHT, sizes["light"]) as (theirs, ours), cluster(workers=2) as address:
        for lesson in (theirs, ours):
            lesson.nbgrader("collect", LIGHT)
        theirs.configure(dask=address)
        sheet.title(f"Grading {sizes['light']} light submissions on two local Dask workers")
        # What a cluster that stands has loaded already, it has loaded before.
        theirs.assignment("autograde", LIGHT, "--student", "learner0000")
        remote = theirs.assignment("autograde", LIGHT)
        pool = ours.assignment("autograde", LIGHT)
        _insist(dump(theirs.gradebook) == dump(ours.gradebook), "the gradebooks differ")
        sheet.note("local pool: wall", f"{pool.wall:.2f} s")
        sheet.note("Dask: wall", f"{remote.wall:.2f} s")
        sheet.judge("Dask / local pool", remote.wall / pool.wall, 1.25)


PARTS: dict[str, Callable[[Sheet, dict[str, int]], None]] = {
    "collect": collect,
    "light": light,
    "heavy": heavy,
    "feedback": feedback,
    "memory": memory,
    "dask": dask,
}


def _show(sheet: Sheet, theirs: str, stock: Took, ours: str, mine: Took, bound: float) -> None:
    sheet.note(f"{theirs}: wall", f"{stock.wall:.2f} s")
    sheet.note(f"{theirs}: CPU", f"{stock.cpu:.2f} s")
    sheet.note(f"{ours}: wall", f"{mine.wall:.2f} s")
    sheet.note(f"{ours}: CPU", f"{mine.cpu:.2f} s")
    sheet.at_least("faster by the clock", stock.wall / mine.wall, bound)


def _same_files(theirs: Path, ours: Path) -> None:
    def files(root: Path) -> dict[str, bytes]:
        found = (it for it in root.rglob("*") if it.is_file())
        return {str(it.relative_to(root)): it.read_bytes() for it in found}

    _insist(files(theirs) == files(ours), "the collected files differ")


def _insist(holds: bool, otherwise: str) -> None:
    if not holds:
        raise SystemExit(otherwise)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=list(PARTS), action="append")
    parser.add_argument("--small", action="store_true", help="to see whether it runs")
    chosen = parser.parse_args()
    sheet = Sheet()
    print(f"course {COURSE}, two copies, one after the other")
    for part in chosen.part or PARTS:
        PARTS[part](sheet, SMALL if chosen.small else SIZES)
    sys.exit(bool(sheet.missed))


if __name__ == "__main__":
    main()
