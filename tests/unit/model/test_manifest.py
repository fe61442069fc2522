"""A manifest has one spelling, survives it, and names content by its bytes."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseops.model.assignments.candidate import (
    Bounds,
    Source,
    refuse_name,
    refuse_path,
    refuse_size,
)
from courseops.model.assignments.deadline import Deadline
from courseops.model.assignments.manifest import (
    CollectedFile,
    Collecting,
    content_digest,
    manifest_of,
    parse,
    spell,
)
from tests.support.collecting import DAY, DUE, candidate

BY = Collecting(
    course_id="py",
    assignment="hw1",
    collected_at=DUE + DAY,
    collector="tester",
    run_id="r",
    clock="this machine's",
    key="k",
)
paths = st.text(st.characters(exclude_categories=()).filter(lambda it: it not in "/\0"), min_size=1)
files = st.lists(
    st.builds(
        CollectedFile,
        path=paths,
        size_bytes=st.integers(0, 2**40),
        sha256=st.text("0123456789abcdef", min_size=64, max_size=64),
        modified_at=st.just(DUE),
    ),
    unique_by=lambda it: it.path,
    max_size=6,
)


@given(files, st.sampled_from(Source))
def test_a_manifest_is_read_as_it_was_written(files, source):
    made = manifest_of(candidate("ada", DUE, source=source), files, Deadline(due_at=DUE), BY)

    canonical = spell(made)

    assert parse(canonical) == made
    assert canonical.isascii()
    assert spell(parse(canonical)) == canonical


@given(files, st.randoms())
def test_the_digest_of_content_does_not_depend_on_order(files, random):
    shuffled = random.sample(files, len(files))
    assert content_digest(shuffled) == content_digest(files)


@given(files.filter(bool))
def test_the_digest_changes_with_any_name_and_any_content(files):
    first, *rest = files
    digest = content_digest(files)
    assert content_digest([replace(first, path=f"{first.path}x\n"), *rest]) != digest
    assert content_digest([replace(first, sha256="g" * 64), *rest]) != digest
    assert content_digest(rest) != digest


def test_a_contradicted_claim_is_in_the_manifest_with_both_times():
    seen = candidate("ada", DUE - DAY, witnessed_at=DUE + DAY)
    made = manifest_of(seen, [], Deadline(due_at=DUE), BY)

    assert (made.claimed_at, made.witnessed_at) == (DUE - DAY, DUE + DAY)
    assert (made.submitted_at, made.remarks) == (DUE + DAY, ("clock",))
    assert timedelta(seconds=made.late_seconds) == DAY


NO_MANIFESTS = {"empty": b"", "list": b"[]", "other": b'{"format":"x"}', "deep": b"[" * 5000}


@pytest.mark.parametrize("raw", NO_MANIFESTS.values(), ids=NO_MANIFESTS)
def test_what_is_no_manifest_is_refused(raw):
    with pytest.raises(ValueError):  # noqa: PT011 -- whatever is wrong with it
        parse(raw)


@pytest.mark.parametrize(
    "path", ["", "..", "a/../b", "/a", "a//b", "a\nb", "a\0b", "a/", "x" * 300]
)
def test_a_path_that_cannot_be_is_refused(path):
    assert refuse_path(path, Bounds()).kind == "invalid-path"


def test_a_path_may_hold_bytes_that_are_no_text_but_may_not_be_too_deep():
    assert refuse_path("données/\udcff.csv", Bounds()) is None
    assert refuse_path("a/b/c", Bounds(depth=2)).kind == "too-deep"
    assert refuse_path("a/b", Bounds(depth=2)) is None


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\nb", "x" * 300])
def test_a_learner_who_cannot_be_called_so_is_refused(name):
    assert refuse_name(name).kind == "invalid-name"
    assert refuse_name("zoë+1") is None


def test_bounds_are_for_one_file_for_all_and_for_their_number():
    bounds = Bounds(files=2, file_bytes=10, total_bytes=15)
    assert refuse_size(bounds, files=2, file_bytes=10, total_bytes=15) is None
    assert refuse_size(bounds, files=3, file_bytes=0, total_bytes=0).kind == "too-many"
    assert refuse_size(bounds, files=1, file_bytes=11, total_bytes=11).kind == "too-big"
    assert refuse_size(bounds, files=2, file_bytes=8, total_bytes=16).kind == "too-big"
