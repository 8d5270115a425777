"""What the pipeline should say of a file of events, worked out from the file in the plainest way there is.

Nothing of the program is used: no log, no panes, no histogram. One ticket at a time, all of its events at once.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from math import floor
from pathlib import Path
from typing import Any

CLOCK_SKEW_SECONDS = 10
LONGEST_WAIT_SECONDS = 12 * 3600
Event = dict[str, Any]


@dataclass
class Group:
    """The numbers of one segment."""

    spans: dict[str, list[Fraction]] = field(default_factory=lambda: defaultdict(list))
    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    csat: list[Fraction] = field(default_factory=list)
    """Answers as shares of their scale."""


def expected(file: Path, by: str) -> dict[str, Group]:
    """Segment value (empty for ``all``) to its numbers."""
    groups: dict[str, Group] = defaultdict(Group)
    tickets: dict[str, list[Event]] = defaultdict(list)
    for line in file.read_bytes().splitlines():
        event = json.loads(line)
        tickets[event["subject"]].append(event)
    newest = max(seconds(event) for events in tickets.values() for event in events)
    for events in tickets.values():
        events.sort(key=lambda event: (seconds(event), int(event["sequence"])))
        _count(events, groups, by, newest)
    return groups


def seconds(event: Event) -> Fraction:
    """Time of an event, exactly."""
    moment = datetime.fromisoformat(event["time"])
    return Fraction(round(moment.timestamp() * 1_000_000), 1_000_000)


def quantile(values: Iterable[Fraction], q: float) -> Fraction:
    """Lower nearest rank."""
    ordered = sorted(values)
    return ordered[floor(q * (len(ordered) - 1))]


def _count(events: list[Event], groups: dict[str, Group], by: str, newest: Fraction) -> None:
    kinds = [event["type"].removeprefix("support.") for event in events]
    removed = [kind for kind in kinds if kind in ("ticket.removed", "ticket.restored")]
    if "ticket.merged" in kinds or removed[-1:] == ["ticket.removed"]:
        return
    labels = {"channel": "", "team": "", "priority": ""}
    for event in events:
        if event["type"] in ("support.ticket.created", "support.ticket.updated"):
            labels |= {name: value for name, value in event["data"].items() if name in labels}
    queue_teams = [e["data"]["team"] for e in events if e["type"].endswith(".queued") and "data" in e]
    labels["team"] = labels["team"] or (queue_teams[-1] if queue_teams else "")

    def group(team: str = "") -> Group:
        return groups["" if by == "all" else {**labels, **({"team": team} if team else {})}[by]]

    start = seconds(events[kinds.index("ticket.created")])
    _first_response(events, start, group())
    _resolution(events, start, group())
    _queue(events, group, newest)
    _csat(events, group())
    statuses = [e["data"]["status"] for e in events if e["type"].endswith(".status")]
    is_over = (
        statuses[-1] in ("solved", "closed") if statuses else not {"ticket.ended", "ticket.abandoned"}.isdisjoint(kinds)
    )
    group().counts["open"] += not is_over


def _first_response(events: list[Event], start: Fraction, group: Group) -> None:
    if any(event.get("data", {}).get("opened_by") == "agent" for event in events):
        return
    for event in events:
        data = event.get("data", {})
        if event["type"].endswith(".handed_off"):
            start = seconds(event)
        if data.get("author") == "agent" and data["public"] and not data.get("automated"):
            group.spans["first_response_time"].append(seconds(event) - start)
            return


def _resolution(events: list[Event], start: Fraction, group: Group) -> None:
    changes = [(seconds(e), e["data"]["status"]) for e in events if e["type"].endswith(".status")]
    changes = [now for before, now in zip([(0, ""), *changes], changes, strict=False) if before[1] != now[1]]
    done = ("solved", "closed")
    pairs = zip([(0, ""), *changes], changes, strict=False)
    solves = [now[0] for before, now in pairs if now[1] in done and before[1] not in done]
    if solves:
        group.spans["first_resolution_time"].append(solves[0] - start)
        if changes[-1][1] in ("solved", "closed"):
            group.spans["full_resolution_time"].append(solves[-1] - start)


def _queue(events: list[Event], group: Any, newest: Fraction) -> None:
    steps = [
        (event["type"].removeprefix("support.ticket."), seconds(event), event.get("data", {}).get("team", ""))
        for event in events
        if event["type"].removeprefix("support.ticket.") in ("queued", "answered", "abandoned", "left_queue")
    ]
    while steps:
        kind, time, team = steps.pop(0)
        wait = Fraction(0)
        if kind == "queued":
            group(team).counts["contacts_offered"] += 1
            if not steps:
                group(team).counts["lost" if newest - time > LONGEST_WAIT_SECONDS else "waiting"] += 1
                return
            kind, end, _ = steps.pop(0)
            wait = end - time
        else:
            if len(steps) == 1 and steps[0][0] == "queued" and steps[0][1] - time <= CLOCK_SKEW_SECONDS:
                team = steps.pop(0)[2]
            group(team).counts["contacts_offered"] += 1
        if kind == "left_queue":
            group(team).counts["contacts_left_queue"] += 1
        else:
            group(team).spans["speed_of_answer" if kind == "answered" else "time_to_abandon"].append(wait)


def _csat(events: list[Event], group: Group) -> None:
    answers = [e["data"] for e in events if e["type"].endswith(".answered") and e.get("data", {}).get("kind") == "csat"]
    if not answers:
        return
    latest = answers[-1]  # the desk's tickets have one such survey each
    low, high, score = latest.get("scale_min", 1), latest.get("scale_max", 5), latest["score"]
    group.csat.append(Fraction(score - low, high - low))
    boxes = {3: 1, 5: 2, 11: 3}[high - low + 1]
    group.counts["csat_good"] += score > high - boxes
    group.counts["csat_bad"] += score < Fraction(high + low, 2)
