"""What others named reaches a terminal as text, never as a command to it."""

import io
import json

from rich.text import Text

from courseops.cli.frame import Document, spell_document
from courseops.cli.tables import print_outcomes
from courseops.cli.terminal import terminal
from courseops.model.run import Outcome

NAME = "a\x1b[2J\x9b1m\x07\u202egnp.ipynb\udce9"


def test_what_a_terminal_would_obey_is_shown_in_whatever_sentence_it_stands():
    console = terminal(file=io.StringIO(), width=200, force_terminal=True)

    console.print(Text(NAME, style="bold"))
    console.print(NAME, markup=False, highlight=False)
    print_outcomes(console, [Outcome.failed(NAME, NAME)], done="files")

    said = console.file.getvalue()
    assert {"\x9b", "\x07", "\u202e", "\udce9"}.isdisjoint(said)
    assert "\x1b[2J" not in said
    assert said.count("\N{SYMBOL FOR ESCAPE}[2J") == 4
    assert "\x1b[1m" in said, "our own style is obeyed"


def test_a_name_that_is_no_utf8_is_the_same_again_when_its_document_is_read():
    spelled = spell_document(Document("any", Outcome), Outcome.done(NAME))

    assert json.loads(spelled.encode())["subject"] == NAME
