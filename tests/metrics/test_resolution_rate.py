"""Resolution rate by cohort of creation. Times in seconds."""

from __future__ import annotations

from tests.domain.stories import Story


def test_a_ticket_counts_where_it_was_created_whatever_becomes_of_it() -> None:
    story = Story().created(10)
    assert story.measures("created") == ["created", "cohort_undecided"]
    story.status(90, "solved")
    assert story.measures("created") == ["created", "cohort_resolved"]
    assert story.booked_at("created") == 10
    assert story.status(99, "open").measures("created") == ["created", "cohort_undecided"]


def test_a_contact_without_statuses_is_resolved_when_it_is_over() -> None:
    story = Story().created(0, "phone").queued(0).answered(5)
    assert story.measures("created") == ["created", "cohort_undecided"]
    assert story.ended(60).measures("created") == ["created", "cohort_resolved"]


def test_without_a_creation_there_is_no_cohort() -> None:
    assert "created" not in Story().status(1, "solved").facts
