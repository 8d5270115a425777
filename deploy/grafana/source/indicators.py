"""The numbers that have a target: which series shows each, and what stands beside it. Data, one entry each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from stream.domain.targets import Target
from stream.metrics.targets import TARGETS

_TARGETS: Final = {target.name: target for _, target in TARGETS}


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """``series`` and ``samples`` are gauges by group and window; levels have no samples, they hold now.

    ``fact``: what ``/api/facts`` lists for it, under ``fact_title``. ``alerts``: those that watch it.
    """

    target: Target
    title: str
    meaning: str
    unit: str
    no_data: str
    series: str
    samples: str | None = None
    samples_name: str = ""
    alerts: tuple[str, ...] = ()
    fact: str
    fact_title: str

    @property
    def labels(self) -> tuple[str, ...]:
        """Matchers of the series, without group and window."""
        percentile = ('percentile="90"',) if self.target.field == "p90" else ()
        return (f'definition="{self.target.definition}"', *percentile)


SERVICE_LEVEL: Final = Indicator(
    target=_TARGETS["service_level"],
    title="Service level",
    meaning="Share of contacts that were answered in time, of all that were answered or gave up.",
    unit="percentunit",
    no_data="No contacts",
    series="deskpulse_service_level_ratio",
    samples="deskpulse_service_level_denominator",
    samples_name="contacts",
    alerts=("ServiceLevelBelowTarget",),
    fact="answered",
    fact_title="Contacts answered, with their wait",
)
ABANDONMENT: Final = Indicator(
    target=_TARGETS["abandonment"],
    title="Abandonment",
    meaning="Share of contacts that gave up waiting, of all that were answered or gave up.",
    unit="percentunit",
    no_data="No contacts",
    series="deskpulse_abandonment_ratio",
    samples="deskpulse_abandonment_denominator",
    samples_name="contacts",
    alerts=("AbandonmentSpike", "AbandonmentFastBurn"),
    fact="abandoned",
    fact_title="Contacts that gave up",
)
FIRST_RESPONSE: Final = Indicator(
    target=_TARGETS["first_response_time"],
    title="First response p90",
    meaning="90 % of first responses came within this time.",
    unit="s",
    no_data="No responses",
    series="deskpulse_first_response_time_percentile_seconds",
    samples="deskpulse_first_response_time_samples",
    samples_name="responses",
    alerts=("FirstResponseOverTarget",),
    fact="first_response",
    fact_title="First responses",
)
RESOLUTION: Final = Indicator(
    target=_TARGETS["resolution_time"],
    title="Resolution p90",
    meaning="90 % of the tickets that are resolved were resolved within this time, reopenings included.",
    unit="s",
    no_data="None resolved",
    series="deskpulse_full_resolution_time_percentile_seconds",
    samples="deskpulse_full_resolution_time_samples",
    samples_name="tickets",
    fact="full_resolution",
    fact_title="Tickets resolved",
)
CSAT: Final = Indicator(
    target=_TARGETS["csat"],
    title="CSAT",
    meaning="Share of answers in the best points of the scale (4 and 5 of 5).",
    unit="percentunit",
    no_data="No answers",
    series="deskpulse_csat_ratio",
    samples="deskpulse_csat_denominator",
    samples_name="answers",
    alerts=("CsatDrop",),
    fact="csat",
    fact_title="Answers",
)
WAITING: Final = Indicator(
    target=_TARGETS["waiting_contacts"],
    title="Waiting now",
    meaning="Contacts that are in a queue now.",
    unit="suffix:waiting",
    no_data="Unknown",
    series="deskpulse_waiting_contacts",
    alerts=("LongestWaitOverTarget",),
    fact="offered",
    fact_title="Contacts that began to wait",
)
LONGEST_WAIT: Final = Indicator(
    target=_TARGETS["longest_wait"],
    title="Longest wait",
    meaning="How long the contact that waits longest has been waiting by now; 0 when nobody waits.",
    unit="s",
    no_data="Unknown",
    series="deskpulse_longest_wait_seconds",
    alerts=("LongestWaitOverTarget",),
    fact="offered",
    fact_title="Contacts that began to wait",
)
OPEN_TICKETS: Final = Indicator(
    target=_TARGETS["open_tickets"],
    title="Open tickets",
    meaning="Tickets that were created and are not solved now.",
    unit="suffix:tickets",
    no_data="Unknown",
    series="deskpulse_open_tickets",
    alerts=("BacklogGrowing",),
    fact="full_resolution",
    fact_title="Tickets resolved lately",
)

INDICATORS: Final = (
    SERVICE_LEVEL,
    ABANDONMENT,
    FIRST_RESPONSE,
    RESOLUTION,
    CSAT,
    WAITING,
    LONGEST_WAIT,
    OPEN_TICKETS,
)
"""In the order of the wallboard."""

DESK_ALERTS: Final = tuple(dict.fromkeys(alert for indicator in INDICATORS for alert in indicator.alerts))
"""Every alert about the desk, once."""
