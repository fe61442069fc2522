"""Homes as folders: found in both directions, and nothing odd is taken for one."""

from pathlib import Path

import pytest

from courseops.adapters.volumes.directories import DirectoryVolumes
from courseops.errors import ConfigError, CourseOpsError, RefusedError


def at(tmp_path: Path, below: str = "{username}") -> DirectoryVolumes:
    return DirectoryVolumes(f"{tmp_path}/{below}")


def found(volumes: DirectoryVolumes) -> dict[str, str]:
    return {volume.username: volume.path for volume in volumes.survey().volumes}


def test_every_folder_is_a_learners_home(tmp_path):
    for name in ("ada", "b.o-b", ".cache", "lost+found"):
        (tmp_path / name).mkdir()
    (tmp_path / "a-file").touch()

    assert found(at(tmp_path)) == {"ada": "ada", "b.o-b": "b.o-b"}


def test_docker_volumes_are_found_below_their_prefix(tmp_path):
    (tmp_path / "jupyterhub-user-ada/_data").mkdir(parents=True)
    (tmp_path / "jupyterhub-user-bob").mkdir()
    (tmp_path / "something/_data").mkdir(parents=True)
    volumes = at(tmp_path, "jupyterhub-user-{username}/_data")

    assert volumes.root == tmp_path
    assert found(volumes) == {"ada": "jupyterhub-user-ada/_data"}
    assert volumes.volume_of("bob").path == "jupyterhub-user-bob/_data"


def test_a_home_that_is_a_link_is_refused_and_named(tmp_path):
    (tmp_path / "ada").mkdir()
    (tmp_path / "eve").symlink_to("/etc")

    survey = at(tmp_path).survey()

    assert [volume.username for volume in survey.volumes] == ["ada"]
    assert [(each.subject, each.kind) for each in survey.refused] == [("eve", "volume-is-a-link")]


@pytest.mark.parametrize("username", ["", ".", "..", ".ssh", "a/b", "../etc", "a\0b"])
def test_a_name_that_could_lead_elsewhere_is_refused(tmp_path, username):
    with pytest.raises(RefusedError, match="no home can be named"):
        at(tmp_path).volume_of(username)


@pytest.mark.parametrize("template", ["/home", "home/{username}", "/{username}/{username}"])
def test_a_template_must_name_one_learner(template):
    with pytest.raises(ConfigError):
        DirectoryVolumes(template)


def test_a_root_that_is_not_there_is_no_empty_survey(tmp_path):
    with pytest.raises(CourseOpsError, match="cannot read"):
        at(tmp_path / "unmounted").survey()
