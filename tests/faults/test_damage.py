"""What is broken in a repository is found and said, and costs nothing but what was broken."""

import json
import shutil

import pytest

from tests.support.backup import make_home, restic_at
from tests.support.faults import (
    NOTEBOOK,
    RESTIC,
    BackupSite,
    assert_heals,
    assert_kept,
    flip,
)

pytestmark = [pytest.mark.restic, pytest.mark.xdist_group("damage")]

FRESH = NOTEBOOK.replace("{}", '{"fresh": "only the second backup holds it"}')


@pytest.fixture
def twice(site) -> BackupSite:
    """Give a site with a second snapshot, whose new file lies in a pack of its own."""
    (site.homes / "bob/fresh.ipynb").write_text(FRESH)
    assert site.back_up().code == 0
    return site


def rebuild_index(site: BackupSite) -> None:
    """Do what a person does when told that data are missing."""
    version = site.restic("version").split()[1]
    is_old = [int(part) for part in version.split(b".")] < [0, 16]
    site.restic(*(["rebuild-index"] if is_old else ["repair", "index"]))


def test_a_flipped_byte_is_found_when_all_is_read_and_harms_only_its_file(twice):
    flip(*twice.pack_with(FRESH.encode()))

    assert twice.check().code == 0  # which is why it does not say that all bytes are well
    found = twice.check("--read-data")
    lost = twice.bring_back("fresh.ipynb", user="bob", to="back")

    assert found.code == 1, found.out + found.err
    assert lost.code == 3, lost.out + lost.err
    assert "Traceback" not in found.err + lost.err
    assert not (twice.homes / "bob/back/fresh.ipynb").exists()
    assert_kept(twice)


def test_a_flipped_byte_is_found_by_one_of_the_parts_that_are_read_in_turn(twice):
    flip(*twice.pack_with(FRESH.encode()))
    repository = restic_at(
        twice.folder, repository=str(twice.repository), program=shutil.which(RESTIC)
    )

    found = [bool(repository.check(part=(turn, 3))) for turn in (1, 2, 3)]

    assert sorted(found) == [False, False, True]


def test_a_missing_pack_is_found_and_what_is_still_there_is_stored_again(twice):
    pack, _ = twice.pack_with(FRESH.encode())
    pack.unlink()

    found = twice.check()
    lost = twice.bring_back("fresh.ipynb", user="bob", to="back")
    assert found.code == 1, found.out + found.err
    assert lost.code == 3, lost.out + lost.err
    assert "Traceback" not in found.err + lost.err
    assert_kept(twice)

    rebuild_index(twice)
    # The first run after it says of which files it had to store anything again.
    assert twice.back_up().code in {0, 3}
    assert twice.back_up().code == 0
    back = twice.bring_back("fresh.ipynb", user="bob", to="back")
    assert back.code == 0, back.out + back.err
    assert (twice.homes / "bob/back/fresh.ipynb").read_text() == FRESH
    assert_kept(twice)


def test_a_missing_index_is_said_and_nothing_is_lost_once_it_is_made_again(twice):
    for file in (twice.repository / "index").iterdir():
        file.unlink()

    make_home(twice.homes, "dan", {"hw1.ipynb": NOTEBOOK})
    run, found = twice.back_up(), twice.check()

    assert found.code == 1, found.out + found.err
    assert "Traceback" not in run.err + found.err
    rebuild_index(twice)
    assert_heals(twice)


def test_a_damaged_snapshot_is_said_and_the_others_can_be_had(twice):
    rows = json.loads(twice.restic("snapshots", "--json", "--no-lock"))
    newest = max(rows, key=lambda row: row["time"])["id"]
    file = twice.repository / "snapshots" / newest
    flip(file, file.stat().st_size // 2)

    listed, found = twice.run("backup", "list", "campus", "--refresh"), twice.check()

    assert found.code == 1, found.out + found.err
    assert newest[:8] in found.out + found.err
    assert newest[:8] in listed.out + listed.err, "a list that leaves one out must say so"
    assert "Traceback" not in listed.err + found.err
    assert_kept(twice)
    (twice.homes / "bob/notes.txt").write_text("work goes on")
    assert twice.back_up().code == 0

    file.unlink()
    assert_heals(twice)


def test_a_catalogue_that_is_lost_is_made_again(twice):
    (twice.folder / "state/courseops.sqlite").unlink()

    assert_kept(twice)
    assert twice.run("backup", "list", "campus", "--refresh").code == 0
    assert_heals(twice)
