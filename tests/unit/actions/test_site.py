"""Doctor and jobs: one trouble never hides another."""

import pytest

from courseops.actions.doctor import Check, examine
from courseops.actions.jobs.running import run_job
from courseops.errors import IncompleteError, UnreachableError
from courseops.model.finding import Finding, Level
from courseops.model.jobs.job import Job
from courseops.model.run import Status

JOB = Job(name="nightly", description="", action="backup", cron="0 2 * * *")


def refused():
    raise UnreachableError("hub lab does not answer", hint="is it running?")


def test_doctor_runs_every_check_whatever_the_others_find():
    found = examine(
        [
            Check(subject="hub/lab", look=refused),
            Check(subject="state", look=lambda: [Finding.ok("state", "fine")]),
        ]
    )
    assert [finding.level for finding in found.findings] == [Level.PROBLEM, Level.OK]
    assert found.findings[0].to_do == "is it running?"
    assert found.problems == 1


def test_a_bug_in_a_check_is_not_taken_for_a_finding():
    def broken():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        examine([Check(subject="x", look=broken)])


def test_the_trouble_of_one_hub_never_stops_a_job_on_the_others():
    done = []

    def act(place):
        if place == "lab":
            refused()
        if place == "eve":
            raise IncompleteError("2 of 9 failed", hint="look")
        done.append(place)

    noted = []
    found = run_job(JOB, ["campus", "lab", "eve", "noon"], act, noted.append)

    assert done == ["campus", "noon"]
    assert tuple(noted) == found
    statuses = [outcome.status for outcome in found]
    assert statuses == [Status.DONE, Status.FAILED, Status.FAILED, Status.DONE]
