"""Frames come whole, in whatever pieces they travel."""

from __future__ import annotations

import io

import pytest

from courseops.adapters.grading.workers.framing import Unpacker, pack, read_frame

FRAMES = pack({"a": "é"}, b"\x00" * 70) + pack({}) + pack({"b": ""}, b"x")
EXPECTED = [({"a": "é"}, b"\x00" * 70), ({}, b""), ({"b": ""}, b"x")]


@pytest.mark.parametrize("size", [1, 7, 8, 1000])
def test_frames_are_put_together_from_pieces(size: int) -> None:
    unpacker = Unpacker()
    pieces = [FRAMES[at : at + size] for at in range(0, len(FRAMES), size)]
    assert [frame for piece in pieces for frame in unpacker.feed(piece)] == EXPECTED


def test_frames_are_read_one_by_one_to_the_end() -> None:
    stream = io.BytesIO(FRAMES)
    assert [read_frame(stream) for _ in range(4)] == [*EXPECTED, None]


def test_what_is_no_frame_is_not_waited_for() -> None:
    with pytest.raises(ValueError, match="too long"):
        Unpacker().feed(b"\xff" * 8)
