"""Queries about the desk: the numbers with a target, and what explains them, of one group or of several.

``group``: matchers that pick one value of ``by``. ``keep``: labels that tell the groups apart, none where there is one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from deploy.grafana.source.indicators import FIRST_RESPONSE, Indicator
from deploy.grafana.source.judgement import judged, state
from deploy.grafana.source.promql import difference, newest, selected
from deploy.grafana.source.targets import MIN_SAMPLES, own_target, target_value
from stream.metrics.abandonment import LEFT_FOR
from stream.metrics.headlines import Headline

_WINDOW: Final = 'window="$window"'
_NOW: Final = 'window="now"'
_FIRST_RESPONSE: Final = FIRST_RESPONSE.labels[0]
_OFFERED: Final = ("deskpulse_contacts_offered_in_window", _WINDOW)
_QUEUE: Final[dict[str, tuple[str, ...]]] = {
    "Offered": _OFFERED,
    "Answered or gave up": ("deskpulse_abandonment_denominator", _WINDOW),
    "Gave up": ("deskpulse_abandonment_numerator", _WINDOW),
    "Gave up at once": ("deskpulse_contacts_short_abandoned_in_window", _WINDOW),
    "Left otherwise": ("deskpulse_contacts_left_queue_in_window", _WINDOW),
    **{
        f"Left: {reason}": (
            "deskpulse_contacts_left_queue_by_reason_in_window",
            _WINDOW,
            f'definition="left_by_{reason}@1"',
        )
        for reason in LEFT_FOR
    },
    "Lost, now": ("deskpulse_lost_contacts", _NOW),
}
"""Name to series and its matchers."""


def number(indicator: Indicator, group: str, keep: Iterable[str] = ()) -> str:
    """The number itself."""
    window = _WINDOW if indicator.samples else _NOW
    return newest(indicator.series, group, window, *indicator.labels, keep=keep)


def samples(indicator: Indicator, group: str, keep: Iterable[str] = ()) -> str:
    """How many contacts, tickets or answers the number stands on."""
    if indicator.samples is None:
        raise ValueError(f"{indicator.title} is a level: it stands on no samples")
    return newest(indicator.samples, group, _WINDOW, indicator.labels[0], keep=keep)


def number_state(indicator: Indicator, group: str, keep: Iterable[str] = (), usual: str = "") -> str:
    """The number of the state (``judgement.STATES``) that the number is in.

    Of several groups each is compared with its own target, or else with ``usual``, that of the variable by default.
    """
    target = usual or target_value(indicator.headline)
    if keep:
        own = own_target(indicator.headline, group, keep)
        target = f"({own} or 0 * {number(indicator, group, keep)} + {target})"
    return state(
        number(indicator, group, keep),
        target,
        at_most=indicator.headline.at_most,
        samples=samples(indicator, group, keep) if indicator.samples else None,
        min_samples=MIN_SAMPLES,
    )


def judged_number(indicator: Indicator, group: str) -> str:
    """The number of one group, with its state as label ``state``."""
    return judged(number(indicator, group), number_state(indicator, group))


def target_line(indicator: Indicator) -> str:
    """The target, the same at all times."""
    return f"vector({target_value(indicator.headline)})"


def benchmark_line(headline: Headline) -> str:
    """What others reach, one line for each benchmark."""
    return newest(f"deskpulse_benchmark_{headline.unit}", f'metric="{headline.name}"', keep=["benchmark"])


def benchmark_distance(indicator: Indicator, group: str) -> str:
    """By how much the number is above each benchmark."""
    return difference(number(indicator, group), benchmark_line(indicator.headline))


def first_response_percentile(percentile: int, group: str, keep: Iterable[str] = ()) -> str:
    """Time within which so many percent of the first responses came."""
    return _percentile("deskpulse_first_response_time_percentile_seconds", percentile, group, keep, _FIRST_RESPONSE)


def answered_wait_percentile(percentile: int, group: str, keep: Iterable[str] = ()) -> str:
    """Wait of the contacts that were answered."""
    return _percentile("deskpulse_speed_of_answer_percentile_seconds", percentile, group, keep)


def abandoned_wait_percentile(percentile: int, group: str, keep: Iterable[str] = ()) -> str:
    """Wait of the contacts that gave up."""
    return _percentile("deskpulse_time_to_abandon_percentile_seconds", percentile, group, keep)


def queue_counts(group: str) -> dict[str, str]:
    """What became of the contacts of the window, by name; they overlap, so none is added up.

    A gauge appears with the first contact that it counts: until then, of contacts that were offered, it was none.
    """
    none = f"0 * {newest(_OFFERED[0], group, *_OFFERED[1:])}"
    return {name: f"{newest(series, group, *chosen)} or {none}" for name, (series, *chosen) in _QUEUE.items()}


def spike_severity(group: str) -> str:
    """0 none, 1 warning, 2 critical; no sample while too few contacts come to judge."""
    return selected("deskpulse:segment:abandonment_spike_severity:last1m", group)


def spike_observed(group: str) -> str:
    """Share that gave up in the last half hour, or since the spike began."""
    return selected("deskpulse:segment:abandonment_spike_observed_ratio:last1m", group)


def spike_expected(group: str) -> str:
    """Share that usually gives up at this hour; nothing where that is not known yet."""
    return f"{_spike_compared(group)} unless {_spike_baseline(group)} == 0"


def spike_assumed(group: str) -> str:
    """Share that is assumed where nothing is known yet of this hour of the days before."""
    return f"{_spike_compared(group)} and {_spike_baseline(group)} == 0"


def _spike_compared(group: str) -> str:
    return selected("deskpulse:segment:abandonment_spike_expected_ratio:last1m", group)


def _spike_baseline(group: str) -> str:
    return selected("deskpulse:segment:abandonment_spike_has_baseline:last1m", group)


def alerts_firing(*matchers: str) -> str:
    """How many alerts fire; 0 only while Prometheus has the rules that would fire them."""
    firing = selected("ALERTS", 'alertstate="firing"', *matchers)
    return f"count({firing}) or 0 * deskpulse:pipeline:target_min_samples:last1m"


def _percentile(series: str, percentile: int, group: str, keep: Iterable[str], *matchers: str) -> str:
    return newest(series, group, _WINDOW, f'percentile="{percentile}"', *matchers, keep=keep)
