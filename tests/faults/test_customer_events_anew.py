"""What tickets told of customers is gone with its topic, which was deleted and created anew: all is told once more."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from stream.broker.embedded import EmbeddedKafka
from stream.errors import LossError
from tests.faults.content import last_values, read_all
from tests.faults.customers import COUNTED, customer_events, with_customers
from tests.faults.fleet import MENDABLE, Fleet
from tests.faults.producing import make_anew
from tests.faults.proof import Outcome, assert_same, contact_events, plan, run
from tests.faults.sender import paced
from tests.integration.running import RealWorker, environment, event, send, with_topics
from tests.patience import PATIENCE_SECONDS

GO_ON = {"DESKPULSE_PIPELINE__ON_GAP": "count"}
WAITING_FOR_THE_TOPIC = frozenset({2, 3})
"""How a worker ends that is started while the topic is not there."""
LOSSES = frozenset({"gaps"})


def all_lines() -> list[bytes]:
    dice = random.Random(31)
    lines = [*with_customers(contact_events(3_000, 31), 32), *customer_events(1_500, 33)]
    lines += dice.sample(lines, 300)
    dice.shuffle(lines)
    return lines


def under_workers(fleet: Fleet, anew: Callable[[], None]) -> None:
    fleet.settle()
    before = dict(fleet.processes)
    anew()
    # Whether the watch, the group or a transaction sees it first is a matter of chance; that each ends is not.
    fleet.wait_until(lambda: all(fleet.processes[index] is not before[index] for index in before), "all started again")
    fleet.settle()


def before_a_start(fleet: Fleet, anew: Callable[[], None]) -> None:
    fleet.settle()
    for index in fleet.running():
        fleet.retire(index)
    anew()
    for index in fleet.processes:
        fleet.start(index)
    fleet.settle()


@pytest.mark.parametrize(
    ("when", "first"),
    [
        pytest.param(under_workers, {}, id="under-workers"),
        pytest.param(before_a_start, {}, id="before-a-start"),
        pytest.param(
            before_a_start,
            {index: ["--die-at", "telling", "1"] for index in range(3)},
            id="killed-while-telling",
        ),
    ],
)
def test_all_is_told_anew_and_counted_once(
    broker: EmbeddedKafka,
    namespace: str,
    tmp_path: Path,
    when: Callable[[Fleet, Callable[[], None]], None],
    first: Mapping[int, list[str]],
) -> None:
    """With pipeline.on_gap = count. Twice in a row, in the midst of events; all rows are those of a calm run."""
    lines = all_lines()
    calm = run(plan(broker.bootstrap_servers, f"{namespace}-calm", COUNTED), lines, tmp_path / "calm")
    planned = plan(broker.bootstrap_servers, namespace, {**COUNTED, **GO_ON})

    def has_told() -> bool:
        return bool(asyncio.run(read_all(planned.settings, "customer_events")))

    def disturb(fleet: Fleet) -> None:
        for _ in range(2):
            fleet.wait_until(has_told, "something told of customers")
            when(fleet, lambda: make_anew(planned.settings, "customer_events"))

    hurt: Outcome = run(
        planned,
        lines,
        tmp_path / "hurt",
        workers=3,
        disturb=disturb,
        send=paced,
        first=first,
        mendable=MENDABLE | WAITING_FOR_THE_TOPIC,
    )
    assert hurt.tally["gaps"] > 0
    if first:
        # One worker may have told all before the others had a shard.
        assert hurt.ends.get(-signal.SIGKILL, 0) >= 1
    assert_same(hurt, calm, LOSSES)
    assert any("contacts_per_customer" in str(key) for key in calm.rows["metrics"])


def test_a_worker_says_that_it_is_another_topic_and_what_to_do(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path
) -> None:
    """With pipeline.on_gap = stop, the default; told to go on, it tells all anew, and no statement is there twice."""
    more = {"TOPICS__PARTITIONS": "2", "CUSTOMERS__ENABLED": "true"}
    variables = environment(broker.bootstrap_servers, namespace, **more)
    settings = with_topics(variables)
    topic = settings.topic_names["customer_events"]

    def told() -> dict[tuple[int, bytes], bytes]:
        return last_values(asyncio.run(read_all(settings, "customer_events")))

    with RealWorker(variables, tmp_path / "first.log").wait_ready() as worker:
        send(settings, [event(f"c{number}", "customer.joined", 3600, tier="gold") for number in range(8)])
        send(
            settings,
            [
                event(f"T-{number}", "ticket.created", 60, channel="chat", customer_id=f"c{number % 8}")
                for number in range(20)
            ],
        )
        worker.wait_until(lambda: len(told()) == 20, "all tickets told")
        worker.wait_until(lambda: has_contacts(worker), "contacts counted")
        assert worker.end(signal.SIGTERM) == 0
    before = told()
    make_anew(settings, "customer_events")
    with RealWorker(variables, tmp_path / "second.log") as worker:
        assert worker.process.wait(PATIENCE_SECONDS) == LossError.exit_code
        assert f"{topic} was deleted and created anew" in worker.log()
        assert "Set pipeline.on_gap to 'count' to go on from the beginning of the new one" in worker.log()
    with RealWorker({**variables, **GO_ON}, tmp_path / "third.log") as worker:
        worker.wait_ready()
        worker.wait_until(lambda: has_contacts(worker), "contacts counted, none twice")
        worker.wait_until(lambda: told().keys() == before.keys(), "the same told in the new topic")
        assert worker.samples("pipeline_gaps_total") == [2]
        assert worker.end(signal.SIGTERM) == 0
    # It is the topic of the state from now on.
    with RealWorker(variables, tmp_path / "fourth.log") as worker:
        worker.wait_ready()
        worker.wait_until(lambda: has_contacts(worker), "contacts counted")


def has_contacts(worker: RealWorker) -> bool:
    """Twenty of eight customers: neither was any counted twice, nor is one missing."""
    return {*worker.samples("contacts_per_customer_mean", by="all")} == {20 / 8}
