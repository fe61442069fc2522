"""How spawners spell usernames: as their own sources do, and back where that can be."""

import hashlib
import re
import string
from pathlib import Path

import escapism
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from courseops.adapters.volumes.naming import NAMINGS

LONG = "averyveryverylongusername-2026"
# Computed with escapism and KubeSpawner's own slugs.py.
SPELLED = {
    "alice": {"escape": "alice", "legacy": "alice", "safe": "alice", "tljh": "jupyter-alice"},
    "Alice": {
        "escape": "-41lice",
        "legacy": "Alice",
        "safe": "alice---3bc51062",
        "tljh": "jupyter-Alice",
    },
    "a-b": {"escape": "a-2db", "legacy": "a-b", "safe": "a-b", "tljh": "jupyter-a-b"},
    "a.b": {
        "escape": "a-2eb",
        "legacy": "a_2Eb",
        "safe": "a-b---2e7336dc",
        "tljh": "jupyter-a.b",
    },
    "alice.b@uni.edu": {
        "escape": "alice-2eb-40uni-2eedu",
        "legacy": "alice_2Eb_40uni_2Eedu",
        "safe": "alice-b-uni-edu---d7a4e6cd",
    },
    "2bob": {
        "escape": "2bob",
        "legacy": "2bob",
        "safe": "x-2bob---31fd94fb",
        "tljh": "jupyter-2bob",
    },
    "josé": {"escape": "jos-c3-a9", "legacy": "jos_C3_A9", "safe": "jos---d994e1d0"},
    LONG: {
        "escape": "averyveryverylongusername-2d2026",
        "legacy": LONG,
        "safe": LONG,
        "tljh": "jupyter-averyveryverylongu-c7352",
    },
}
TABLE = [
    pytest.param(username, word, spelling, id=f"{username}-{word}")
    for username, row in SPELLED.items()
    for word, spelling in {"plain": username, **row}.items()
]
# What keeps only a digest of these names.
DIGESTS = {"safe": {"Alice", "a.b", "alice.b@uni.edu", "2bob", "josé"}, "tljh": {LONG}}

PAGE = Path(__file__).resolve().parents[3] / "docs/how-to/where-homes-are.md"

names = st.text(min_size=1, max_size=70)
# Of a control character, escapism writes one digit where two are read: "\x041" is "A" escaped.
printable = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=70)
letters = st.text(alphabet=string.ascii_lowercase + string.digits + "-", min_size=1, max_size=70)


@pytest.mark.parametrize(("username", "word", "spelling"), TABLE)
def test_a_name_is_spelled_as_the_spawner_does(username, word, spelling):
    assert NAMINGS[word][0].spell(username) == spelling


@pytest.mark.parametrize(("username", "word", "spelling"), TABLE)
def test_a_spelling_is_read_back_unless_it_is_a_digest(username, word, spelling):
    is_lost = username in DIGESTS.get(word, ())
    assert NAMINGS[word][0].read(spelling) == (None if is_lost else username)


@pytest.mark.parametrize(
    ("word", "spelling"),
    [
        ("escape", "Alice"),  # it never keeps a capital
        ("escape", "jo-ab"),  # which is no text
        ("escape", "a-zz"),
        ("legacy", "a.b"),
        ("safe", "alice---3bc51062"),
        ("safe", "a--b"),
        ("tljh", "alice"),
        ("tljh", "jupyter-"),
        ("plain", ""),
    ],
)
def test_what_no_name_is_spelled_as_is_not_read(word, spelling):
    assert all(naming.read(spelling) is None for naming in NAMINGS[word])


def test_the_page_shows_the_names_as_they_are_spelled():
    rows = re.findall(r"^\| `(\w+)` \| `([^`]+)`", PAGE.read_text(), re.MULTILINE)
    assert {word: NAMINGS[word][0].spell("Alice.B") for word in NAMINGS} == dict(rows)


@given(names | letters)
def test_escaping_is_escapisms_own(username):
    lower = set(string.ascii_lowercase + string.digits)
    ours = NAMINGS["escape"][0].spell(username)
    assert ours == escapism.escape(username, lower, escape_char="-").lower()
    legacy = set(string.ascii_letters + string.digits + "-")
    assert NAMINGS["legacy"][0].spell(username) == escapism.escape(username, legacy, "_")


@given(names | letters)
@example("a" * 46)
@example("a" * 47)
@example("a" * 48)
@example("a" * 49)
def test_safe_slugs_are_escapisms_own(username):
    slug, of_server = (naming.spell(username) for naming in NAMINGS["safe"])
    assert slug == escapism.safe_slug(username, max_length=48)
    # KubeSpawner hashes {user_server} anew where there is no room for a server's name.
    full = len(slug) + 2 > 48
    assert of_server == (escapism.multi_slug([username, ""], max_length=48) if full else slug)


@given(names | letters)
@example("a" * 17)
@example("a" * 18)
def test_the_littlest_hub_keeps_system_names_short(username):
    spelled = NAMINGS["tljh"][0].spell(username)
    name = f"jupyter-{username}"
    digest = hashlib.sha256(name.encode()).hexdigest()
    assert spelled == (name if len(name) < 26 else f"{name[:26]}-{digest[:5]}")
    assert len(spelled) <= 32


@given(st.sampled_from(sorted(NAMINGS)), printable | letters)
def test_what_is_read_is_spelled_so_again(word, text):
    for naming in NAMINGS[word]:
        read = naming.read(text)
        assert read is None or naming.spell(read) == text
        assert naming.read(naming.spell(text)) in {text, None}
