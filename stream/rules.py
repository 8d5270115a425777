"""From settings to the rules of the pure core, and the fingerprints that tell which part of a state obeys them."""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec

from stream.contract.customer_rules import CustomerRules
from stream.domain.definitions import Definitions
from stream.domain.limits import Limits
from stream.domain.parts import Part, Parts, last_answers_part
from stream.domain.rowspec import Place
from stream.domain.segments import Segment, group_labels
from stream.domain.shard_rules import ShardRules
from stream.domain.spikes.ratio_rule import RatioRule
from stream.domain.spikes.rule import SpikeRule, needed_retention
from stream.domain.statements import READ_FOR_THEM
from stream.domain.timeline import EVERYBODYS
from stream.domain.windows import LAST, QUARTER, TODAY, TOTAL, PanePlan, Window, last, rolling
from stream.domain.workforce import Goal
from stream.metrics.abandonment import ABANDONED, ANSWERED
from stream.metrics.headlines import HEADLINES
from stream.metrics.spec import Metric
from stream.settings import Settings
from stream.settings.channel_seconds import seconds_by_channel
from stream.settings.metrics import general_windows, groups_of_metric, of_metric, windows_of_metric
from stream.settings.top_boxes import boxes_by_points
from stream.settings.windows import window_seconds

STATE_VERSION: Final = 1
"""Raise it when code books otherwise under the same names: then all state is booked anew."""

STATEMENTS_VERSION: Final = 2
"""Raise it when code states otherwise of the same tickets: then all customers are told anew."""

_NAMED_WINDOWS: Final = {window.name: window for window in (TODAY, QUARTER, TOTAL)}


def goal_of(settings: Settings, by: str, group: Segment) -> Goal:
    """The service level that a group should reach: its own target, and the time of its channel."""
    part = group_labels(by, group)
    seconds, by_channel = seconds_by_channel(settings.definitions.answer_within_seconds)
    return Goal(
        within_seconds=dict(by_channel).get(part.get("channel", ""), seconds),
        service_level=settings.targets.chosen.value("service_level", part),
        fewest=settings.targets.min_samples,
    )


def windows_of(settings: Settings) -> tuple[Window, ...]:
    """All windows that anything is published in."""
    return tuple(window_named(name) for name in settings.window_names)


def window_named(name: str) -> Window:
    """The window of a name as settings have it."""
    if name.startswith(LAST):
        return last(int(name.removeprefix(LAST)))
    return _NAMED_WINDOWS.get(name) or rolling(name, window_seconds(name))


def places_of(settings: Settings) -> dict[str, Place]:
    """By name of a row: where it is published. One of a metric that is not enabled is nowhere."""
    places: dict[str, Place] = {}
    for metric in settings.registry.metrics:
        windows: tuple[str, ...] = ()
        groups: tuple[str, ...] = ()
        if _is_shown(metric, settings):
            windows = windows_of_metric(metric, settings.windows, settings.metrics)
            groups = groups_of_metric(metric, settings.group_by, settings.metrics, settings.dimensions)
        places |= {row.name: Place(frozenset(windows), frozenset(groups)) for row in metric.rows}
    return places


def _is_shown(metric: Metric, settings: Settings) -> bool:
    return _has_needs(metric, settings) and of_metric(metric, settings.metrics).enabled


def _has_needs(metric: Metric, settings: Settings) -> bool:
    return not metric.needs or bool(getattr(settings, metric.needs))


def rows_without_settings(settings: Settings) -> frozenset[str]:
    """Rows that are nowhere, as the settings have nothing that they are about: those of promises without a policy."""
    metrics = settings.registry.metrics
    return frozenset(row.name for metric in metrics if not _has_needs(metric, settings) for row in metric.rows)


def metrics_of(settings: Settings) -> tuple[Metric, ...]:
    """Those that are enabled, and those whose measures are needed by one of these, or by the detector of spikes."""
    metrics = settings.registry.metrics
    shown = [metric for metric in metrics if _is_shown(metric, settings)]
    # Without a part overall satisfaction has nothing to say: it does not bring back what is turned off.
    needed = {measure for metric in shown for row in metric.rows if row.kind != "blend" for measure in row.measures}
    if watches_spikes(settings):
        needed |= {ABANDONED, ANSWERED}
        ratios = {one.row for one in settings.alerts.ratios}
        needed |= {
            measure for metric in metrics for row in metric.rows if row.definition in ratios for measure in row.measures
        }
    return tuple(metric for metric in metrics if metric in shown or not needed.isdisjoint(metric.measures))


def watches_spikes(settings: Settings) -> bool:
    """True where spikes are looked for as they happen; a replay finds them afterwards, from the facts."""
    return settings.alerts.enabled and not settings.is_history


def spike_rule_of(settings: Settings) -> SpikeRule:
    """What the detector is told."""
    chosen = settings.alerts.model_dump(exclude={"enabled", "group_by", "ratios"})
    return SpikeRule(
        group_bys=settings.alerts.group_by if settings.alerts.enabled else (), dimensions=settings.dimensions, **chosen
    )


def ratio_rules_of(settings: Settings) -> tuple[RatioRule, ...]:
    """What is watched beside abandonment; nothing where spikes are not looked for."""
    if not watches_spikes(settings):
        return ()
    facts = {headline.row.definition: headline.fact for headline in HEADLINES}
    rows = {row.definition: (metric, row) for metric in settings.registry.metrics for row in metric.rows}
    rules: list[RatioRule] = []
    for one in settings.alerts.ratios:
        metric, row = rows[one.row]
        rules.append(
            RatioRule(
                name=one.name,
                definition=row.definition_id,
                numerator=tuple(measure.name for measure in row.numerator),
                denominator=tuple(measure.name for measure in row.denominator),
                is_lower_bad=one.bad == "lower",
                factor=one.factor,
                critical_factor=one.critical_factor,
                min_count=one.min_count,
                min_bad=one.min_bad,
                min_baseline_count=one.min_baseline_count,
                look_back_seconds=one.look_back_hours * 3600,
                days_between_false_alarms=one.days_between_false_alarms,
                group_bys=settings.alerts.group_by,
                dimensions=settings.dimensions,
                keep_days=settings.alerts.keep_days,
                fact=facts.get(one.row) or next((key.partition("/")[0] for key in metric.fact_values), ""),
            )
        )
    return tuple(rules)


def pane_plan_of(settings: Settings) -> PanePlan:
    """What is kept of the past: what the windows of all need, and of each measure what its own need beyond that.

    So a metric with fewer windows than all keeps what it has, and may have them back.
    """
    places = places_of(settings)
    more: dict[str, list[Window]] = {}
    for metric in metrics_of(settings):
        more |= {measure.name: [] for measure in metric.measures if measure.name not in more}
        for row in metric.rows:
            for measure in (*row.measures, *row.feeding) if row.kind != "level" else ():
                windows = [window_named(name) for name in sorted(places[row.name].windows)]
                if row.compares:
                    windows += [earlier for window in windows if (earlier := window.before) is not None]
                if measure.name in more or row.kind != "blend":
                    more.setdefault(measure.name, []).extend(windows)
    at_least = needed_retention() if watches_spikes(settings) else None
    return PanePlan.for_windows(map(window_named, general_windows(settings.windows)), at_least, more)


def families_of(settings: Settings) -> dict[str, tuple[str, ...]]:
    """The metrics of answers that are in use, and the measures of each."""
    return {
        metric.name: tuple(measure.name for measure in metric.answers)
        for metric in metrics_of(settings)
        if metric.answers
    }


def rules_of(settings: Settings) -> ShardRules:
    """What a shard needs to know."""
    chosen = settings.definitions
    within_seconds, within_by_channel = seconds_by_channel(chosen.answer_within_seconds)
    short_seconds, short_by_channel = seconds_by_channel(chosen.short_abandon_seconds)
    return ShardRules(
        metrics=metrics_of(settings),
        counted=settings.registry.counted,
        definitions=Definitions(
            short_abandon_seconds=short_seconds,
            short_abandon_by_channel=short_by_channel,
            answer_within_seconds=within_seconds,
            answer_within_by_channel=within_by_channel,
            clock_skew_seconds=chosen.clock_skew_seconds,
            ended_while_waiting=chosen.ended_while_waiting,
            longest_wait_hours=chosen.longest_wait_hours,
            segment_of_facts=chosen.segment_of_facts,
            follow_up_hours=chosen.follow_up_hours,
            ces_polarity=chosen.ces_polarity,
            repeat_days=chosen.repeat_days,
            churn_days=chosen.churn_days,
            survey_rest_days=chosen.survey_rest_days,
            calendars=tuple(calendar.calendar(name) for name, calendar in settings.calendars.items()),
            csat_top_boxes=boxes_by_points(chosen.csat_top_boxes),
            dimensions=settings.dimensions,
            currencies=tuple(sorted(settings.customers.currencies.items())),
            margin_millionths=round(settings.customers.margin_ratio * 1_000_000),
            sla=tuple(policy.policy() for policy in settings.sla),
        ),
        plan=pane_plan_of(settings),
        limits=Limits(**{name: getattr(settings.limits, name) for name in Limits.__struct_fields__}),
        reopen_horizon_seconds=chosen.reopen_horizon_days * 86_400,
        tells_starts=settings.is_history,
        stages=settings.registry.stages,
        listed=settings.registry.listed,
        tells_customers=bool(settings.customers),
        last_answers=settings.windows.last_answers,
        families=families_of(settings) if settings.windows.last_answers else {},
        forgetting_key=_forgetting_key_of(settings),
    )


def _forgetting_key_of(settings: Settings) -> bytes:
    """What the hashes of forgotten customers are made with: privacy.key, or what tells this installation apart."""
    secret = settings.privacy.key.get_secret_value()
    return hashlib.sha256(f"forgotten {secret or settings.application_id}".encode()).digest()


def hides_customers(settings: Settings) -> bool:
    """Whether ids of customers must get nowhere that nobody can take them out of: they may be forgotten, or hashed."""
    return bool(settings.customers) or settings.privacy.customers != "keep"


def customer_rules_of(settings: Settings) -> CustomerRules:
    """What a worker's decoder makes of customers' and agents' ids, and of money."""
    key = settings.privacy.key.get_secret_value()
    privacy = settings.privacy
    return CustomerRules(settings.customers.currencies, privacy.customers, key.encode(), agents=privacy.agents)


def passing_rules_of(settings: Settings) -> CustomerRules:
    """The same where events are looked at and passed on as they are: ids stay what they are."""
    return CustomerRules(settings.customers.currencies)


def parts_of(rules: ShardRules) -> Parts:
    """What a state made under these rules says of itself, so that whoever takes it over knows what to book anew."""
    metrics = {metric.name: _part(metric, rules) for metric in rules.metrics if isinstance(metric, Metric)}
    answers = {
        last_answers_part(name): Part(_digest(metrics[name].fingerprint, rules.last_answers, measures), (), ())
        for name, measures in rules.families.items()
    }
    return Parts(
        segments=_digest(rules.definitions.dimensions),
        max_segments=rules.limits.max_segments,
        metrics=metrics | answers,
        plan=rules.plan,
    )


def _part(metric: Metric, rules: ShardRules) -> Part:
    variant, knobs = metric.variant, metric.knobs
    definitions = rules.definitions
    if variant is not None:
        definitions = msgspec.structs.replace(definitions, **dict(variant.knobs))
    if knobs is None:
        knobs = definitions.__struct_fields__
    else:
        knobs += tuple(knob for reader in (*metric.reads, *EVERYBODYS) for knob in reader.knobs)
    fingerprint = _digest(
        STATE_VERSION,
        sorted((measure.name, measure.histogram) for measure in metric.measures),
        sorted((row.metric, row.definition_id) for row in metric.rows),
        variant,
        sorted(
            (measure.name, rules.stages[measure.name]) for measure in metric.measures if measure.name in rules.stages
        ),
        [(knob, getattr(definitions, knob)) for knob in sorted({*knobs})],
    )
    counted = sorted(measure.name for measure in metric.measures if measure.name in rules.counted)
    kinds = dict.fromkeys(key.partition("/")[0] for key in metric.fact_values)
    return Part(fingerprint, tuple(counted), tuple(kinds))


def statements_of(rules: ShardRules) -> str:
    """Equal for rules by which the same tickets state the same to their customers."""
    knobs = {knob for reader in (*READ_FOR_THEM, *EVERYBODYS) for knob in reader.knobs}
    return _digest(STATEMENTS_VERSION, [(knob, getattr(rules.definitions, knob)) for knob in sorted(knobs)])


def fingerprint_of(rules: ShardRules, revision: int = 0) -> str:
    """Equal for settings of one ``revision`` under which the same events lead to the same stored rows."""
    return _digest(parts_of(rules), revision)


def _digest(*parts: object) -> str:
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()[:16]
