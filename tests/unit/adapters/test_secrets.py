"""Secrets: fetched from where they are, refused where everyone may look."""

import sys

import pytest

from courseops.adapters import secrets
from courseops.errors import ConfigError


def test_a_file_gives_its_first_line(tmp_path):
    path = tmp_path / "token"
    path.write_text("abc\nrest\n")
    path.chmod(0o600)
    assert secrets.from_file(path) == "abc"


def test_a_file_that_everyone_may_read_is_refused_without_its_content(tmp_path):
    path = tmp_path / "token"
    path.write_text("abc\n")
    path.chmod(0o604)
    with pytest.raises(ConfigError) as refusal:
        secrets.from_file(path)
    assert "abc" not in str(refusal.value) + refusal.value.hint


def test_an_empty_file_is_no_secret(tmp_path):
    path = tmp_path / "token"
    path.write_text("\n")
    path.chmod(0o600)
    with pytest.raises(ConfigError, match="empty"):
        secrets.from_file(path)


def test_a_variable_that_is_not_set_is_named():
    with pytest.raises(ConfigError, match="CAMPUS_TOKEN"):
        secrets.from_environment("CAMPUS_TOKEN", {})


def test_a_command_gives_what_it_prints():
    assert secrets.from_command([sys.executable, "-c", "print('abc')"]) == "abc"


@pytest.mark.parametrize("program", ["import sys; sys.exit(3)", "pass"])
def test_a_command_that_fails_or_prints_nothing_is_an_error(program):
    with pytest.raises(ConfigError):
        secrets.from_command([sys.executable, "-c", program])


def test_a_credential_comes_from_the_folder_that_systemd_names(tmp_path, monkeypatch):
    path = tmp_path / "campus"
    path.write_text("abc")
    path.chmod(0o400)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert secrets.from_credential("campus") == "abc"


def test_without_systemd_a_credential_says_what_to_do(monkeypatch):
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(ConfigError) as refusal:
        secrets.from_credential("campus")
    assert "LoadCredential" in refusal.value.hint


def test_a_folder_is_no_secret_file(tmp_path):
    with pytest.raises(ConfigError, match="is a folder"):
        secrets.from_file(tmp_path)


def test_a_file_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "token"
    path.write_bytes(b"\xff\xfe")
    path.chmod(0o600)
    with pytest.raises(ConfigError, match="UTF-8"):
        secrets.from_file(path)


def test_what_a_failing_command_said_stays_unsaid():
    program = "import sys; sys.exit('s3cret')"
    with pytest.raises(ConfigError) as refusal:
        secrets.from_command([sys.executable, "-c", program])
    assert "s3cret" not in str(refusal.value) + refusal.value.hint


def test_a_command_that_cannot_be_started_is_an_error(tmp_path):
    script = tmp_path / "script"
    script.write_bytes(b"no program")
    script.chmod(0o700)
    for args in ([str(script)], ["a\0b"]):
        with pytest.raises(ConfigError, match="did not run"):
            secrets.from_command(args)
