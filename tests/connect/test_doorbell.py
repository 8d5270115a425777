"""Doorbells: one for each ticket of a hook, readable by who fetches."""

from __future__ import annotations

import pytest

from stream.connect.doorbell import Doorbell, decode_doorbell


def test_what_is_written_is_read() -> None:
    bell = Doorbell("acme", "4711")
    assert decode_doorbell(bell.encode()) == bell
    assert bell.encode() == b'{"connect":"acme","ticket":"4711"}'


def test_a_ticket_has_one_key_in_each_hook() -> None:
    assert Doorbell("acme", "1").key == Doorbell("acme", "1").key
    assert len({Doorbell(hook, ticket).key for hook in ("acme", "acme-2") for ticket in ("1", "2", "21")}) == 6


@pytest.mark.parametrize("value", [b"", b"4711", b'{"connect":"acme"}', b'{"connect":"acme","ticket":4711}', b"\xff"])
def test_what_is_no_doorbell_is_told_as_a_wrong_value(value: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any of msgspec's texts will do
        decode_doorbell(value)
