"""Configuration: every problem at once, in the file's own words, with an example."""

import pytest

from courseops.config import load_config
from courseops.config.writing import config_text, example_text
from courseops.errors import ConfigError

GOOD = """
[hubs.campus]
url = "https://hub.example.org/hub/"
token = { env = "TOKEN" }
"""


def write(tmp_path, text, name="config.toml"):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return tmp_path / "config.toml"


def problems_of(path):
    with pytest.raises(ConfigError) as refusal:
        load_config(path)
    return refusal.value.problems


def test_paths_are_relative_to_the_file_and_the_hubs_address_loses_its_tail(tmp_path):
    config = load_config(write(tmp_path, GOOD))
    assert config.site.state == tmp_path / "state"
    assert config.hubs["campus"].url == "https://hub.example.org"


def test_a_protected_account_is_known_by_its_name_in_small_letters(tmp_path):
    config = load_config(write(tmp_path, GOOD + 'protected = ["Boss"]\n'))
    assert config.hubs["campus"].protected == ("boss",)


def test_every_problem_is_told_at_once_with_an_example(tmp_path):
    text = """
[site]
time_zone = "Mars/Olympus"
staet = "x"
[hubs.campus]
url = "campus"
token = { file = "a", env = "b" }
[courses.py]
hub = "elsewhere"
folder = 3
"""
    found = problems_of(write(tmp_path, text))
    for line in (
        "site.time_zone: is no time zone that this machine knows, for example time_zone = "
        '"Europe/Paris"',
        "site.staet: is not a key that courseops knows; did you mean state?",
        'hubs.campus.url: must be a web address, for example url = "https://jupyter.example.org"',
    ):  # fmt: skip
        assert f"config.toml: {line}" in found
    assert any("hubs.campus.token: must have exactly one of file, env" in line for line in found)
    assert any("courses.py.folder" in line for line in found)


def test_a_course_on_an_unknown_hub_is_told_which_there_are(tmp_path):
    (problem,) = problems_of(write(tmp_path, GOOD + '[courses.py]\nhub = "kampus"\n'))
    assert "no hub 'kampus'" in problem
    assert "campus" in problem


def test_each_course_may_stand_in_a_file_of_its_own(tmp_path):
    path = write(tmp_path, GOOD)
    write(tmp_path, 'hub = "campus"\n', "courses.d/python101.toml")
    assert set(load_config(path).courses) == {"python101"}


def test_a_problem_in_a_courses_own_file_names_that_file(tmp_path):
    path = write(tmp_path, GOOD)
    write(tmp_path, 'hbu = "campus"\n', "courses.d/python101.toml")
    assert (
        "courses.d/python101.toml: hbu: is not a key that courseops knows; did you mean hub?"
        in (problems_of(path))
    )


def test_a_secret_file_that_everyone_may_read_is_refused(tmp_path):
    secret = tmp_path / "campus.token"
    secret.write_text("s3cret")
    secret.chmod(0o644)
    text = GOOD.replace('{ env = "TOKEN" }', '{ file = "campus.token" }')
    (problem,) = problems_of(write(tmp_path, text))
    assert "hubs.campus.token" in problem
    assert "chmod 600" in problem
    assert "s3cret" not in problem


def test_a_file_that_is_not_toml_says_where(tmp_path):
    (problem,) = problems_of(write(tmp_path, "[hubs\n"))
    assert "line 1" in problem


def test_a_missing_file_says_how_to_make_one(tmp_path):
    with pytest.raises(ConfigError) as refusal:
        load_config(tmp_path / "config.toml")
    assert "courseops init" in refusal.value.hint


def test_the_example_loads_and_equals_the_defaults(tmp_path):
    config = load_config(write(tmp_path, example_text()))
    bare = load_config(write(tmp_path, config_text({}, {}, {}), "config.toml"))
    assert config.site == bare.site
    assert config.courses["python101"].guard == type(config.courses["python101"].guard)()


LDAP = """
[courses.py]
hub = "campus"
[courses.py.roster.ldap]
url = "ldaps://ldap.example.org"
bind_dn = "cn=courseops"
password = { env = "LDAP" }
base = "ou=people"
learners = { supann = { year = 2026, element = "PY101" } }
"""
WHO = '{ supann = { year = 2026, element = "PY101" } }'


def test_a_directory_may_stand_where_a_file_may(tmp_path):
    roster = load_config(write(tmp_path, GOOD + LDAP)).courses["py"].roster
    assert roster.csv is None
    assert roster.ldap.learners.supann.element == "PY101"
    assert roster.ldap.assistants is None


def test_a_roster_comes_from_one_place(tmp_path):
    both = LDAP.replace(
        "[courses.py.roster.ldap]", "roster.csv = 'x.csv'\n[courses.py.roster.ldap]"
    )
    neither = '[courses.py]\nhub = "campus"\nroster = {}\n'
    for text in (both, neither):
        (problem,) = problems_of(write(tmp_path, GOOD + text))
        assert "courses.py.roster: must have exactly one of csv, ldap, sources, seats" in problem


@pytest.mark.parametrize(
    ("line", "instead", "problem"),
    [
        ('"ldaps://ldap.example.org"', '"https://x"', "url: must be ldap:// or ldaps:// and a"),
        ('"ldaps://ldap.example.org"', '"ldap://x:port"', "url: port could not be cast"),
        (WHO, "{}", "must have exactly one of filter"),
        (WHO, '{ filter = "uid=*" }', "in parentheses"),
        (WHO, '{ goup = "cn=py" }', "did you mean group?"),
        ('{ env = "LDAP" }', '"s3cret"', "password: must be a table"),
    ],
)  # fmt: skip
def test_mistakes_in_a_directory_are_told_in_words(tmp_path, line, instead, problem):
    found = problems_of(write(tmp_path, GOOD + LDAP.replace(line, instead)))
    assert any(problem in told for told in found), found
    assert "s3cret" not in str(found)


def test_how_a_file_is_read_is_no_matter_of_a_directory(tmp_path):
    text = LDAP.replace(
        "[courses.py.roster.ldap]", "roster.encoding = 'x'\n[courses.py.roster.ldap]"
    )
    (problem,) = problems_of(write(tmp_path, GOOD + text))
    assert "say how a file is read, not ldap" in problem


def test_a_directory_that_is_written_is_read_back_and_the_file_is_a_comment(tmp_path):
    ldap = {
        "url": "ldap://ldap.example.org",
        "bind_dn": "cn=courseops",
        "password": {"file": "ldap.password"},
        "base": "ou=people",
        "learners": {"filter": "(uid=*)"},
    }
    hubs = {"campus": {"url": "https://x", "token": {"env": "TOKEN"}}}
    text = config_text({}, hubs, {"py": {"hub": "campus", "roster": {"ldap": ldap}}})
    roster = load_config(write(tmp_path, text)).courses["py"].roster
    assert roster.ldap.learners.filter == "(uid=*)"
    assert '# csv = "python101.csv"' in text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('courses = "x"\n', "courses: must be a table"),
        ("courses = [1]\n", "courses: must be a table"),
        ('[site]\ntime_zone = "Europe"\n', "time_zone: is no time zone"),
        ('[site]\nstate = "\\u0000x"\n', "state: must be a path"),
        ('path = "x"\n', "path: is not a key"),
        ('jobs = "nowhere"\n', "jobs: there is no folder"),
        ('[hubs."a/b"]\nurl = "http://x"\ntoken = { env = "X" }\n', "hubs.a/b: must be letters"),
        ('[hubs.a]\nurl = "http://"\ntoken = { env = "X" }\n', "url: must be a web address"),
        ('[hubs.a]\nurl = "http://[::1"\ntoken = { env = "X" }\n', "url: must be a web address"),
        ('[hubs.a]\nurl = "http://u:p@x"\ntoken = { env = "X" }\n', "must not hold a password"),
        (GOOD + 'homes = "/{username}/{"\n', "homes: must hold {username}"),
        (GOOD + '[courses."a b"]\nhub = "campus"\n', "courses.a b: must be letters"),
    ],
)
def test_what_no_school_can_mean_is_a_problem_and_no_traceback(tmp_path, text, told):
    assert any(told in line for line in problems_of(write(tmp_path, text)))


def test_one_mistake_never_hides_another(tmp_path):
    text = GOOD + '[courses."a b"]\nhub = "campus"\n[courses.py.guard]\ndrop_people = -1\n'
    assert len(problems_of(write(tmp_path, text))) >= 3


def test_a_mark_that_a_windows_editor_wrote_is_no_problem(tmp_path):
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert set(load_config(path).hubs) == {"campus"}


@pytest.mark.parametrize("name", ["a b.toml", "+.toml"])
def test_a_courses_own_file_must_be_named_after_a_course(tmp_path, name):
    path = write(tmp_path, GOOD)
    write(tmp_path, 'hub = "campus"\n', f"courses.d/{name}")
    (problem,) = problems_of(path)
    assert problem.startswith(f"courses.d/{name}: ")


def test_a_file_of_a_course_that_is_not_toml_is_named_with_its_folder(tmp_path):
    path = write(tmp_path, GOOD)
    write(tmp_path, "[[", "courses.d/Z.TOML")
    (problem,) = problems_of(path)
    assert problem.startswith("courses.d/Z.TOML: whole file: is not TOML")
