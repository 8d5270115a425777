"""How fast a shard is booked anew under other rules: tickets a second of the pure part, for one metric and for all.

``python -m tests.bench.bench_rebooking [tickets]``
"""

from __future__ import annotations

import sys
import time

from stream.domain.changes import Changes
from stream.domain.definitions import Definitions
from stream.domain.rebooking import Rebooking
from stream.rules import parts_of
from tests.domain.folding import START, told
from tests.domain.owners import Owner, restored
from tests.domain.stories import US, Story, rules


def measure(tickets: int) -> None:
    """Print a line for each change."""
    owner = Owner(rules())
    for number in range(tickets):
        story = Story().created(number, "phone", "a").queued(number + 1).answered(number + 30)
        story = story.status(number + 300, "solved").survey(number + 400, 5)
        owner.fold((f"T{number}", event) for event in told(story))
    now_us = (START + tickets + 500) * US
    owner.commit(now_us)
    for what, definitions in (
        ("one metric", Definitions(answer_within_seconds=30)),
        ("all metrics", Definitions(segment_of_facts="then")),
    ):
        changed = rules(definitions=definitions)
        shard = restored(changed, owner.changelog, owner.shard.newest_us, finish=False)
        work = Rebooking(shard, owner.parts, parts_of(changed), now_us)
        shard.finish_restore(work.kept)
        began = time.perf_counter()
        changes = Changes()
        for steps in (work.lose_steps(changes), work.book_steps(changes), work.close_steps(now_us, changes)):
            for _ in steps:
                pass
        seconds = time.perf_counter() - began
        print(f"{what}: {tickets / seconds:,.0f} tickets/s, {len(changes.facts)} facts")


if __name__ == "__main__":
    measure(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
