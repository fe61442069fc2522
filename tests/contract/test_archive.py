"""What the archive promises: what is kept stays, and submitted/ holds what it was made to hold."""

import io
import json
import os
import stat
import tarfile
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest

from courseops.actions.assignments.collecting import collect_assignment
from courseops.actions.assignments.manifests import list_manifests
from courseops.adapters.collecting.archive import PackedArchive
from courseops.adapters.collecting.pack import members
from courseops.adapters.collecting.receipts import ReceiptWords
from courseops.adapters.collecting.showing import Layout
from courseops.adapters.collecting.signing import SiteKey
from courseops.adapters.collecting.submitted import SubmittedWork
from courseops.adapters.memory.collecting import MemoryArchive
from courseops.errors import CourseOpsError
from courseops.model.assignments.candidate import Bounds, NotTakenError
from courseops.model.assignments.manifest import State, parse
from tests.support.collecting import DAY, DUE, MINUTE, NAME, Bench, candidate
from tests.support.journal import memory_journal

SECRET = b"5" * 128
WORK = {
    "hw1.ipynb": b'{"cells": []}',
    "data/in.csv": b"1;2\n",
    "timestamp.txt": b"2026-03-01 09:00:00.000000 UTC",
    "submission_secret.txt": SECRET,
}


def layout(root, **changes) -> Layout:
    return Layout(root=root, submitted=f"{root}/submitted/{{learner}}/{{assignment}}", **changes)


@pytest.fixture(params=["memory", "folder"])
def archive(request, tmp_path):
    return MemoryArchive() if request.param == "memory" else PackedArchive(lambda: layout(tmp_path))


def keep(archive, folder="one", files=WORK, learner="ada"):
    with archive.begin(NAME, learner, Bounds()) as incoming:
        for path, content in files.items():
            incoming.receive(path, iter([content[:3], content[3:]]), modified_at=DUE)
        incoming.keep(folder, b"{}", "signed")
    return incoming.files


def test_what_is_kept_can_be_found_again(archive):
    files = keep(archive)

    assert archive.learners(NAME) == ["ada"]
    assert archive.folders(NAME, "ada") == ["one"]
    assert archive.manifest(NAME, "ada", "one") == (b"{}", "signed")
    assert {it.path: it.size_bytes for it in files} == {k: len(v) for k, v in WORK.items()}
    assert archive.manifest(NAME, "ada", "two") == (b"", "")
    assert archive.folders(NAME, "bob") == []


def test_what_is_not_kept_leaves_nothing(archive):
    with archive.begin(NAME, "ada", Bounds()) as incoming:
        incoming.receive("hw1.ipynb", iter([b"x"]), modified_at=DUE)
    assert archive.folders(NAME, "ada") == []


@pytest.mark.parametrize("path", ["../x", "/x", "a/../../x", "x\n"])
def test_no_file_is_received_outside(archive, path, tmp_path):
    with archive.begin(NAME, "ada", Bounds()) as incoming, pytest.raises(NotTakenError):
        incoming.receive(path, iter([b"x"]), modified_at=DUE)
    assert not list(tmp_path.rglob("x*"))


def test_too_much_is_noticed_while_it_comes(archive):
    seen = []

    def endless():
        while True:
            seen.append(1)
            yield b"x" * 1000

    if isinstance(archive, MemoryArchive):
        pytest.skip("memory takes a file whole")
    with (
        archive.begin(NAME, "ada", Bounds(file_bytes=5000)) as incoming,
        pytest.raises(NotTakenError, match="5000 bytes"),
    ):
        incoming.receive("x", endless(), modified_at=DUE)
    assert len(seen) == 6


def test_what_is_shown_is_said(archive):
    keep(archive)
    assert archive.shown(NAME) == {}
    archive.show(NAME, "ada", "one", DUE)
    assert archive.shown(NAME) == {"ada": "one"}
    archive.settle()
    archive.end()


@pytest.fixture
def folders(tmp_path):
    return PackedArchive(lambda: layout(tmp_path))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def packed(root: Path) -> dict[str, bytes]:
    """Read all packs as anybody's tar does."""
    found = {}
    for pack in sorted((root / "collected/hw1").glob("*.tar")):
        with tarfile.open(pack) as opened:
            for it in opened:
                found[it.name] = opened.extractfile(it).read()
    return found


def change(root: Path, name: str, content: bytes) -> None:
    """Write over a file in a pack; it stays as long as it was."""
    (pack,) = (root / "collected/hw1").glob("*.tar")
    (member,) = [it for it in members(pack) if it.name == name]
    assert len(content) == member.size_bytes
    pack.chmod(0o600)
    with pack.open("r+b") as file:
        file.seek(member.offset)
        file.write(content)


def rename(root: Path, name: str, new: str) -> None:
    """Give a file in a pack another name."""
    (pack,) = (root / "collected/hw1").glob("*.tar")
    with tarfile.open(pack) as opened:
        every = [(it, opened.extractfile(it).read()) for it in opened]
    pack.unlink()
    with tarfile.open(pack, "w", format=tarfile.GNU_FORMAT) as made:
        for it, content in every:
            it.name = new if it.name == name else it.name
            made.addfile(it, io.BytesIO(content))


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_kept_files_are_for_reading_only_and_shown_ones_are_as_nbgrader_has_them(folders, tmp_path):
    keep(folders)
    folders.show(NAME, "ada", "one", DUE - DAY)

    folders.end()
    shown = tmp_path / "submitted/ada/hw1"
    kept = {path: it for path, it in packed(tmp_path).items() if path.startswith("ada/one/")}
    assert {it.removeprefix("ada/one/"): content for it, content in kept.items()} == WORK
    assert contents(shown) == WORK | {"timestamp.txt": b"2026-03-01 09:00:00.000000 UTC"}
    assert {mode(it) for it in (tmp_path / "collected").rglob("*.tar")} == {0o400}
    assert {mode(it) for it in shown.rglob("*") if it.is_file()} == {0o644}
    assert mode(tmp_path / "collected") == 0o700
    assert sorted(it.name for it in shown.parent.iterdir()) == ["hw1"]


def test_a_shared_course_is_its_groups_to_write(tmp_path):
    archive = PackedArchive(lambda: layout(tmp_path, groupshared=True))
    keep(archive)
    archive.show(NAME, "ada", "one", DUE)
    shown = tmp_path / "submitted/ada/hw1"
    assert {mode(it) for it in shown.rglob("*") if it.is_file()} == {0o664}
    assert mode(shown) == 0o2775


def test_showing_another_replaces_all_and_a_changed_copy_changes_no_kept_file(folders, tmp_path):
    keep(folders)
    keep(folders, "two", {"other.ipynb": b"new"})
    shown = tmp_path / "submitted/ada/hw1"
    folders.show(NAME, "ada", "one", DUE)
    (shown / "hw1.ipynb").write_bytes(b"mended")

    folders.show(NAME, "ada", "two", DUE)

    assert contents(shown).keys() == {"other.ipynb", "timestamp.txt", "submission_secret.txt"}
    assert (shown / "timestamp.txt").read_text() == "2026-03-02 09:00:00.000000 UTC"
    folders.end()
    assert packed(tmp_path)["ada/one/hw1.ipynb"] == WORK["hw1.ipynb"]


def test_a_secret_is_made_once_and_stays(folders, tmp_path):
    keep(folders, files={"hw1.ipynb": b""})
    secret = tmp_path / "submitted/ada/hw1/submission_secret.txt"
    folders.show(NAME, "ada", "one", DUE)
    first = secret.read_bytes()
    folders.show(NAME, "ada", "one", DUE)
    assert secret.read_bytes() == first
    assert len(first) == 128


@pytest.mark.parametrize("lost_bytes", [1, 506, 507, 1024, 2000, 4000])
def test_of_a_killed_run_stays_what_was_whole(tmp_path, lost_bytes):
    dying = PackedArchive(lambda: layout(tmp_path))
    for learner in ("ada", "bob"):
        keep(dying, learner=learner)
    dying.settle()
    (pack,) = (tmp_path / "collected/hw1").glob("*.tar")
    os.truncate(pack, pack.stat().st_size - lost_bytes)

    after = PackedArchive(lambda: layout(tmp_path))
    assert after.folders(NAME, "ada") == ["one"]
    # Its last file is of six bytes: what fills up the block is no loss.
    assert after.folders(NAME, "bob") == ([] if lost_bytes > 506 else ["one"])
    keep(after, "two")
    after.end()
    assert PackedArchive(lambda: layout(tmp_path)).folders(NAME, "ada") == ["one", "two"]


LONG = "d" * 90 + "/" + "é" * 60 + ".ipynb"


@pytest.mark.parametrize("path", [LONG, "p\udce8re.csv", "x" * 40, "x" * 98, "x" * 99, "x" * 200])
def test_any_name_and_any_size_comes_back(folders, tmp_path, path):
    files = {path: b"1" * 5_000_000, "empty": b"", "block": b"2" * 512, path + "2": b"3"}
    with folders.begin(NAME, "ada", Bounds()) as dropped:
        dropped.receive("big", iter([b"9" * 5_000_000]), modified_at=DUE)
    keep(folders, files=files)
    keep(folders, learner="bob")
    folders.end()

    again = PackedArchive(lambda: layout(tmp_path))
    again.show(NAME, "ada", "one", DUE)
    there = contents(tmp_path / "submitted/ada/hw1")
    assert {name: there.get(name) for name in files} == files
    assert again.folders(NAME, "bob") == ["one"]
    raw = {it.encode("utf-8", "surrogateescape") for it in packed(tmp_path)}
    assert f"ada/one/{path}".encode("utf-8", "surrogateescape") in raw


def test_a_collection_that_brings_nothing_leaves_no_file(folders, tmp_path):
    with folders.begin(NAME, "ada", Bounds()):
        pass
    folders.end()
    assert list((tmp_path / "collected/hw1").iterdir()) == []


def test_the_times_of_files_are_shown_to_the_microsecond(bench, tmp_path):
    bench.source.modified_at = DUE.replace(microsecond=123456)
    bench.source.put(NAME, candidate("ada", DUE - DAY), WORK)
    collect(bench)
    shown = tmp_path / "submitted/ada/hw1"
    first = (shown / "hw1.ipynb").stat().st_mtime_ns
    (folder,) = bench.archive.folders(NAME, "ada")
    PackedArchive(lambda: layout(tmp_path)).show(NAME, "ada", folder, DUE)
    assert (shown / "hw1.ipynb").stat().st_mtime_ns == first
    assert first % 10**9 == 123456000


def test_a_damaged_pack_leads_nowhere_else(folders, tmp_path):
    keep(folders, files={"aa/bbbbb.txt": b"x"})
    folders.end()
    (pack,) = (tmp_path / "collected/hw1").glob("*.tar")
    pack.chmod(0o600)
    with tarfile.open(pack, "w") as made:
        for name in ("ada/one/../../../escaped", "ada/one.manifest.json", "ada/one.manifest.sig"):
            made.addfile(tarfile.TarInfo(name))
    PackedArchive(lambda: layout(tmp_path)).show(NAME, "ada", "one", DUE)
    assert not list(tmp_path.rglob("escaped"))


# The whole way, on a disk.


@pytest.fixture
def bench(folders, tmp_path):
    submitted = SubmittedWork(layout=lambda: layout(tmp_path), archive=folders, bounds=Bounds())
    return Bench(archive=folders, submitted=submitted, signer=SiteKey(tmp_path / "state"))


def collect(bench, **changes):
    words = ReceiptWords(site="École du Lac", language="fr", zone=UTC)
    ports = bench.ports(write_receipt=words, **changes)
    return ports, collect_assignment(ports, memory_journal(), NAME)


def test_every_file_of_the_archive_is_proved_and_every_change_is_found(bench, tmp_path):
    for learner in ("ada", "bob", "cyd", "dan"):
        bench.source.put(NAME, candidate(learner, DUE - DAY), WORK)
    ports, _ = collect(bench)

    def kept(learner):
        (folder,) = bench.archive.folders(NAME, learner)
        return f"{learner}/{folder}"

    change(tmp_path, f"{kept('bob')}/hw1.ipynb", b'{"cells": [] }'[:13])
    rename(tmp_path, f"{kept('cyd')}/data/in.csv", f"cyx/{kept('cyd')[4:]}/data/in.csv")
    rename(tmp_path, f"{kept('dan')}/data/in.csv", f"{kept('dan')}/data/more")

    again = replace(ports, archive=PackedArchive(lambda: layout(tmp_path)))
    found = {it.learner: it for it in list_manifests(again, NAME, verify=True).submissions}

    assert found["ada"].state is State.OK
    assert (found["bob"].state, found["bob"].reason) == (State.ALTERED, "altered: hw1.ipynb")
    assert (found["cyd"].state, found["cyd"].reason) == (State.MISSING, "missing: data/in.csv")
    assert (found["dan"].state, found["dan"].reason) == (State.ALTERED, "altered: data/more")


def test_a_receipt_says_what_when_and_the_number_that_proves_it(bench):
    bench.source.put(NAME, candidate("ada", DUE - DAY, witnessed_at=DUE + DAY), WORK)
    ports, done = collect(bench)

    (work,) = done.submissions
    canonical, _ = ports.archive.manifest(NAME, "ada", work.folder)
    text = ports.write_receipt(parse(canonical), work.fingerprint)
    assert "REÇU" in text
    assert work.fingerprint in text
    assert "data/in.csv" in text
    assert "En retard de 1 day" in text or "En retard de 1" in text
    assert "après l'heure annoncée" in text


def test_what_a_teacher_mended_stays_until_newer_work_comes_and_then_is_kept(bench, tmp_path):
    shown = tmp_path / "submitted/ada/hw1"
    bench.source.put(NAME, candidate("ada", DUE - DAY), WORK)
    collect(bench)
    (shown / "hw1.ipynb").write_bytes(b"mended by a teacher")

    collect(bench)
    assert (shown / "hw1.ipynb").read_bytes() == b"mended by a teacher"

    bench.source.put(NAME, candidate("ada", DUE - MINUTE), {"hw1.ipynb": b"newer"})
    (shown / "hw1.ipynb").write_bytes(b"mended again")
    ports, done = collect(bench)

    assert [it.kind for it in done.outcomes] == ["updated"]
    assert (shown / "hw1.ipynb").read_bytes() == b"newer"
    kept = {it for path, it in packed(tmp_path).items() if path.endswith("/hw1.ipynb")}
    assert kept == {WORK["hw1.ipynb"], b"mended by a teacher", b"mended again", b"newer"}
    assert list_manifests(ports, NAME, verify=True).wrong == 0


def test_a_removed_submission_is_shown_again_from_the_archive(bench, tmp_path):
    bench.source.put(NAME, candidate("ada", DUE - DAY), WORK)
    collect(bench)
    folder = tmp_path / "submitted/ada/hw1"
    folder.rename(tmp_path / "elsewhere")
    collect(bench)
    assert contents(folder).keys() == WORK.keys()


def test_a_key_is_made_once_for_its_owner_alone(tmp_path):
    first = SiteKey(tmp_path)
    signature = first.sign(b"work")

    assert mode(tmp_path / "signing.key") == 0o600
    again = SiteKey(tmp_path)
    assert again.key == first.key
    assert again.is_ours(b"work", signature)
    assert not again.is_ours(b"other work", signature)
    assert not again.is_ours(b"work", "nonsense")
    assert not SiteKey(tmp_path / "elsewhere").is_ours(b"work", signature)


def test_a_new_key_takes_over_and_the_old_ones_word_stays(tmp_path):
    old = SiteKey(tmp_path)
    signature = old.sign(b"work")
    (tmp_path / "signing.key").rename(tmp_path / "signing.old")

    new = SiteKey(tmp_path)

    assert new.keys() == [new.key, old.key]
    assert new.is_ours(b"work", signature)


@pytest.mark.parametrize("content", [b"", b"?", b"AAAA"])
def test_a_key_that_is_none_is_never_replaced_in_silence(tmp_path, content):
    (tmp_path / "signing.key").write_bytes(content)
    (tmp_path / "signing.key").chmod(0o600)
    with pytest.raises(CourseOpsError, match="holds no signing key"):
        SiteKey(tmp_path).sign(b"work")
    assert (tmp_path / "signing.key").read_bytes() == content


def test_a_key_that_others_can_read_is_refused(tmp_path):
    SiteKey(tmp_path).sign(b"work")
    (tmp_path / "signing.key").chmod(0o644)
    with pytest.raises(CourseOpsError, match="others may read"):
        SiteKey(tmp_path).sign(b"work")


def test_the_mark_of_what_is_shown_may_be_damaged(folders, tmp_path):
    keep(folders)
    folders.show(NAME, "ada", "one", DUE)
    folders.end()
    mark = tmp_path / "collected/hw1/.shown.json"
    assert json.loads(mark.read_text())["ada"]["folder"] == "one"
    mark.write_text("[")
    assert PackedArchive(lambda: layout(tmp_path)).shown(NAME) == {}
