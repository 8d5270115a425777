"""Thousands of tickets with thousands of team names in a second: they count as other, and the worker never notices."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml

from stream.broker.embedded import EmbeddedKafka
from stream.domain.segments import OTHER
from tests.integration.running import RealWorker, environment, event, send, with_topics
from tests.patience import slowness

TICKETS: Final = 3_000
PLACES: Final = 200
AWAY_SECONDS: Final = 1.0
"""Twenty times what is promised, on an idle machine. A worker of before was away for half a minute, and ended."""

RULES: Final = Path(__file__).parents[2] / "deploy/prometheus/rules/alerts.yml"


def rule(alert: str) -> str:
    """The expression of an alert."""
    groups = yaml.safe_load(RULES.read_text())["groups"]
    (found,) = (one["expr"] for group in groups for one in group["rules"] if one.get("alert") == alert)
    return str(found)


def contacts() -> Iterator[dict[str, Any]]:
    for number in range(TICKETS):
        ticket = f"T{number}"
        yield event(ticket, "ticket.created", 5, channel="phone", team=f"team {number}")
        yield event(ticket, "ticket.queued", 5)
        yield event(ticket, "ticket.answered", 3)


def test_thousands_of_names_at_once_are_other_and_the_worker_goes_on(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path
) -> None:
    variables = environment(
        broker.bootstrap_servers,
        namespace,
        TOPICS__PARTITIONS="4",
        GROUP_BY__NAMES="all,channel,team,channel_team",
        LIMITS__MAX_GROUPS=str(PLACES),
        # None later: the numbers below do not depend on how long it takes.
        LIMITS__NEW_GROUPS_PER_MINUTE="0",
    )
    settings = with_topics(variables)
    # Whatever is read of the expression is looked at here: a rule that asks for more has to be answered by more.
    asked = r"max by \(installation\) \(increase\(deskpulse_(\w+)\[15m\]\)\) > 0"
    increase = re.fullmatch(asked, rule("GroupsRefused"))
    assert increase is not None, rule("GroupsRefused")

    with RealWorker(variables, tmp_path / "log") as worker:
        worker.wait_ready()
        send(settings, [event("first", "ticket.created", 5, channel="phone", team="first")])
        worker.wait_until(lambda: worker.samples("open_tickets", by="team", team="first") == [1], "the first ticket")
        assert worker.samples(increase[1]) == [0]
        sick: set[str] = set()
        slow = [slowness()]

        def counted() -> bool:
            status, reason = worker.health()
            sick.update({reason} if status != 200 else ())
            return worker.samples("contacts_offered_in_window", by="all", window="1h") == [TICKETS]

        send(settings, contacts())
        worker.wait_until(counted, "all contacts")
        worker.wait_until(lambda: worker.readiness()[0] == 200, "ready")
        assert sick == set()

        teams = worker.samples("contacts_offered_in_window", by="team", window="1h")
        named = PLACES // 2 - 1  # half of them at once, and the first ticket has one
        assert (len(teams), sum(teams)) == (named + 1, TICKETS)
        assert worker.samples("contacts_offered_in_window", by="team", team=OTHER, window="1h") == [TICKETS - named]
        # These come with the worker's report, up to a second after the numbers.
        worker.wait_until(lambda: worker.samples(increase[1]) == [TICKETS - named], "all of them refused")
        worker.wait_until(lambda: worker.samples("rollup_groups") == [PLACES // 2], "all places taken")
        (away_seconds,) = worker.samples("worker_loop_gap_seconds")
        slow.append(slowness())
        assert away_seconds <= AWAY_SECONDS * max(slow)
