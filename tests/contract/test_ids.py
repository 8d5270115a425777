"""Ids, sources and sequences: what is kept of them, and what is refused."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from stream.contract.decoder import Decoder
from stream.domain.limits import Limits
from stream.domain.rejections import Rejected
from tests.contract.envelopes import LATEST_US, created, decode, decode_binary, envelope


def test_longest_id_is_a_setting() -> None:
    limits = Limits(max_id_characters=20)
    assert isinstance(decode(created(id="x" * 20), limits=limits), tuple)
    assert decode(created(id="x" * 21), limits=limits).detail == "id has 21 characters, above 20"
    assert decode(created(source="x" * 21), limits=limits).detail == "source has 21 characters, above 20"
    assert decode(created(subject="x" * 21), limits=limits).detail == "subject has 21 characters, above 20"
    survey = envelope("survey.sent", {"survey_id": "x" * 21, "kind": "csat"})
    assert decode(survey, limits=limits).detail == "data.survey_id has 21 characters, above 20"


def test_unusual_but_allowed_texts_pass_the_close_look() -> None:
    # Not printable by Python's rule, yet no control characters: an ideographic space, a soft hyphen.
    subject, event = decode(created(id="a\u3000b", subject="@T\u00ad1@"), key=None)
    assert subject == "@T\u00ad1@"
    assert event.uid == "a\u3000b /zendesk/acme"


HASHED = "#[0-9a-f]{32}"


def test_ids_and_sources_that_look_like_addresses_are_kept_as_hashes_and_known_again() -> None:
    def uid(**attributes: Any) -> str:
        answer = decode(created(**attributes))
        assert decode_binary(created(**attributes)) == answer
        return str(answer[1].uid)

    assert re.fullmatch(f"{HASHED} /zendesk/acme", uid(id="<7d2f@mail.acme.example>"))
    assert re.fullmatch(f"6f1c {HASHED}", uid(source="mailto:anna@acme.example"))
    assert re.fullmatch(f"{HASHED} {HASHED}", uid(id="anna@acme.example", source="mailto:anna@acme.example"))
    assert uid(id="anna@acme.example") == uid(id="anna@acme.example")
    assert uid(id="anna@acme.example") != uid(id="otto@acme.example")
    assert uid(id="@night", source="/desk@") == "@night /desk@"


def test_what_is_kept_of_a_source_does_not_depend_on_what_was_decoded_before() -> None:
    decoder = Decoder()
    for _ in range(2):
        for source in ("mailto:a@b", "/zendesk/acme"):
            for event_id in ("a@b", "6f1c"):
                value = json.dumps(created(id=event_id, source=source)).encode()
                assert decoder.decode(value, None, (), LATEST_US) == Decoder().decode(value, None, (), LATEST_US)


def test_sequence_that_looks_like_an_address_is_kept_as_a_hash() -> None:
    assert re.fullmatch(f"s:{HASHED}", decode(created(sequence="anna@example.org"))[1].sequence)
    assert decode(created(sequence="@9"))[1].sequence == "s:@9"


def test_source_without_spaces_keeps_uids_apart() -> None:
    assert decode(created(id="a b", source="/c"))[1].uid == "a b /c"
    assert decode(created(id="a", source="b /c")).reason == "invalid_value"
    assert decode(created(id="a", source="b\u00a0/c")).reason == "invalid_value"


def test_refused_source_is_refused_again() -> None:
    decoder, value = Decoder(), json.dumps(created(source="a b")).encode()
    first = decoder.decode(value, None, (), LATEST_US)
    assert isinstance(first, Rejected)
    assert decoder.decode(value, None, (), LATEST_US) == first


@pytest.mark.parametrize("name", ["id", "subject", "source"])
@pytest.mark.parametrize("text", ["", "x" * 257, "T-\u0007", "T-\u0085", "T-\ufffe"])
def test_ids_are_checked_after_their_source_was_seen_too(name: str, text: str) -> None:
    decoder = Decoder()
    assert isinstance(decoder.decode(json.dumps(created()).encode(), None, (), LATEST_US), tuple)
    rejected = decoder.decode(json.dumps(created(**{name: text})).encode(), None, (), LATEST_US)
    assert isinstance(rejected, Rejected)
    assert rejected.reason == "invalid_value"
    assert rejected.detail.startswith(name)


def test_sources_that_were_seen_are_bounded() -> None:
    decoder = Decoder()
    for number in range(5000):
        decoder.decode(json.dumps(created(source=f"/{number}")).encode(), None, (), LATEST_US)
    assert len(decoder._good_sources) <= 1024


@pytest.mark.parametrize(
    ("sequence", "key"), [(9, "00019"), ("10", "000210"), ("b", "s:b"), ("", ""), (None, ""), (10**200, None)]
)
def test_sequence_becomes_a_sort_key(sequence: Any, key: str | None) -> None:
    expected = key if key is not None else "02011" + "0" * 200
    assert decode(created(sequence=sequence))[1].sequence == expected
