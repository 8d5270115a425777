"""A metric of an installed package: registered, counted, exported and documented like any other, or refused."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from stream.errors import ConfigError
from stream.metrics import BUILT_IN, METRICS
from stream.metrics.own_series import OWN_SERIES
from stream.metrics.plugged_in import plugged_in
from stream.metrics.registry_rules import problems_of
from tests.plugins.package import install, lay_out, run

GROUP = "deskpulse.metrics"
REOPENINGS = '''
    """Second thoughts: changes of a ticket from done to a status that is not, each counted when it happens."""

    from stream.domain.facts import Booking, Fact
    from stream.domain.measures import Measure
    from stream.domain.readers.statuses import Statuses
    from stream.domain.rowspec import RowSpec
    from stream.metrics.spec import Metric

    REOPENED = Measure("{measure}", "Tickets reopened", counter="{counter}")

    def book(ticket, definitions, into):
        for number, time_us in enumerate(ticket.statuses.reopenings, 1):
            into[f"second_thought/{{number}}"] = Fact(time_us, ticket.segment_at(time_us), (Booking(REOPENED),))

    METRIC = Metric(
        name="{name}",
        measures=(REOPENED,),
        rows=(
            RowSpec(
                metric="{row}",
                definition="{definition}",
                version={version},
                kind="{kind}",
                help="Times that tickets were reopened",
                formula="{formula}",
                booked="at the reopening",
                gauge="{gauge}",
                measure={of},
            ),
        ),
        reads=(Statuses,),
        facts=book,
        fact_values={{"{fact}/<n>": "none"}},
    )
    '''
USUAL = {
    "name": "second_thoughts",
    "measure": "second_thought",
    "counter": "tickets_thought_over",
    "row": "second_thoughts",
    "definition": "done_to_not_done",
    "version": "1",
    "kind": "count",
    "formula": "count of changes from done to not done",
    "gauge": "second_thoughts",
    "of": "REOPENED",
    "fact": "second_thought",
}

COUNT = """
import small_desk_metrics
from stream.metrics import METRICS, fact_kinds
assert METRICS[-1] is small_desk_metrics.METRIC
assert "second_thought" in fact_kinds()
from stream.edge.serve.access.tally import HttpTally
from stream.edge.serve.prometheus.exposition import exposition_of
from tests.golden.desk import FixedState, view
print(exposition_of(FixedState(view()), HttpTally()).page("").decode())
"""


def module(**changes: str) -> str:
    return REOPENINGS.format(**(USUAL | changes))


def test_a_metric_of_a_package_is_counted_exported_and_documented(tmp_path: Path) -> None:
    points = {GROUP: {"thoughts": "small_desk_metrics:METRIC"}}
    installed = install(tmp_path, "small-desk", points, small_desk_metrics=module())
    # The package's own module is imported first, as its own tests do: it must not be loaded half made.
    done = run(installed, "-c", COUNT)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    labels = 'by="all",channel="",definition="done_to_not_done@1",priority="",team="",window="today"'
    assert f"deskpulse_second_thoughts_in_window{{{labels}}} 1.0" in lines
    assert 'deskpulse_tickets_thought_over_total{channel="email",priority="",team="tech"} 1.0' in lines
    page = run(installed, "-m", "stream", "metrics").stdout
    assert "### second_thoughts: `done_to_not_done@1`" in page
    assert "Second thoughts: changes of a ticket from done to a status that is not" in page
    assert "`second_thought/<n>`" in page


@pytest.mark.pure
def test_nothing_is_wrong_with_those_of_deskpulse() -> None:
    assert list(problems_of(BUILT_IN, OWN_SERIES)) == []
    assert METRICS[: len(BUILT_IN)] == BUILT_IN


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": "csat"}, "the metric 'csat' is there already, of the metric csat"),
        ({"measure": "answered"}, "the measure 'answered' is there already, of the metric abandonment"),
        ({"fact": "answered"}, "the fact 'answered' is there already, of the metric abandonment"),
        (
            {"row": "abandonment", "definition": "abandoned_of_answered_and_abandoned"},
            "the definition 'abandonment abandoned_of_answered_and_abandoned' is there already",
        ),
        (
            {"gauge": "contacts_offered"},
            "the series deskpulse_contacts_offered_in_window is there already, of abandonm",
        ),
        ({"gauge": "watermark_timestamp_seconds", "kind": "level"}, "is there already, of Deskpulse itself"),
        (
            {"counter": "contacts_offered"},
            "the series deskpulse_contacts_offered_total is there already, of abandonment",
        ),
        ({"name": "Re-opened"}, "'Re-opened' is no name of a metric; allowed: a-z, 0-9 and '_'"),
        ({"definition": "done|not"}, "'done|not' is no name of a definition"),
        ({"fact": "Reopened"}, "'Reopened' is no name of a fact"),
        ({"version": "0"}, "the row done_to_not_done@0 has version 0; allowed: 1 and more"),
        ({"formula": ""}, "the row done_to_not_done@1 has no formula"),
        ({"kind": "duration"}, "the row done_to_not_done@1 is a duration: its measure has to keep bins"),
        ({"of": 'Measure("other", "x")'}, "the row done_to_not_done@1 is made of other, which no metric books"),
    ],
)
def test_one_that_cannot_be_used_is_refused_with_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, str], told: str
) -> None:
    points = {GROUP: {"m": "small_desk_metrics:METRIC"}}
    monkeypatch.syspath_prepend(lay_out(tmp_path, "small-desk", points, small_desk_metrics=module(**changes)))
    sys.modules.pop("small_desk_metrics", None)
    with pytest.raises(ConfigError) as caught:
        plugged_in(BUILT_IN)
    assert str(caught.value).startswith(f"{GROUP} m = 'small_desk_metrics:METRIC' of small-desk 1.2: ")
    assert told in str(caught.value)


def test_a_worker_says_it_in_a_sentence(tmp_path: Path) -> None:
    points = {GROUP: {"m": "small_desk_metrics:METRIC"}}
    installed = lay_out(tmp_path, "small-desk", points, small_desk_metrics=module(name="csat"))
    done = run(installed, "-m", "stream", "worker")
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"deskpulse: {GROUP} m = 'small_desk_metrics:METRIC' of small-desk 1.2: the metric 'csat'")
