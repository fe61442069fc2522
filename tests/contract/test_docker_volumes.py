"""What only a Docker engine can be asked, and what it keeps that is no plain folder."""

import os

import pytest

from courseops.adapters.volumes.docker import DockerVolumes
from courseops.adapters.volumes.engine import DockerEngine
from courseops.adapters.volumes.naming import namings_of
from courseops.errors import RefusedError, UnreachableError

TEMPLATE = "jupyterhub-user-{username}"
REAL = pytest.param("dockerd", marks=[pytest.mark.docker, pytest.mark.xdist_group("docker")])


@pytest.fixture(params=["recorded_docker", REAL])
def docker(request):
    return request.getfixturevalue(request.param)


def volumes_of(docker, *words, **options) -> DockerVolumes:
    namings = namings_of(words or ["escape"])
    return DockerVolumes(docker.engine, options.pop("template", TEMPLATE), namings, **options)


def names_and_paths(survey) -> dict[str, str]:
    return {volume.username: volume.path for volume in survey.volumes}


def test_an_engine_without_a_volume_has_none(docker):
    assert volumes_of(docker).survey(["alice"]).volumes == ()


def test_the_root_is_the_engines_own_folder(docker):
    home = docker.make_volume("jupyterhub-user-alice")

    volumes = volumes_of(docker)

    assert volumes.root == docker.volumes
    assert volumes.root / volumes.volume_of("alice").path == home


def test_volumes_of_other_names_are_not_learners(docker):
    docker.make_volume("jupyterhub-user-alice")
    docker.make_volume("jupyterhub-data")

    assert set(names_and_paths(volumes_of(docker).survey())) == {"alice"}


def test_a_name_that_tells_nothing_is_asked_of_the_server_that_uses_it(docker):
    home = docker.make_volume("home-of-8f3a")
    docker.make_server("carol", "home-of-8f3a")
    volumes = volumes_of(docker, template="home-of-{username}")

    survey = volumes.survey(["carol"])

    assert names_and_paths(survey) == {"carol": "home-of-8f3a/_data"}
    assert volumes.root / volumes.volume_of("carol").path == home


def test_a_volume_that_several_peoples_servers_use_is_nobodys(docker):
    docker.make_volume("jupyterhub-user-shared---1")
    docker.make_server("ada", "jupyterhub-user-shared---1")
    docker.make_server("bob", "jupyterhub-user-shared---1")

    survey = volumes_of(docker).survey(["ada", "bob"])

    assert list(names_and_paths(survey)) == ["nobody (jupyterhub-user-shared---1)"]


def test_of_two_spellings_the_one_that_the_server_uses_counts(docker):
    for name in ("-41lice", "Alice"):
        docker.make_volume(f"jupyterhub-user-{name}")
    docker.make_server("Alice", "jupyterhub-user-Alice")
    volumes = volumes_of(docker, "escape", "legacy")

    survey = volumes.survey(["Alice"])

    assert names_and_paths(survey) == {
        "Alice": "jupyterhub-user-Alice/_data",
        "Alice (jupyterhub-user--41lice)": "jupyterhub-user--41lice/_data",
    }
    assert [volumes.volume_of(it.username) for it in survey.volumes] == list(survey.volumes)
    (warning,) = survey.warnings
    assert warning.startswith("Alice has 2 volumes: jupyterhub-user-Alice is taken")


@pytest.mark.parametrize("options", [{"type": "none", "o": "bind"}, {"type": "nfs", "o": "addr=x"}])
def test_what_docker_mounts_on_demand_is_refused_and_its_place_named(docker, tmp_path, options):
    docker.make_volume("jupyterhub-user-alice")
    docker.make_volume("jupyterhub-user-eve", {**options, "device": str(tmp_path)})

    survey = volumes_of(docker).survey(["alice", "eve"])

    assert set(names_and_paths(survey)) == {"alice"}
    (refused,) = survey.refused
    assert (refused.subject, refused.kind) == ("eve", "volume-is-elsewhere")
    assert str(tmp_path) in refused.reason


def test_a_volume_that_is_not_in_the_engines_folder_is_refused(recorded_docker, tmp_path):
    recorded_docker.make_volume("jupyterhub-user-eve")
    recorded_docker.made[0]["Mountpoint"] = f"{tmp_path}/other/jupyterhub-user-eve/_data"

    survey = volumes_of(recorded_docker).survey(["eve"])

    assert [(it.subject, it.kind) for it in survey.refused] == [("eve", "volume-is-elsewhere")]


def test_a_volume_of_another_driver_is_refused_by_its_name(recorded_docker):
    recorded_docker.make_volume("jupyterhub-user-eve")
    recorded_docker.made[0]["Driver"] = "rexray"

    (refused,) = volumes_of(recorded_docker).survey(["eve"]).refused

    assert "the driver rexray" in refused.reason


def test_a_volume_that_was_made_since_is_in_the_next_survey(docker):
    docker.make_volume("jupyterhub-user-alice")
    volumes = volumes_of(docker)
    assert set(names_and_paths(volumes.survey())) == {"alice"}

    docker.make_volume("jupyterhub-user-bob")

    assert set(names_and_paths(volumes.survey())) == {"alice", "bob"}


def test_what_the_engine_lists_but_has_not_is_refused(docker):
    docker.make_volume("jupyterhub-user-eve").rmdir()

    (refused,) = volumes_of(docker).survey(["eve"]).refused

    assert (refused.subject, refused.kind) == ("eve", "volume-is-elsewhere")


def test_files_are_found_where_the_engines_folder_is_mounted_here(docker, tmp_path):
    docker.make_volume("jupyterhub-user-alice")
    (tmp_path / "mounted/jupyterhub-user-alice/_data").mkdir(parents=True)

    volumes = volumes_of(docker, root=tmp_path / "mounted")

    assert set(names_and_paths(volumes.survey())) == {"alice"}
    assert volumes.root == tmp_path / "mounted"


def test_only_what_leads_to_nobody_is_asked_of_containers(recorded_docker):
    for name in ("alice", "bob"):
        recorded_docker.make_volume(f"jupyterhub-user-{name}")
        recorded_docker.make_server(name, f"jupyterhub-user-{name}")

    volumes_of(recorded_docker).survey(["alice"])

    assert [it for it in recorded_docker.asked if it.startswith("/containers/")] == [
        "/containers/json?all=true",
        "/containers/bob/json",
    ]


def test_an_engine_that_does_not_run_is_said_to_be_silent(tmp_path):
    for address in (f"unix://{tmp_path}/docker.sock", "tcp://127.0.0.1:1"):
        with pytest.raises(UnreachableError, match="does not answer"):
            DockerEngine(address).volumes()


def test_what_is_no_engine_is_not_taken_for_one(recorded_docker, monkeypatch):
    monkeypatch.setattr(type(recorded_docker), "answer", lambda *_: {"Volumes": "many"})

    with pytest.raises(RefusedError, match="no Docker engine"):
        recorded_docker.engine.volumes()


def test_what_the_engine_refuses_is_told_in_its_own_words(recorded_docker, monkeypatch):
    monkeypatch.setattr(type(recorded_docker), "answer", lambda *_: None)

    with pytest.raises(RefusedError, match=r"404.*page not found"):
        recorded_docker.engine.volumes()


@pytest.mark.docker
@pytest.mark.xdist_group("docker")
@pytest.mark.skipif(os.geteuid() != 0, reason="gives up root")
def test_who_may_not_ask_the_engine_is_told_what_to_do(dockerd):
    os.seteuid(65534)
    try:
        with pytest.raises(RefusedError, match="may not be opened") as refusal:
            dockerd.engine.volumes()
    finally:
        os.seteuid(0)
    assert "group docker" in refusal.value.hint
