"""What restic said, recorded from real runs of three releases, is read alike."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from courseops.adapters.process import Finished
from courseops.adapters.restic import answers
from courseops.adapters.restic.endings import Meaning, meaning_of
from courseops.adapters.restic.failures import failure
from courseops.adapters.restic.versions import parse_version
from courseops.errors import CourseOpsError
from courseops.model.backups.backup import Unread

RECORDED = Path(__file__).resolve().parents[2] / "assets" / "restic"
RELEASES = ["0.14", "0.18", "0.19"]
CHANGED_AT = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)


def recorded(release: str, name: str) -> Finished:
    """Give what scripts/record_restic.py heard."""
    said = json.loads((RECORDED / release / f"{name}.json").read_text())
    return Finished(said["code"], said["stdout"].encode(), said["stderr"])


def rows(release: str, name: str) -> list[answers.Document]:
    return answers.listing(recorded(release, name).stdout)


def lines(release: str, name: str) -> list[answers.Document]:
    return list(answers.documents(recorded(release, name).stdout.decode()))


@pytest.mark.parametrize("release", RELEASES)
def test_a_summary_is_read(release):
    summary = answers.summary(recorded(release, "backup").stdout, ())

    assert (summary.files_new, summary.total_bytes, summary.is_unchanged) == (3, 13, False)
    assert 1000 < summary.added_bytes < 2000
    assert len(summary.snapshot_id) == (8 if release == "0.14" else 64)


@pytest.mark.parametrize("release", RELEASES)
def test_a_summary_of_an_unchanged_run_is_read(release):
    summary = answers.summary(recorded(release, "unchanged").stdout, ())

    assert (summary.is_unchanged, summary.files_unmodified) == (True, 3)
    assert bool(summary.snapshot_id) == (release == "0.14")


@pytest.mark.parametrize("release", RELEASES)
def test_a_file_that_could_not_be_read_is_named_below_the_root(release):
    (unread,) = answers.unread(recorded(release, "partial").stderr, "/srv/homes/")

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
    found = sorted(map(answers.snapshot, rows(release, "snapshots")), key=lambda it: it.taken_at)

    assert {it.tags for it in found} == {("auto", "shard-00")}
    assert found[0].paths == ("/srv/homes/ada", "/srv/homes/bob")
    assert found[0].taken_at.tzinfo is UTC
    assert all(len(it.id) == 64 for it in found)


@pytest.mark.parametrize("release", RELEASES)
def test_sightings_are_read_also_of_empty_files(release):
    known = {row["id"]: answers.snapshot(row) for row in rows(release, "snapshots")}
    found = [
        answers.sighting(file, path=file["path"], seen_in=known[snapshot_id])
        for snapshot_id, file in answers.files(rows(release, "find"))
    ]

    assert {each.path: each.size_bytes for each in found} == {
        "/ada/hw1.ipynb": 13,
        "/ada/ps1/empty.txt": 0,
    }
    notebook = next(each for each in found if each.size_bytes)
    assert (notebook.modified_at, notebook.mode, notebook.uid) == (CHANGED_AT, 0o644, 23456)


@pytest.mark.parametrize("release", RELEASES)
def test_the_files_of_a_snapshot_are_read_with_when_it_was_taken(release):
    known = {row["id"]: answers.snapshot(row) for row in rows(release, "snapshots")}

    found = {it.path: it for it in answers.listed(lines(release, "files"))}

    assert found.keys() == {"ada/hw1.ipynb", "ada/ps1/empty.txt", "bob/x"}
    notebook = found["ada/hw1.ipynb"]
    assert (notebook.modified_at, notebook.size_bytes, notebook.mode) == (CHANGED_AT, 13, 0o644)
    assert notebook.taken_at == known[notebook.snapshot_id].taken_at


@pytest.mark.parametrize("release", RELEASES)
def test_changes_are_read_without_folders(release):
    assert sorted(answers.changes(lines(release, "diff"))) == ["bob/x"]


def test_a_folder_in_a_files_place_is_a_change():
    told = [
        {"message_type": "change", "path": "/ada/new/", "modifier": "+"},
        {"message_type": "change", "path": "/ada/turned/", "modifier": "T"},
        {"message_type": "statistics", "source_snapshot": "5a"},
    ]

    assert list(answers.changes(told)) == ["ada/turned"]


@pytest.mark.parametrize("release", RELEASES)
def test_what_is_kept_and_dropped_is_read_with_reasons(release):
    judged = list(answers.judged(rows(release, "forget")))

    assert [it.snapshot.taken_at for it in judged] == sorted(
        (it.snapshot.taken_at for it in judged), reverse=True
    )
    assert judged[0].reasons == ("daily within 1d",)
    assert any(not it.reasons for it in judged)


@pytest.mark.parametrize("release", RELEASES)
def test_what_was_freed_and_copied_is_read(release):
    said = recorded(release, "prune").stdout.decode()

    # 0.14 could not rewrite anything before, and had nothing to free.
    assert answers.pruned(said) > 500 or (release == "0.14" and "total prune" in said)
    assert answers.copied(recorded(release, "copy").stdout.decode()) >= 2


def test_sizes_are_read_in_any_unit():
    assert answers.pruned("total prune:    7 blobs / 1.500 MiB\n") == 1_572_864
    assert answers.pruned("total prune:    7 blobs / 12 B\n") == 12
    assert answers.pruned("nothing to say") == 0


@pytest.mark.parametrize("release", RELEASES[1:])
def test_how_many_snapshots_were_rewritten_is_read(release):
    said = recorded(release, "rewrite").stdout.decode()

    assert answers.rewritten(said) == said.count("saved new snapshot") >= 2
    assert answers.rewritten("no snapshots were modified") == 0


@pytest.mark.parametrize("release", RELEASES)
def test_folders_are_read(release):
    found = [row["path"] for row in lines(release, "folders") if row.get("type") == "dir"]

    assert found == ["/ada", "/bob"]


@pytest.mark.parametrize("release", RELEASES)
def test_who_holds_a_lock_is_read(release):
    holder = answers.holder(recorded(release, "locked").stderr)

    assert (holder.machine, holder.hours) == ("server", 0)
    assert int(holder.process) > 1
    assert answers.holder("Fatal: something else") is None


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


ENDINGS = {
    "backup": Meaning.DONE,
    "unchanged": Meaning.DONE,
    "partial": Meaning.PARTIAL,
    "source-missing": Meaning.PARTIAL,
    "all-sources-missing": Meaning.FAILED,
    "no-parent": Meaning.NO_SNAPSHOT,
    "no-snapshot": Meaning.NO_SNAPSHOT,
    "no-file": Meaning.FAILED,
    "wrong-password": Meaning.WRONG_PASSWORD,
    "no-repository": Meaning.NO_REPOSITORY,
    "locked": Meaning.LOCKED,
    "unreachable": Meaning.UNREACHABLE,
    "append-only": Meaning.APPEND_ONLY,
    "unknown-option": Meaning.FAILED,
    "spoiled-snapshot-snapshots": Meaning.DAMAGED,
    "spoiled-snapshot-backup": Meaning.DAMAGED,
    "spoiled-snapshot-check": Meaning.DAMAGED,
    "spoiled-data-check": Meaning.DAMAGED,
    "no-index-files": Meaning.NO_INDEX,
    "no-index-check": Meaning.DAMAGED,
    "sigkill": Meaning.FAILED,
}


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("name", ENDINGS)
def test_each_ending_is_recognised_in_each_release(release, name):
    ended = recorded(release, name)

    assert meaning_of(ended.code, ended.stderr) is ENDINGS[name]


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("name", ["locked", "no-repository", "unreachable", "wrong-password"])
def test_words_tell_failures_apart_where_codes_do_not(release, name):
    assert meaning_of(1, recorded(release, name).stderr) is ENDINGS[name]


@pytest.mark.parametrize("release", RELEASES[1:])
@pytest.mark.parametrize("name", ["no-data-files", "no-data-check"])
def test_data_that_is_gone_is_damage(release, name):
    ended = recorded(release, name)

    assert meaning_of(ended.code, ended.stderr) is Meaning.DAMAGED


def test_no_release_ends_well_when_it_is_interrupted():
    ended = {
        meaning_of(it.code, it.stderr)
        for release in RELEASES
        for it in (recorded(release, "sigint"), recorded(release, "sigterm"))
    }

    # 0.18 ends with 1, as after anything else; who sent the signal knows better.
    assert ended == {Meaning.INTERRUPTED, Meaning.FAILED}


@pytest.mark.parametrize(
    ("words", "meaning"),
    [
        ("Fatal: write /srv/x: no space left on device", Meaning.NO_SPACE),
        ("Load(<data/5a>, 0, 0) returned error, retrying after 1s: dial tcp", Meaning.UNREACHABLE),
        ("Fatal: unable to open config file: <config/> does not exist", Meaning.NO_REPOSITORY),
        (
            "Fatal: unable to open config file: dial tcp: no such host\nIs there",
            Meaning.UNREACHABLE,
        ),
        ("failed to load snapshot 5a: <snapshot/5a> does not exist", Meaning.NO_SNAPSHOT),
        ("Remove(<snapshot/5a>) failed: 403 Forbidden", Meaning.APPEND_ONLY),
    ],
)
def test_what_a_far_storage_says_is_understood(words, meaning):
    assert meaning_of(1, words) is meaning


def test_a_snapshot_that_was_forgotten_while_they_are_listed_is_no_damage():
    said = "could not load snapshot 5a: open /srv/snapshots/5a: no such file or directory"

    assert meaning_of(0, said) is Meaning.DONE
    assert meaning_of(0, "unable to remove snapshot/5a from the repository") is Meaning.FAILED


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
    def complaint(name: str) -> str:
        return answers.complaint(recorded(release, name).stderr)

    assert complaint("wrong-password") == "wrong password or no key found"
    assert complaint("no-index-files").endswith("not found in repository")
    assert complaint("locked").startswith("unable to create lock in backend: repository is already")
    assert complaint("unreachable").endswith("127.0.0.1:1: connect: connection refused")


def test_a_login_in_an_address_is_blanked():
    assert answers.without_login("rest:https://ada:pw@host/x") == "rest:https://***@host/x"


def lock_of(age: str) -> Finished:
    said = "repository is already locked exclusively by PID 4711 on attic by ops (UID 0, GID 0)\\n"
    said += f"lock was created at 2026-11-23 05:16:10 ({age} ago)\\nstorage ID eec37ed9"
    return Finished(11, b"", json.dumps({"message_type": "exit_error", "message": said}))


def test_a_lock_that_nobody_refreshes_is_named_with_what_to_do():
    young, old = (
        failure(lock_of(age), place="/srv/b", host="campus") for age in ("9m1s", "3h0m1s")
    )

    assert "process 4711 on attic, for 3h0m1s" in str(old)
    assert "no restic hangs on attic" in old.hint
    assert "unlock" not in young.hint


def test_versions_are_read_and_old_ones_refused():
    assert parse_version("restic 0.14.0 compiled with go1.19.8 on linux/amd64") == (0, 14, 0)
    with pytest.raises(CourseOpsError, match="too old"):
        parse_version("restic 0.9.6 compiled with go1.13 on linux/amd64")
    with pytest.raises(CourseOpsError, match="does not answer like restic"):
        parse_version("borg 1.2.4")
