"""What every way of keeping learners' files promises, however it spells their names."""

from contextlib import suppress
from pathlib import PurePosixPath

import pytest

from courseops.errors import CourseOpsError, RefusedError

# A capital, dashes, dots, a digit first, an address, an accent, and one that is too long.
USERNAMES = [
    "alice",
    "Alice",
    "a-b",
    "a.b",
    "2bob",
    "alice.b@uni.edu",
    "josé",
    "averyveryverylongusername-2026",
    "an.even.longer.name@of-somebody.at.some-faculty.university.example",
]


def by_name(survey) -> dict[str, str]:
    return {volume.username: volume.path for volume in survey.volumes}


@pytest.mark.parametrize("given", [USERNAMES, ()], ids=["given", "asked"])
def test_every_volume_is_found_under_its_learners_name(estate, given):
    homes = {username: estate.make(username) for username in USERNAMES}
    volumes = estate.volumes(USERNAMES)

    survey = volumes.survey(given)

    assert {name: volumes.root / path for name, path in by_name(survey).items()} == homes
    assert (survey.refused, survey.warnings) == ((), ())


def test_a_learner_is_led_to_her_own_volume_and_to_no_other(estate):
    homes = {username: estate.make(username) for username in USERNAMES}
    volumes = estate.volumes(USERNAMES)

    for username, home in homes.items():
        volume = volumes.volume_of(username)
        assert (volume.username, volumes.root / volume.path) == (username, home)


def test_paths_lead_below_the_root_and_volumes_come_in_their_order(estate):
    for username in USERNAMES:
        estate.make(username)

    paths = [PurePosixPath(it.path) for it in estate.volumes().survey(USERNAMES).volumes]

    assert not any(path.is_absolute() or ".." in path.parts for path in paths)
    assert [str(path) for path in paths] == sorted(map(str, paths))


def test_whoever_has_an_account_and_no_volume_is_in_no_survey(estate):
    estate.make("alice")
    volumes = estate.volumes(["alice", "bob"])

    assert set(by_name(volumes.survey(["alice", "bob"]))) == {"alice"}
    # A list says nothing of somebody who is not in it.
    with suppress(RefusedError):
        assert not (volumes.root / volumes.volume_of("bob").path).exists()


@pytest.mark.parametrize("known", [(), ("alice",)])
def test_a_volume_without_an_account_is_found_all_the_same(estate, known):
    homes = {estate.make(username) for username in USERNAMES}
    volumes = estate.volumes(known)

    survey = volumes.survey(known)

    assert {volumes.root / volume.path for volume in survey.volumes} == homes
    assert survey.refused == ()


def test_every_name_that_a_survey_gives_leads_back_to_its_volume(estate):
    for username in USERNAMES:
        estate.make(username)
    volumes = estate.volumes()

    survey = volumes.survey(["alice"])

    assert len({volume.username for volume in survey.volumes}) == len(USERNAMES)
    assert [volumes.volume_of(it.username) for it in survey.volumes] == list(survey.volumes)


def test_a_volume_that_is_a_link_is_refused_and_named(estate, tmp_path):
    estate.make("alice")
    eves = estate.make("eve")
    eves.rmdir()
    eves.symlink_to(tmp_path)

    survey = estate.volumes(["alice", "eve"]).survey(["alice", "eve"])

    assert set(by_name(survey)) == {"alice"}
    assert [(each.subject, each.kind) for each in survey.refused] == [("eve", "volume-is-a-link")]


def test_a_volume_that_is_gone_since_is_in_no_survey(estate):
    estate.make("alice")
    estate.make("bob")
    volumes = estate.volumes()
    assert len(volumes.survey().volumes) == 2

    (volumes.root / volumes.volume_of("bob").path).rmdir()

    assert set(by_name(volumes.survey())) == {"alice"}


@pytest.mark.parametrize("username", ["", "../etc", "a/b", "..", "a\0b"])
def test_a_name_that_could_lead_elsewhere_is_refused_or_escaped(estate, username):
    estate.make("alice")
    volumes = estate.volumes()

    try:
        path = PurePosixPath(volumes.volume_of(username).path)
    except RefusedError:
        return
    assert len(path.parts) == len(PurePosixPath(volumes.volume_of("alice").path).parts)
    assert ".." not in path.parts
    assert "\0" not in str(path)


def test_where_nothing_is_mounted_there_is_no_empty_survey(estate):
    with pytest.raises(CourseOpsError, match=r"unmounted"):
        estate.lost().survey()
