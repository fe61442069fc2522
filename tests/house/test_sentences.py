"""What the code says in English, and people read on pages and in mails, it says in French too."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

import courseops
from courseops.adapters.pages.sentences import entries, pattern_of, sentence_catalogues
from courseops.model.language import Language

OTHERS = sorted(set(get_args(Language)) - {"en"})
CODE = Path(courseops.__file__).parent
# Whatever these say, teachers, graders or learners read: none of it may be forgotten.
READ_BY_PEOPLE = [
    "model/rosters/guard.py",
    "model/assignments/collection.py",
    "model/assignments/graded.py",
    "model/assignments/mending.py",
    *(
        f"model/assignments/gradesheets/{it}.py"
        for it in ("choosing", "matching", "raw", "reading")
    ),
    "model/jobs/alerting.py",
    "web",
]
# A sentence has so many words; what has fewer is a key, a label or a part of an address.
FEWEST_WORDS = 3
NOT_SAID = re.compile(
    # Headers, and commands.
    r"'(none|self)'|immutable|filename|geolocation|^script-src|The header by which|^courseops |"
    # What the log has, or whoever starts `courseops web` reads there.
    r"^pages |^page could not|^somebody came in|^course cannot be read|^errand|what they did is|"
    r"configuration|listen|courseops web|hub has a page|cannot answer at|NAME\.web|pages of|"
    r"which hubs have|was changed|stays as it was|"
    # What stands for the name of somebody or something, and what a look was at.
    r"^a nameless cell|^a row without|^the page of one|^files in backups"
)


def texts_of(tree):
    """Give the pieces of text that stand in code, without docstrings."""
    told = {id(it.value) for it in ast.walk(tree) if isinstance(it, ast.Expr)}
    for it in ast.walk(tree):
        if isinstance(it, ast.Constant) and isinstance(it.value, str) and id(it) not in told:
            yield it.value


def pieces_of(text):
    """Cut a text where places are filled in, and where one sentence ends."""
    return [it.strip(" .:;,()") for it in re.split(r"\{\w*\}|; |, and ", text)]


@cache
def said_by(*places):
    found = []
    for place in places or ("",):
        path = CODE / place
        for file in [path] if path.suffix else sorted(path.rglob("*.py")):
            found += texts_of(ast.parse(file.read_text()))
    return found


def phrases(language):
    for path in sentence_catalogues(language):
        for entry in entries(path, language):
            yield entry, path.name


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_that_people_read_is_forgotten(language):
    known = "\n".join(
        text for entry, _ in phrases(language) for text in pattern_of(str(entry.id)).texts
    )
    read = [piece for text in said_by(*READ_BY_PEOPLE) for piece in pieces_of(text)]
    sentences = [it for it in read if len(it.split()) >= FEWEST_WORDS and not NOT_SAID.search(it)]
    assert [it for it in sentences if it not in known] == []


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_translated_that_the_code_does_not_say(language):
    code = "\n".join(said_by())
    for entry, name in phrases(language):
        for text in pattern_of(str(entry.id)).texts:
            for piece in pieces_of(text):
                assert piece in code, f"{name}: nothing says {entry.id!r}"


@pytest.mark.parametrize("language", OTHERS)
def test_each_sentence_has_one_translation_with_the_same_places(language):
    seen = Counter((entry.context, str(entry.id)) for entry, _ in phrases(language))
    assert [it for it, times in seen.items() if times > 1] == []
    for entry, name in phrases(language):
        theirs = {it.name for it in pattern_of(str(entry.id)).places}
        ours = {it.name for it in pattern_of(str(entry.string)).places}
        assert entry.string, f"{name}: {entry.id!r} has no translation"
        assert ours <= theirs, f"{name}: {entry.id!r}"
