"""Each learner's own verdict on a snapshot of many."""

from courseops.model.backups.backup import Unread, Volume
from courseops.model.backups.success import (
    Evidence,
    HomeLook,
    TooLarge,
    hub_outcome,
    missing_outcomes,
    unread_of_nobody,
    verdicts_on,
)
from courseops.model.run import Status

ADA, BOB = (Volume(username=name, path=f"{name}/_data") for name in ("ada", "bob"))
HELD = (ADA.path, BOB.path)


def judged(*, held=HELD, **evidence):
    found = verdicts_on([ADA, BOB], Evidence(held=held, **evidence))
    return {it.outcome.subject: (it.outcome.status, it.outcome.kind, it.is_good) for it in found}


def closed(path, **more):
    return Unread(path=path, reason="permission denied", **more)


def test_whoever_is_in_the_snapshot_has_a_good_copy():
    assert judged() == {"ada": (Status.DONE, "", True), "bob": (Status.DONE, "", True)}


def test_whoever_is_not_in_the_snapshot_failed():
    assert judged(held=(ADA.path,))["bob"] == (Status.FAILED, "not-in-snapshot", False)


def test_a_file_that_vanished_once_is_a_remark_and_the_copy_is_good():
    unread = [closed("bob/_data/.~hw1.ipynb", vanished=True)]

    assert judged(unread=unread)["bob"] == (Status.DONE, "vanished", True)


def test_a_file_that_could_not_be_read_once_is_a_remark_but_the_copy_is_not_good():
    found = judged(unread=[closed("bob/_data/closed.txt")])

    assert found == {"ada": (Status.DONE, "", True), "bob": (Status.DONE, "unread", False)}


def test_the_same_path_in_three_runs_on_end_is_a_failure():
    path = "bob/_data/closed.txt"
    runs = {
        times: judged(unread=[closed(path)], on_end={path: times})["bob"] for times in (1, 2, 3)
    }

    assert [runs[it][0] for it in (1, 2, 3)] == [Status.DONE, Status.DONE, Status.FAILED]


def test_more_than_a_hundredth_of_a_large_home_is_a_failure():
    unread = [closed(f"bob/_data/{number}", vanished=True) for number in range(11)]

    for files, status in ((1100, Status.DONE), (1099, Status.FAILED)):
        found = judged(unread=unread, looks={"bob": HomeLook(files=files)})
        assert found["bob"][0] is status


def test_a_few_files_of_a_small_home_are_the_noise_of_use():
    looks = {"bob": HomeLook(files=20)}

    for count, status in ((5, Status.DONE), (6, Status.FAILED)):
        unread = [closed(f"bob/_data/{number}", vanished=True) for number in range(count)]
        assert judged(unread=unread, looks=looks)["bob"][0] is status


def test_a_name_that_begins_alike_is_someone_else():
    unread = [closed("bob/_data2/closed.txt"), closed("bobby/_data/closed.txt")]

    assert judged(unread=unread)["bob"] == (Status.DONE, "", True)
    assert unread_of_nobody([ADA, BOB], unread) == unread


def test_the_home_itself_can_be_what_was_not_read():
    assert judged(unread=[closed(BOB.path)])["bob"] == (Status.DONE, "unread", False)


def test_a_file_that_is_left_out_for_its_size_is_told_to_whom_it_belongs():
    looks = {"bob": HomeLook(files=1, too_large=(TooLarge(path="a.iso", size_bytes=3 * 10**9),))}
    (_, bob) = verdicts_on([ADA, BOB], Evidence(held=HELD, looks=looks))

    assert (bob.outcome.kind, bob.is_good) == ("too-large", True)
    assert bob.outcome.reason == "left out for their size: a.iso (3.0 GB)"


def test_of_several_remarks_none_is_lost():
    found = verdicts_on(
        [BOB],
        Evidence(
            held=HELD,
            unread=[closed("bob/_data/a"), closed("bob/_data/b", vanished=True)],
            accounts=(),
        ),
    )

    assert found[0].outcome.kind == "unread"
    for words in ("a: permission denied", "1 vanished", "no account"):
        assert words in found[0].outcome.reason


def test_a_home_that_was_there_before_must_not_be_missed_in_silence():
    outcomes = missing_outcomes({"ada", "bob", "cyd"}, {"ada"}, {"ada", "bob"})

    assert [(each.subject, each.status, each.kind) for each in outcomes] == [
        ("bob", Status.FAILED, "volume-gone"),
        ("cyd", Status.SKIPPED, "no-volume"),
    ]


def test_too_much_of_a_whole_hub_is_a_failure_of_its_own():
    assert hub_outcome("campus", 10, 1000) == []
    assert [it.kind for it in hub_outcome("campus", 11, 1000)] == ["too-much-unread"]
