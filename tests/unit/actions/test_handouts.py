"""First passwords are handed out once, and lost never."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from courseops.actions.rosters.handouts import SharedPassword, hand_out
from courseops.errors import CourseOpsError, LockedError
from courseops.model.roster import Role
from courseops.model.rosters.credential import FirstPassword
from courseops.model.run import Ending, Outcome, Phase, Status
from tests.support.handout import COURSE, Desk, LostPageError


@pytest.fixture
def desk():
    return Desk()


def kinds(made):
    return {outcome.subject: outcome.kind for outcome in made.outcomes}


def test_who_waits_is_on_the_page_and_waits_no_longer(desk, journal):
    desk.admit("ada", "bob")
    made = hand_out(desk.ports(), journal)

    assert desk.last_page() == {"ada": "first-ada", "bob": "first-bob"}
    assert made.usernames == ("ada", "bob")
    assert not desk.waiting()


def test_a_second_time_there_is_nothing_to_do_and_nothing_is_written(desk, journal):
    desk.admit("ada")
    hand_out(desk.ports(), journal)
    again = hand_out(desk.ports(), journal)

    assert (again.page, again.run_id, again.outcomes) == ("", "", ())
    assert len(desk.pages) == len(journal.runs.recent()) == 1


def test_passwords_wait_on_when_the_page_did_not_reach_the_disk(desk, journal):
    desk.admit("ada")
    desk.disk_is_full = True
    with pytest.raises(LostPageError):
        hand_out(desk.ports(), journal)
    assert set(desk.waiting()) == {"ada"}
    assert journal.runs.recent()[0].ending is Ending.FAILED

    desk.disk_is_full = False
    hand_out(desk.ports(), journal)
    assert desk.last_page() == {"ada": "first-ada"}


def test_a_password_that_the_hub_never_got_is_forgotten_and_not_printed(desk, journal):
    desk.admit("ada")
    desk.enrol("bob")
    desk.first.keep(COURSE, [FirstPassword(username="bob", password="never")])
    made = hand_out(desk.ports(), journal)

    assert desk.last_page() == {"ada": "first-ada"}
    assert kinds(made) == {"ada": "", "bob": "never-set"}
    assert not desk.waiting()


def test_a_password_that_was_set_just_before_a_crash_is_printed(desk, journal):
    desk.admit("ada")
    desk.first.keep(COURSE, [FirstPassword(username="ada", password="first-ada")])
    hand_out(desk.ports(), journal)
    assert desk.last_page() == {"ada": "first-ada"}


def test_who_left_the_course_is_left_out_and_waits(desk, journal):
    desk.admit("ada", "bob")
    desk.enrolments.drop(COURSE, ["id-bob"], datetime(2026, 3, 2, tzinfo=UTC))
    made = hand_out(desk.ports(), journal)

    assert kinds(made) == {"ada": "", "bob": "not-enrolled"}
    assert set(desk.waiting()) == {"bob"}
    assert hand_out(desk.ports(), journal).page == ""


def test_the_audit_says_for_whom_a_page_was_written_and_no_password(desk, journal):
    desk.admit("ada")
    desk.enrol("bob")
    desk.credentials.insert({"bob": "old"})
    made = hand_out(desk.ports(), journal, reset=["bob"])

    audit = journal.runs.audit_of(made.run_id)
    written = {r.subject for r in audit if "page" in r.change and r.phase is Phase.MADE}
    assert written == {"ada", "bob"}
    assert ("bob", "reset password") in {(r.subject, r.change) for r in audit}
    kept = repr((audit, made, journal.runs.recent(), journal.runs.outcomes(made.run_id)))
    assert not [password for password in desk.last_page().values() if password in kept]


def test_a_reset_password_is_new_on_the_hub_and_on_the_page(desk, journal):
    desk.admit("ada", "bob")
    hand_out(desk.ports(), journal)
    hand_out(desk.ports(), journal, reset=["ada", "ada"])

    (new,) = desk.last_page().items()
    assert new == ("ada", desk.credentials.passwords["ada"])
    assert new[1] != "first-ada"
    assert desk.credentials.passwords["bob"] == "first-bob"


@pytest.mark.parametrize(
    ("who", "why"),
    [
        ("root", "admin"),
        ("boss", "protected"),
        ("teacher", "teaches"),
        ("stranger", "no learner"),
        ("dropout", "no learner"),
    ],
)
def test_only_a_learner_of_the_course_gets_a_new_password(desk, journal, who, why):
    desk.admit("ada", "boss", "root", "dropout")
    desk.enrol("teacher", role=Role.INSTRUCTOR)
    desk.enrolments.drop(COURSE, ["id-dropout"], datetime(2026, 3, 2, tzinfo=UTC))
    before = dict(desk.credentials.passwords)

    with pytest.raises(CourseOpsError) as refused:
        hand_out(desk.ports(), journal, reset=["ada", who])
    assert why in refused.value.problems[0]
    assert desk.credentials.passwords == before
    assert not desk.pages


@pytest.mark.parametrize("role", [Role.INSTRUCTOR, Role.ASSISTANT])
def test_a_learner_who_teaches_another_course_of_the_hub_keeps_their_password(desk, journal, role):
    desk.admit("prof")
    desk.enrol("prof", role=role, course="stats")
    before = dict(desk.credentials.passwords)

    with pytest.raises(CourseOpsError) as refused:
        hand_out(desk.ports(courses=("py", "stats")), journal, reset=["prof"])

    assert "prof teaches" in refused.value.problems[0]
    assert desk.credentials.passwords == before


def test_a_learner_of_two_courses_gets_a_new_password(desk, journal):
    desk.admit("ada")
    desk.enrol("ada", course="stats")
    made = hand_out(desk.ports(courses=("py", "stats")), journal, reset=["ada"])
    assert made.usernames == ("ada",)


def test_a_first_password_that_opens_nothing_any_more_is_not_printed(desk, journal):
    desk.admit("ada", "bob")
    desk.credentials.passwords["bob"] = "chosen elsewhere"
    made = hand_out(desk.ports(), journal)

    assert desk.last_page() == {"ada": "first-ada"}
    assert kinds(made) == {"ada": "", "bob": "opens-nothing"}
    assert "--reset-password" in made.outcomes[1].mend
    assert not desk.waiting()


def test_a_reset_that_ends_in_an_error_puts_the_first_password_back(desk, journal):
    desk.admit("ada", "bob")

    def busy(_username, _password):
        raise LockedError("the hub's database is busy")

    replace_it = desk.credentials.replace
    desk.credentials.replace = busy
    with pytest.raises(LockedError):
        hand_out(desk.ports(), journal, reset=["ada"])
    desk.credentials.replace = replace_it
    hand_out(desk.ports(), journal)

    assert (
        desk.last_page() == {"ada": "first-ada", "bob": "first-bob"} == desk.credentials.passwords
    )


def test_a_reset_that_fails_keeps_the_first_password_that_waited(desk, journal):
    desk.admit("ada", "bob")
    desk.credentials.replace = lambda name, _: Outcome.failed(name, "says no")
    made = hand_out(desk.ports(), journal, reset=["ada"])

    assert desk.last_page() == {"ada": "first-ada", "bob": "first-bob"}
    assert [o.subject for o in made.outcomes if o.status is Status.FAILED] == ["ada"]
    phases = [r.phase for r in journal.runs.audit_of(made.run_id) if "reset" in r.change]
    assert phases == [Phase.INTENDED, Phase.FAILED]


def test_who_never_had_a_password_cannot_have_it_reset(desk, journal):
    desk.enrol("ada")
    made = hand_out(desk.ports(), journal, reset=["ada"])
    assert made.outcomes[0].status is Status.FAILED
    assert (made.page, list(desk.waiting())) == ("", [])


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("reset", [[], ["ada"]], ids=["handout", "reset"])
def test_a_kill_at_any_step_loses_nobodys_password(journal, reset):
    for calls in range(20):
        desk = Desk()
        desk.admit("ada", "bob")
        left = calls

        def spend(method):
            def call(*args):
                nonlocal left
                left -= 1
                if left < 0:
                    raise Killed
                result = method(*args)
                left -= 1
                if left < 0:
                    raise Killed
                return result

            return call

        real = (desk.first.keep, desk.first.forget, desk.credentials.replace)
        desk.first.keep, desk.first.forget, desk.credentials.replace = map(spend, real)
        ports = desk.ports()
        try:
            hand_out(replace(ports, write=spend(ports.write)), journal, reset=reset)
        except Killed:
            desk.first.keep, desk.first.forget, desk.credentials.replace = real
            hand_out(desk.ports(), journal, reset=reset)
        assert desk.handed() == desk.credentials.passwords, calls
        assert not desk.waiting()
    assert left > 0


def test_a_shared_password_is_on_everybodys_strip_every_time(desk, journal):
    desk.enrol("seat01", "seat02")
    desk.enrol("prof", role=Role.INSTRUCTOR)
    ports = desk.ports(passwords=SharedPassword(read=lambda: "open sesame"))
    hand_out(ports, journal)
    hand_out(ports, journal)

    assert desk.last_page() == dict.fromkeys(["seat01", "seat02", "prof"], "open sesame")
    assert len(desk.pages) == 2
    with pytest.raises(CourseOpsError, match="same password"):
        hand_out(ports, journal, reset=["seat01"])


def test_an_admin_of_the_hub_gets_no_strip_that_would_not_let_them_in(desk, journal):
    desk.enrol("seat01", "root")
    made = hand_out(desk.ports(passwords=SharedPassword(read=lambda: "open sesame")), journal)

    assert set(desk.last_page()) == {"seat01"}
    assert kinds(made) == {"seat01": "", "root": "admin"}


def test_the_page_bears_the_schools_own_date(desk, journal):
    desk.admit("ada")
    hand_out(desk.ports(zone=timezone(timedelta(hours=-12))), journal)
    assert desk.pages[0].made_on.isoformat() == "2026-03-01"
