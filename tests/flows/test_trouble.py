"""What goes wrong gives one clear error with a hint and the right exit code, and no traceback."""

import os
import shutil

import pytest

CLASS = "username,email\nada,ada@x.example\n"
NOWHERE = "http://127.0.0.1:1"


@pytest.fixture
def site(desk):
    """A site whose hub does not answer."""
    desk.write("campus.token", "0" * 64, mode=0o600)
    desk.write("class.csv", CLASS)
    hub = {
        "url": NOWHERE,
        "token": {"file": "campus.token"},
        "homes": f"{desk.folder}/homes/{{username}}",
        "backup": {"repository": "repository", "password": {"file": "campus.token"}},
    }
    course = {"hub": "campus", "roster": {"csv": "class.csv"}}
    desk.configure(hubs={"campus": hub}, courses={"py": course})
    return desk


def is_one_clear_error(said, code):
    assert said.code == code, said.err
    errors = [line for line in said.err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1, said.err
    assert "hint: " in said.err
    assert "Traceback" not in said.err
    return said.err


@pytest.mark.usefixtures("desk")
def test_no_configuration(desk):
    assert "courseops init" in is_one_clear_error(desk.run("status"), 10)


def test_a_malformed_configuration(desk):
    desk.write("config.toml", "[hubs\n")
    assert "line 1" in is_one_clear_error(desk.run("status"), 10)


def test_unknown_keys_are_all_told_with_suggestions(desk):
    desk.write("config.toml", '[site]\nstaet = "x"\n[hub.campus]\nurl = "x"\n')
    told = is_one_clear_error(desk.run("doctor"), 10)
    assert "config.toml: site.staet: is not a key that courseops knows; did you mean state?" in told
    assert "config.toml: hub: is not a key that courseops knows; did you mean hubs?" in told


def test_a_hub_that_does_not_answer(site):
    assert NOWHERE in is_one_clear_error(site.run("roster", "plan", "py"), 13)


def test_a_wrong_token(site, start_hub):
    hub = start_hub("6")
    text = site.config.read_text().replace(NOWHERE, hub.url)
    site.config.write_text(text)
    told = is_one_clear_error(site.run("roster", "plan", "py"), 12)
    assert "token" in told
    assert "0" * 64 not in told


def test_a_token_without_a_scope_names_the_scope(site, start_hub):
    hub = start_hub("6")
    site.config.write_text(site.config.read_text().replace(NOWHERE, hub.url))
    site.write("campus.token", hub.tokens["without-admin-groups"], mode=0o600)
    told = is_one_clear_error(site.run("roster", "apply", "py", "--yes"), 12)
    assert "groups" in told


def test_a_missing_restic(site):
    text = site.config.read_text().replace('restic = "restic"', 'restic = "/nowhere/restic"')
    site.config.write_text(text)
    assert "install restic" in is_one_clear_error(site.run("backup", "init", "campus"), 1)


def test_a_state_folder_that_cannot_be_written(site):
    state = site.folder / "state"
    state.write_text("a file where the folder should be")
    assert "site.state" in is_one_clear_error(site.run("status"), 1)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become nobody")
def test_a_read_only_state_folder(site):
    if shutil.which("setpriv") is None:
        pytest.skip("no setpriv")
    site.folder.chmod(0o755)
    (site.folder / "state").mkdir(mode=0o555)
    said = site.run(
        "status", prefix=("setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override")
    )
    assert "site.state" in is_one_clear_error(said, 1)


def test_a_secret_that_everyone_may_read(site):
    site.write("campus.token", "s3cret", mode=0o644)
    told = is_one_clear_error(site.run("status"), 10)
    assert "chmod 600" in told
    assert "s3cret" not in told


def test_an_unknown_course_is_told_which_there_are(site):
    assert "py" in is_one_clear_error(site.run("roster", "show", "pyy"), 1)


def test_a_bad_class_list_changes_nothing_and_names_every_row(site):
    site.write("class.csv", "username,role\na/b,learner\nbob,wizard\n")
    told = is_one_clear_error(site.run("roster", "plan", "py"), 1)
    assert "line 2, column username" in told
    assert "line 3, column role" in told


def test_with_json_an_error_is_a_document_too(site):
    said = site.run("roster", "plan", "py", "--json")
    assert said.document["schema"] == "courseops/error"
    assert said.document["exit_code"] == said.code == 13


def test_doctor_finds_every_trouble_and_goes_on(site):
    said = site.run("doctor")
    assert said.code == 3
    assert NOWHERE in said.out
    assert "course/py" in said.out


def test_wrong_usage_is_2(desk):
    assert desk.run("roster", "fly").code == 2


@pytest.mark.parametrize(
    "args",
    [
        ["roster", "plan"],
        ["roster", "plan", "py", "--allow-drops", "x"],
        ["restore", "apply", "campus", "ada", "x", "--at", "sometime"],
        ["report", "usage", "--since", "0001-01-01"],
    ],
)
def test_wrong_usage_is_a_document_too(site, args):
    said = site.run(*args, "--json")
    assert said.code == 2
    assert said.document["schema"] == "courseops/error"
    assert said.document["exit_code"] == 2


def test_a_report_in_a_file_and_its_document_do_not_mix(site):
    said = site.run("report", "usage", "--json", "--format", "html", "--output", "r.html")
    assert said.document["schema"] == "courseops/usage-report"
    assert (site.folder / "r.html").read_text().startswith("<!")


def test_a_job_that_reaches_nothing_does_not_look_well(site):
    (site.folder / "jobs").mkdir()
    lines = (
        'description = "[/] x"',
        'action = "backup"',
        'hubs = ["nosuch*"]',
        "schedule = { every_minutes = 5 }",
    )
    site.write("jobs/other.toml", "\n".join(lines))
    site.config.write_text('jobs = "jobs"\n' + site.config.read_text())
    assert "no hub or course" in is_one_clear_error(site.run("job", "run", "other"), 1)
    assert "[/] x" in site.run("job", "show", "other").out


def test_a_sample_that_fails_needs_a_person(site):
    assert site.run("job", "run", "usage-sample").code == 3
    assert "usage-sample failed" in site.run("status").out


@pytest.mark.parametrize("columns", ["60", "80"])
def test_a_narrow_terminal_loses_no_column(site, columns):
    site.run("job", "run", "usage-sample")
    shown = site.run("job", "history", COLUMNS=columns).out
    squeezed = "".join(shown.split())
    for word in ("run", "what", "due", "ended", "took", "incomplete"):
        assert word in squeezed


def test_a_secret_never_stands_in_an_address(site):
    text = site.config.read_text().replace(NOWHERE, "http://u:s3cret@127.0.0.1:1")
    site.config.write_text(text)
    assert "s3cret" not in is_one_clear_error(site.run("status"), 10)
