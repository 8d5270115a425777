"""Asking customers: who is asked, who answers, and what they say after what they went through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stream.simulate.emit import Ticket
from stream.simulate.scheduler import Process
from stream.simulate.spread import Spread

if TYPE_CHECKING:
    from stream.simulate.centre import Centre

ASKED = {"phone": 0.45, "chat": 0.7, "email": 0.6, "web": 0.6}
KINDS = (("csat", 0.74), ("nps", 0.16), ("ces", 0.10))
ANSWERED = 0.36
DECLINED = 0.06
CHANGED = 0.05
ANSWER_AFTER = Spread(180, 1.1)
CHANGE_AFTER = Spread(600, 0.8)
EXPIRES_SECONDS = 86_400.0

# Scale, answer of a contact without trouble, how much trouble costs, spread of opinion.
SCORES = {
    "csat": (1, 5, 4.42, 0.75, 0.9),
    "nps": (0, 10, 8.8, 1.6, 1.9),
    "ces": (1, 7, 6.0, 1.1, 1.1),
}


def ask(centre: Centre, ticket: Ticket) -> None:
    """Perhaps send a survey about the ticket as it is now."""
    if centre.chance(ASKED[ticket.channel]):
        centre.start(_survey(centre, ticket))


def _survey(centre: Centre, ticket: Ticket) -> Process:
    yield centre.after(centre.random.uniform(1, 60))
    survey_id = f"S-{ticket.id}-{ticket.sequence + 1}"
    kind = _kind(centre.random.random())
    survey = {"survey_id": survey_id, "kind": kind}
    centre.tell(ticket, "survey.sent", survey)
    luck = centre.random.random()
    if luck < ANSWERED:
        yield centre.now_us + ANSWER_AFTER.draw_us(centre.random)
        centre.tell(ticket, "survey.answered", _answer(centre, ticket, survey))
        if centre.chance(CHANGED):
            yield centre.now_us + CHANGE_AFTER.draw_us(centre.random)
            centre.tell(ticket, "survey.answered", _answer(centre, ticket, survey))
    elif luck < ANSWERED + DECLINED:
        yield centre.now_us + ANSWER_AFTER.draw_us(centre.random)
        centre.tell(ticket, "survey.declined", survey)
    else:
        yield centre.after(EXPIRES_SECONDS)
        centre.tell(ticket, "survey.expired", survey)


def _answer(centre: Centre, ticket: Ticket, survey: dict[str, str]) -> dict[str, Any]:
    lowest, highest, contented, cost, spread = SCORES[survey["kind"]]
    opinion = contented - cost * ticket.trouble + centre.random.gauss(0, spread)
    return {
        **survey,
        "score": max(lowest, min(highest, round(opinion))),
        "scale_min": lowest,
        "scale_max": highest,
        "customer_id": ticket.customer,
    }


def _kind(left: float) -> str:
    for kind, share in KINDS:
        left -= share
        if left < 0:
            return kind
    return KINDS[0][0]
