"""Customers are counted once as well, whoever dies: their topic is one more that a shard reads."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path

from stream.broker.embedded import EmbeddedKafka
from tests.faults.customers import COUNTED, customer_events, with_customers
from tests.faults.fleet import Fleet
from tests.faults.proof import assert_same, contact_events, plan, run
from tests.faults.sender import paced


def test_workers_killed_in_mid_stream_count_every_event_of_customers_once(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path
) -> None:
    dice = random.Random(5)
    lines = [*with_customers(contact_events(6_000, 11), 13), *customer_events(3_000, 12)]
    lines += dice.sample(lines, 500)
    dice.shuffle(lines)

    def kill(fleet: Fleet) -> None:
        fleet.settle()
        for _ in range(3):
            time.sleep(dice.uniform(0.2, 1.5))
            fleet.wait_until(lambda: fleet.hit(dice.choice((0, 1, 2)), signal.SIGKILL), "a worker to kill")
        fleet.settle()

    calm = run(plan(broker.bootstrap_servers, f"{namespace}-calm", COUNTED), lines, tmp_path / "calm")
    hurt = run(
        plan(broker.bootstrap_servers, namespace, COUNTED),
        lines,
        tmp_path / "hurt",
        workers=3,
        disturb=kill,
        send=paced,
    )
    assert hurt.ends[-signal.SIGKILL] == 3
    assert_same(hurt, calm)
    for metric in ("customer_churn", "contacts_per_customer", "repeat_contact_rate"):
        assert any(metric in str(key) for key in calm.rows["metrics"])
    # Customers have what several shards told them, and merged ones passed it on.
    texts = [repr(row) for row in calm.rows["tickets"].values()]
    assert sum("contact\\x1f" in text for text in texts) > 100
    assert any("\\x1f\\x1fc" in text for text in texts)
