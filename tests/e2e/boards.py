"""Boards as the server sends them, made up: an ordinary afternoon, and what differs from it."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

from stream.domain.times import format_time_us
from stream.metrics.headlines import HEADLINES

Board = dict[str, Any]
STEP_SECONDS = 120
_DIMENSIONS = ("channel", "team", "priority")
_NAMES = [headline.name for headline in HEADLINES]

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


def _more(metric: str, unit: str, statistic: str, samples: str | None, value: float, **more: Any) -> dict[str, Any]:
    return {
        "metric": metric,
        "samples": samples,
        "unit": unit,
        "statistic": statistic,
        "definition": f"{metric}@1",
        "value": value,
        "count": None if samples is None else 2345,
        "target": None,
        "at_most": True,
        "judgement": "no_target",
        **more,
    }


def _ratio(metric: str, samples: str, part: int, whole: int, **more: Any) -> dict[str, Any]:
    shares = {"numerator": part, "denominator": whole, "count": whole, "at_most": False}
    return _more(metric, "ratio", "value", samples, part / whole, **{**shares, **more})


_MORE_TILES = (
    _more("speed_of_answer", "seconds", "mean", "contacts", 17.4),
    _more("next_reply_time", "seconds", "p90", "replies", 13_872.0),
    _more("nps", "points", "value", "answers", 53.416103, target=50.0, at_most=False, judgement="at_risk"),
    _ratio("ces", "answers", 381, 502),
    _ratio("survey_response", "surveys", 914, 4_120, target=0.3, judgement="off_target"),
    _ratio("detractors_followed_up", "answers", 31, 87),
    _more("unanswered_tickets", "count", "value", None, 312),
    _more("longest_unanswered", "seconds", "oldest", None, 260_000.0),
    _ratio("reopen_rate", "tickets", 27, 1_940, at_most=True, target=0.05, judgement="on_target"),
    _ratio("resolution_rate", "tickets", 1_612, 1_940),
)
_TEAMS = ("", "billing", "returns", "technical")
_COUNTS = (("created", 1412, 1320, 1221.5), ("resolved", 1380, 1302, 1302.0), ("offered", 640, 611, 702.25))


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
    """What a quiet board says now to the query ``page``, ``tiles``, ``window``, ``by``, ``channel``, ``team``."""
    query = query or {}
    now = time.time()
    page = query.get("page", "overview")
    tiles = [
        {"min_samples": 20, **copy.deepcopy(tile), "trend": _trend(tile["value"], now)}
        for tile in sorted((*_TILES, *_MORE_TILES), key=lambda tile: _NAMES.index(tile["metric"]))
        if tile["metric"] in _shown(page, query.get("tiles", ""))
    ]
    for tile in tiles:
        if "since" in tile:
            tile["since"] = moment(95, now)
    by = query.get("by") or "_".join(name for name in _DIMENSIONS if name in query) or "all"
    table = table_of(tiles) if page == "teams" else None
    segment = {name: query.get(name, "") for name in by.split("_") if name != "all"}
    return {
        "now": moment(0, now),
        "state": "live",
        "clock": "wall",
        "watermark": moment(2, now),
        "windows": ["5m", "15m", "1h", "4h", "24h", "7d", "30d", "today"],
        "dimensions": [*_DIMENSIONS],
        "groups": ["all", "channel", "team", "channel_team"],
        "table_dimension": "team",
        "choices": {"channel": ["chat", "email", "phone", "web"], "team": [*_TEAMS]},
        "selection": {"window": query.get("window", "1h"), "by": by, "segment": segment, "page": page, "tiles": []},
        "pages": ["overview", "service", "satisfaction", "backlog", "team", "teams"],
        "customers": None,
        "missing": None,
        "tiles": tiles if table is None else [],
        "table": table,
        "day": day(now) if page in ("overview", "team", "teams") else None,
        "alerts": [],
        "rows": [],
        "worker": {"unready_reasons": [], "shards": [{"partition": 0, "ready": True, "lag_events": 0}]},
    }


_CUSTOMERS: tuple[tuple[str, str, str, float, int | None, dict[str, Any]], ...] = (
    ("customers_now", "count", "value", 12_480, None, {"samples": None}),
    ("customer_churn", "ratio", "value", 0.0213, 12_310, {"numerator": 262, "denominator": 12_310, "target": 0.02}),
    ("customer_retention", "ratio", "value", 0.9778, 12_310, {"numerator": 12_037, "denominator": 12_310}),
    ("customer_lifetime", "money", "mean", 1843.5, 262, {"currency": "EUR"}),
    ("revenue_per_customer", "money", "mean", 41.2, 12_742, {"currency": "EUR"}),
    ("customer_lifetime_projected", "money", "mean", 1934.9, 262, {"currency": "EUR"}),
    ("customers_joined", "count", "value", 443, 443, {}),
    ("customers_left", "count", "value", 273, 273, {}),
    ("customers_at_risk", "count", "value", 31, None, {"samples": None}),
)
_WITHOUT_TREND = {headline.name for headline in HEADLINES if not headline.has_trend}


def of_customers(query: Mapping[str, str] | None = None) -> Board:
    """The page of customers, of a desk that counts them; any other page as usual."""
    query = query or {}
    board = ordinary(query)
    groups = ["all", "tier", "region", "segment"]
    choices = {"tier": ["gold", "silver"], "region": ["", "APAC", "EMEA"], "segment": ["smb"]}
    board["customers"] = {"dimensions": groups[1:], "groups": groups, "choices": choices}
    board["pages"].insert(4, "customers")
    if query.get("page") != "customers":
        return board
    by = next((name for name in groups if name in query), "all")
    segment = {by: query[by]} if by in query else {}
    now = time.time()
    board["tiles"] = [
        {
            "metric": name,
            "unit": unit,
            "statistic": statistic,
            "definition": "made_up@1",
            "value": value,
            "count": count,
            "samples": "customers",
            "target": None,
            "at_most": True,
            "judgement": "off_target" if more.get("target") else "no_target",
            "min_samples": 20,
            "has_trend": name not in _WITHOUT_TREND,
            "trend": None if name in _WITHOUT_TREND else _trend(value, now),
            **more,
        }
        for name, unit, statistic, value, count, more in _CUSTOMERS
    ]
    window = query.get("window", "30d")
    return board | {"day": None, "selection": board["selection"] | {"by": by, "segment": segment, "window": window}}


def not_counted(query: Mapping[str, str] | None = None) -> Board:
    """The same page where customers are not counted."""
    board = ordinary(query)
    is_theirs = (query or {}).get("page") == "customers"
    return board | ({"missing": "customers", "tiles": [], "day": None} if is_theirs else {})


def _shown(page: str, tiles: str) -> set[str]:
    own = page if page in ("service", "satisfaction", "backlog") else "overview"
    return set(tiles.split(",")) if tiles else {one.name for one in HEADLINES if own in one.pages}


def table_of(tiles: list[dict[str, Any]], teams: Sequence[str] = _TEAMS, left_out: int = 0) -> dict[str, Any]:
    """Rows of these numbers, which differ from team to team."""
    judgements = ("on_target", "at_risk", "off_target", "too_few", "no_target", "no_data")
    kept = ("metric", "unit", "value", "target", "at_most", "judgement", "spike")
    rows = []
    for number, team in enumerate(teams):
        cells = [{name: tile[name] for name in kept if name in tile} for tile in tiles]
        for place, cell in enumerate(cells):
            cell["judgement"] = judgements[(number + place) % 6]
            cell["value"] = None if cell["judgement"] == "no_data" else cell["value"]
        rows.append({"name": team, "tiles": cells})
    columns = [{"metric": tile["metric"], "unit": tile["unit"]} for tile in tiles]
    return {"dimension": "team", "columns": columns, "rows": rows, "left_out": left_out}


def day(now: float) -> dict[str, Any]:
    """The volume of an ordinary day: three counts are compared with what is usual, two with nothing."""
    counts = [
        {"name": name, "today": today, "by_hour": by_hour, "before": before, "against": "usual"}
        for name, today, by_hour, before in _COUNTS
    ]
    unknown = {"by_hour": None, "before": None, "against": None}
    counts += [{"name": name, "today": today, **unknown} for name, today in (("answered", 571), ("abandoned", 31))]
    return {"counts": counts, "until": moment(0, now // 3600 * 3600)}


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


def ratio_alert(name: str = "r", **changes: Any) -> dict[str, Any]:
    """A row of the topic ``alerts`` about a ratio that the settings name."""
    own = {"kind": "ratio_spike", "ratio": "csat_drop", "definition": "csat_top_two_box@2", "by": "team"}
    return alert(name, **{**own, "segment": {"team": "billing"}, "abandoned": 22, "count": 41, **changes})


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
