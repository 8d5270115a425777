"""Whatever reaches Deskpulse by webhook, by polling and by file, mixed, repeated and out of order, counts once."""

from __future__ import annotations

from typing import Any, TypeAlias

from hypothesis import given
from hypothesis import strategies as st

from stream.connect.vendor import Account, Delivery, Record
from stream.connect.zendesk import VENDOR
from stream.connect.zendesk.dumps import records_of
from stream.connect.zendesk.joining import joined
from stream.connect.zendesk.options import ZendeskOptions
from stream.domain.log import Insertion
from tests.connect.kit import by_id, cloud_events, log_of, outcomes
from tests.connect.zendesk_account import usual_account

STORY = usual_account()
ACCOUNT = Account("/zendesk/acme", ZendeskOptions(teams={"3601": "Billing"}, bots=("55",)))
STEPS = len(STORY.steps)
Path: TypeAlias = list[Record]

places = st.integers(0, STEPS - 1)


def webhook(place: int, seen: int) -> Path:
    """What a webhook of one step brings: it rings, and of the ticket's audits those up to ``seen`` are there."""
    assert VENDOR.hook is not None
    reading = VENDOR.hook.read(Delivery({}, STORY.webhook(STORY.steps[place])), ACCOUNT)
    (ticket,) = reading.doorbells
    held = [STORY.audit(step) for step in STORY.steps[: max(place, seen) + 1] if str(step.ticket) == ticket]
    return [{"audits": held, "users": STORY.users}]


def page(first: int, size: int) -> Path:
    """A page of incremental ticket events; the users are looked up for it."""
    return [
        {"users": STORY.users},
        {"ticket_events": [STORY.ticket_event(step) for step in STORY.steps[first : first + size]]},
        {"satisfaction_ratings": STORY.ratings[: size % 4]},
    ]


def file(order: list[int]) -> Path:
    """A file with audits in any order, and the users behind them."""
    return [*(STORY.audit(STORY.steps[place]) for place in order), *STORY.users, *STORY.ratings]


paths = st.one_of(
    st.builds(webhook, places, places),
    st.builds(page, places, st.integers(1, 6)),
    st.builds(file, st.lists(places, max_size=6)),
)


def events_of(path: Path) -> list[dict[str, Any]]:
    return cloud_events(outcomes(VENDOR, joined(records_of(path, ACCOUNT), ACCOUNT), ACCOUNT))


EVERYTHING = events_of(file(list(range(STEPS))))


@given(st.lists(paths, max_size=8), st.randoms(use_true_random=False))
def test_any_mix_of_the_paths_counts_once_and_without_a_conflict(mix: list[Path], chance: Any) -> None:
    sent = [event for path in [*mix, file(list(range(STEPS)))] for event in events_of(path)]
    assert by_id(sent) == by_id(EVERYTHING)
    chance.shuffle(sent)
    logs, became = log_of(sent)
    assert became[Insertion.CONFLICT] == 0
    assert became[Insertion.ADDED] == len(EVERYTHING)
    assert logs == log_of(EVERYTHING)[0]
