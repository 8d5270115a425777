"""The headline numbers: one record each, in the order of the wallboard.

From a record follow its setting in section ``targets``, its judgement, its tile on the pages that it names, its panels
on the dashboards where that is the first page, and what the alert rules need of the settings. By hand remain its texts
``tile.<name>`` and ``about.<name>`` in ``stream/wallboard/texts``, one file for each language.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, get_args

from msgspec import Struct

from stream.domain.row_numbers import NumberField
from stream.domain.rowspec import RowSpec
from stream.metrics import (
    abandonment,
    backlog,
    ces,
    csat,
    first_response,
    nps,
    reopening,
    replies,
    resolution,
    resolution_rate,
    service_level,
    sla,
    survey_response,
)
from stream.metrics.spec import Metric

Unit: TypeAlias = Literal["ratio", "seconds", "count", "points"]
"""``points``: of a balance, -100 to 100."""

Samples: TypeAlias = Literal["contacts", "responses", "replies", "tickets", "answers", "surveys", "promises"]
Page: TypeAlias = Literal["overview", "service", "satisfaction", "backlog"]
"""A page of the wallboard that shows tiles; ``overview`` is the one that is shown where none is asked for."""

PAGES: Final[tuple[Page, ...]] = get_args(Page)
BEST: Final[dict[Unit, float]] = {"ratio": 1.0, "points": 100.0}
"""What can be reached at best, of what should reach its target."""


class Watch(Struct, frozen=True):
    """An alert of ``deploy/prometheus`` that watches a headline, and the windows that its rule reads."""

    alert: str
    windows: tuple[str, ...] = ()


class Headline(Struct, frozen=True, kw_only=True):
    """One headline number.

    ``row`` and ``field``: where it is read. ``pages``: of the wallboard, that show it. ``at_most``: it should not
    exceed its target; else it is a ratio, or points, to reach.
    ``setting``: name in section ``targets``, with ``wanted`` as its text and ``default`` as its value (0: no target).
    ``samples``: what it stands on, or what a level counts. ``fact``: what ``/api/facts`` lists behind it, and what that
    is called. ``title`` and ``meaning`` are for dashboards. ``tells_answer_within``: its text names the seconds of
    ``definitions.answer_within_seconds``. ``has_spikes``: it is what spikes are looked for in, and its tile shows them.
    """

    name: str
    row: RowSpec
    unit: Unit
    pages: tuple[Page, ...]
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
_UNANSWERED: Final = row_of(replies.METRIC, "customer_waits_for_reply")
_LONGEST_WAIT_WATCH: Final = Watch("LongestWaitOverTarget")
_UNANSWERED_WATCH: Final = Watch("UnansweredTooLong")

HEADLINES: Final[tuple[Headline, ...]] = (
    Headline(
        name="service_level",
        row=row_of(service_level.METRIC, "answered_within_of_answered_and_abandoned"),
        unit="ratio",
        pages=("overview", "service"),
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
        pages=("overview", "service"),
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
        pages=("overview", "service"),
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
        pages=("overview", "backlog"),
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
        pages=("overview", "satisfaction"),
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
        pages=("overview", "service"),
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
        pages=("overview", "service"),
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
        pages=("overview", "backlog"),
        setting="open_tickets",
        wanted="Tickets that should be open at most.",
        samples="tickets",
        fact="full_resolution",
        fact_title="Tickets resolved lately",
        title="Open tickets",
        meaning="Tickets that were created and are not solved now.",
        watches=(Watch("BacklogGrowing"), Watch("BacklogOld")),
    ),
    Headline(
        name="speed_of_answer",
        row=row_of(abandonment.METRIC, "wait_of_answered"),
        field="mean",
        unit="seconds",
        pages=("service",),
        setting="speed_of_answer_seconds",
        wanted="Contacts should be answered within this time on average.",
        samples="contacts",
        fact="answered",
        fact_title="Contacts answered, with their wait",
        title="Speed of answer",
        meaning="How long contacts waited that were answered, on average.",
    ),
    Headline(
        name="next_reply_time",
        row=row_of(replies.METRIC, "first_unanswered_to_reply"),
        field="p90",
        unit="seconds",
        pages=("service",),
        setting="next_reply_seconds",
        wanted="90 % of the replies after the first should come within this time.",
        samples="replies",
        fact="next_reply",
        fact_title="Replies after the first",
        title="Next reply",
        meaning="90 % of the replies after the first came within this time.",
    ),
    Headline(
        name="sla_attainment",
        row=row_of(sla.METRIC, "promises_of_decided"),
        unit="ratio",
        at_most=False,
        pages=("service",),
        setting="sla_attainment_ratio",
        wanted="Share of the promises of SLA policies that are kept, of those that are decided, at least.",
        samples="promises",
        fact="sla_first_reply",
        fact_title="First replies promised",
        title="SLA attainment",
        meaning="Share of the promises of the window that were kept, of those decided: replies and resolutions.",
    ),
    Headline(
        name="nps",
        row=row_of(nps.METRIC, "promoters_less_detractors"),
        unit="points",
        at_most=False,
        pages=("satisfaction",),
        setting="nps_points",
        wanted="NPS to reach at least.",
        samples="answers",
        fact="nps",
        fact_title="Answers",
        title="NPS",
        meaning="Share of promoters (9 and 10 of 10) less that of detractors (0 to 6), times 100.",
    ),
    Headline(
        name="ces",
        row=row_of(ces.METRIC, "ces_top_box"),
        unit="ratio",
        at_most=False,
        pages=("satisfaction",),
        setting="ces_ratio",
        wanted="CES (above the middle of the scale) to reach at least.",
        samples="answers",
        fact="ces",
        fact_title="Answers",
        title="CES",
        meaning="Share of answers that call it easy: above the middle of the scale.",
    ),
    Headline(
        name="survey_response",
        row=row_of(survey_response.METRIC, "answered_of_sent"),
        unit="ratio",
        at_most=False,
        pages=("satisfaction",),
        setting="survey_response_ratio",
        wanted="Survey response rate to reach at least.",
        samples="surveys",
        fact="survey_sent",
        fact_title="Surveys sent",
        title="Survey response",
        meaning="Share of the surveys sent that were answered.",
    ),
    Headline(
        name="detractors_followed_up",
        row=row_of(nps.METRIC, "replied_within_follow_up_hours"),
        unit="ratio",
        at_most=False,
        pages=("satisfaction",),
        setting="detractors_followed_up_ratio",
        wanted="Share of detractors to whom somebody writes within definitions.follow_up_hours, at least.",
        samples="answers",
        fact="nps",
        fact_title="Answers",
        title="Detractors followed up",
        meaning="Share of the detractors to whom somebody wrote within follow_up_hours.",
    ),
    Headline(
        name="unanswered_tickets",
        row=_UNANSWERED,
        unit="count",
        pages=("backlog",),
        setting="unanswered_tickets",
        wanted="Open tickets whose customer waits for a reply, at most.",
        samples="tickets",
        fact="next_reply",
        fact_title="Replies after the first",
        title="Unanswered",
        meaning="Open tickets whose customer waits for a reply now.",
        watches=(_UNANSWERED_WATCH,),
    ),
    Headline(
        name="longest_unanswered",
        row=_UNANSWERED,
        field="oldest",
        unit="seconds",
        pages=("backlog",),
        setting="longest_unanswered_seconds",
        wanted="No customer should wait longer than this for a reply.",
        samples="tickets",
        fact="next_reply",
        fact_title="Replies after the first",
        title="Longest unanswered",
        meaning="How long the customer has been waiting for a reply who waits longest; 0 when nobody waits.",
        watches=(_UNANSWERED_WATCH,),
    ),
    Headline(
        name="sla_due_soon",
        row=row_of(sla.METRIC, "promises_due_in_15m"),
        unit="count",
        pages=("backlog",),
        setting="sla_due_soon",
        wanted="Promises of SLA policies that are due within 15 minutes, at most.",
        samples="promises",
        fact="sla_first_reply",
        fact_title="First replies promised",
        title="SLA due soon",
        meaning="Promises that are due within 15 minutes and not kept yet.",
        watches=(Watch("SlaDueSoon"),),
    ),
    Headline(
        name="reopen_rate",
        row=row_of(reopening.METRIC, "reopened_of_resolved"),
        unit="ratio",
        pages=("backlog",),
        setting="reopen_ratio",
        wanted="Share of resolved tickets that are reopened, at most.",
        samples="tickets",
        fact="reopening",
        fact_title="Reopenings",
        title="Reopened",
        meaning="Share of the tickets resolved that were reopened.",
    ),
    Headline(
        name="resolution_rate",
        row=row_of(resolution_rate.METRIC, "resolved_of_created"),
        unit="ratio",
        at_most=False,
        pages=("backlog",),
        setting="resolution_ratio",
        wanted="Share of the tickets created that are resolved by now, at least.",
        samples="tickets",
        fact="created",
        fact_title="Tickets created",
        title="Resolved of created",
        meaning="Share of the tickets created in the window that are resolved by now.",
    ),
)
