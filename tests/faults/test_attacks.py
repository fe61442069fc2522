"""
Whatever a learner plants in their home, a restore touches nothing outside it.

The race is run some dozen times; `COURSEOPS_RACED_RESTORES=5000` as often as one likes.
"""

import os
import shutil
import socket
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import chdir, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from courseops.adapters.placing.homes import HomePlacer
from courseops.errors import RefusedError
from courseops.model.backups.backup import Volume
from courseops.model.backups.restore import Sighting
from tests.support.attacker import swapping
from tests.support.backup import LEARNER, PASSWORD, RESTICS, make_home
from tests.support.command import Said
from tests.support.faults import NOTEBOOK
from tests.support.sentinel import SECRET, Seen, look, plant_outside

pytestmark = [
    pytest.mark.restic,
    pytest.mark.timeout(3600),
    pytest.mark.xdist_group("attacks"),
]

RACES = int(os.environ.get("COURSEOPS_RACED_RESTORES", "80"))
IS_ROOT = os.geteuid() == 0
ADA = Volume(username="ada", path="ada")
CONTENT = NOTEBOOK.encode()
LONG_AGO = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """Give a folder that everybody may pass through, so that no wall but ours stops anybody."""
    with tempfile.TemporaryDirectory(prefix="courseops-attacks-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


@pytest.fixture
def outside(tmp_path) -> Path:
    return plant_outside(tmp_path / "outside")


def hand_over(*paths: Path) -> None:
    """Give folders, and all in them, to the learner, but for what is a link to another's file."""
    for top in paths:
        for path in (top, *top.rglob("*")):
            if IS_ROOT and (path.is_dir() or path.lstat().st_nlink == 1):
                os.chown(path, LEARNER, LEARNER, follow_symlinks=False)


# What a learner may put where a file was, or a folder on the way to it.


def link_to_a_file(at: Path, outside: Path) -> None:
    at.symlink_to(outside / "closed/shadow")


def link_to_an_open_file(at: Path, outside: Path) -> None:
    at.symlink_to(outside / "open/shadow")


def link_to_nothing_yet(at: Path, outside: Path) -> None:
    at.symlink_to(outside / "open/new")


def link_to_a_folder(at: Path, outside: Path) -> None:
    at.symlink_to(outside / "open", target_is_directory=True)


def link_that_climbs(at: Path, outside: Path) -> None:
    at.symlink_to(os.path.relpath(outside / "open", at.parent), target_is_directory=True)


def link_to_a_link(at: Path, outside: Path) -> None:
    (at.parent / "second").symlink_to(outside / "open")
    at.symlink_to("second")


def link_to_itself(at: Path, _: Path) -> None:
    at.symlink_to(at.name)


def link_to_a_pipe(at: Path, outside: Path) -> None:
    at.symlink_to(outside / "pipe")


def hard_link(at: Path, outside: Path) -> None:
    os.link(outside / "closed/shadow", at)


def pipe(at: Path, _: Path) -> None:
    os.mkfifo(at)


def listener(at: Path, _: Path) -> None:
    # From there: the path of a socket must be short.
    with socket.socket(socket.AF_UNIX) as one, chdir(at.parent):
        one.bind(at.name)


def device(at: Path, _: Path) -> None:
    try:
        os.mknod(at, stat.S_IFCHR | 0o666, os.makedev(1, 3))
    except PermissionError:  # not everybody may, and a learner least of all
        os.mkfifo(at)


PLANTS = (
    link_to_a_file, link_to_an_open_file, link_to_nothing_yet, link_to_a_folder, link_that_climbs,
    link_to_a_link, link_to_itself, link_to_a_pipe, hard_link, pipe, listener, device,
)  # fmt: skip
# Each of them takes the place of one of these, on the way to a/b/c/hw1.ipynb.
LEVELS = ("a", "a/b", "a/b/c", "a/b/c/hw1.ipynb")


def plant_all(home: Path, outside: Path) -> list[str]:
    """Put each thing at each level of a folder of its own; give the files that were there."""
    wanted = []
    for plant in PLANTS:
        # Nobody links a folder, only files.
        for depth, level in list(enumerate(LEVELS))[3 if plant is hard_link else 0 :]:
            top = home / f"{plant.__name__}-{depth}"
            spot = top / level
            if spot.is_dir():
                shutil.rmtree(spot)
            else:
                spot.unlink()
            plant(spot, outside)
            wanted.append(f"{top.name}/a/b/c/hw1.ipynb")
    return wanted


@pytest.fixture
def attacked(site, outside) -> list[str]:
    """Back up a home, then plant all that one can in it; give the paths of the files it had."""
    names = [f"{plant.__name__}-{depth}" for plant in PLANTS for depth in range(4)]
    home = make_home(site.homes, "eve", {f"{name}/a/b/c/hw1.ipynb": NOTEBOOK for name in names})
    assert site.back_up().code == 0
    wanted = plant_all(home, outside)
    for spared in names:
        if f"{spared}/a/b/c/hw1.ipynb" not in wanted:
            shutil.rmtree(home / spared)
    hand_over(home)
    return wanted


def restored_in(home: Path) -> list[Path]:
    """Give what lies in a home by the content that a restore brings, following no link."""
    found = []
    for folder, _, names in os.walk(home):
        for name in names:
            path = Path(folder, name)
            if stat.S_ISREG(path.lstat().st_mode) and path.read_text() == NOTEBOOK:
                found.append(path)
    return found


def assert_hers(paths: list[Path]) -> None:
    for path in paths:
        status = path.lstat()
        assert (status.st_uid, status.st_gid) == (LEARNER, LEARNER) or not IS_ROOT
        assert stat.S_IMODE(status.st_mode) & 0o7000 == 0


def test_what_is_planted_in_a_home_leads_no_single_file_out_of_it(site, outside, attacked):
    before = look(outside)

    done = site.bring_back(*attacked, user="eve")

    assert look(outside) == before
    assert_told(done)
    # Where the file's own place alone was taken, it lies beside what was planted there.
    back = restored_in(site.homes / "eve")
    assert set(back) == {
        site.homes / "eve" / path.replace("hw1", "hw1.restored")
        for path in attacked
        if "-3/" in path
    }
    assert_hers(back)


def test_what_is_planted_in_a_home_is_only_moved_aside_by_a_restore_in_place(
    site, outside, attacked
):
    before = look(outside)

    done = site.bring_back(*attacked, user="eve", how="--in-place")

    assert but_for_a_name(look(outside)) == but_for_a_name(before)
    assert_told(done)
    back = restored_in(site.homes / "eve")
    assert set(back) == {site.homes / "eve" / path for path in attacked if "-3/" in path}
    assert_hers(back)


@pytest.mark.parametrize("how", ["", "--in-place"], ids=["beside", "in-place"])
@pytest.mark.parametrize("what", ["folders", "home"])
def test_what_is_planted_in_a_home_leads_no_folder_out_of_it(site, outside, attacked, how, what):
    folders = [path.partition("/")[0] for path in attacked]
    before = look(outside)

    done = site.bring_back(*(folders if what == "folders" else ["."]), user="eve", how=how)

    assert but_for_a_name(look(outside)) == but_for_a_name(before)
    assert_told(done)
    assert_hers(restored_in(site.homes / "eve"))


def test_a_look_at_a_home_follows_nothing_that_is_planted_there(site, outside, attacked):
    before = look(outside)

    for path in attacked:
        if "-0/" not in path and "-1/" not in path:
            said = site.run("restore", "show", "campus", "eve", path, "--diff")
            assert "Traceback" not in said.err
            assert SECRET not in said.out + said.err
            assert look(outside) == before


def but_for_a_name(seen: dict[str, Seen]) -> dict[str, Seen]:
    """Leave out when a file got or lost a name: a learner may rename their own link to it."""
    return {name: replace(it, changed_ns=it.changed_ns[:1]) for name, it in seen.items()}


def assert_told(done: Said) -> None:
    """See that a restore said what it could not do, and nothing of what lies outside."""
    assert done.code == 3, done.out + done.err
    assert "Traceback" not in done.err
    assert SECRET not in done.out + done.err


@pytest.mark.parametrize("plant", [link_to_a_folder, link_that_climbs, pipe])
def test_what_is_planted_where_files_shall_go_leads_none_out_of_the_home(site, outside, plant):
    plant(site.homes / "ada/to", outside)
    hand_over(site.homes / "ada")
    before = look(outside)

    for to in ("to", "to/deep"):
        done = site.bring_back("week1/hw1.ipynb", to=to)
        assert done.code == 3, done.out + done.err
        assert look(outside) == before


LEADING_OUT = (
    "../bob/hw1.ipynb",
    "week1/../../bob/hw1.ipynb",
    "/etc/hostname",
    "..",
    "./.",
    "a/..",
)


def test_no_path_that_leads_out_of_the_home_brings_anything_back(site):
    before = look(site.homes)

    done = site.bring_back(*LEADING_OUT)

    assert done.code == 3, done.out + done.err
    assert "Traceback" not in done.err
    assert look(site.homes) == before


@pytest.mark.parametrize("to", ["../bob", "/tmp", "week1/.."])
def test_nothing_is_put_into_a_folder_outside_the_home(site, to):
    before = look(site.homes)

    done = site.bring_back("week1/hw1.ipynb", to=to)

    assert done.code != 0
    assert "Traceback" not in done.err
    assert look(site.homes) == before


def test_what_links_lead_to_is_not_read_into_a_backup(site, outside):
    for plant in PLANTS:
        if plant is not hard_link:  # that one is hers as far as any program can see
            plant(site.homes / "ada" / plant.__name__, outside)
    hand_over(site.homes / "ada")
    before = look(outside)

    done = site.back_up()

    assert done.code == 0, done.out + done.err
    assert look(outside) == before
    with pytest.raises(AssertionError, match="no pack"):
        site.pack_with(SECRET.encode())


@pytest.mark.skipif(not IS_ROOT, reason="only root can make what is another's")
def test_a_snapshots_own_owners_and_modes_give_nobody_more_rights(site, outside):
    home = site.homes / "ada"
    for name, owner, mode in (
        ("set-uid", LEARNER, 0o6755),
        ("of-root", 0, 0o6755),
        ("of-another", LEARNER + 1, 0o4755),
    ):
        make_home(home, f"{name}-in", {"tool": NOTEBOOK})
        os.chown(home / f"{name}-in/tool", owner, owner)
        (home / f"{name}-in/tool").chmod(mode)
    assert site.back_up().code == 0
    wanted = [str(it.relative_to(home)) for it in sorted(home.glob("*-in/tool"))]
    for path in wanted:
        (home / path).unlink()
    before = look(outside)

    done = site.bring_back(*wanted)

    assert look(outside) == before
    # The other one has no right to write into this home, and gets none.
    assert done.code == 3
    assert not (home / "of-another-in/tool").exists()
    assert_hers([home / "set-uid-in/tool", home / "of-root-in/tool"])


def original(name: str) -> Sighting:
    return Sighting(
        path=name,
        snapshot_id="5a",
        taken_at=LONG_AGO,
        modified_at=LONG_AGO,
        size_bytes=len(CONTENT),
        mode=0o640,
        uid=LEARNER,
        gid=LEARNER,
    )


@pytest.fixture
def raced(tmp_path, outside) -> tuple[Path, list[tuple[Path, Path]]]:
    """Give a home, and pairs of a folder in it and a link beside it that leads outside."""
    home = make_home(tmp_path / "homes", "ada", {"hw1.ipynb": "{}"})
    pairs = []
    for folder in ("swap", "a/swap"):
        (home / folder / "deep").mkdir(parents=True)
        spare = home / f"{folder}-spare"
        spare.symlink_to(outside / "open", target_is_directory=True)
        pairs.append((home / folder, spare))
    # Both a folder and a link when it comes to the file's own name.
    (home / "name").mkdir()
    (home / "name/hw1.ipynb").symlink_to(outside / "open/shadow")
    pairs.append((home / "name", home / "a/swap/deep"))
    hand_over(home)
    return home, pairs


def places(turn: int) -> list[str]:
    """Give paths that the swapping meets: first, in the middle, at a folder yet to be made."""
    return [
        f"swap/hw-{turn}.ipynb",
        f"swap/deep/hw-{turn}.ipynb",
        f"a/swap/hw-{turn}.ipynb",
        f"swap/new-{turn}/hw-{turn}.ipynb",
        f"a/swap/deep/hw-{turn}.ipynb",
    ]


def test_a_learner_who_swaps_folders_and_links_all_the_time_leads_nothing_out(
    tmp_path, outside, raced
):
    home, pairs = raced
    placer = HomePlacer(root=home.parent, staging=tmp_path / "staging")
    before, placed, refused = look(outside), 0, 0

    with swapping(LEARNER, *pairs) as swaps:
        for turn in range(RACES // 5):
            for path in places(turn):
                with placer.stage() as staged:
                    os.write(staged, CONTENT)
                    try:
                        placer.place(staged, ADA, path, original("hw1.ipynb"))
                    except RefusedError:
                        refused += 1
                    else:
                        placed += 1
            assert look(outside) == before, f"after {placed + refused} restores"

    # The race was one: it was won and lost, and there were many more swaps than restores.
    assert placed > RACES // 20
    assert refused > RACES // 20
    assert swaps[0] > RACES
    back = restored_in(home)
    assert len(back) == placed
    assert_hers(back)
    left = [path for path in home.rglob(".courseops-*") if not path.is_symlink()]
    assert left == []


def naive(home: Path, path: str) -> None:
    """Restore as one would who looks first, and writes then."""
    target = home / path
    if target.resolve().is_relative_to(home):
        target.write_bytes(CONTENT)
        os.chown(target, LEARNER, LEARNER)


@pytest.mark.skipif(not IS_ROOT, reason="the harm is root's to do")
def test_the_same_race_is_lost_by_who_looks_first_and_writes_then(outside, raced):
    home, pairs = raced
    before = look(outside)
    with swapping(LEARNER, *pairs):
        for turn in range(100_000):
            with suppress(OSError):
                naive(home, f"swap/hw-{turn % 50}.ipynb")
            if turn % 500 == 499 and look(outside) != before:
                break
    assert look(outside) != before


def test_a_reading_of_what_lies_outside_would_be_seen(outside):
    before = look(outside)
    assert look(outside) == before
    (outside / "open/shadow").read_bytes()
    assert look(outside) != before


class Plain:
    """Restic as it is: a home backed up, and restored over what is there by root."""

    def __init__(self, program: str, folder: Path) -> None:
        self._program = program
        self._folder = folder

    def __call__(self, *args: str) -> bytes:
        env = {
            "PATH": os.environ["PATH"],
            "RESTIC_PASSWORD": PASSWORD,
            "RESTIC_REPOSITORY": str(self._folder / "repository"),
            "RESTIC_CACHE_DIR": str(self._folder / "cache"),
        }
        # Below a folder that plays the root of the file system, so that nothing else is met.
        done = subprocess.run(
            [self._program, *args],
            env=env,
            cwd=self._folder,
            capture_output=True,
            check=False,
            timeout=300,
        )
        return done.stdout


@pytest.fixture(params=RESTICS)
def plain(request, require, tmp_path, empty_restic) -> Plain:
    require("restic", shutil.which(request.param))
    if not IS_ROOT:
        pytest.skip("the harm is root's to do")
    said = subprocess.run([request.param, "version"], capture_output=True, check=True).stdout
    if [int(part) for part in said.split()[1].split(b".")] >= [0, 17]:
        pytest.skip("since 0.17 restic itself follows no planted link")
    shutil.copytree(empty_restic, tmp_path / "repository")
    return Plain(request.param, tmp_path)


@pytest.mark.parametrize(
    ("plant", "at"),
    [(link_to_a_file, "hw1.ipynb"), (link_to_a_folder, "."), (hard_link, "hw1.ipynb")],
)
def test_plain_restic_of_before_0_17_is_led_out_by_what_is_planted(
    plain, tmp_path, outside, plant, at
):
    home = make_home(tmp_path / "homes", "ada", {"week1/hw1.ipynb": NOTEBOOK})
    plain("backup", "homes/ada")
    shutil.rmtree(home / "week1")
    if at != ".":
        (home / "week1").mkdir()
    plant(home / "week1" / at, outside)
    before = look(outside)

    plain("restore", "latest", "--target", str(tmp_path))

    after = look(outside)
    assert after != before
    written = {name for name, seen in after.items() if seen.content == CONTENT}
    assert written
    # Overwritten through a link to a file it stays root's; else it is handed to the learner.
    handed_over = {name for name in written if after[name].owner == (LEARNER, LEARNER)}
    assert handed_over == (set() if plant is link_to_a_file else written)


def test_plain_restic_of_before_0_17_loses_the_race(plain, tmp_path, outside, raced):
    home, pairs = raced
    for turn in range(300):
        (home / f"swap/hw-{turn}.ipynb").write_bytes(CONTENT)
    hand_over(home)
    plain("backup", "homes/ada")
    before = look(outside)
    for _ in range(20):
        with swapping(LEARNER, *pairs):
            plain("restore", "latest", "--target", str(tmp_path))
        if look(outside) != before:
            break
    assert look(outside) != before
