"""Boards as the server sends them, made up: an ordinary afternoon, and what differs from it."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Mapping
from typing import Any

from stream.domain.times import format_time_us

Board = dict[str, Any]
STEP_SECONDS = 120

_TILES: tuple[dict[str, Any], ...] = (
    {
        "metric": "service_level",
        "samples": "contacts",
        "unit": "ratio",
        "statistic": "value",
        "definition": "answered_within_of_answered_and_abandoned@2",
        "value": 0.8640625,
        "count": 640,
        "numerator": 553,
        "denominator": 640,
        "target": 0.8,
        "at_most": False,
        "judgement": "on_target",
        "answer_within_seconds": {"default": 20, "chat": 60},
    },
    {
        "metric": "abandonment",
        "samples": "contacts",
        "unit": "ratio",
        "statistic": "value",
        "definition": "abandoned_of_answered_and_abandoned@2",
        "value": 0.0484375,
        "count": 640,
        "numerator": 31,
        "denominator": 640,
        "target": 0.05,
        "at_most": True,
        "judgement": "at_risk",
        "spike": None,
    },
    {
        "metric": "first_response_time",
        "samples": "responses",
        "unit": "seconds",
        "statistic": "p90",
        "definition": "first_response_time@1",
        "value": 754.2,
        "count": 1012,
        "target": 3600.0,
        "at_most": True,
        "judgement": "on_target",
    },
    {
        "metric": "resolution_time",
        "samples": "tickets",
        "unit": "seconds",
        "statistic": "p90",
        "definition": "full_resolution_time@1",
        "value": 198_300.0,
        "count": 418,
        "target": 172_800.0,
        "at_most": True,
        "judgement": "off_target",
    },
    {
        "metric": "csat",
        "samples": "answers",
        "unit": "ratio",
        "statistic": "value",
        "definition": "csat_top_two_box@2",
        "value": 11 / 14,
        "count": 14,
        "numerator": 11,
        "denominator": 14,
        "target": 0.8,
        "at_most": False,
        "judgement": "too_few",
    },
    {
        "metric": "waiting_contacts",
        "samples": None,
        "unit": "count",
        "statistic": "value",
        "definition": "waiting@1",
        "value": 7,
        "count": None,
        "target": None,
        "at_most": True,
        "judgement": "no_target",
    },
    {
        "metric": "longest_wait",
        "samples": None,
        "unit": "seconds",
        "statistic": "oldest",
        "definition": "waiting@1",
        "value": 95.0,
        "count": None,
        "target": 120.0,
        "at_most": True,
        "judgement": "at_risk",
        "since": "",
    },
    {
        "metric": "open_tickets",
        "samples": None,
        "unit": "count",
        "statistic": "value",
        "definition": "open@1",
        "value": 1284,
        "count": None,
        "target": 1500,
        "at_most": True,
        "judgement": "on_target",
    },
)


def moment(seconds_ago: float = 0, now: float | None = None) -> str:
    """A time before now, as boards carry it."""
    return format_time_us(round(((time.time() if now is None else now) - seconds_ago) * 1e6))


def _trend(value: float, now: float) -> dict[str, Any]:
    steps = 30
    values = [
        None
        if step in (8, 9)
        else value * (1 + 0.18 * math.sin(step / 3.1) * (1 - step / steps) + 0.03 * (step % 3 - 1))
        for step in range(steps - 1)
    ]
    start = int(now // STEP_SECONDS - steps + 1) * STEP_SECONDS
    return {"step_seconds": STEP_SECONDS, "start": start, "values": [*values, value]}


def ordinary(query: Mapping[str, str] | None = None) -> Board:
    """What a quiet board says now to the query ``window``, ``by``, ``channel``, ``team``."""
    query = query or {}
    now = time.time()
    tiles = [{"min_samples": 20, **copy.deepcopy(tile), "trend": _trend(tile["value"], now)} for tile in _TILES]
    tile_of({"tiles": tiles}, "longest_wait")["since"] = moment(95, now)
    by = query.get("by", "all")
    segment = {name: query.get(name, "") for name in by.split("_") if name != "all"}
    return {
        "now": moment(0, now),
        "state": "live",
        "clock": "wall",
        "watermark": moment(2, now),
        "windows": ["5m", "15m", "1h", "4h", "24h", "7d", "today"],
        "choices": {"channel": ["chat", "email", "phone", "web"], "team": ["", "billing", "returns", "technical"]},
        "selection": {"window": query.get("window", "1h"), "by": by, "segment": segment},
        "tiles": tiles,
        "alerts": [],
        "rows": [],
        "worker": {"unready_reasons": [], "shards": [{"partition": 0, "ready": True, "lag_events": 0}]},
    }


def tile_of(board: Mapping[str, Any], metric: str) -> dict[str, Any]:
    """The tile of a headline."""
    found: dict[str, Any] = next(tile for tile in board["tiles"] if tile["metric"] == metric)
    return found


def alert(name: str = "a", **changes: Any) -> dict[str, Any]:
    """A row of the topic ``alerts``."""
    return {
        "alert": name,
        "kind": "abandonment_spike",
        "status": "firing",
        "severity": "warning",
        "by": "channel",
        "segment": {"channel": "phone"},
        "onset": moment(420),
        "fired": moment(360),
        "resolved": None,
        "abandoned": 24,
        "count": 131,
        "value": 24 / 131,
        "expected": 0.062,
        "baseline": {
            "same_hour_ratio": 0.058,
            "same_hour_count": 2210,
            "recent_ratio": 0.06,
            "recent_count": 388,
        },
        "dispersion": 1.1,
        "probability": 3.2e-6,
        "evidence": ["T-1", "T-2"],
        "revision": 3,
        "watermark": moment(2),
        **changes,
    }


def spiking(query: Mapping[str, str] | None = None) -> Board:
    """Phone and all contacts abandon far more than usual."""
    board = ordinary(query)
    board["alerts"] = [
        alert("b", severity="warning"),
        alert(
            "a", severity="critical", by="all", segment={}, onset=moment(300), abandoned=61, count=402, value=61 / 402
        ),
        alert("c", by="team", segment={"team": "billing"}, onset=moment(900)),
        alert("d", status="resolved", by="team", segment={"team": "returns"}, resolved=moment(200)),
    ]
    tile_of(board, "abandonment").update(
        value=61 / 402, numerator=61, denominator=402, count=402, judgement="off_target", spike="critical"
    )
    tile_of(board, "service_level").update(value=0.7189, judgement="off_target", numerator=289, denominator=402)
    return board


def blank(state: str, query: Mapping[str, str] | None = None) -> Board:
    """A board without numbers: ``empty``, ``loading`` or ``elsewhere``."""
    board = ordinary(query) | {"state": state, "watermark": None, "choices": {"channel": [], "team": []}}
    for tile in board["tiles"]:
        tile.update(value=None, count=None, judgement="no_data", trend=None)
        for name in ("numerator", "denominator", "since"):
            if name in tile:
                tile[name] = None
    return board
