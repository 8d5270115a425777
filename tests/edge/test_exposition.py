"""The page /metrics: series appear, change and vanish with what they count; no data is no sample."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable, Mapping

import pytest
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from stream.edge.owners.view import EMPTY_VIEW
from stream.edge.serve.access.tally import HttpTally
from stream.edge.serve.prometheus.exposition import content_type_of, exposition_of
from tests.domain.stories import Story
from tests.golden.desk import HOUR, MINUTE, NOW, ONLY_SHARDS, TICKETS, FixedState, view
from tests.golden.page import GOLDEN, page

OPENMETRICS = "application/openmetrics-text; version=1.0.0"
ALL = {"by": "all", "channel": "", "team": "", "priority": ""}

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def _samples(families: Iterable[Metric]) -> Samples:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def samples_of(tickets: Mapping[str, Story], now: float = NOW) -> Samples:
    return _samples(parse_text(page(FixedState(view(tickets, now), now=now))))


def value(samples: Samples, name: str, **labels: str) -> float | None:
    """The one sample of a name whose labels include these; None where there is none."""
    if name.startswith("first_response_time"):
        labels.setdefault("definition", "first_human_reply@2")
    found = [
        number
        for (other, given), number in samples.items()
        if other == f"deskpulse_{name}" and labels.items() <= dict(given).items()
    ]
    assert len(found) <= 1, f"{name} {labels}: {len(found)} samples"
    return found[0] if found else None


def names(samples: Samples) -> set[str]:
    return {name.removeprefix("deskpulse_") for name, _ in samples}


def test_the_page_is_the_golden_one() -> None:
    assert page(FixedState(view())) == GOLDEN.read_text(encoding="utf-8"), "changed on purpose? python -m tests.golden"


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool (package prometheus) is not installed")
def test_promtool_has_no_complaint() -> None:
    whole = exposition_of(FixedState(view()), HttpTally()).page("")
    checked = subprocess.run(["promtool", "check", "metrics"], input=whole, capture_output=True, check=False)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, b"")


def test_openmetrics_carries_the_same_samples() -> None:
    state = FixedState(view())
    assert _samples(parse_openmetrics(page(state, OPENMETRICS))) == _samples(parse_text(page(state)))


def test_no_two_samples_have_the_same_name_and_labels() -> None:
    lines = [line.rpartition(" ")[0] for line in page(FixedState(view())).splitlines() if line[0] != "#"]
    assert len(lines) == len(set(lines))


def test_a_number_changes_with_the_next_view() -> None:
    state = FixedState(view(TICKETS))
    before = _samples(parse_text(page(state)))
    state.view = view({**TICKETS, "one more": Story().created(NOW - 60, "phone", "tech").queued(NOW - 60)})
    after = _samples(parse_text(page(state)))
    assert value(before, "waiting_contacts", **ALL) == 1
    assert value(after, "waiting_contacts", **ALL) == 2


def test_series_of_a_segment_appear_with_it_and_vanish_with_it() -> None:
    chat = {"by": "channel", "channel": "chat"}
    state = FixedState(view({**TICKETS, "chat": Story().created(NOW - 60, "chat", "sales").message(NOW - 10)}))
    with_chat = _samples(parse_text(page(state)))
    state.view = view(TICKETS)
    without = _samples(parse_text(page(state)))
    assert value(with_chat, "first_response_time_samples", window="15m", **chat) == 1
    assert [labels for _, labels in with_chat if ("channel", "chat") in labels]
    assert not [labels for _, labels in without if ("channel", "chat") in labels]


def test_a_window_without_data_has_no_mean_ratio_or_percentile_but_says_that_there_are_0_samples() -> None:
    samples = samples_of(
        {
            "old mail": Story().created(NOW - 3 * HOUR, "email").message(NOW - 2 * HOUR).survey(NOW - HOUR, 4),
            "old call": Story().created(NOW - HOUR, "phone").queued(NOW - HOUR).abandoned(NOW - HOUR + 30),
        }
    )
    here = {**ALL, "window": "15m"}
    top = {**here, "definition": "csat_top_two_box@2"}
    for absent in ("first_response_time_mean_seconds", "abandonment_ratio", "csat_score_mean"):
        assert value(samples, absent, **here) is None
        assert value(samples, absent, **{**here, "window": "today"}) is not None
    assert value(samples, "csat_ratio", **top) is None
    assert value(samples, "first_response_time_percentile_seconds", percentile="50", **here) is None
    for zero in (
        "first_response_time_samples",
        "abandonment_denominator",
        "abandonment_numerator",
        "csat_score_samples",
    ):
        assert value(samples, zero, **here) == 0
    assert value(samples, "csat_denominator", **top) == 0


def test_what_never_happened_is_not_exported_at_all() -> None:
    samples = samples_of({"mail": Story().created(NOW - 60, "email")})
    assert not [name for name in names(samples) if name.startswith(("csat", "abandonment", "first_response", "speed"))]
    assert value(samples, "open_tickets", **ALL) == 1


def test_the_longest_wait_grows_between_views_and_is_0_where_nobody_waits() -> None:
    waiting = view({"call": Story().created(NOW - 75, "phone").queued(NOW - 75)})
    state = FixedState(waiting, now=NOW + 5)
    assert value(_samples(parse_text(page(state))), "longest_wait_seconds", **ALL) == 80
    nobody = samples_of({"mail": Story().created(NOW - 60, "email")})
    assert value(nobody, "longest_wait_seconds", **ALL) == 0


def test_percentiles_are_within_1_percent_of_a_sample() -> None:
    waits = [3, 5, 8, 13, 21, 34, 55, 89, 144, 233]
    calls = {
        f"call {wait}": Story().created(NOW - 600, "phone").queued(NOW - 600).answered(NOW - 600 + wait)
        for wait in waits
    }
    samples = samples_of(calls)
    for percentile, expected in (("50", 21), ("90", 144)):
        found = value(samples, "speed_of_answer_percentile_seconds", percentile=percentile, window="15m", **ALL)
        assert found == pytest.approx(expected, rel=0.01)


def test_histogram_buckets_are_cumulative_and_end_with_all() -> None:
    calls = {
        f"call {wait}": Story().created(NOW - 900, "phone").queued(NOW - 900).answered(NOW - 900 + wait)
        for wait in (4, 5, 6, 700)
    }
    samples = samples_of(calls)
    name, phone = "contacts_answered_wait_seconds", {"channel": "phone", "team": "", "priority": ""}
    found = {le: value(samples, f"{name}_bucket", le=le, **phone) for le in ("5.0", "10.0", "300.0", "900.0", "+Inf")}
    assert found == {"5.0": 2, "10.0": 3, "300.0": 3, "900.0": 4, "+Inf": 4}
    assert value(samples, f"{name}_count", **phone) == 4
    assert value(samples, f"{name}_sum", **phone) == 715


def test_what_is_taken_back_is_counted_apart_and_leaves_the_counter_alone() -> None:
    mail = Story().created(NOW - HOUR, "email").status(NOW - 30 * MINUTE, "solved").status(NOW - MINUTE, "open")
    samples = samples_of({"mail": mail})
    assert value(samples, "full_resolution_seconds_count", channel="email") == 1
    assert value(samples, "retractions_total", measure="full_resolution", channel="email") == 1
    assert value(samples, "full_resolution_time_samples", window="today", **ALL) is None


def test_every_dead_letter_reason_is_there_from_the_start() -> None:
    samples = samples_of(TICKETS)
    assert value(samples, "pipeline_dead_letters_total", reason="missing_field") == 3
    assert value(samples, "pipeline_dead_letters_total", reason="not_json") == 0


def test_a_worker_without_the_roll_up_exports_only_itself() -> None:
    samples = _samples(parse_text(page(FixedState(EMPTY_VIEW, ONLY_SHARDS))))
    assert all(name.startswith(("worker_", "shard_", "build_info")) for name in names(samples))
    assert value(samples, "worker_is_rollup_owner") == 0
    assert value(samples, "shard_lag_events", partition="3") is None, "the lag is not known yet"
    assert value(samples, "shard_tickets", partition="3") == 10


def test_an_owner_without_events_exports_its_freshness_but_no_numbers() -> None:
    found = names(samples_of({}))
    assert {"watermark_timestamp_seconds", "pipeline_events_total", "worker_ready"} <= found
    assert not [name for name in found if name.startswith(("open_tickets", "first_response"))]


@pytest.mark.parametrize("version", ["abc", "x.y", "²", "1..2", "", "9" * 400])
@pytest.mark.parametrize("format_", ["text/plain", "application/openmetrics-text"])
def test_whatever_stands_for_a_version_is_answered(format_: str, version: str) -> None:
    assert content_type_of(f"{format_};version={version}").partition(";")[0] in ("text/plain", format_)
