"""`courseops init`: a configuration that doctor accepts, and never one replaced."""

import stat

import pytest


def test_what_init_writes_doctor_accepts(desk):
    made = desk.run("init", ".", "--yes", "--name", "École du Lac", "--time-zone", "Europe/Paris")
    assert made.code == 0, made.err
    looked = desk.run("doctor")
    assert looked.code == 0, looked.out
    assert "ready" in looked.out
    assert desk.run("status").code == 0


def test_a_hubs_token_goes_into_a_file_that_only_its_owner_reads(desk):
    made = desk.run("init", "school", "--yes", "--hub", "lab", "--url", "http://127.0.0.1:1")
    assert made.code == 0, made.err
    token = desk.folder / "school" / "lab.token"
    assert stat.S_IMODE(token.stat().st_mode) == 0o600
    assert 'url = "http://127.0.0.1:1"' in (desk.folder / "school" / "config.toml").read_text()


def test_doctor_says_that_an_empty_token_file_is_empty(desk):
    desk.run("init", ".", "--yes", "--url", "http://127.0.0.1:1")
    looked = desk.run("doctor")
    assert looked.code == 3
    assert "empty" in looked.out


def test_an_existing_configuration_is_never_replaced(desk):
    desk.write("config.toml", "# mine\n")
    said = desk.run("init", ".", "--yes")
    assert said.code == 1
    assert desk.config.read_text() == "# mine\n"


@pytest.mark.parametrize(
    "options",
    [
        ["--hub", "../../evil", "--url", "http://127.0.0.1:1"],
        ["--hub", "a b", "--url", "http://127.0.0.1:1"],
        ["--url", "nonsense"],
        ["--url", "http://u:secret@host"],
        ["--time-zone", "Europe"],
    ],
)
def test_what_is_no_configuration_is_refused_and_leaves_nothing(desk, options):
    said = desk.run("init", "school", "--yes", *options)
    assert said.code == 10, said.out
    assert [path for path in desk.folder.rglob("*") if path.is_file()] == []


def test_any_name_of_a_school_can_be_read_back(desk):
    name = 'a\nb "c" \\ \x1b \x7f é'
    assert desk.run("init", ".", "--yes", "--name", name).code == 0
    assert desk.run("doctor").code == 0
