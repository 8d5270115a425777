"""How fast a shard is booked anew under other rules: tickets a second of the pure part, for one metric and for all."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import islice
from typing import Final

from stream.domain.changes import Changes
from stream.domain.definitions import Definitions
from stream.domain.rebooking import Rebooking
from stream.rules import parts_of
from tests.bench.benchmark import Benchmark, Result, alone, say
from tests.domain.folding import START, told
from tests.domain.owners import Owner, restored
from tests.domain.stories import US, Story, rules

CHANGED: Final = {
    "rebooking_one_metric_tps": Definitions(answer_within_seconds=30),
    "rebooking_all_metrics_tps": Definitions(segment_of_facts="then"),
}
"""What is measured, and under which definitions the state made under the usual ones is taken over."""

_TICKETS_AT_ONCE: Final = 1_000


def measure(_: str, *, tickets: int) -> Result:
    """Tickets a second of one shard whose tickets are phone calls that were answered, solved and rated."""
    owner = Owner(rules())
    for number in range(tickets):
        story = Story().created(number, "phone", "a").queued(number + 1).answered(number + 30)
        story = story.status(number + 300, "solved").survey(number + 400, 5)
        owner.fold((f"T{number}", event) for event in told(story))
    now_us = (START + tickets + 500) * US
    owner.commit(now_us)
    found: Result = {"tickets": tickets}
    for name, definitions in CHANGED.items():
        found[name] = round(_tickets_a_second(owner, definitions, tickets, now_us))
        say(f"{name}: {found[name]:,}")
    return found


def _tickets_a_second(owner: Owner, definitions: Definitions, tickets: int, now_us: int) -> float:
    changed = rules(definitions=definitions)
    shard = restored(changed, owner.changelog, owner.shard.newest_us, finish=False)
    work = Rebooking(shard, owner.parts, parts_of(changed), now_us)
    shard.finish_restore(work.kept)
    began = time.process_time()
    changes = Changes()
    exhaust(work.lose_steps(changes))
    while work.tickets_left:
        # As the edge does it, which writes what there is in one transaction.
        changes = Changes()
        exhaust(islice(work.book_steps(changes), _TICKETS_AT_ONCE))
    exhaust(work.close_steps(now_us, changes))
    return tickets / (time.process_time() - began)


def exhaust(steps: Iterator[object]) -> None:
    for _ in steps:
        pass


def section(part: Result) -> Iterator[str]:
    """Its part of the page."""
    yield (
        f"A shard that is taken over under other settings is booked anew from its logs: {part['tickets']:,} tickets at "
        f"{part['rebooking_one_metric_tps']:,} a second where one metric changed, at "
        f"{part['rebooking_all_metrics_tps']:,} where all did (processor time, the pure part)."
    )


BENCHMARK: Final = Benchmark(
    "rebooking",
    measure,
    {"tiny": {"tickets": 200}, "quick": {"tickets": 5_000}, "full": {"tickets": 20_000}},
    tuple(CHANGED),
    section,
    needs_broker=False,
)

if __name__ == "__main__":
    alone(BENCHMARK)
