"""The proof: whatever happens to the workers, what they write ends up as in an undisturbed run of the same input."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import msgspec
import orjson

from stream.domain.cells import Cells, merge_cells
from stream.domain.partials import decode_cells, is_whole, parse_pane_key
from stream.domain.remainders import PaneKey, around
from stream.edge.kafka.topics import ensure_topics
from stream.replay.compare import number_of
from stream.replay.plan import Plan, Wanted, plan_replay
from stream.replay.send import Place, send_lines
from stream.replay.waiting import Goal, require_complete, wait_until_counted
from stream.settings import load_settings
from stream.simulate.attributes import with_attributes
from stream.simulate.centre import contact_centre
from tests.faults.content import Entry, last_values, read_all
from tests.faults.fleet import MENDABLE, Fleet
from tests.patience import FOR_EVER_SECONDS, PATIENCE_SECONDS

START_US = 1_767_225_600_000_000
SESSION_SECONDS = 4
QUICK_GROUP = {
    # A dead worker is noticed, and its transactions let go, within seconds: tests are short.
    "DESKPULSE_KAFKA__SESSION_TIMEOUT_SECONDS": str(SESSION_SECONDS),
    "DESKPULSE_KAFKA__REBALANCE_TIMEOUT_SECONDS": "8",
    "DESKPULSE_KAFKA__HEARTBEAT_INTERVAL_SECONDS": "0.5",
}
PATIENT_GROUP = {
    # Only who says so leaves the group.
    "DESKPULSE_KAFKA__SESSION_TIMEOUT_SECONDS": f"{FOR_EVER_SECONDS:g}",
    "DESKPULSE_KAFKA__REBALANCE_TIMEOUT_SECONDS": f"{FOR_EVER_SECONDS:g}",
}
BAD_LINES = (
    b"not json",
    b'{"type":"support.ticket.created","subject":"T-1"}',
    b'{"type":"support.ticket.painted","subject":"T-2","specversion":"1.0","id":"1","source":"/a"}',
)

_KEPT_SECONDS = {10: 3600, 300: 86_400, 3600: 30 * 86_400}
"""Width of a pane to the longest window made of such."""

Rows = Mapping[object, object]
Send = Callable[[Plan, Sequence[bytes], Callable[[], bool]], dict[Place, int]]
"""Sends lines; told whether the disturbance is over."""


@dataclass(frozen=True)
class Outcome:
    """All that a run wrote, as far as it must not depend on how it went, and what became of the events."""

    rows: Mapping[str, Rows]
    """By kind: metrics (without revision and watermark), facts, tickets, panes, partials, levels, dead_letters."""
    tally: Mapping[str, int]
    sent: int
    ends: Mapping[int, int]
    """Exit code to how often a worker ended so."""


def contact_events(
    count: int, seed: int, duplicates: float = 0.1, late: float = 0.1, attributes: Mapping[str, tuple[str, ...]] = {}
) -> list[bytes]:
    """``count`` lines of a simulated contact centre, some twice, some late, some bad; tickets and surveys mixed."""
    dice = random.Random(seed)
    events = with_attributes(contact_centre(seed, START_US, 60.0), attributes, seed)
    lines = [orjson.dumps(item.event) for item in islice(events, count)]
    lines += [*dice.sample(lines, round(count * duplicates)), *dice.choices(BAD_LINES, k=count // 500)]
    places = [(index + (dice.uniform(0, 3000) if dice.random() < late else 0), index) for index in range(len(lines))]
    # Duplicates and bad lines lie at the end of the list: spread them over the whole input.
    for index in range(count, len(lines)):
        places[index] = (dice.uniform(0, count), index)
    return [lines[index] for _, index in sorted(places)]


def plan(broker: str, name: str, extra: Mapping[str, str] | None = None, partitions: int = 4) -> Plan:
    """Settings of a replay on ``broker`` with topics and group of its own."""
    planned = plan_replay(QUICK_GROUP, None, Wanted(name, broker, False, partitions))
    environ = {**planned.environ, **(extra or {})}
    return Plan(load_settings(environ), environ, None)


def run(
    plan: Plan,
    lines: Sequence[bytes],
    folder: Path,
    *,
    workers: int = 1,
    disturb: Callable[[Fleet], None] | None = None,
    send: Send | None = None,
    finally_look: Callable[[Fleet], None] | None = None,
    first: Mapping[int, list[str]] | None = None,
    mendable: frozenset[int] = MENDABLE,
    stall_seconds: float = PATIENCE_SECONDS,
    count: int | None = None,
) -> Outcome:
    """Send ``lines`` while ``disturb`` does its worst to the fleet, wait until all is counted, then look.

    ``count``: how many records that makes, where partitions end elsewhere than after so many.
    """
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(ensure_topics(plan.settings, create=True)).require_usable()
    configs = dict.fromkeys(range(workers), plan.config_file) if plan.config_file is not None else {}
    with Fleet(workers, plan.environ, folder, first, mendable, configs) as fleet, ThreadPoolExecutor() as pool:
        try:
            disturbed = pool.submit(disturb or (lambda _: None), fleet)
            sent = (send or at_once)(plan, lines, disturbed.done)
            disturbed.result()
            tally = wait_counted(plan, sent, fleet.check, stall_seconds, count)
            if finally_look is not None:
                finally_look(fleet)
        except BaseException as error:
            error.add_note(fleet.log_tail())
            raise
        fleet.check()
        rows = asyncio.run(final_rows(plan))
        return Outcome(rows, tally, sum(sent.values()) if count is None else count, dict(fleet.ends))


def at_once(plan: Plan, lines: Sequence[bytes], _: Callable[[], bool] | None = None) -> dict[Place, int]:
    """Send as fast as it goes."""
    return asyncio.run(send_lines(plan.settings, lines, lambda _: None))


def wait_counted(
    plan: Plan,
    sent: Mapping[Place, int],
    check: Callable[[], None] = lambda: None,
    stall_seconds: float = PATIENCE_SECONDS,
    count: int | None = None,
) -> Mapping[str, int]:
    """Wait until the published rows contain all that was sent; gives what became of it."""
    names = plan.settings.topic_names
    goal = Goal({name: names[name] for name in plan.settings.source_topics}, sent)
    waiting = wait_until_counted(plan.settings, goal, check, lambda _: None, stall_seconds=stall_seconds)
    progress = asyncio.run(waiting)
    require_complete(sum(sent.values()) if count is None else count, progress.tally)
    return progress.tally


async def final_rows(plan: Plan) -> dict[str, Rows]:
    """What is left in each topic at the end."""
    topics = ("metrics", "facts", "changelog", "partials", "dead_letter")
    metrics, facts, changelog, partials, letters = [
        last_values(await read_all(plan.settings, logical)) for logical in topics
    ]
    return {
        "metrics": {key: number_of(row) for (_, key), row in metrics.items()},
        "facts": {key: row for (_, key), row in facts.items()},
        "tickets": {key: row for (_, key), row in changelog.items() if key.startswith(b"t|")},
        "panes": _in_windows({place: row for place, row in changelog.items() if place[1].startswith(b"p|")}),
        "partials": _in_windows({place: row for place, row in partials.items() if b"|p|" in place[1]}),
        "levels": {key: _cells(row) for (_, key), row in partials.items() if b"|l|" in key},
        "dead_letters": {_origin(plan, row): orjson.loads(row)["reason"] for row in letters.values()},
    }


def _in_windows(panes: Mapping[tuple[int, bytes], bytes]) -> Rows:
    """Panes that some window needs, as their rows say. Older ones may be there still, or never have been.

    In which row a fact is depends on when panes expired: rows are added up.
    """
    summed: dict[tuple[int, bytes, PaneKey], Cells] = {}
    for (partition, place), row in panes.items():
        shard, _, rest = place.partition(b"p|")
        key = parse_pane_key(b"p|" + rest)
        assert not is_whole(key, row), "no row is written as older versions did"
        for pane in (key, *around(key)):
            merge_cells(summed.setdefault((partition, shard, pane), {}), decode_cells(row))
    newest = max((pane[1] for _, _, pane in summed), default=0)
    return {
        (partition, b"%s%d|%d|%s" % (shard, pane[0], pane[1], pane[2].encode())): {
            name: (cell.count, cell.sum, cell.bins or {}) for name, cell in cells.items()
        }
        for (partition, shard, pane), cells in summed.items()
        if pane[1] >= newest - _KEPT_SECONDS.get(pane[0], newest)
    }


def _origin(plan: Plan, letter: bytes) -> object:
    row = orjson.loads(letter)
    return row["topic"].removeprefix(plan.settings.application_id), row["partition"], row["offset"]


def _cells(row: bytes) -> object:
    # A measure that came earlier in one run than in the other has another place in the row: compare the content.
    return msgspec.msgpack.decode(row)


def differences(one: Rows, other: Rows) -> list[str]:
    """A line for each key whose rows differ."""
    keys = sorted(one.keys() | other.keys(), key=repr)
    return [
        f"{key!r}: {_short(one.get(key))} / {_short(other.get(key))}" for key in keys if one.get(key) != other.get(key)
    ]


def _short(row: object) -> str:
    text = repr(row)
    return text if len(text) < 400 else f"{text[:200]} ... {text[-200:]}"


def assert_same(disturbed: Outcome, undisturbed: Outcome, but: frozenset[str] = frozenset()) -> None:
    """All rows are equal (``but`` for some kinds or tallies), and every event was counted exactly once."""
    for kind, rows in undisturbed.rows.items():
        if kind not in but:
            assert rows, f"the undisturbed run wrote no {kind}"
            found = differences(disturbed.rows[kind], rows)
            assert not found, "\n".join([f"{len(found)} {kind} differ:", *found[:5]])
    names = (disturbed.tally.keys() | undisturbed.tally.keys()) - but
    differing = {name: (disturbed.tally.get(name, 0), undisturbed.tally.get(name, 0)) for name in names}
    wrong = {name: two for name, two in differing.items() if two[0] != two[1]}
    assert not wrong, f"tallies differ (disturbed, undisturbed): {wrong}"


def assert_revisions_complete(metrics: Sequence[Entry]) -> None:
    """Each row's revision goes 1, 2, 3, ... until the row is deleted: nothing published twice or left out."""
    latest: dict[bytes, int] = {}
    for _, key, value in metrics:
        if value is None:
            assert latest.pop(key, 0), f"{key!r} was deleted before it was there"
            continue
        revision = orjson.loads(value)["revision"]
        assert revision == latest.get(key, 0) + 1, f"{key!r}: revision {revision} after {latest.get(key, 0)}"
        latest[key] = revision


def assert_each_change_once(rows: Sequence[Entry]) -> None:
    """No record repeats what its key said last."""
    latest: dict[tuple[int, bytes], bytes | None] = {}
    for partition, key, value in rows:
        assert latest.get((partition, key)) != value, f"{key!r} was written twice as {value!r}"
        latest[partition, key] = value
