"""A name counts where it stands as a word of its own, and in a document where it is the value."""

import json

import pytest

from courseops.model.people.mention import entries_naming, is_named, reworded, taken_out


@pytest.mark.parametrize(
    "sentence",
    [
        "ada",
        "so said ada.",
        "ada, bob and eve",
        "home/campus/ada",
        "/home/ada/hw1.ipynb",
        "(ada)",
        "failed: ada",
        "'ada' is enrolled",
        "ada's kernel",
        "ada: no room",
        "ada…",
    ],
)
def test_a_word_of_its_own_names_somebody(sentence):
    assert is_named(sentence, ["ada"])
    assert reworded(sentence, ["ada"], "p-1") == sentence.replace("ada", "p-1")


@pytest.mark.parametrize(
    "sentence",
    ["adam", "nada", "ada.b", "b.ada", "ada@example.org", "ada-2", "x-ada", "Ada", "ada_", "ada1"],
)
def test_a_part_of_a_word_names_nobody(sentence):
    assert not is_named(sentence, ["ada"])
    assert reworded(sentence, ["ada"], "p-1") == sentence


def test_the_longest_of_several_names_is_taken():
    names = ["ada", "ada@example.org", "Ada Lovelace"]

    assert reworded("Ada Lovelace <ada@example.org> is ada", names, "p-1") == "p-1 <p-1> is p-1"


@pytest.mark.parametrize("name", ["a.b", "a+b", "(", "ä", "a|b", "$&", "\\"])
def test_any_sign_of_a_name_is_only_a_sign(name):
    assert reworded(f"so said {name} today", [name], "p-1") == "so said p-1 today"
    assert not is_named("so said axb today", [name])


def test_without_names_nothing_is_named():
    assert not is_named("anything", [])
    assert reworded("anything", [], "p-1") == "anything"


def test_of_a_document_only_whole_values_count():
    document = json.dumps(
        {
            "scope": "ada",
            "people": ["ada", "adam"],
            "changes": [{"who": {"id": "ada"}}, {"who": {"id": "eve"}, "why": "as ada said"}],
            "deep": [[{"x": ["ada"]}], []],
            "number": 3,
        }
    )

    assert entries_naming(document, ["ada"]) == ["ada", {"who": {"id": "ada"}}, [{"x": ["ada"]}]]
    assert json.loads(taken_out(document, ["ada"], "p-1")) == {
        "scope": "p-1",
        "people": ["adam"],
        "changes": [{"who": {"id": "eve"}, "why": "as ada said"}],
        "deep": [[]],
        "number": 3,
    }
