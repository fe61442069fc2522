"""`courseops roster show` on exports without usernames and in odd encodings; no hub is asked."""

import json

import pytest
from click.testing import CliRunner

from courseops.cli.root import cli

CONFIG = """
[hubs.campus]
url = "http://127.0.0.1:9"
token = {{ file = "campus.token" }}
[courses.py]
hub = "campus"
[courses.py.roster]
csv = "class.csv"
{more}
"""


@pytest.fixture
def show(tmp_path):
    """Write a class list and show it; answers (exit code, document)."""
    (tmp_path / "campus.token").write_text("secret")
    (tmp_path / "campus.token").chmod(0o600)

    def run(content, *options, more=""):
        (tmp_path / "class.csv").write_bytes(content)
        (tmp_path / "config.toml").write_text(CONFIG.format(more=more))
        asked = ["roster", "show", "py", "--json", "--config", str(tmp_path / "config.toml")]
        done = CliRunner().invoke(cli, [*asked, *options])
        return done.exception, json.loads(done.stdout) if done.exit_code == 0 else None

    return run


def test_usernames_are_had_from_what_the_configuration_says(show):
    error, _ = show(b"email\nada@x\n")
    assert 'username_from = "email-name"' in error.hint

    _, roster = show(b"email\nada@x\n", more='username_from = "email-name"')
    assert roster["enrolments"][0]["person"]["username"] == "ada"


def test_an_unknown_way_to_usernames_is_a_configuration_error(show):
    error, _ = show(b"email\nada@x\n", more='username_from = "phone"')
    assert "username_from" in "".join(error.problems)


def test_the_encoding_of_the_command_line_comes_before_the_configured_one(show):
    content = "username,first name\nada,Zoé\n".encode("mac_roman")
    _, configured = show(content, more='encoding = "cp1252"')
    _, asked = show(content, "--encoding", "mac_roman", more='encoding = "cp1252"')
    assert configured["enrolments"][0]["person"]["given_name"] != "Zoé"
    assert asked["enrolments"][0]["person"]["given_name"] == "Zoé"
    assert "mac_roman" in asked["source"]
