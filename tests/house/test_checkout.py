"""The rules of the house that a machine can check."""

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import click
import pytest

from courseops import errors
from courseops.adapters.hub import NEEDED_SCOPES
from courseops.cli.root import cli
from courseops.config import load_config
from courseops.jobfile import load_jobs
from courseops.resources import shipped
from courseops.wiring.jobs import ACTIONS

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
MODULES = sorted((ROOT / "courseops").rglob("*.py"))


def run(*args):
    return subprocess.run(args, cwd=ROOT, capture_output=True, text=True, check=False)


def test_imports_keep_their_contracts():
    done = run(str(Path(sys.executable).with_name("lint-imports")), "--no-cache")
    assert done.returncode == 0, done.stdout[-3000:]


def test_generated_pages_are_what_the_code_says():
    done = run(sys.executable, "scripts/generate_reference.py", "--check")
    assert done.returncode == 0, done.stderr


def test_the_example_configuration_loads():
    assert load_config(ROOT / "config.example.toml").courses["python101"].hub == "campus"


def test_every_shipped_job_is_valid():
    shipped_jobs = load_jobs(shipped("jobs"), actions=ACTIONS)
    assert {
        "roster-sync",
        "release-on-time",
        "collect-at-deadline",
        "autograde-new",
        "nightly-backup",
        "weekly-check",
        "restore-drill",
        "usage-sample",
        "weekly-usage-report",
        "housekeeping",
    } <= set(shipped_jobs)


def test_every_action_that_a_job_may_name_says_what_it_does_and_with_what():
    for action in ACTIONS.values():
        assert action.what.endswith("."), action.name
        assert all(it.description for it in action.options.model_fields.values()), action.name


def _codes(error):
    yield error.exit_code
    for below in error.__subclasses__():
        yield from _codes(below)


def test_the_readmes_exit_codes_are_those_of_the_errors():
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)}
    assert told == {0, 2, 4, 130, 143, *_codes(errors.CourseOpsError)}


def test_the_readme_names_the_scopes_that_the_hub_client_needs():
    told = re.search(r'"scopes": \[([^\]]*)\]', README)
    assert told
    assert set(re.findall(r'"([^"]+)"', told[1])) == set(NEEDED_SCOPES)


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_is_a_room_with_one_purpose(module):
    text = module.read_text()
    assert len(text.splitlines()) <= 350, "split it by meaning"
    assert not text.strip() or ast.get_docstring(ast.parse(text)), "say what it is for"


def test_nearly_every_function_fits_a_glance():
    lengths = [
        (node.end_lineno or node.lineno) - node.lineno + 1
        for module in MODULES
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.FunctionDef)
    ]
    assert sum(length <= 35 for length in lengths) >= 0.95 * len(lengths)


def test_every_dependency_has_a_reason_in_the_docs():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lists = [
        project["project"]["dependencies"],
        *project["project"]["optional-dependencies"].values(),
        *project["dependency-groups"].values(),
    ]
    told = (ROOT / "docs/explanation/dependencies.md").read_text().lower()
    for requirement in (one for some in lists for one in some):
        name = re.split(r"[\[<>=]", requirement)[0].lower()
        assert f"| {name} |" in told, f"say why {name}"


def test_the_wheel_holds_the_package_its_jobs_and_its_templates_and_nothing_else(tmp_path):
    done = run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path))
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    tracked = run("git", "ls-files", "courseops", "jobs", "templates").stdout.splitlines()
    moved = {re.sub(r"^(jobs|templates)/", r"courseops/_shipped/\1/", name) for name in tracked}
    assert held == moved

    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    asked = "from courseops.resources import shipped; print(*map(shipped, ['jobs', 'templates']))"
    found = subprocess.run(
        [sys.executable, "-c", asked],
        env={"PYTHONPATH": str(tmp_path / "installed")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert found == [f"{tmp_path}/installed/courseops/_shipped/{n}" for n in ("jobs", "templates")]


PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_and_every_test_that_a_page_names_is_there(page):
    text = page.read_text()
    for target in re.findall(r"\]\((?!http)([^)#]+)", text):
        assert (page.parent / target).exists(), target
    for target in re.findall(r"`(tests/[\w/.]+)`", text):
        assert (ROOT / target).exists(), target


def test_every_page_is_found_from_the_docs_front_page():
    front = (ROOT / "docs/README.md").read_text()
    pages = {str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").rglob("*.md")}
    assert set(re.findall(r"\]\(([\w/.-]+\.md)\)", front)) == pages - {"README.md"}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_that_a_page_names_exists(page):
    for named in re.findall(r"courseops ((?:[a-z]+)(?: [a-z]+)?)", page.read_text()):
        words = named.split()
        noun = cli.get_command(click.Context(cli), words[0])
        is_group = isinstance(noun, click.Group) and len(words) > 1
        if noun is not None and is_group:
            assert words[1] in noun.list_commands(click.Context(noun)), named


def test_nothing_names_a_path_of_somebodys_machine():
    tracked = run("git", "ls-files").stdout.splitlines()
    secret = re.compile(r"/(work|root)/[a-z.]|/tmp/spike")
    for name in tracked:
        text = (ROOT / name).read_bytes().decode(errors="replace")
        assert not secret.search(text) or name == "tests/house/test_checkout.py", name
