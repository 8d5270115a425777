"""The numbers on /metrics are our own text: the same bytes as the client library writes, and no more than fit."""

from __future__ import annotations

import itertools
import math
import weakref
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import choose_encoder
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.utils import floatToGoString

from stream.domain.cells import Cell, Cells
from stream.domain.counters import RETRACTED
from stream.domain.rollup import NOW_WINDOW
from stream.domain.rows import Address
from stream.domain.rowspec import RowSpec
from stream.domain.segments import THREE, segment_of
from stream.edge.owners.view import EMPTY_VIEW, View
from stream.edge.serve.access.tally import HttpTally
from stream.edge.serve.prometheus.exposition import content_type_of, exposition_of
from stream.edge.serve.prometheus.number_text import COUNTERS, NumberText, too_many
from stream.edge.serve.prometheus.page_text import number
from stream.metrics import MEASURES, ROWS
from tests.domain.taken import rows_made
from tests.edge.oracle_counters import AdditiveSeries
from tests.edge.oracle_rows import RowGauges
from tests.golden.desk import NOW, SETTINGS, FixedState, view

NAMES = st.text(st.characters(exclude_characters="\x1f", exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ["", "a|b", 'say "hi"', "back\\slash", "new\nline", "é€😀", "le", "x" * 400]
)
SEGMENTS = st.builds(segment_of, NAMES, NAMES, NAMES)
COUNTS = st.integers(0, 3) | st.sampled_from([999_999, 1_000_000, 1_234_567, 10**16, 2**63, 10**22])
CELLS = st.builds(
    Cell, COUNTS, COUNTS, st.none() | st.dictionaries(st.integers(0, 20), st.integers(1, 2_000_000), max_size=5)
)
BOOKED = st.dictionaries(st.sampled_from(sorted(MEASURES)), CELLS, max_size=8)
COUNTED = BOOKED | st.dictionaries(st.sampled_from([RETRACTED + name for name in sorted(MEASURES)]), CELLS, max_size=3)
GROUP_BYS = ("all", "channel", "team", "priority", "channel_team", "channel_team_priority")
EVERY_GROUP = SETTINGS.model_copy(
    update={"group_by": SETTINGS.group_by.model_copy(update={"names": GROUP_BYS})},
)


@st.composite
def views(draw: st.DrawFn) -> View:
    made: dict[Address, tuple[tuple[int, int], dict[RowSpec, Cells]]] = {}
    for segment in draw(st.lists(SEGMENTS, max_size=4)):
        for by in draw(st.sets(st.sampled_from(GROUP_BYS))):
            group, cells = THREE.rolled_up(segment, by), draw(BOOKED)
            for spec in draw(st.lists(st.sampled_from(ROWS), max_size=6, unique_by=id)):
                window = NOW_WINDOW if spec.kind == "level" else draw(st.sampled_from(["15m", "today"]))
                if spec.kind == "level":
                    # The sum is a moment.
                    cells = {name: Cell(cell.count, min(cell.sum, NOW * 1_000_000)) for name, cell in cells.items()}
                made.setdefault((by, group, window), ((NOW - 900, NOW), {}))[1][spec] = cells
    return View(
        rows_made(made), draw(st.dictionaries(SEGMENTS, COUNTED, max_size=4)), {}, NOW * 1_000_000, NOW * 1_000_000
    )


def by_the_client_library(state: FixedState, *, is_openmetrics: bool) -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(RowGauges(state))
    registry.register(AdditiveSeries(state))
    if not is_openmetrics:
        return bytes(generate_latest(registry))
    return bytes(generate_openmetrics(registry)).removesuffix(b"# EOF\n")


def ours(numbers: NumberText, *, is_openmetrics: bool = False) -> bytes:
    return b"".join(numbers.parts(is_openmetrics=is_openmetrics))


@given(views(), st.booleans())
def test_the_bytes_are_those_of_the_client_library(seen: View, is_openmetrics: bool) -> None:
    state = FixedState(seen, now=NOW + 3.5, settings=EVERY_GROUP)
    expected = by_the_client_library(state, is_openmetrics=is_openmetrics)
    assert ours(NumberText(state), is_openmetrics=is_openmetrics) == expected


@given(st.floats() | st.integers(-(10**30), 10**30))
def test_numbers_are_written_as_the_client_library_does(value: float) -> None:
    assert number(value) == floatToGoString(value)


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan, -0.0, 999_999.5, 1e6, 1e16, 1e-7])
def test_odd_numbers_too(value: float) -> None:
    assert number(value) == floatToGoString(value)


def test_what_stands_still_is_made_once_and_what_lasts_is_not() -> None:
    state = FixedState(view())
    numbers = NumberText(state)
    before = ours(numbers)
    state.view = EMPTY_VIEW
    assert ours(numbers) == b""
    state.view = kept = view()
    assert ours(numbers) == before
    # The same view, whose rows nobody looks at again: that they change shows it.
    kept.rows.blocks.clear()  # type: ignore[attr-defined]  # nobody but a test does
    assert ours(numbers) == before
    state.now += 5
    changed = set(ours(numbers).splitlines()) - set(before.splitlines())
    assert changed
    ages = {b"deskpulse_longest_wait_seconds", b"deskpulse_oldest_open_seconds"}
    assert {line.partition(b"{")[0] for line in changed} == ages


def test_rows_of_a_view_that_is_over_are_kept_by_nobody() -> None:
    state = FixedState(view())
    numbers = NumberText(state)
    ours(numbers)
    gone = weakref.ref(state.view)
    state.view = EMPTY_VIEW
    assert gone() is None


def test_both_formats_of_a_view_are_made_of_the_same_text() -> None:
    state = FixedState(view())
    numbers = NumberText(state)
    for is_openmetrics in (False, True, False):
        expected = by_the_client_library(state, is_openmetrics=is_openmetrics)
        assert ours(numbers, is_openmetrics=is_openmetrics) == expected


@pytest.mark.parametrize("scheme", ["dots", "values", "underscores", "allow-utf-8", "nonsense"])
@pytest.mark.parametrize("format_", ["application/openmetrics-text;version=1.0.0", "text/plain;version=1.0.0"])
def test_names_are_plain_whatever_scheme_is_asked_for(format_: str, scheme: str) -> None:
    """Names need no scheme; the two that would change them all are not spoken."""
    answered = content_type_of(f"{format_}; escaping={scheme}")
    assert answered.endswith("escaping=allow-utf-8" if scheme == "allow-utf-8" else "escaping=underscores")
    page = exposition_of(FixedState(view()), HttpTally()).page(f"{format_}; escaping={scheme}").decode()
    assert "\ndeskpulse_worker_ready 1.0\n" in page


@pytest.mark.parametrize("accept", ["", "*/*", "text/plain;version=0.0.4", "application/openmetrics-text"])
def test_the_content_type_is_that_of_the_client_library(accept: str) -> None:
    assert content_type_of(accept) == choose_encoder(accept)[1]


# --- no more than fit ------------------------------------------------------------------------------------------------


def shown(page: bytes) -> Counter[str]:
    """Samples by group-by; those without one are counters."""
    lines = [line for line in page.decode().splitlines() if line[0] != "#"]
    return Counter(line.partition('{by="')[2].partition('"')[0] or COUNTERS for line in lines)


def with_room_for(samples: int) -> NumberText:
    http = SETTINGS.http.model_copy(update={"max_metrics_samples": samples})
    return NumberText(FixedState(view(), settings=SETTINGS.model_copy(update={"http": http})))


def test_a_group_by_is_there_as_a_whole_or_not_at_all() -> None:
    whole = with_room_for(10_000)
    everything = shown(ours(whole))
    assert set(whole.left_out.values()) == {0}
    seen = set()
    for room in itertools.chain(range(0, 2_000, 7), [10_000]):
        numbers = with_room_for(room)
        found = shown(ours(numbers))
        assert sum(found.values()) <= room
        assert {by: count for by, count in everything.items() if not numbers.left_out[by]} == found
        seen.add(frozenset(found))
    assert {frozenset(), frozenset(everything), frozenset({"all"})} <= seen


def test_all_comes_first_then_the_counters_then_the_coarse_in_the_order_of_the_settings() -> None:
    samples = {"team": 30, "all": 10, "channel_team": 100, "channel": 30, COUNTERS: 50}
    names = ("channel_team", "team", "channel", "all")
    assert too_many(samples, names, 220) == {}
    assert too_many(samples, names, 219) == {"channel_team": 100}
    assert too_many(samples, names, 119) == {"channel": 30, "channel_team": 100}
    assert too_many(samples, names, 60) == {"team": 30, "channel": 30, "channel_team": 100}
    assert too_many(samples, names, 59) == {COUNTERS: 50, "channel": 30, "channel_team": 100}
    assert too_many(samples, names, 9) == samples


def test_a_group_by_with_exactly_as_many_as_fit_is_there() -> None:
    assert too_many({"all": 10}, ("all",), 10) == {}
    assert too_many({"all": 11}, ("all",), 10) == {"all": 11}


def test_long_labels_count_as_several_samples() -> None:
    def wanted(name: str) -> int:
        rows = rows_made({("team", name, "15m"): ((NOW - 900, NOW), {ROWS[0]: {}})})
        settings = SETTINGS.model_copy(update={"http": SETTINGS.http.model_copy(update={"max_metrics_samples": 0})})
        numbers = NumberText(FixedState(View(rows, {}, {}, 1, 1), settings=settings))
        ours(numbers)
        return numbers.left_out["team"]

    assert wanted("ä" * 150) == 2 * wanted("short")
    assert wanted('"' * 64) == wanted("short")


def test_what_is_left_out_is_on_the_page() -> None:
    http = SETTINGS.http.model_copy(update={"max_metrics_samples": 340})
    state = FixedState(view(), settings=SETTINGS.model_copy(update={"http": http}))
    page = exposition_of(state, HttpTally()).page("").decode()
    said = {
        by: float(line.rpartition(" ")[2])
        for line in page.splitlines()
        if line.startswith("deskpulse_metrics_samples_left_out{")
        for by in [line.partition('by="')[2].partition('"')[0]]
    }
    assert said["all"] == 0
    assert said["channel_team"] > 0
    assert list(said) == [*SETTINGS.group_by.names, COUNTERS]
    state.view = EMPTY_VIEW
    assert "samples_left_out" not in exposition_of(state, HttpTally()).page("").decode()
