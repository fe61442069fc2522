"""What doctor says of volumes beside accounts, in both directions."""

from courseops.model.backups.backup import Volume, VolumeSurvey
from courseops.model.backups.volume_check import judge_volumes
from courseops.model.finding import Level
from courseops.model.run import Outcome


def survey(*usernames, refused=(), warnings=()) -> VolumeSurvey:
    volumes = tuple(Volume(username=it, path=it) for it in usernames)
    odd = tuple(Outcome.failed(it, "is a link", mend="mend it") for it in refused)
    return VolumeSurvey(volumes=volumes, refused=odd, warnings=warnings)


def said(found, accounts) -> list[tuple[Level, str]]:
    return [(it.level, it.what) for it in judge_volumes("volumes/campus", found, accounts)]


def test_volumes_and_accounts_that_match_are_well():
    assert said(survey("ada", "bob"), {"ada", "bob"}) == [
        (Level.OK, "2 of 2 accounts have a volume")
    ]


def test_whoever_lacks_the_other_is_named_but_a_few():
    accounts = {f"u{number}" for number in range(9)}

    assert said(survey("u0", "left", "gone"), accounts) == [
        (Level.OK, "1 of 9 accounts have a volume; none yet: u1, u2, u3, u4, u5, …"),
        (Level.WARNING, "2 of 3 volumes belong to no account: gone, left"),
    ]


def test_names_that_match_nobodys_are_a_problem_with_the_line_that_mends_it():
    (finding,) = judge_volumes("volumes/campus", survey("-41lice"), {"Alice"})

    assert finding.level is Level.PROBLEM
    assert finding.what == "no volume belongs to an account: volumes of -41lice; accounts Alice"
    assert "set names in [hubs.campus.volumes]" in finding.to_do


def test_a_hub_without_accounts_or_without_volumes_is_no_problem():
    for found, accounts in ((survey("ada"), ()), (survey(), {"ada"}), (survey(), ())):
        assert Level.PROBLEM not in {level for level, _ in said(found, accounts)}


def test_what_is_refused_and_what_is_double_is_shown():
    found = survey("ada", refused=[f"r{number}" for number in range(7)], warnings=["ada has 2"])

    lines = said(found, {"ada", "r0"})

    assert lines[:5] == [(Level.PROBLEM, f"r{number}: is a link") for number in range(5)]
    assert lines[5:7] == [
        (Level.PROBLEM, "2 more are no volumes"),
        (Level.WARNING, "ada has 2"),
    ]
    # A refused volume is no missing one.
    assert lines[7:] == [(Level.OK, "2 of 2 accounts have a volume")]


def test_a_hub_that_is_silent_leaves_names_uncompared():
    (finding,) = judge_volumes("volumes/campus", survey("ada"), None)

    assert finding.level is Level.WARNING
    assert "hub/campus" in finding.to_do
