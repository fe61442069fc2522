"""Ports are loaded one by one, so what names them must know them all."""

import pytest

from courseops import ports


def test_every_port_that_is_promised_can_be_had():
    assert sorted(ports._ROOM_OF) == sorted(ports.__all__)
    for name in ports.__all__:
        assert getattr(ports, name).__name__ == name


def test_what_is_no_port_is_said_to_be_none():
    with pytest.raises(AttributeError, match="Teapot"):
        ports.Teapot  # noqa: B018
