"""The lines for a hub's own configuration: Python that can be pasted, and never a secret."""

from courseops.model.logins.hub_config import hub_config
from courseops.model.logins.judging import CLASSES, Logins
from courseops.model.logins.token_place import TokenPlace

SCOPES = ("admin:users", "read:hub")


def lines(*, version="6.1.1", release=(6, 1, 1), token=None, logins=None):
    token = token or TokenPlace(called="file /etc/courseops/campus.token")
    written = hub_config(
        hub="campus", version=version, release=release, scopes=SCOPES, token=token, logins=logins
    )
    return written.text


class Trait(dict):
    """A stand-in for `c`: what is set of it, by section and name."""

    def __getattr__(self, name):
        return self.setdefault(name, Section())


class Section:
    def __getattr__(self, name):
        made = {} if name.endswith("kwargs") else []
        setattr(self, name, made)
        return made


def run(text, tmp_path):
    c = Trait()
    exec(text, {"c": c, "__file__": str(tmp_path / "jupyterhub_config.py")})
    return c


def test_the_lines_give_one_service_its_token_and_its_role(tmp_path):
    (tmp_path / "courseops.token").write_text("abc\n")

    hub = run(lines(), tmp_path).JupyterHub

    assert hub.services == [{"name": "courseops", "api_token": "abc"}]
    assert hub.load_roles == [
        {"name": "courseops", "services": ["courseops"], "scopes": list(SCOPES)}
    ]
    assert hub.trust_user_provided_tokens is True


def test_a_token_of_the_environment_is_had_from_there(tmp_path, monkeypatch):
    monkeypatch.setenv("CAMPUS", "abc")
    place = TokenPlace(called="environment variable CAMPUS", variable="CAMPUS")

    assert run(lines(token=place), tmp_path).JupyterHub.services[0]["api_token"] == "abc"


def test_what_accounts_need_runs_for_every_kind(tmp_path):
    (tmp_path / "courseops.token").write_text("abc\n")
    for kind in CLASSES:
        known = Logins(kind=kind, username_pattern=r"^\w'\"+$", username_map={"a": 'b"'})
        said = run(lines(logins=known), tmp_path).Authenticator
        assert said.username_pattern == r"^\w'\"+$"
        assert said.username_map == {"a": 'b"'}


def test_an_older_hub_is_not_told_what_it_does_not_know():
    native = Logins(kind="native")

    assert "allow_existing_users" in lines(logins=native)
    assert "allow_existing_users" not in lines(version="4.1.6", release=(4, 1, 6), logins=native)


def test_a_hub_that_did_not_answer_gets_the_newest_lines_and_is_told_so():
    text = lines(version="", release=None, logins=Logins(kind="native"))

    assert "did not answer" in text
    assert "allow_existing_users" in text


def test_a_token_that_is_not_there_yet_comes_with_how_to_make_it():
    text = lines(token=TokenPlace(called="file x", make="openssl rand -hex 32 > x"))

    assert "no token yet" in text
    assert "openssl rand -hex 32 > x" in text
