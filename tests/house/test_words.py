"""Whatever a template, or what draws for one, says in English, it says in French too."""

from functools import cache
from pathlib import Path
from typing import get_args

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import courseops
from courseops.adapters.pages.wording import catalogues
from courseops.model.language import Language
from courseops.resources import shipped

OTHERS = sorted(set(get_args(Language)) - {"en"})


@cache
def said():
    options = {"**.html": {"trimmed": "true"}, "**.txt": {"trimmed": "true"}}
    found = extract_from_dir(
        shipped("templates"),
        method_map=[("**.html", "jinja2"), ("**.txt", "jinja2")],
        options_map=options,
    )
    drawn = [
        it
        for folder in ("adapters/pages", "wiring")
        for it in extract_from_dir(
            Path(courseops.__file__).parent / folder,
            method_map=[("**.py", "python")],
            keywords={"say": None, "_say": None},
        )
    ]
    return {
        message if isinstance(message, str) else tuple(it for it in message if it)
        for _file, _line, message, *_ in [*found, *drawn]
    }


def translated(language):
    for path in catalogues(language):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id:
                    yield message, path.name


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_of_a_template_is_translated(language):
    known = {
        tuple(it.id) if isinstance(it.id, list | tuple) else it.id
        for it, _ in translated(language)
        if it.string and all(it.string if not isinstance(it.string, str) else [it.string])
    }
    assert said() - known == set()


@pytest.mark.parametrize("language", OTHERS)
def test_no_translation_is_left_over_or_doubled(language):
    seen = {}
    for message, name in translated(language):
        key = tuple(message.id) if isinstance(message.id, list | tuple) else message.id
        assert key in said(), f"{name}: nothing says {key!r}"
        assert key not in seen, f"{key!r} is in {seen[key]} and in {name}"
        seen[key] = name


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_same_places_to_fill_in(language):
    for message, name in translated(language):
        assert not list(message.check()), (name, message.id)
