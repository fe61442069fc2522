"""What jobs do to a real nbgrader course: on time, of whom it was due, and once."""

from datetime import UTC, datetime, timedelta

import pytest

from courseops.adapters.memory.ambient import FixedClock, SilentProgress
from courseops.config import load_config
from courseops.config.writing import config_text
from courseops.demo.coursework import ASSIGNMENT, Learner, Play, play_class, write_course
from courseops.errors import IncompleteError
from courseops.model.jobs.calendar import slots_of
from courseops.problems import as_toml
from courseops.wiring import Site
from courseops.wiring.calendar import dates_of
from courseops.wiring.grading import grading_ports
from courseops.wiring.jobs import job_action, jobs_of
from courseops.wiring.times import open_times

pytestmark = [pytest.mark.nbgrader, pytest.mark.timeout(300)]

CLASS = {"ada": Play.RIGHT, "bob": Play.RIGHT, "cyd": Play.UNREADABLE}
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def write_site(tmp_path):
    """Open a site with one course, whose calendar has what is given for its assignment."""
    exchange = tmp_path / "exchange"
    exchange.mkdir(mode=0o777)
    exchange.chmod(0o777)
    write_course(tmp_path / "course", course_id="py", exchange=exchange, cell_timeout_seconds=2)
    secret = tmp_path / "token"
    secret.write_text("x")
    secret.chmod(0o600)
    opened = []

    def write(**calendar):
        hub = {"url": "http://127.0.0.1:1", "token": {"file": "token"}}
        course = {"hub": "campus", "folder": "course", "exchange": "exchange"}
        text = config_text({}, {"campus": hub}, {"py": course})
        dates = "".join(f"{key} = {as_toml(it)}\n" for key, it in calendar.items())
        config = tmp_path / "config.toml"
        config.write_text(f"{text}\n[courses.py.assignments.{ASSIGNMENT}]\n{dates}")
        opened.append(Site(load_config(config), actor="tests", progress=SilentProgress()))
        return opened[-1]

    yield write
    for site in opened:
        site.close()


def run(site, name, about="", due_at=None):
    places, act = job_action(site, jobs_of(site)[name], about, due_at)
    return [act(place) for place in places]


def ran(site, action):
    return [it.id for it in site.journal.runs.recent(action=action, limit=100)]


def hand_in(tmp_path, due_at, **who):
    learners = []
    for name, play in (who or CLASS).items():
        home = tmp_path / "homes" / name
        home.mkdir(parents=True, exist_ok=True)
        learners.append(Learner(username=name, home=home, play=play))
    play_class(learners, course_id="py", exchange=tmp_path / "exchange", due_at=due_at)


def test_an_assignment_goes_out_is_brought_in_and_graded_by_jobs_alone(write_site, tmp_path):
    now = datetime.now(UTC)
    due_at = now + HOUR
    site = write_site(release_at=now - MINUTE, due_at=due_at)
    about = f"py/{ASSIGNMENT}"

    assert run(site, "release-on-time", about) == ["1 well"]
    assert run(site, "release-on-time", about) == [""]
    assert run(site, "release-on-time", "py/another") == [""]
    assert run(site, "autograde-new") == ["nothing new"]
    hand_in(tmp_path, due_at)
    assert run(site, "collect-at-deadline", about, due_at) == ["3 well"]

    with pytest.raises(IncompleteError, match=f"1 of 3 failed; the first: {ASSIGNMENT}, cyd"):
        run(site, "autograde-new")
    assert len(ran(site, "assignment-autograde")) == 1
    # What waits for a person is no news, and is not tried every hour.
    assert run(site, "autograde-new") == ["nothing new"]
    assert len(ran(site, "assignment-autograde")) == 1


def test_by_hand_a_job_collects_what_is_past_and_not_yet_brought_in(write_site, tmp_path):
    now = datetime.now(UTC)
    site = write_site(release_at=now - 2 * HOUR, due_at=now - MINUTE)
    run(site, "release-on-time")
    hand_in(tmp_path, now - MINUTE, ada=Play.RIGHT)

    assert run(site, "collect-at-deadline") == ["1 well"]
    assert run(site, "collect-at-deadline") == [""]
    assert len(ran(site, "assignment-collect")) == 1

    site = write_site(release_at=now - 2 * HOUR, due_at=datetime.now(UTC) - timedelta(seconds=1))
    site.store.collections.extend("py", ASSIGNMENT, "bob", datetime.now(UTC), now)
    assert run(site, "collect-at-deadline") == ["1 well"]


def test_a_learner_with_an_extension_is_collected_from_at_a_moment_of_their_own(
    write_site, tmp_path
):
    now = datetime.now(UTC)
    due_at, longer = now + HOUR, now + 5 * HOUR
    site = write_site(release_at=now - MINUTE, due_at=due_at, grace_minutes=3)
    run(site, "release-on-time")
    site.store.collections.extend("py", ASSIGNMENT, "bob", longer, now)
    (dates,) = dates_of(site, "py")
    assert dates.until == due_at + 3 * MINUTE
    assert dict(dates.own) == {"bob": longer + 3 * MINUTE}

    job = jobs_of(site)["collect-at-deadline"]
    first, own = sorted(slots_of(job, dates))
    assert (own.about, own.due_at) == (f"py/{ASSIGNMENT}/bob", longer + 13 * MINUTE)
    hand_in(tmp_path, due_at, ada=Play.RIGHT, bob=Play.RIGHT)
    run(site, "collect-at-deadline", own.about, own.due_at)
    (collected,) = ran(site, "assignment-collect")
    assert {it.subject for it in site.journal.runs.outcomes(collected)} == {"bob"}

    # The extension was moved meanwhile: another slot is due, and this one has nothing to do.
    run(site, "collect-at-deadline", own.about, own.due_at + HOUR)
    assert len(ran(site, "assignment-collect")) == 1
    run(site, "collect-at-deadline", first.about, first.due_at)
    assert len(ran(site, "assignment-collect")) == 2


def test_more_time_may_stand_in_the_courses_file_and_the_later_word_counts(write_site):
    now = datetime.now(UTC)
    due_at, longer = now + HOUR, now + 5 * HOUR
    site = write_site(release_at=now - MINUTE, due_at=due_at, extensions={"bob": longer})
    run(site, "release-on-time")
    site.store.collections.extend("py", ASSIGNMENT, "bob", now + 2 * HOUR, now)

    (dates,) = dates_of(site, "py")
    assert dict(dates.own) == {"bob": longer}
    granted = grading_ports(site, "py").granted(ASSIGNMENT)
    assert granted == {"bob": pytest.approx(4 * 3600, abs=1)}


def test_a_gradebook_that_cannot_be_read_is_told_of_and_the_calendar_goes_on(write_site, tmp_path):
    now = datetime.now(UTC)
    site = write_site(release_at=now + HOUR, due_at=now + 2 * HOUR)
    clock = FixedClock(now)
    times = open_times(site, clock)
    release, due = (jobs_of(site)[it] for it in ("release-on-time", "collect-at-deadline"))
    assert times.next(due, now).due_at == now + 2 * HOUR + 10 * MINUTE
    assert times.troubles() == {}

    gradebook = tmp_path / "course" / "gradebook.db"
    kept = gradebook.read_bytes()
    gradebook.write_bytes(b"no database at all" * 100)
    clock.advance(HOUR / 2)

    assert times.next(due, now).due_at == now + 2 * HOUR + 10 * MINUTE
    assert times.next(release, now).due_at == now + HOUR
    assert list(times.troubles()) == ["course/py"]
    gradebook.write_bytes(kept)
    clock.advance(HOUR / 2)
    times.next(due, now)
    assert times.troubles() == {}
