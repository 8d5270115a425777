"""Customers are counted once as well, whoever dies: their topic is one more that a shard reads."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import orjson

from stream.broker.embedded import EmbeddedKafka
from stream.domain.times import format_time_us
from tests.faults.fleet import Fleet
from tests.faults.proof import START_US, assert_same, contact_events, plan, run
from tests.faults.sender import paced

COUNTED = {"DESKPULSE_CUSTOMERS__ENABLED": "true", "DESKPULSE_CUSTOMERS__RATES": "USD=0.92"}


def customer_events(count: int, seed: int) -> Iterator[bytes]:
    """Events of two hundred customers, in no order."""
    dice = random.Random(seed)
    for number in range(count):
        kind = dice.choice(["joined", "joined", "left", "updated", "purchase", "refund", "merged"])
        data = {
            "joined": {"tier": dice.choice(["gold", "silver"]), "region": dice.choice(["EMEA", "APAC"])},
            "updated": {"tier": dice.choice(["gold", "silver"])},
            "purchase": {"amount": f"{dice.randrange(1, 500)}.{dice.randrange(10, 99)}", "currency": "EUR"},
            "refund": {"amount": "3", "currency": dice.choice(["USD", "XTS"])},
            "merged": {"into": f"c{dice.randrange(20)}"},
        }.get(kind, {})
        event = {
            "specversion": "1.0",
            "id": f"c{number}",
            "source": "/crm",
            "type": f"support.customer.{kind}",
            "subject": f"c{dice.randrange(200)}",
            "time": format_time_us(START_US + dice.randrange(3600) * 1_000_000),
            "data": data,
        }
        yield orjson.dumps(event)


def with_customers(lines: list[bytes], seed: int) -> Iterator[bytes]:
    """The same tickets, each of a customer, and one in five of another one later."""
    dice = random.Random(seed)
    for number, line in enumerate(lines):
        if b'"type":"support.ticket.created"' not in line or b'"subject"' not in line or b'"data"' not in line:
            yield line
            continue
        event = orjson.loads(line)
        chosen = random.Random(event["id"])
        event["data"]["customer_id"] = f"c{chosen.randrange(200)}"
        yield orjson.dumps(event)
        if not dice.randrange(5):
            changed = {"customer_id": f"c{dice.randrange(200)}"}
            kind = "support.ticket.updated"
            yield orjson.dumps({**event, "id": f"u{number}", "type": kind, "data": changed})


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
