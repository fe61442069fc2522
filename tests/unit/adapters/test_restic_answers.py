"""What restic said, recorded from real runs of three releases, is read alike."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from courseops.adapters.restic import answers
from courseops.adapters.restic.endings import Meaning, meaning_of
from courseops.adapters.restic.versions import parse_version
from courseops.errors import CourseOpsError
from courseops.model.backup import Unread

RECORDED = Path(__file__).resolve().parents[2] / "assets" / "restic"
RELEASES = ["0.14", "0.18", "0.19"]
CHANGED_AT = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)


def recorded(release: str, name: str) -> bytes:
    return (RECORDED / release / name).read_bytes()


@pytest.mark.parametrize("release", RELEASES)
def test_a_summary_is_read(release):
    summary = answers.summary(recorded(release, "backup.out"), ())

    assert (summary.files_new, summary.total_bytes, summary.added_bytes) == (2, 13, 1263)
    assert len(summary.snapshot_id) == (8 if release == "0.14" else 64)


@pytest.mark.parametrize("release", RELEASES)
def test_a_file_that_could_not_be_read_is_named_below_the_root(release):
    said = recorded(release, "partial.err").decode()

    (unread,) = answers.unread(said, "/srv/homes/")

    assert (unread.path, unread.vanished) == ("bob/closed.txt", False)
    assert "denied" in unread.reason or unread.reason == "open failed"


@pytest.mark.parametrize(
    "error",
    [
        '{"Op":"lstat","Path":"ada/.~n.ipynb","Err":2}',
        '{"message":"incomplete metadata for ada/.~n: xattr.list: no such file or directory"}',
    ],
)
def test_a_file_that_vanished_is_told_apart(error):
    said = f'{{"message_type":"error","error":{error},"item":"/srv/homes/ada/.~n.ipynb"}}\n'

    (unread,) = answers.unread(said, "/srv/homes/")

    assert (unread.path, unread.vanished) == ("ada/.~n.ipynb", True)


def test_an_error_without_a_word_is_still_an_error():
    said = '{"message_type":"error","error":{},"item":"/srv/homes/ada/x"}'

    assert answers.unread(said, "/srv/homes/") == (Unread(path="ada/x", reason="not said why"),)


@pytest.mark.parametrize("release", RELEASES)
def test_snapshots_are_read(release):
    found = [answers.snapshot(row) for row in answers.listing(recorded(release, "snapshots.out"))]

    assert len(found) == 2
    assert sorted(found[1].tags) == ["auto", "shard-00"]
    assert found[1].paths == ("/srv/homes/ada", "/srv/homes/bob")
    assert found[0].taken_at.tzinfo is UTC


@pytest.mark.parametrize("release", RELEASES)
def test_sightings_are_read_also_of_empty_files(release):
    known = {
        row["id"]: answers.snapshot(row)
        for row in answers.listing(recorded(release, "snapshots.out"))
    }
    found = [
        answers.sighting(file, path=file["path"], seen_in=known[snapshot_id])
        for snapshot_id, file in answers.files(answers.listing(recorded(release, "find.out")))
    ]

    assert sorted({(each.path, each.size_bytes) for each in found}) == [
        ("/ada/hw1.ipynb", 13),
        ("/ada/ps1/empty.txt", 0),
    ]
    notebook = next(each for each in found if each.size_bytes)
    assert (notebook.modified_at, notebook.mode, notebook.uid) == (CHANGED_AT, 0o644, 23456)


@pytest.mark.parametrize("release", RELEASES)
def test_folders_are_read(release):
    said = recorded(release, "ls.out").decode()

    assert [row["path"] for row in answers.documents(said) if row.get("type") == "dir"] == [
        "/ada",
        "/bob",
    ]


@pytest.mark.parametrize("said", [b"", b"null", b"[]", b"[] and then text"])
def test_no_answer_is_an_empty_list(said):
    assert answers.listing(said) == []


@pytest.mark.parametrize("said", [b"restoring", b'{"a": 1}'])
def test_what_is_no_list_is_refused(said):
    with pytest.raises(CourseOpsError, match="did not answer with"):
        answers.listing(said)


def test_a_backup_that_does_not_say_what_it_did_is_no_success():
    with pytest.raises(CourseOpsError, match="did not say what it did"):
        answers.summary(b'{"message_type":"status","files_new":0}', ())


@pytest.mark.parametrize("what", ["files_new", "files_changed", "dirs_new", "dirs_changed"])
def test_a_single_change_makes_a_run_a_changed_one(what):
    said = b'{"message_type":"summary","snapshot_id":"5a","files_unmodified":7%s}'

    assert answers.summary(said % b"", ()).is_unchanged
    assert not answers.summary(said % f',"{what}":1'.encode(), ()).is_unchanged


@pytest.mark.parametrize(
    "text", ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59-05:00", "soon", "292277026596-01-01"]
)
def test_a_time_beyond_the_calendar_is_no_crash(text):
    assert answers.moment(text) == datetime(1970, 1, 1, tzinfo=UTC)


def test_nanoseconds_and_offsets_are_read():
    text = "2026-03-01T13:30:15.123456789+01:00"

    assert answers.moment(text) == CHANGED_AT


CODES = {
    "no-repository.err": (1, 10, Meaning.NO_REPOSITORY),
    "wrong-password.err": (1, 12, Meaning.WRONG_PASSWORD),
    "locked.err": (1, 11, Meaning.LOCKED),
    "unreachable.err": (1, 1, Meaning.UNREACHABLE),
    "damaged.err": (1, 1, Meaning.DAMAGED),
}


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("name", CODES)
def test_each_failure_is_recognised_by_code_or_by_words(release, name):
    old, new, meaning = CODES[name]
    words = recorded(release, name).decode()

    assert meaning_of(old if release == "0.14" else new, words) is meaning
    assert meaning_of(1, words) is meaning


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        (0, Meaning.DONE),
        (3, Meaning.PARTIAL),
        (130, Meaning.INTERRUPTED),
        (77, Meaning.FAILED),
        (-9, Meaning.FAILED),
    ],
)
def test_a_code_nobody_knows_is_a_failure(code, meaning):
    assert meaning_of(code, "") is meaning


def test_a_learner_cannot_choose_the_verdict_by_a_files_name():
    said = '{"message_type":"error","error":{},"item":"/srv/homes/ada/already locked"}\nFatal: no\n'

    assert meaning_of(1, said) is Meaning.FAILED


@pytest.mark.parametrize("release", RELEASES)
def test_the_complaint_is_one_sentence(release):
    said = recorded(release, "wrong-password.err").decode()

    assert answers.complaint(said) == "wrong password or no key found"


def test_a_login_in_an_address_is_blanked():
    assert answers.without_login("rest:https://ada:pw@host/x") == "rest:https://***@host/x"


def test_versions_are_read_and_old_ones_refused():
    assert parse_version("restic 0.14.0 compiled with go1.19.8 on linux/amd64") == (0, 14, 0)
    with pytest.raises(CourseOpsError, match="too old"):
        parse_version("restic 0.9.6 compiled with go1.13 on linux/amd64")
    with pytest.raises(CourseOpsError, match="does not answer like restic"):
        parse_version("borg 1.2.4")
