"""Drills: what comes back is compared, and nothing else is changed."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from courseops.actions.backups.drills import drill_backup
from courseops.actions.backups.record import freshness
from courseops.actions.backups.taking import run_backup
from courseops.errors import CourseOpsError
from courseops.model.run import Status
from tests.support.backups import hub, verdicts


@pytest.fixture
def backed_up(ports, journal):
    run_backup(ports, journal, hub())
    journal.clock.advance(timedelta(hours=1))
    return ports


def drilled(ports, journal, *, seed=1, home=False):
    return drill_backup(ports, journal, home=home, random=Random(seed))


def spoil(repository, change):
    """Change every file that the repository holds."""
    for files in repository.holdings.files.values():
        for path, file in files.items():
            files[path] = replace(file, content=change(file.content))


def test_one_file_comes_back_and_is_as_the_one_in_the_home(backed_up, journal):
    found = drilled(backed_up, journal)

    assert verdicts(found.outcomes) == {"shard-00": (Status.DONE, "")}
    assert "1 as in the home" in found.outcomes[0].reason
    (drill,) = found.drills
    assert (drill.what, drill.problem, drill.files) == ("file", "", 1)
    assert freshness("campus", backed_up.copies, backed_up.rules, journal).drilled_at == drill.at


@pytest.mark.parametrize("home", [False, True])
def test_a_byte_that_is_another_fails_the_drill(backed_up, journal, home):
    spoil(backed_up.repository, lambda content: b"X" + content[1:])

    found = drilled(backed_up, journal, home=home)

    assert verdicts(found.outcomes)["shard-00"] == (Status.FAILED, "drill-failed")
    assert "differs from the home" in found.drills[0].problem


@pytest.mark.parametrize("home", [False, True])
def test_a_file_that_is_shorter_fails_the_drill(backed_up, journal, homes, home):
    for path in homes.rglob("*.*"):
        path.unlink()
    spoil(backed_up.repository, lambda content: content[:-1])
    # What the listing says of its size is not what comes back.
    sized = backed_up.repository.files

    def files(snapshot_id, folders=()):
        for it in sized(snapshot_id, folders):
            yield replace(it, size_bytes=it.size_bytes + 1)

    backed_up.repository.files = files
    found = drilled(backed_up, journal, home=home)

    assert "bytes came back" in found.drills[0].problem


def test_where_the_home_has_changed_since_only_size_and_form_can_tell(backed_up, journal, homes):
    for path in homes.rglob("*.*"):
        path.write_text("something else altogether")

    found = drilled(backed_up, journal)

    assert "0 as in the home" in found.outcomes[0].reason


def test_a_whole_home_comes_back_and_every_file_is_compared(backed_up, journal):
    counts = set()
    for seed in range(8):
        found = drilled(backed_up, journal, seed=seed, home=True)
        assert found.drills[0].what == "home"
        assert found.drills[0].problem == ""
        counts.add((found.drills[0].username, found.drills[0].files))

    assert counts == {("ada", 2), ("bob", 1), ("[x]*?", 1)}


def test_a_notebook_that_reads_as_none_is_marked_and_no_failure(ports, journal, homes):
    for path in homes.rglob("*.*"):
        path.unlink()
    (homes / "ada" / "torn.ipynb").write_text('{"cells": [')
    run_backup(ports, journal, hub())

    found = drilled(ports, journal)

    assert verdicts(found.outcomes)["shard-00"] == (Status.DONE, "broken-notebook")
    assert [it.is_broken for it in ports.catalogue.versions("campus", "ada")] == [True]


def test_empty_homes_have_nothing_to_drill(ports, journal, homes):
    for path in homes.rglob("*.*"):
        path.unlink()
    run_backup(ports, journal, hub())

    for home in (False, True):
        found = drilled(ports, journal, home=home)
        assert verdicts(found.outcomes) == {"shard-00": (Status.SKIPPED, "nothing-to-drill")}
        assert found.drills == ()


def test_what_does_not_come_back_at_all_is_a_failed_drill(backed_up, journal):
    def dump(volume, sighting, to):
        raise CourseOpsError("the pack is damaged")

    backed_up.repository.dump = dump

    assert drilled(backed_up, journal).drills[0].problem == "the pack is damaged"


def test_before_the_first_backup_there_is_nothing_to_drill(ports, journal):
    with pytest.raises(CourseOpsError, match="nothing to drill"):
        drilled(ports, journal)
