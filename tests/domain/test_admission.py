"""Bounded segments: the first ones keep their name."""

from __future__ import annotations

from stream.domain.admission import Admission
from stream.domain.segments import THREE, segment_of

A, B, C = (segment_of("phone", team, "") for team in "abc")


def test_the_first_segments_keep_their_name_and_further_ones_are_other() -> None:
    admission = Admission(2)
    assert [admission.admit(segment) for segment in (A, B, C, A)] == [A, B, THREE.other, A]


def test_refusals_are_counted() -> None:
    admission = Admission(1)
    for segment in (A, B, B):
        admission.admit(segment)
    assert admission.refused_total == 2


def test_the_choice_is_given_out_when_it_has_grown_and_only_then() -> None:
    admission = Admission(2)
    admission.admit(A)
    assert admission.take_changed() == [A]
    admission.admit(A)
    assert admission.take_changed() is None


def test_a_refused_segment_does_not_change_the_choice() -> None:
    admission = Admission(1)
    admission.admit(A)
    admission.take_changed()
    admission.admit(B)
    assert admission.take_changed() is None


def test_restored_segments_are_known_and_count_towards_the_limit() -> None:
    admission = Admission(2)
    admission.restore([B, C])
    assert [admission.admit(segment) for segment in (A, B, C)] == [THREE.other, B, C]
    assert admission.take_changed() is None
