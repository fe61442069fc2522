"""Each learner's own verdict on a snapshot of everyone."""

from datetime import UTC, datetime

from courseops.model.backup import Snapshot, Unread, Volume, missing_outcomes, outcomes_of
from courseops.model.run import Status

ADA, BOB = (Volume(username=name, path=name) for name in ("ada", "bob"))


def verdicts(*, held=("ada", "bob"), unread=(), accounts=None):
    outcomes = outcomes_of([ADA, BOB], held, unread, accounts)
    return {outcome.subject: (outcome.status, outcome.kind) for outcome in outcomes}


def test_whoever_is_in_the_snapshot_is_done():
    assert verdicts() == {"ada": (Status.DONE, ""), "bob": (Status.DONE, "")}


def test_whoever_is_not_in_the_snapshot_failed():
    assert verdicts(held=("ada",))["bob"] == (Status.FAILED, "not-in-snapshot")


def test_an_unreadable_file_is_its_owners_failure_alone():
    unread = [Unread(path="bob/closed.txt", reason="permission denied")]

    assert verdicts(unread=unread) == {
        "ada": (Status.DONE, ""),
        "bob": (Status.FAILED, "unread"),
    }


def test_a_name_that_begins_alike_is_someone_else():
    unread = [Unread(path="bobby/closed.txt", reason="permission denied")]

    assert verdicts(unread=unread)["bob"] == (Status.DONE, "")


def test_what_vanished_while_it_was_read_is_no_failure():
    unread = [Unread(path="bob/.~hw1.ipynb", reason="gone", vanished=True)]

    assert verdicts(unread=unread)["bob"] == (Status.DONE, "vanished")


def test_a_home_without_an_account_is_kept_and_said():
    assert verdicts(accounts={"ada"})["bob"] == (Status.DONE, "no-account")


def test_a_home_that_was_there_before_must_not_be_missed_in_silence():
    outcomes = missing_outcomes({"ada", "bob", "cyd"}, {"ada"}, {"ada", "bob"})

    assert [(each.subject, each.status, each.kind) for each in outcomes] == [
        ("bob", Status.FAILED, "volume-gone"),
        ("cyd", Status.SKIPPED, "no-volume"),
    ]


def test_a_snapshot_covers_the_volumes_it_was_made_of():
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    snapshot = Snapshot(id="5a", taken_at=moment, paths=("/homes/ada",))

    assert snapshot.covers(ADA)
    assert not snapshot.covers(Volume(username="da", path="da"))
