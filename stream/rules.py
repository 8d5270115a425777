"""From settings to the rules of the pure core, and the fingerprint that tells whether stored state obeys them."""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec

from stream.domain.definitions import Definitions
from stream.domain.limits import Limits
from stream.domain.shard_rules import ShardRules
from stream.domain.spikes.rule import SpikeRule, needed_retention
from stream.domain.windows import TODAY, TOTAL, PanePlan, Window, rolling
from stream.metrics import COUNTED, MEASURES, METRICS, ROWS
from stream.settings import Settings
from stream.settings.channel_seconds import seconds_by_channel
from stream.settings.top_boxes import boxes_by_points

STATE_VERSION: Final = 1
"""Raise it when the meaning of stored rows changes."""


def windows_of(settings: Settings) -> tuple[Window, ...]:
    """All windows that are published."""
    chosen = settings.windows
    windows = [rolling(name, seconds) for name, seconds in chosen.rolling_seconds.items()]
    if chosen.today:
        windows.append(TODAY)
    if chosen.total:
        windows.append(TOTAL)
    return tuple(windows)


def watches_spikes(settings: Settings) -> bool:
    """True where spikes are looked for as they happen; a replay finds them afterwards, from the facts."""
    return settings.alerts.enabled and settings.clock == "wall"


def spike_rule_of(settings: Settings) -> SpikeRule:
    """What the detector is told."""
    chosen = settings.alerts.model_dump(exclude={"enabled", "group_by"})
    return SpikeRule(group_bys=settings.alerts.group_by if settings.alerts.enabled else (), **chosen)


def rules_of(settings: Settings) -> ShardRules:
    """What a shard needs to know."""
    chosen = settings.definitions
    within_seconds, within_by_channel = seconds_by_channel(chosen.answer_within_seconds)
    short_seconds, short_by_channel = seconds_by_channel(chosen.short_abandon_seconds)
    return ShardRules(
        metrics=METRICS,
        counted=COUNTED,
        definitions=Definitions(
            short_abandon_seconds=short_seconds,
            short_abandon_by_channel=short_by_channel,
            answer_within_seconds=within_seconds,
            answer_within_by_channel=within_by_channel,
            clock_skew_seconds=chosen.clock_skew_seconds,
            ended_while_waiting=chosen.ended_while_waiting,
            longest_wait_hours=chosen.longest_wait_hours,
            segment_of_facts=chosen.segment_of_facts,
            csat_top_boxes=boxes_by_points(chosen.csat_top_boxes),
        ),
        plan=PanePlan.for_windows(windows_of(settings), needed_retention() if watches_spikes(settings) else None),
        limits=Limits(**{name: getattr(settings.limits, name) for name in Limits.__struct_fields__}),
        reopen_horizon_seconds=chosen.reopen_horizon_days * 86_400,
        tells_starts=settings.clock == "event",
    )


def fingerprint_of(rules: ShardRules) -> str:
    """Equal for rules under which the same events lead to the same stored rows."""
    parts = (
        STATE_VERSION,
        rules.definitions,
        rules.plan,
        rules.limits.max_segments,
        sorted(MEASURES),
        sorted((row.metric, row.definition_id) for row in ROWS),
    )
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()[:16]
