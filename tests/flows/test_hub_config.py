"""`courseops doctor` on a hub's logins, and the lines that it prints for a hub."""

import pytest

from tests.support.hubs import PROGRAMS

STOPPED = "http://127.0.0.1:1"


def test_the_lines_for_a_hub_are_printed_before_there_is_a_token_or_a_hub(desk):
    desk.configure(hubs={"campus": {"url": STOPPED, "token": {"file": "campus.token"}}})

    said = desk.run("doctor", "--hub-config", "campus", COLUMNS="40")

    assert said.code == 0, said.err
    # What is to be pasted is never broken into lines by a narrow terminal.
    compile(said.out, "jupyterhub_config.py", "exec")
    assert "openssl rand -hex 32 > " in said.out
    assert "did not answer" in said.out


def test_a_token_that_is_there_is_never_printed(desk):
    token = "feed" * 16
    desk.write("campus.token", token, mode=0o600)
    desk.configure(hubs={"campus": {"url": STOPPED, "token": {"file": "campus.token"}}})

    said = desk.run("doctor", "--hub-config", "campus")
    document = desk.run("doctor", "--hub-config", "campus", "--json").document

    assert token not in f"{said.out}{said.err}"
    assert "no token yet" not in said.out
    assert document["schema"] == "courseops/hub-config"
    assert document["text"] == said.out


def test_a_hub_that_is_not_configured_is_told_with_those_that_are(desk):
    desk.configure(hubs={"campus": {"url": STOPPED, "token": {"file": "campus.token"}}})

    said = desk.run("doctor", "--hub-config", "lab")

    assert said.code == 1
    assert "no hub called lab" in said.err
    assert "campus" in said.err


@pytest.fixture
def local(start_hub):
    return start_hub("6")


def configure(desk, local, **accounts):
    desk.write("campus.token", local.token, mode=0o600)
    hub = {"url": local.url, "token": {"file": "campus.token"}, "accounts": accounts}
    desk.configure(hubs={"campus": hub})


@pytest.mark.hub
def test_doctor_reads_the_hubs_own_configuration_and_is_sure(desk, local):
    configure(
        desk,
        local,
        kind="shared",
        hub_config=str(local.folder / "jupyterhub_config.py"),
        hub_program=str(PROGRAMS["6"] / "jupyterhub"),
    )

    said = desk.run("doctor")

    assert said.code == 0, said.out
    assert "whoever has an account may log in" in said.out
    assert "cannot see" not in said.out
    for secret in local.token, local.password, local.admin_password:
        assert secret not in f"{said.out}{said.err}"


@pytest.mark.hub
def test_doctor_says_what_it_cannot_see_and_that_a_kind_is_wrong(desk, local):
    configure(desk, local, kind="ldap")

    said = desk.run("doctor")

    assert said.code == 3
    assert 'kind = "shared"' in said.out
    assert "cannot see whether" in said.out
    assert "c.Authenticator.allow_existing_users = True" in said.out


@pytest.mark.hub
def test_a_hubs_configuration_that_cannot_be_read_hides_nothing_else(desk, local):
    configure(desk, local, kind="shared", hub_config="nowhere.py")

    said = desk.run("doctor")

    assert said.code == 3
    assert "nowhere.py cannot be read" in said.out
    assert "the token has admin:users" in said.out


@pytest.mark.hub
def test_the_lines_are_for_the_release_that_the_hub_says_it_is_of(desk, local):
    configure(desk, local, kind="shared")

    said = desk.run("doctor", "--hub-config", "campus")

    assert "JupyterHub 6." in said.out
    assert "allow_existing_users" in said.out
