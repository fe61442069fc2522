"""Jobs: which hubs and courses they are for, and when they are due, in words."""

import pytest

from courseops.model.jobs.job import Job, matching


@pytest.mark.parametrize(
    ("patterns", "matched"),
    [
        (["*"], ["bio", "py101", "py102"]),
        (["py*"], ["py101", "py102"]),
        (["py10?", "bio"], ["bio", "py101", "py102"]),
        (["py101"], ["py101"]),
        (["PY*"], []),
        ([], []),
    ],
)
def test_patterns_choose_by_name(patterns, matched):
    assert matching(["py102", "bio", "py101"], patterns) == matched


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"cron": "0 5 * * mon"}, "0 5 * * mon"),
        ({"every_minutes": 1}, "every minute"),
        ({"every_minutes": 5}, "every 5 minutes"),
    ],
)
def test_a_schedule_reads_well(given, words):
    assert Job(name="x", description="", action="backup", **given).schedule == words
