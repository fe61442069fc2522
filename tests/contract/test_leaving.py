"""Archives of those who left and homes taken away, whatever a learner planted there."""

import os
import stat
import subprocess
import sys
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from courseops.adapters.clock import SystemClock
from courseops.adapters.collecting.signing import SiteKey
from courseops.adapters.leaving import packing
from courseops.adapters.leaving.archives import ArchiveFolder
from courseops.adapters.leaving.removing import HomeRemover
from courseops.adapters.leaving.removing_child import Emptying, Request
from courseops.adapters.memory.repository import MemoryRepository
from courseops.errors import CourseOpsError, RefusedError
from courseops.model.backups.backup import BackupOrder, Volume
from courseops.model.leaving.parting import Receipt, name_for
from tests.support.backup import LEARNER
from tests.support.leaving import is_root

ADA = Volume(username="ada", path="ada")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ODD = ["-rf", "new\nline", "[x]*?", "žluťoučký", os.fsdecode(b"\xff\xfe.ipynb"), "a" * 200]


def archives_of(tmp_path, repository) -> ArchiveFolder:
    return ArchiveFolder(
        folder=tmp_path / "archives",
        repository=repository,
        staging=tmp_path / "staging",
        signer=SiteKey(tmp_path / "state"),
    )


def theirs(path: Path) -> Path:
    if is_root():
        os.chown(path, LEARNER, LEARNER, follow_symlinks=False)
    return path


def theirs_folder(path: Path) -> Path:
    path.mkdir()
    return theirs(path)


def theirs_file(path: Path, text: str) -> Path:
    path.write_text(text)
    return theirs(path)


def receipt_of(archived, **changes) -> Receipt:
    values = {
        "hub": "campus",
        "course_id": "",
        "username": "ada",
        "volume": "ada",
        "snapshot_id": "5a5a5a5a",
        "archive": archived,
        "archived_at": NOW,
        "actor": "ops",
        "run_id": "r",
    }
    return Receipt(**{**values, **changes})


@pytest.fixture
def outside(tmp_path) -> Path:
    """Make what no learner may ever reach: a folder and a file of the operator's."""
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "shadow").write_text("root's own")
    return folder


@pytest.fixture
def archives(tmp_path, repository):
    return archives_of(tmp_path, repository)


def snapshot(repository, homes) -> str:
    return repository.back_up(homes, [ADA]).snapshot_id


@pytest.fixture
def kept(tmp_path, homes):
    """Give what an archive of ada's home holds, as it is now."""

    def write():
        repository = MemoryRepository(clock=SystemClock())
        archives = archives_of(tmp_path, repository)
        return archives.write(snapshot(repository, homes), ADA, "ada").files

    return write


# -- archives


def test_an_archive_holds_every_byte_time_and_name_of_a_snapshot(archives, repository, homes):
    for number, name in enumerate(ODD):
        path = homes / "ada" / name
        path.write_bytes(bytes([number]) * (number * 100_000))
        theirs(path)
        os.utime(path, ns=(0, 1_700_000_000_123_456_000 + number * 1000))

    archived = archives.write(snapshot(repository, homes), ADA, "campus-ada")

    place = Path(archives.place, archived.name)
    with tarfile.open(place) as tar:
        held = {it.name: (tar.extractfile(it).read(), it.mtime) for it in tar if it.isfile()}
    for name in (*ODD, "hw1.ipynb", "ps1/notes.txt"):
        there = homes / "ada" / name
        content, modified_at = held.pop(name)
        assert content == there.read_bytes()
        assert abs(modified_at - there.stat().st_mtime) < 0.00001
    assert held == {}
    assert HomeRemover(homes).unkept(ADA, archived.files) == []


def test_an_archive_and_its_folder_are_for_nobody_else(archives, repository, homes):
    archived = archives.write(snapshot(repository, homes), ADA, "campus-ada")
    place = Path(archives.place, archived.name)
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    assert {it.name for it in place.parent.iterdir()} == {archived.name}


def test_nothing_is_left_in_the_staging_folder(archives, repository, homes, tmp_path):
    archives.write(snapshot(repository, homes), ADA, "campus-ada")
    assert list((tmp_path / "staging").iterdir()) == []


def test_links_are_kept_as_links_and_programs_lose_their_rights(tmp_path, homes, outside, restic):
    (homes / "ada/away").symlink_to(outside / "shadow")
    (homes / "ada/hw1.ipynb").chmod(0o4755)
    archives = archives_of(tmp_path, restic)

    archived = archives.write(snapshot(restic, homes), ADA, "campus-ada")

    with tarfile.open(Path(archives.place, archived.name)) as tar:
        assert tar.getmember("away").linkname == str(outside / "shadow")
        assert tar.getmember("hw1.ipynb").mode == 0o755
    assert {it.path for it in archived.files if it.is_link} == {"away"}
    assert HomeRemover(homes).unkept(ADA, archived.files) == []


def test_a_last_copy_leaves_nothing_out(archives, repository, homes):
    tag = "Signature: 8a477f597d28d172789f06886806bc55"
    theirs_file(theirs_folder(homes / "ada/cache") / "CACHEDIR.TAG", tag)
    theirs_file(homes / "ada/cache/kept.bin", "x" * 5000)
    orders = {
        "whole": BackupOrder(tags=("offboard:ada",), is_whole=True, largest_bytes=100),
        "usual": BackupOrder(tags=("usual",), exclude=("kept.bin",), largest_bytes=100),
    }
    held = {}
    for name, order in orders.items():
        made = repository.back_up(homes, [ADA], order).snapshot_id
        held[name] = {it.path for it in archives.write(made, ADA, name).files}
    assert held["whole"] - held["usual"] >= {"cache/kept.bin"}
    assert HomeRemover(homes).unkept(ADA, archives.write(made, ADA, "usual").files) != []


def test_a_snapshot_that_cannot_be_restored_makes_no_archive(archives, homes):
    with pytest.raises(CourseOpsError):
        archives.write("5a" * 32, ADA, "campus-ada")
    assert archives.receipts("campus") == []
    assert not any(Path(archives.place).glob("*.tar.gz"))


def test_an_archive_that_is_not_as_it_was_is_refused(archives, repository, homes):
    archived = archives.write(snapshot(repository, homes), ADA, "campus-ada")
    archives.insist_on(archived)
    place = Path(archives.place, archived.name)
    raw = bytearray(place.read_bytes())
    raw[len(raw) // 2] ^= 1
    place.write_bytes(raw)
    with pytest.raises(CourseOpsError, match="not as it was written"):
        archives.insist_on(archived)
    place.unlink()
    with pytest.raises(CourseOpsError):
        archives.insist_on(archived)


@pytest.mark.parametrize("fault", ["cut off", "one byte flipped", "one file missing"])
def test_an_archive_that_does_not_read_back_does_not_count(kept, monkeypatch, tmp_path, fault):
    pack = packing.pack

    def faulty(top, target):
        """Pack onto a disk that does not keep what it was given."""
        packed = pack(top, target)
        target.flush()
        if fault == "one file missing":
            return packed[:-1]
        size_bytes = os.fstat(target.fileno()).st_size
        if fault == "cut off":
            os.ftruncate(target.fileno(), size_bytes // 2)
        else:
            os.pwrite(target.fileno(), b"\xff", size_bytes // 2)
        return packed

    monkeypatch.setattr(packing, "pack", faulty)
    with pytest.raises(CourseOpsError, match="read"):
        kept()
    assert list((tmp_path / "archives").iterdir()) == []


def test_a_receipt_is_read_as_it_was_kept_and_the_later_one_counts(archives, repository, homes):
    archived = archives.write(snapshot(repository, homes), ADA, "campus-ada")
    archives.keep(receipt_of(archived))
    archives.keep(receipt_of(archived, erasing_since=NOW, erased_at=NOW))
    archives.keep(receipt_of(None, username="bob", snapshot_id=""))

    assert archives.receipts("physics") == []
    ada, bob = sorted(archives.receipts("campus"), key=lambda it: it.username)
    assert ada == receipt_of(archived, erasing_since=NOW, erased_at=NOW)
    assert bob.archive is None


def test_a_receipt_without_its_archive_or_signed_by_others_does_not_count(
    tmp_path, archives, repository, homes
):
    archived = archives.write(snapshot(repository, homes), ADA, "campus-ada")
    path = Path(archives.keep(receipt_of(archived)))
    strangers = archives_of(tmp_path, repository)
    strangers._signer = SiteKey(tmp_path / "strangers")
    assert strangers.receipts("campus") == []
    (path.parent / "broken.receipt.json").write_text("{")
    (path.parent / "other.receipt.json").write_text("[]")
    assert len(archives.receipts("campus")) == 1
    with Path(archives.place, archived.name).open("ab") as file:
        file.write(b"more")
    assert archives.receipts("campus") == []


@pytest.mark.parametrize("username", ["../../etc/passwd", "a/b", ".hidden", "x\ny", "ž"])
def test_no_username_leads_an_archive_elsewhere(username):
    name = name_for("campus", username, NOW, "5a" * 32)
    assert name.startswith("campus-")
    assert "/" not in name
    assert name.isprintable()


# -- removing


def test_a_home_that_is_archived_is_removed_whole(kept, homes):
    theirs_file(theirs_folder(homes / "ada/locked") / "file", "x")
    (homes / "ada/locked").chmod(0o500)
    files = kept()

    assert HomeRemover(homes).remove(ADA, files) == []

    assert not (homes / "ada").exists()
    assert (homes / "bob/hw1.ipynb").exists()


def test_what_no_archive_holds_stays(kept, homes):
    files = kept()
    new = theirs_file(homes / "ada/ps1/new.txt", "new")
    changed = homes / "ada/hw1.ipynb"
    changed.write_text("changed")

    left = HomeRemover(homes).remove(ADA, files)

    assert [it.partition(" ")[0] for it in left] == ["hw1.ipynb", "ps1/new.txt"]
    assert new.read_text() == "new"
    assert changed.read_text() == "changed"
    assert not (homes / "ada/ps1/notes.txt").exists()


def test_looking_removes_nothing(kept, homes):
    files = kept()
    before = sorted(homes.rglob("*"))
    assert HomeRemover(homes).unkept(ADA, files) == []
    assert [it.partition(" ")[0] for it in HomeRemover(homes).unkept(ADA, ())] == [
        "hw1.ipynb",
        "ps1/notes.txt",
    ]
    assert sorted(homes.rglob("*")) == before


def test_removing_goes_on_where_it_was_stopped(kept, homes):
    files = kept()
    (homes / "ada/hw1.ipynb").unlink()
    remover = HomeRemover(homes)
    assert remover.unkept(ADA, files) == []
    assert remover.remove(ADA, files) == []
    with pytest.raises(RefusedError):
        remover.remove(ADA, files)


def test_a_link_of_the_same_name_is_not_what_was_kept(kept, homes, outside):
    files = kept()
    (homes / "ada/hw1.ipynb").unlink()
    (homes / "ada/hw1.ipynb").symlink_to(outside / "shadow")
    (homes / "ada/ps1/notes.txt").unlink()
    (homes / "ada/ps1").rmdir()
    (homes / "ada/ps1").symlink_to(outside)

    left = HomeRemover(homes).remove(ADA, files)

    assert [it.partition(" ")[0] for it in left] == ["hw1.ipynb", "ps1"]
    assert (outside / "shadow").read_text() == "root's own"


def test_sockets_pipes_and_second_names_go_without_ado(kept, homes):
    os.link(homes / "ada/hw1.ipynb", homes / "ada/hw1-again.ipynb")
    files = kept()
    os.mkfifo(homes / "ada/pipe")
    assert HomeRemover(homes).remove(ADA, files) == []


def test_a_home_that_is_a_link_is_refused(kept, homes, outside):
    files = kept()
    (homes / "ada").rename(homes / "away")
    (homes / "ada").symlink_to(outside)
    with pytest.raises(RefusedError):
        HomeRemover(homes).remove(ADA, files)
    assert (outside / "shadow").exists()


@pytest.mark.skipif(not is_root(), reason="only root can give a home to root")
def test_a_home_that_belongs_to_root_is_refused(kept, homes):
    files = kept()
    os.chown(homes / "ada", 0, 0)
    remover = HomeRemover(homes)
    assert "belongs to root" in remover.obstacle(ADA)
    with pytest.raises(RefusedError):
        remover.remove(ADA, files)
    assert (homes / "ada/hw1.ipynb").exists()


@pytest.mark.skipif(not is_root(), reason="only root can keep something from a learner")
def test_what_a_learner_may_not_remove_stays_and_is_named(kept, homes):
    closed = homes / "ada/closed"
    closed.mkdir(mode=0o755)
    (closed / "grades.csv").write_text("root's own")
    files = kept()

    (left,) = HomeRemover(homes).remove(ADA, files)

    assert left.startswith("closed")
    assert (closed / "grades.csv").read_text() == "root's own"


def test_a_folder_that_became_a_link_after_it_was_looked_at_is_not_entered(
    homes, outside, monkeypatch
):
    home = homes / "ada"
    theirs_file(theirs_folder(home / "folder") / "shadow", "mine")
    looked = os.stat

    def swapping(path, **options):
        """Look, and let the learner be quicker than what comes next."""
        status = looked(path, **options)
        if path == "folder" and not (home / "folder").is_symlink():
            (home / "folder").rename(home / "aside")
            (home / "folder").symlink_to(outside)
        return status

    top = os.open(home, os.O_RDONLY | os.O_DIRECTORY)
    monkeypatch.setattr(os, "stat", swapping)
    status = looked(outside / "shadow")
    alike = {"folder/shadow": (status.st_size, status.st_mtime_ns // 1000)}
    request = Request(top_fd=top, files=alike, links={})
    left = list(Emptying(request).left_in(top, ""))
    os.close(top)

    assert any(it.startswith("folder: ") for it in left)
    assert (outside / "shadow").read_text() == "root's own"


@pytest.mark.skipif(not is_root(), reason="only root can mount")
def test_a_home_with_something_mounted_in_it_is_left_alone(homes, outside):
    inside = theirs_folder(homes / "ada/shared folder")
    script = (
        "import sys; from pathlib import Path; from courseops.model.backups.backup import Volume\n"
        "from courseops.adapters.leaving.removing import HomeRemover\n"
        "print(HomeRemover(Path(sys.argv[1])).obstacle(Volume(username='ada', path='ada')))"
    )
    mounting = 'mount --bind "$1" "$2" && exec "$3" -c "$4" "$5"'
    apart = ["unshare", "--mount", "--propagation", "private", "sh", "-c", mounting, "sh"]
    done = subprocess.run(
        [*apart, str(outside), str(inside), sys.executable, script, str(homes)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"mounted at {inside}" in done.stdout
    assert HomeRemover(homes).obstacle(ADA) == ""
