"""All answers of one ticket's history, within bounds: what lies beyond them is named, never left out in silence."""

from __future__ import annotations

from typing import Any, Final

from msgspec import Struct

from stream.connect.api import Api, CutOff, Request
from stream.connect.outcome import Broken
from stream.pull.client import TryLater
from stream.pull.guard import guarded
from stream.pull.held import MOST_HISTORY_BYTES, Held

MOST_ANSWERS: Final = 1000
_ELSEWHERE: Final = "the rest is not read: an export of the vendor has it (deskpulse convert)"


class History(Struct):
    """``requests`` are those that were answered; ``broken`` names what was cut off."""

    answers: list[Any]
    requests: list[Request]
    held_bytes: int = 0
    broken: Broken | None = None


async def history_of(api: Api, held: Held, ticket: str, since: int) -> History:
    """Gone: there is no such ticket. TryLater: an answer that is no step on."""
    found = History([], [])
    request: Request | None = api.history(ticket, since)
    while request is not None:
        answer = await held.get(request)
        if found.answers and answer == found.answers[-1]:
            held.refuse(request)
            held.refuse(found.requests[-1])
            raise TryLater(f"the history of ticket {ticket}: the same page again, its pages do not go on")
        found.answers.append(answer)
        found.requests.append(request)
        found.held_bytes += held.bytes_of(request)
        try:
            request = _next(api, request, answer, since, found)
        except CutOff as cut:
            found.broken = Broken(f"ticket {ticket}", f"{cut}: {_ELSEWHERE}")
            request = None
        except TryLater:
            held.refuse(found.requests[-1])
            raise
    return found


def _next(api: Api, request: Request, answer: Any, since: int, found: History) -> Request | None:
    with guarded("a history"):
        following = api.more(request, answer, since)
    if following is not None and len(found.answers) >= MOST_ANSWERS:
        raise CutOff(f"its history has more than {MOST_ANSWERS:,} answers")
    if following is not None and found.held_bytes >= MOST_HISTORY_BYTES:
        raise CutOff(f"its history takes more than {MOST_HISTORY_BYTES >> 20} MiB of memory")
    return following
