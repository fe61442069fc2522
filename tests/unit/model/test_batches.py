"""Things come a few at a time, in their order, and no sooner than they are asked for."""

from courseops.model.batches import batches


def test_the_last_batch_holds_what_is_left():
    assert list(batches(range(7), 3)) == [[0, 1, 2], [3, 4, 5], [6]]
    assert list(batches(range(6), 3)) == [[0, 1, 2], [3, 4, 5]]


def test_of_nothing_there_is_no_batch():
    assert list(batches([], 3)) == []


def test_nothing_is_taken_before_its_batch_is_asked_for():
    coming = iter(range(7))
    assert next(batches(coming, 3)) == [0, 1, 2]
    assert next(coming) == 3
