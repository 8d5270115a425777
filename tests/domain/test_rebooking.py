"""Rebooking: restored under other rules is what a shard is that was built under them, whatever happens on the way."""

from __future__ import annotations

import os
from typing import Any, Final

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.domain.calendars.schedule import Calendar, Schedule, parse_hours
from stream.domain.definitions import Definitions
from stream.domain.derivation import Derivation
from stream.domain.facts import Booking, Fact, Facts
from stream.domain.limits import Limits
from stream.domain.measures import Measure
from stream.domain.partials import decode_cells
from stream.domain.readers.conversation import Conversation
from stream.domain.rebooking import Rebooking
from stream.domain.segments import FIELDS, THREE, segment_of
from stream.domain.shard_rules import ShardRules
from stream.domain.sla import SlaPolicy
from stream.domain.timeline import ALL_CHANGED, EVERYBODYS, Timeline, timeline_of
from stream.domain.windows import TODAY, TOTAL, PanePlan, Window, rolling
from stream.metrics import METRICS
from stream.metrics.registry import Registry
from stream.metrics.spec import Metric, Variant
from stream.metrics.variants import with_variants
from stream.rules import parts_of
from tests.domain.folding import DAY, START
from tests.domain.folding import told as story_told
from tests.domain.owners import Owner, plain, plain_levels, plain_panes, restored
from tests.domain.stories import Story, rules
from tests.domain.strategies import START_SECONDS, US, delivered, told
from tests.domain.test_properties import NOWS
from tests.domain.test_properties import Story as Told

EXAMPLES = int(os.environ.get("DESKPULSE_EXAMPLES", "100"))
quick = settings(deadline=None, max_examples=EXAMPLES)

TROUBLE: Final = Measure("trouble", "")
NOW_US: Final = (START + 20 * DAY + 10) * US
VIP = Variant("answered_soon_of_a", of="answered_within_of_answered_and_abandoned", where=(("team", ("a",)),))
OTHER_VIP = Variant(VIP.name, of=VIP.of, version=2, knobs=(("answer_within_seconds", 60.0),))
SHORT = (rolling("5m", 300), rolling("1h", 3600))
LONG = (*SHORT, rolling("24h", 86_400), TODAY, rolling("7d", 7 * 86_400))


def plan(*windows: Window, **of_measure: tuple[Window, ...]) -> PanePlan:
    return PanePlan.for_windows(windows, more=of_measure)


def without(*names: str) -> tuple[Metric, ...]:
    return tuple(metric for metric in METRICS if metric.name not in names)


def built(**chosen: Any) -> ShardRules:
    metrics = chosen.get("metrics", METRICS)
    return rules(**({"plan": plan(*LONG), "counted": Registry(metrics).counted} | chosen))


WAYS: dict[str, ShardRules] = {
    "usual": built(),
    "a window more": built(plan=plan(*LONG, rolling("10d", 864_000), TOTAL)),
    "fewer windows": built(plan=plan(*SHORT)),
    "only days": built(plan=plan(rolling("24h", 86_400))),
    "windows of its own": built(plan=plan(*SHORT, csat_good=LONG, answered=(*LONG, TOTAL), offered=())),
    "a metric less": built(metrics=without("csat")),
    "levels less": built(metrics=without("backlog", "service_level")),
    "one metric": built(metrics=without(*(metric.name for metric in METRICS if metric.name != "backlog"))),
    "knobs": built(
        definitions=Definitions(answer_within_seconds=300, short_abandon_seconds=5, csat_top_boxes=((0, 1),))
    ),
    "other times": built(definitions=Definitions(clock_skew_seconds=0, ended_while_waiting="left")),
    "sooner lost": built(definitions=Definitions(longest_wait_hours=0.5)),
    "where it was": built(definitions=Definitions(segment_of_facts="then"), plan=plan(*LONG, TOTAL)),
    "other dimensions": built(definitions=Definitions(dimensions=("team", "channel"))),
    "a dimension more": built(definitions=Definitions(dimensions=(*FIELDS, "brand")), plan=plan(*SHORT)),
    "more answers": built(last_answers=5),
    "no last answers": built(last_answers=0),
    "a variant more": built(metrics=with_variants((VIP,)).metrics),
    "another variant": built(metrics=with_variants((OTHER_VIP,)).metrics, plan=plan(*SHORT, TOTAL)),
}


def newest_seconds(owner: Owner) -> int:
    return max(owner.shard.newest_us // US, START_SECONDS)


def assert_same(owner: Owner, story: Told, now: int) -> None:
    """All that is held, and all that was told, is what a fresh owner has."""
    fresh = Owner(owner.rules)
    fresh.fold(story)
    for one in (owner, fresh):
        one.commit(now * US, expire=True)
    assert plain_panes(owner.shard) == plain_panes(fresh.shard)
    assert plain_levels(owner.shard) == plain_levels(fresh.shard)
    assert dict(owner.shard.tickets) == dict(fresh.shard.tickets)
    assert owner.facts == fresh.facts
    assert dict(owner.shard.answers.told()) == dict(fresh.shard.answers.told()) == fresh.answers == owner.answers
    written = {key: plain(decode_cells(row)) for key, row in owner.panes.items()}
    assert written == {key: plain(rest) for key, rest in fresh.shard.panes.rows() if rest}
    assert {key: plain(decode_cells(row)) for key, row in owner.levels.items()} == plain_levels(fresh.shard)
    for name in owner.shard.tickets.names():
        held, made = owner.shard.tickets.stored_head(name), fresh.shard.tickets.stored_head(name)
        assert (held.is_at_rest, held.levels) == (made.is_at_rest, made.levels)


@quick
@given(st.data(), told(), NOWS)
def test_restored_under_other_rules_is_built_under_them(data: st.DataObject, story: Told, now: int) -> None:
    owner = Owner(WAYS[data.draw(st.sampled_from([*WAYS]))])
    for batch in data.draw(delivered(story)):
        owner.fold(batch)
        if data.draw(st.booleans()):
            owner.commit(newest_seconds(owner) * US, expire=data.draw(st.booleans()))
            if data.draw(st.booleans()):
                assert owner.rebook(WAYS[data.draw(st.sampled_from([*WAYS]))], newest_seconds(owner) * US)
    owner.commit(newest_seconds(owner) * US)
    assert_same(owner, story, now)


@quick
@given(st.data(), told(), NOWS)
def test_whoever_dies_on_the_way_leaves_what_can_be_rebooked(data: st.DataObject, story: Told, now: int) -> None:
    owner = Owner(WAYS[data.draw(st.sampled_from([*WAYS]))])
    owner.fold(story)
    owner.commit(newest_seconds(owner) * US, expire=True)
    for died_after in data.draw(st.lists(st.integers(0, 30), min_size=1, max_size=3)):
        owner.rebook(WAYS[data.draw(st.sampled_from([*WAYS]))], newest_seconds(owner) * US, transactions=died_after)
    assert owner.rebook(WAYS[data.draw(st.sampled_from([*WAYS]))], newest_seconds(owner) * US)
    assert_same(owner, story, now)
    assert owner.parts == parts_of(owner.rules)


@pytest.mark.parametrize("way", WAYS)
def test_every_way_is_another_than_the_usual_one(way: str) -> None:
    assert (parts_of(WAYS[way]) == parts_of(WAYS["usual"])) is (way == "usual")


def test_levels_that_are_gone_are_told_before_any_ticket_is_stored_without_them() -> None:
    less = built(metrics=without("backlog", "replies"))
    for died_after in (0, 1, 2, 3):
        owner = Owner(built())
        story = [("T", event) for event in story_told(Story().created(0, "phone").queued(1))]
        owner.fold(story)
        owner.commit((START + 10) * US)
        owner.rebook(less, (START + 10) * US, transactions=died_after)
        assert owner.rebook(less, (START + 10) * US)
        assert_same(owner, story, START + 10)


def test_what_was_given_up_on_the_way_to_fewer_windows_is_booked_anew_on_the_way_back() -> None:
    more, fewer = built(plan=plan(rolling("2h", 7200), TOTAL)), built(plan=plan(rolling("2h", 7200)))
    story = [("T", event) for event in story_told(Story().created(0, "phone").queued(1).answered(30))]
    for died_after in range(5):
        owner = Owner(more)
        owner.fold(story)
        owner.commit((START + 40) * US)
        owner.rebook(fewer, (START + 40) * US, transactions=died_after)
        assert owner.rebook(more, (START + 40) * US)
        assert_same(owner, story, START + 40)


def test_what_was_still_there_of_what_is_kept_for_longer_now_is_not_counted_twice() -> None:
    hour, days = built(plan=plan(rolling("2h", 7200))), built(plan=plan(rolling("24h", DAY)))
    for at in (0, 7200, 7200 + 600, 7200 + 659, 7200 + 700):
        owner = Owner(hour)
        story = [("T", event) for event in story_told(Story().created(0, "phone").queued(1).answered(30))]
        owner.fold(story)
        owner.commit((START + 40) * US)
        assert owner.rebook(days, (START + at) * US)
        assert_same(owner, story, START + at)


# --- what cannot be booked anew, and need not be ---------------------------------------------------------------------

MONTH = built(plan=plan(rolling("1h", 3600), rolling("30d", 30 * DAY)), reopen_horizon_seconds=7 * DAY)


def desk_of(chosen: ShardRules) -> Owner:
    """One answered and solved long ago and forgotten since, one today, one open."""
    owner = Owner(chosen)
    for name, at in (("long ago", 0), ("today", 20 * DAY)):
        story = Story().created(at, "phone").queued(at + 1).answered(at + 30).status(at + 60, "solved")
        owner.fold((name, event) for event in story_told(story))
        owner.commit((START + at + 100) * US)
    owner.fold(("open", event) for event in story_told(Story().created(20 * DAY + 1, "email")))
    owner.commit((START + 20 * DAY + 10) * US, expire=True)
    assert {*owner.shard.tickets.names()} == {"today", "open"}
    return owner


def answered_in_a_month(owner: Owner, measure: str = "answered") -> int:
    return sum(cells[measure].count for (width, _, _), cells in owner.shard.panes if width == 3600 and measure in cells)


def other(chosen: ShardRules, **changed: Any) -> ShardRules:
    return msgspec.structs.replace(chosen, **changed)


def test_what_did_not_change_keeps_what_tickets_gave_that_are_forgotten() -> None:
    owner = desk_of(MONTH)
    changed = other(MONTH, definitions=Definitions(answer_within_seconds=60))
    assert owner.rebook(changed, NOW_US)
    assert answered_in_a_month(owner) == 2
    # The service level is another one: it begins with what the logs hold.
    assert answered_in_a_month(owner, "answered_within") == 1


def test_a_longer_window_adds_what_the_logs_hold_to_what_was_kept() -> None:
    short = other(MONTH, plan=plan(rolling("1h", 3600), rolling("25h", 25 * 3600)))
    owner = desk_of(short)
    assert answered_in_a_month(owner) == 1
    assert owner.rebook(MONTH, NOW_US)
    assert answered_in_a_month(owner) == 1
    owner = desk_of(MONTH)
    assert owner.rebook(other(MONTH, plan=plan(rolling("1h", 3600), rolling("60d", 60 * DAY))), NOW_US)
    assert answered_in_a_month(owner) == 2


def test_nothing_is_looked_at_where_less_is_kept() -> None:
    owner = desk_of(MONTH)
    less = other(MONTH, plan=plan(rolling("1h", 3600)), limits=Limits(max_segments=7))
    shard = restored(less, owner.changelog, owner.shard.newest_us, finish=False)
    work = Rebooking(shard, owner.parts, parts_of(less), NOW_US)
    assert (work.is_needed, work.tickets_left, work.anew) == (True, 0, [])


def test_state_of_which_nobody_knows_the_rules_is_booked_anew_as_a_whole() -> None:
    owner = desk_of(MONTH)
    owner.facts["today", "no metric of ours"] = (0, "", None)
    shard = restored(MONTH, owner.changelog, owner.shard.newest_us, finish=False)
    work = Rebooking(shard, None, parts_of(MONTH), NOW_US)
    assert (work.is_needed, work.tickets_left, work.kinds) == (True, 2, None)
    assert work.anew == list(MONTH.metrics)


def counted(owner: Owner, measure: str) -> int:
    return sum(cells[measure].count for _, cells in owner.shard.counters if measure in cells)


def test_counters_go_on_begin_with_the_logs_or_are_gone() -> None:
    owner = desk_of(MONTH)
    assert (counted(owner, "answered"), counted(owner, "full_resolution")) == (2, 2)
    otherwise = other(MONTH, definitions=Definitions(ended_while_waiting="left"))
    assert owner.rebook(otherwise, NOW_US)
    assert counted(owner, "answered") == 2, "booked anew, not counted anew"
    less = without("resolution_time")
    assert owner.rebook(other(otherwise, metrics=less, counted=Registry(less).counted), NOW_US)
    assert (counted(owner, "answered"), counted(owner, "full_resolution")) == (2, 0)
    for died_after in (3, None):
        owner.rebook(otherwise, NOW_US, transactions=died_after)
    assert (counted(owner, "answered"), counted(owner, "full_resolution")) == (2, 1), "what the logs hold"


def test_where_segments_are_told_apart_otherwise_nothing_of_before_is_left() -> None:
    owner = desk_of(MONTH)
    owner.parts = msgspec.structs.replace(owner.parts, segments="as they were")
    assert owner.rebook(MONTH, NOW_US)
    assert (answered_in_a_month(owner), counted(owner, "answered")) == (1, 1)
    assert owner.parts == parts_of(MONTH)


def test_names_are_given_where_more_may_have_one() -> None:
    few = built(limits=Limits(max_segments=1))
    story = [(channel, event) for channel in ("phone", "email") for event in story_told(Story().created(0, channel))]
    owner = Owner(few)
    owner.fold(story)
    owner.commit((START + 10) * US)
    assert plain_levels(owner.shard).keys() == {segment_of("phone", "", ""), THREE.other}
    assert owner.rebook(built(limits=Limits(max_segments=2)), (START + 10) * US)
    assert_same(owner, story, START + 10)
    # With fewer places those that have a name keep it.
    assert owner.rebook(few, (START + 10) * US)
    assert plain_levels(owner.shard).keys() == {segment_of("phone", "", ""), segment_of("email", "", "")}


def test_a_ticket_that_a_metric_cannot_read_stops_nothing() -> None:
    def troubled(ticket: Timeline, definitions: Definitions, into: Facts) -> None:
        if ticket.channel == "email":
            raise ValueError("an e-mail")
        into["trouble"] = Fact(ticket.created_us or 0, ticket.segment, (Booking(TROUBLE),))

    trouble = Metric("trouble", (TROUBLE,), (), reads=(Conversation,), facts=troubled)
    owner = desk_of(MONTH)
    more = other(MONTH, metrics=(*MONTH.metrics, trouble))
    assert owner.rebook(more, NOW_US)
    assert answered_in_a_month(owner, "trouble") == 1
    assert plain_levels(owner.shard)[segment_of("email", "", "")]["open"][0] == 1


# --- what decides ----------------------------------------------------------------------------------------------------


ALWAYS, NIGHTS = (
    Calendar("default", "UTC", (Schedule(((parse_hours(hours),),) * 7),)) for hours in ("00:00-24:00", "20:00-06:00")
)
KNOBS: Final[dict[str, list[Any]]] = {
    "short_abandon_seconds": [0.0, 5.0],
    "short_abandon_by_channel": [(), (("phone", 10.0),)],
    "answer_within_seconds": [5.0, 400.0],
    "answer_within_by_channel": [(), (("phone", 60.0),)],
    "clock_skew_seconds": [0.0, 10.0, 4000.0],
    "csat_top_boxes": [(), ((0, 1), (5, 4))],
    "ended_while_waiting": ["abandoned", "left"],
    "longest_wait_hours": [1.0, 12.0],
    "segment_of_facts": ["now", "then"],
    "follow_up_hours": [1.0, 48.0],
    "ces_polarity": ["ease", "effort"],
    "repeat_days": [1.0, 7.0],
    "churn_days": [1.0, 30.0],
    "survey_rest_days": [1.0, 30.0],
    "calendars": [(), (NIGHTS,), (ALWAYS,)],
    "sla": [(), (SlaPolicy("quick", (60 * US, 0, 300 * US)),), (SlaPolicy("slow", (0, 3600 * US, 86_400 * US)),)],
    "currencies": [(("EUR", 10**9),), (("EUR", 10**9), ("USD", 5 * 10**8))],
    "margin_millionths": [300_000, 1_000_000],
    "dimensions": [FIELDS, ("team",), ("priority", "brand")],
}
DEFINITIONS = st.builds(Definitions, **{name: st.sampled_from(values) for name, values in KNOBS.items()})


def test_every_knob_is_tried() -> None:
    assert KNOBS.keys() == {*Definitions.__struct_fields__}


@quick
@given(st.data(), told(tickets=1))
def test_facts_depend_on_no_knob_that_the_metric_and_its_readers_do_not_name(data: st.DataObject, story: Told) -> None:
    log = sorted((event for _, event in story), key=lambda event: (event.time_us, event.sequence, event.uid))
    one, another = data.draw(DEFINITIONS), data.draw(DEFINITIONS)
    for metric in METRICS:
        own = Definitions.__struct_fields__ if metric.knobs is None else metric.knobs
        knobs = {*own, *(knob for reader in (*metric.reads, *EVERYBODYS) for knob in reader.knobs)}
        assert knobs <= {*Definitions.__struct_fields__}
        same = msgspec.structs.replace(another, **{knob: getattr(one, knob) for knob in knobs})
        found: list[list[Facts]] = []
        for definitions in (one, same):
            # As a shard asks: of a ticket that no figure may count, no metric is asked.
            asked = Derivation([metric], definitions)
            found.append(asked.facts(timeline_of(log, asked.plan), ALL_CHANGED, asked.nothing))
        assert found[0] == found[1], metric.name


def test_a_metric_that_names_no_knobs_depends_on_all() -> None:
    name = "careless"
    careless = msgspec.structs.replace(METRICS[0], name=name, knobs=None)

    def fingerprint(**definitions: Any) -> str:
        return parts_of(rules(metrics=(careless,), definitions=Definitions(**definitions))).metrics[name].fingerprint

    assert len({fingerprint(), fingerprint(follow_up_hours=1), fingerprint(ces_polarity="effort")}) == 3
