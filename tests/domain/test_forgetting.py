"""Who is to be forgotten: known by a hash, taken out of what comes and of what is there, a bounded part at a time."""

from __future__ import annotations

from stream.domain.changes import Changes
from stream.domain.customer_events import CustomerJoined, CustomerMerged, CustomerRemoved
from stream.domain.events import SurveyAnswered, TicketCreated, TicketUpdated
from stream.domain.forgetting import Forgotten
from stream.domain.log import Insertion
from stream.domain.seeking import LOGS_AT_ONCE, Seeking
from tests.domain.stories import shard

US = 1_000_000


def test_a_hash_is_kept_that_only_the_key_leads_to() -> None:
    ours, theirs = Forgotten(b"one key"), Forgotten(b"another key")
    ours.add("c-1")
    ours.add("c-1")
    ((digest, is_sought),) = ours.take_changed()
    assert (digest, is_sought) == (ours.digest("c-1"), False)
    assert digest != theirs.digest("c-1")
    assert (ours.take_untold(), ours.take_untold(), ours.take_changed()) == ([digest], [], [])
    assert (ours.holds("c-1"), ours.holds("c-2"), theirs.holds("c-1")) == (True, False, False)


def test_what_another_shard_says_is_not_told_again() -> None:
    heard = Forgotten()
    heard.hear(heard.digest("c"))
    assert heard.holds("c")
    assert (heard.take_untold(), len(heard.take_changed())) == ([], 1)
    # Nor is it looked for once more.
    heard.note_sought(heard.unsought)
    heard.hear(heard.digest("c"))
    heard.add("c")
    assert (heard.unsought, heard.take_untold()) == ([], [])
    again = Forgotten()
    again.restore(heard.digest("c"), True)
    assert (again.holds("c"), again.unsought, bool(Forgotten())) == (True, [], False)


def test_it_is_taken_out_of_every_event_that_names_a_customer() -> None:
    gone = Forgotten()
    gone.add("c")
    named = (
        TicketCreated(0, "", "1 /s", "chat", customer="c"),
        TicketUpdated(0, "", "1 /s", customer="c"),
        SurveyAnswered(0, "", "1 /s", "S", "csat", 1, 1, 5, customer="c"),
        CustomerMerged(0, "", "1 /s", "c"),
    )
    for event in named:
        without = gone.without(event)
        assert "c" not in (getattr(without, "customer", ""), getattr(without, "into", ""))
        assert gone.without(without) is without
    others = (TicketCreated(0, "", "1 /s", "chat", customer="d"), CustomerJoined(0, "", "1 /s", "c"))
    assert all(gone.without(event) is event for event in others)


def test_logs_are_looked_through_some_at_a_time_and_again_after_a_restart() -> None:
    state = shard()
    for number in range(LOGS_AT_ONCE + 5):
        state.fold(f"T-{number}", TicketCreated(number * US, "", f"{number} /s", "chat", customer="c"))
    state.settle(10_000 * US)
    state.hear_forgotten(state.forgotten.digest("c"))
    first = state.settle(10_000 * US)
    assert len(first.tickets) == LOGS_AT_ONCE
    assert first.forgotten == [(state.forgotten.digest("c"), False)]
    second = state.settle(10_000 * US)
    assert (len(second.tickets), second.forgotten) == (5, [(state.forgotten.digest("c"), True)])
    assert not any(b"\xa1c" in (row or b"") for _, row in (*first.tickets, *second.tickets))
    assert not list(Seeking(state.tickets, state.forgotten).steps())


def test_of_a_customer_nothing_is_kept_whenever_it_was_removed() -> None:
    for order in (("joined", "removed"), ("removed", "joined"), ("removed", "removed")):
        state = shard()
        for number, kind in enumerate(order):
            uid = f"{number} /s"
            event = CustomerRemoved(US, "", uid) if kind == "removed" else CustomerJoined(0, "", uid, "gold")
            said = state.fold_customer("c", event)
        assert said is (Insertion.ADDED if order[0] == "joined" else Insertion.FORGOTTEN)
        changes = Changes()
        for _ in state.settle_steps(10 * US, changes):
            pass
        assert len(state.tickets) == 0
        assert dict(changes.tickets).get("\x1ec") is None
        assert changes.forgotten == [(state.forgotten.digest("c"), True)]
