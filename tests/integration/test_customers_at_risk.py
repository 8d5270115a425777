"""The customers behind a level over HTTP, from two real workers: the one that holds the numbers, and the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stream.broker.embedded import EmbeddedKafka
from tests.faults.fleet import Fleet
from tests.faults.test_any_worker import get
from tests.integration.running import environment, event, send, with_topics

pytestmark = pytest.mark.broker
MEMBER = {"customer", "level", "time", "seconds_since", "segment"}


def let_down(customer: str, minutes_ago: int) -> Iterator[dict[str, Any]]:
    """A bad answer so many minutes ago, to one ticket, and another that is open."""
    done, waits = f"{customer}-1", f"{customer}-2"
    yield event(customer, "customer.joined", 7200, tier="gold")
    yield event(done, "ticket.created", 3600, channel="chat", customer_id=customer)
    yield event(waits, "ticket.created", 3600, channel="chat", customer_id=customer)
    yield event(done, "ticket.status", 3500, status="solved")
    answer = {"survey_id": f"S-{customer}", "kind": "nps", "score": 1}
    yield event(done, "survey.answered", 60 * minutes_ago) | {"data": answer}


class Workers:
    """Two of them, of which one has no numbers of its own; one that dies is started again, elsewhere."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet

    def asked(self, query: str) -> list[tuple[int, Any]]:
        """What each answers; status 0 while it does not serve."""
        answers: list[tuple[int, Any]] = []
        for index in (0, 1):
            try:
                answers.append(get(f"{self._fleet.address(index)}api/facts?level=customers_at_risk{query}"))
            except IndexError:
                answers.append((0, None))
        return answers

    def wait_for(self, query: str, *names: str) -> list[Any]:
        """The answers, once both name these customers."""
        found: list[Any] = []

        def is_so() -> bool:
            answers = self.asked(query)
            found[:] = [answer for status, answer in answers if status == 200]
            return [[one["customer"] for one in answer["customers"]] for answer in found] == [[*names]] * 2

        self._fleet.wait_until(is_so, f"{names} from both")
        return found


def test_any_worker_names_who_is_at_risk_and_nobody_who_was_merged_solved_or_is_to_be_forgotten(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path
) -> None:
    more = {"TOPICS__PARTITIONS": "2", "CUSTOMERS__ENABLED": "true", "HTTP__PORT": "0"}
    variables = environment(broker.bootstrap_servers, namespace, **more)
    settings = with_topics(variables)
    with Fleet(2, variables, tmp_path) as fleet:
        workers = Workers(fleet)
        for number, customer in enumerate(("anna", "ben", "cleo", "dora")):
            send(settings, let_down(customer, 40 - number))
        workers.wait_for("", "anna", "ben", "cleo", "dora")
        for found in workers.wait_for("&by=tier&tier=gold&limit=1", "anna"):
            assert (found["count"], found["truncated"]) == (4, True)
            (member,) = found["customers"]
            assert set(member) == MEMBER
            assert member["segment"] == {"tier": "gold", "region": "", "segment": ""}
            assert member["seconds_since"] >= 2400
        workers.wait_for("&by=tier&tier=basic")
        assert {status for status, _ in workers.asked("&by=team&team=a")} <= {0, 400}
        send(
            settings,
            [
                event("anna", "customer.removed"),
                event("ben-2", "ticket.status", status="solved"),
                event("cleo", "customer.merged", into="elsa"),
            ],
        )
        workers.wait_for("", "elsa", "dora")
