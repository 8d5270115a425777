"""A worker of this release on the state of the one before: everything is there, and as if it had always been this one.

What a release did not keep of an event, as none of its metrics read it, no later one can know: `UNKNOWN` names it all.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from stream.broker.embedded import EmbeddedKafka
from stream.edge.kafka.topics import ensure_topics
from stream.replay.plan import Plan
from stream.replay.send import Place
from tests.faults.content import last_values, read_all
from tests.faults.fleet import Fleet
from tests.faults.proof import Outcome, Rows, assert_same, at_once, final_rows, run, wait_counted
from tests.upgrade.archive import Archive, environ_of, planned

FOLDER = Path(__file__).parent


class Unknown(NamedTuple):
    """What begins with the events that come after the update: names of metrics, facts and measures."""

    metrics: frozenset[str]
    facts: frozenset[str]
    measures: frozenset[str]


UNKNOWN = {
    "0.1.0": Unknown(
        # `assigned` of created and updated events.
        metrics=frozenset({"first_assignment_time", "unassigned_tickets"}),
        facts=frozenset({"first_assignment"}),
        measures=frozenset({"first_assignment", "unassigned"}),
    )
}


def upgraded(plan: Plan, archive: Archive, folder: Path, topics: frozenset[str]) -> Outcome:
    """What is left once workers of this release have gone on from the archive with the lines after it."""
    folder.mkdir()
    asyncio.run(ensure_topics(plan.settings, create=True)).require_usable()
    sent: Counter[Place] = Counter(at_once(plan, archive.before))
    asyncio.run(archive.put_back(plan.settings, topics))
    with Fleet(2, plan.environ, folder) as fleet:
        sent.update(at_once(plan, archive.after))
        tally = wait_counted(plan, sent, fleet.check)
        fleet.check()
        # One that read the source topics from their beginning would end up the same.
        assert "booking anew all of it, as it does not say which" in fleet.log_tail(1 << 24)
        return Outcome(asyncio.run(final_rows(plan)), tally, sent.total(), dict(fleet.ends))


def comparable(outcome: Outcome, unknown: Unknown) -> Outcome:
    """Without what is unknown; of events when they were and which."""
    rows: dict[str, Rows] = dict(outcome.rows)
    rows["metrics"] = without(rows["metrics"], unknown.metrics, 0)
    rows["facts"] = without(rows["facts"], unknown.facts, 1)
    rows["tickets"] = {key: told_of(row) for key, row in rows["tickets"].items()}
    for kind in ("panes", "partials", "levels"):
        rows[kind] = {key: cells for key, row in rows[kind].items() if (cells := known_cells(row, unknown))}
    tally = Counter(outcome.tally)
    # One that comes again has more to it than what was kept of it.
    tally["duplicates"] += tally.pop("conflicts", 0)
    return Outcome(rows, tally, outcome.sent, outcome.ends)


def without(rows: Rows, names: frozenset[str], part: int) -> Rows:
    return {
        key: row for key, row in rows.items() if bytes_of(key).split(b"|")[part].split(b"/")[0].decode() not in names
    }


def bytes_of(key: object) -> bytes:
    assert isinstance(key, bytes)
    return key


def told_of(row: object) -> object:
    assert isinstance(row, bytes)
    last_us, _, _, log, _ = msgspec.msgpack.decode(row)
    return last_us, [event[:4] for event in log]


def known_cells(row: object, unknown: Unknown) -> dict[str, Any]:
    assert isinstance(row, dict)
    return {measure: cell for measure, cell in row.items() if measure not in unknown.measures}


def counters(rows: Iterable[tuple[int, bytes, bytes]]) -> dict[tuple[int, bytes, str], int]:
    """By partition, key and measure: how often it was counted."""
    return {
        (partition, key, measure): cell[0]
        for partition, key, row in rows
        if key.startswith(b"c|")
        for measure, cell in msgspec.msgpack.decode(row).items()
    }


def went_back(plan: Plan, archive: Archive) -> list[object]:
    """Counters that are less than they were in the archive."""
    changelog = last_values(asyncio.run(read_all(plan.settings, "changelog")))
    now = counters((*place, row) for place, row in changelog.items())
    before = counters(archive.rows["changelog"])
    assert before
    return [place for place, count in before.items() if now.get(place, 0) < count]


@pytest.mark.parametrize("partials", ["kept", "new"])
@pytest.mark.parametrize("release", UNKNOWN)
def test_state_is_taken_over_whole(
    release: str, partials: str, broker: EmbeddedKafka, namespace: str, tmp_path: Path
) -> None:
    archive, unknown = Archive(FOLDER / f"state-{release}.jsonl.gz"), UNKNOWN[release]
    plan = planned(environ_of(broker.bootstrap_servers, namespace))
    topics = frozenset(archive.rows) - ({"partials"} if partials == "new" else set())
    outcome = upgraded(plan, archive, tmp_path / "upgraded", topics)
    fresh = planned(environ_of(broker.bootstrap_servers, f"{namespace}-fresh"))
    expected = run(fresh, [*archive.before, *archive.after], tmp_path / "fresh")
    assert_same(comparable(outcome, unknown), comparable(expected, unknown), frozenset({"dead_letters"}))
    assert went_back(plan, archive) == []
