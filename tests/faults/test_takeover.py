"""Taking over the roll-up freezes no number, however many rows have been published: those are read beside it.

The metrics topic is filled with rows of groups that exist no more, so that the next owner has to read them all, and to
delete them. `--long` tries it with a million. How long it takes is told, and is no condition.
"""

from __future__ import annotations

import asyncio
import signal
import time
from pathlib import Path

import orjson
import pytest

from stream.broker.embedded import EmbeddedKafka
from stream.settings import Settings
from tests.faults.content import last_values, read_all
from tests.faults.fleet import Fleet
from tests.faults.producing import producer, send, tickets
from tests.faults.proof import assert_revisions_complete
from tests.faults.test_any_worker import FEW_ROWS, get, open_tickets, wait_for
from tests.integration.running import environment, with_topics

SHOWN = "the numbers are back"
KNOWN = "the rows published so far are known"
REVISIONS = 10
_ROW = (
    b'{"metric":"open_tickets","definition":"open_tickets@1","by":"team","segment":{"team":"%s"},"window":"now",'
    b'"window_start":null,"window_end":null,"count":%d,"value":%d,"oldest":null,"revision":%d,"watermark":""}'
)


def _key(number: int) -> bytes:
    return b"open_tickets|open_tickets@1|team|gone %d|now" % number


async def publish(settings: Settings, count: int) -> None:
    """So many records of rows that no group has any more, each revised a few times."""
    topic = settings.topic_names["metrics"]
    async with producer(settings) as made:
        batch = made.create_batch()
        for revision in range(1, REVISIONS + 1):
            for number in range(count // REVISIONS):
                value = _ROW % (b"gone %d" % number, revision, revision, revision)
                while batch.append(key=_key(number), value=value, timestamp=None) is None:
                    await made.send_batch(batch, topic, partition=0)
                    batch = made.create_batch()
        await made.send_batch(batch, topic, partition=0)
        await made.flush()


@pytest.mark.parametrize("count", [30_000, pytest.param(1_000_000, marks=[pytest.mark.long, pytest.mark.alone])])
def test_numbers_go_on_before_the_rows_published_so_far_are_read(
    count: int, broker: EmbeddedKafka, namespace: str, tmp_path: Path
) -> None:
    variables = environment(broker.bootstrap_servers, namespace, **FEW_ROWS)
    settings = with_topics(variables)
    with Fleet(2, variables, tmp_path) as fleet:
        owner = fleet.rollup_owner()
        asyncio.run(send(settings, tickets(0, 5)))
        wait_for(fleet, owner, [5])
        other = next(index for index in fleet.running() if index != owner)
        # The owner does not read what it wrote, so that only the next one will see them.
        asyncio.run(publish(settings, count))
        fleet.retire(owner, signal.SIGKILL)
        killed_at = time.monotonic()
        asyncio.run(send(settings, tickets(5, 2)))
        fleet.settle()
        held_at = time.monotonic()
        wait_for(fleet, other, [7])
        back_at = time.monotonic()
        fleet.wait_until(lambda: KNOWN in fleet.log(other), "the rows read")
        log = fleet.log(other)
        print(
            f"{count} records in the topic: numbers back {back_at - held_at:.1f} s after the worker had the roll-up "
            f"({back_at - killed_at:.1f} s after the kill), rows known after {time.monotonic() - held_at:.1f} s"
        )
        assert log.index(SHOWN) < log.index(KNOWN)
        asyncio.run(send(settings, tickets(7, 2)))
        wait_for(fleet, other, [9])

        def is_written() -> bool:
            left = last_values(asyncio.run(read_all(settings, "metrics")))
            rows = [orjson.loads(row) for row in left.values()]
            return [row["value"] for row in rows if row["metric"] == "open_tickets"] == [9]

        fleet.wait_until(is_written, "all rows of groups that are no more deleted, and the others written")
        assert open_tickets(fleet.address(other)) == [9]
        assert get(f"{fleet.address(other)}readyz")[1]["warnings"] == []
        assert_revisions_complete(asyncio.run(read_all(settings, "metrics")))
