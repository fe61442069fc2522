"""Every command: it speaks JSON, has help that reads well, and stands in the README."""

from pathlib import Path

import click
import pytest

from courseops.cli.frame import DOCUMENTS
from courseops.cli.root import cli

README = (Path(__file__).resolve().parents[2] / "README.md").read_text()


def leaves(group, path=()):
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from leaves(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


COMMANDS = dict(leaves(cli))


@pytest.mark.parametrize("name", COMMANDS)
def test_takes_json_and_config(name):
    options = {option for param in COMMANDS[name].params for option in param.opts}
    assert {"--json", "--config"} <= options


@pytest.mark.parametrize("name", COMMANDS)
def test_help_opens_with_one_short_sentence(name):
    first = (COMMANDS[name].help or "").strip().splitlines()[0]
    assert first.endswith(".")
    assert len(first) <= 88


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_says_what_it_does(name):
    for param in COMMANDS[name].params:
        assert not isinstance(param, click.Option) or param.help, param.name


@pytest.mark.parametrize("name", COMMANDS)
def test_stands_in_the_readme(name):
    assert f"courseops {name}" in README


def test_documents_have_names_of_their_own():
    names = [document.name for document in DOCUMENTS.values()]
    assert len(names) == len(set(names)) == len(COMMANDS)
