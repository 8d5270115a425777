"""The headline numbers: one record each, in the order of the wallboard.

From a record follow its setting in section ``targets``, its judgement, its tile, its gauges on the dashboards, and what
the alert rules need of the settings. By hand remain its texts ``tile.<name>`` and ``about.<name>`` in
``stream/wallboard/texts``, one file for each language.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from msgspec import Struct

from stream.domain.row_numbers import NumberField
from stream.domain.rowspec import RowSpec
from stream.metrics import abandonment, backlog, csat, first_response, resolution, service_level
from stream.metrics.spec import Metric

Unit: TypeAlias = Literal["ratio", "seconds", "count"]
Samples: TypeAlias = Literal["contacts", "responses", "tickets", "answers"]


class Watch(Struct, frozen=True):
    """An alert of ``deploy/prometheus`` that watches a headline, and the windows that its rule reads."""

    alert: str
    windows: tuple[str, ...] = ()


class Headline(Struct, frozen=True, kw_only=True):
    """One headline number.

    ``row`` and ``field``: where it is read. ``at_most``: it should not exceed its target; else it is a ratio to reach.
    ``setting``: name in section ``targets``, with ``wanted`` as its text and ``default`` as its value (0: no target).
    ``samples``: what it stands on, or what a level counts. ``fact``: what ``/api/facts`` lists behind it, and what that
    is called. ``title`` and ``meaning`` are for dashboards. ``tells_answer_within``: its text names the seconds of
    ``definitions.answer_within_seconds``. ``has_spikes``: it is what spikes are looked for in, and its tile shows them.
    """

    name: str
    row: RowSpec
    unit: Unit
    setting: str
    wanted: str
    samples: Samples
    fact: str
    fact_title: str
    title: str
    meaning: str
    default: float = 0.0
    field: NumberField = "value"
    at_most: bool = True
    watches: tuple[Watch, ...] = ()
    tells_answer_within: bool = False
    has_spikes: bool = False

    @property
    def is_level(self) -> bool:
        """True of what holds now and has no window, and so no samples."""
        return self.row.kind == "level"


def row_of(metric: Metric, definition: str) -> RowSpec:
    """The row of ``metric`` by this definition, whatever its version; ValueError where there is none."""
    for row in metric.rows:
        if row.definition == definition:
            return row
    known = ", ".join(row.definition for row in metric.rows)
    raise ValueError(f"metric {metric.name} has no definition {definition!r}; it has: {known}")


_WAITING: Final = row_of(backlog.METRIC, "queued_not_left")
_LONGEST_WAIT_WATCH: Final = Watch("LongestWaitOverTarget")

HEADLINES: Final[tuple[Headline, ...]] = (
    Headline(
        name="service_level",
        row=row_of(service_level.METRIC, "answered_within_of_answered_and_abandoned"),
        unit="ratio",
        at_most=False,
        setting="service_level_ratio",
        wanted="Service level to reach at least: answered within definitions.answer_within_seconds.",
        default=0.8,
        samples="contacts",
        fact="answered",
        fact_title="Contacts answered, with their wait",
        title="Service level",
        meaning="Share of contacts that were answered in time, of all that were answered or gave up.",
        watches=(Watch("ServiceLevelBelowTarget", ("1h",)),),
        tells_answer_within=True,
    ),
    Headline(
        name="abandonment",
        row=row_of(abandonment.METRIC, "abandoned_of_answered_and_abandoned"),
        unit="ratio",
        setting="abandonment_ratio",
        wanted="Abandonment to stay at or below.",
        default=0.05,
        samples="contacts",
        fact="abandoned",
        fact_title="Contacts that gave up",
        title="Abandonment",
        meaning="Share of contacts that gave up waiting, of all that were answered or gave up.",
        watches=(Watch("AbandonmentSpike"), Watch("AbandonmentFastBurn", ("5m", "15m", "1h"))),
        has_spikes=True,
    ),
    Headline(
        name="first_response_time",
        row=row_of(first_response.METRIC, "first_human_reply"),
        field="p90",
        unit="seconds",
        setting="first_response_seconds",
        wanted="90 % of first responses should come within this time.",
        default=3600.0,
        samples="responses",
        fact="first_response",
        fact_title="First responses",
        title="First response",
        meaning="90 % of first responses came within this time.",
        watches=(Watch("FirstResponseOverTarget", ("1h",)),),
    ),
    Headline(
        name="resolution_time",
        row=row_of(resolution.METRIC, "created_to_last_solved"),
        field="p90",
        unit="seconds",
        setting="resolution_seconds",
        wanted="90 % of full resolutions should come within this time.",
        default=172_800.0,
        samples="tickets",
        fact="full_resolution",
        fact_title="Tickets resolved",
        title="Resolution",
        meaning="90 % of the tickets that are resolved were resolved within this time, reopenings included.",
    ),
    Headline(
        name="csat",
        row=row_of(csat.METRIC, "csat_top_two_box"),
        unit="ratio",
        at_most=False,
        setting="csat_ratio",
        wanted="CSAT (top boxes) to reach at least.",
        default=0.8,
        samples="answers",
        fact="csat",
        fact_title="Answers",
        title="CSAT",
        meaning="Share of answers in the best points of the scale (4 and 5 of 5).",
        watches=(Watch("CsatDrop", ("24h", "30d")),),
    ),
    Headline(
        name="waiting_contacts",
        row=_WAITING,
        unit="count",
        setting="waiting_contacts",
        wanted="Contacts that should wait at most at one time.",
        samples="contacts",
        fact="offered",
        fact_title="Contacts that began to wait",
        title="Waiting now",
        meaning="Contacts that are in a queue now.",
        watches=(_LONGEST_WAIT_WATCH,),
    ),
    Headline(
        name="longest_wait",
        row=_WAITING,
        field="oldest",
        unit="seconds",
        setting="longest_wait_seconds",
        wanted="No contact should wait longer than this.",
        default=120.0,
        samples="contacts",
        fact="offered",
        fact_title="Contacts that began to wait",
        title="Longest wait",
        meaning="How long the contact that waits longest has been waiting by now; 0 when nobody waits.",
        watches=(_LONGEST_WAIT_WATCH,),
    ),
    Headline(
        name="open_tickets",
        row=row_of(backlog.METRIC, "created_not_solved"),
        unit="count",
        setting="open_tickets",
        wanted="Tickets that should be open at most.",
        samples="tickets",
        fact="full_resolution",
        fact_title="Tickets resolved lately",
        title="Open tickets",
        meaning="Tickets that were created and are not solved now.",
        watches=(Watch("BacklogGrowing"),),
    ),
)
