"""Rules of the house that a reader relies on: who may import whom, how long a file is, what the registry holds."""

from __future__ import annotations

import ast
import importlib
import io
import pkgutil
import re
import statistics
import sys
import tokenize
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import get_args

import pytest

import stream.metrics
from stream.domain.calendars.schedule import Calendar, Schedule, parse_hours
from stream.domain.events import LeaveReason
from stream.domain.facts import Facts
from stream.domain.levels import LOST_OF
from stream.domain.rowspec import RowSpec
from stream.domain.sla import SlaPolicy
from stream.metrics import BUILT_IN, MEASURES, METRICS, ROWS, customers, survey_response
from stream.metrics.spec import Metric
from tests.domain.stories import Story

ROOT = Path(__file__).parents[2]
STREAM = ROOT / "stream"
MODULES = sorted(STREAM.rglob("*.py"))
TEST_MODULES = sorted((ROOT / "tests").rglob("*.py"))

MAX_LINES = 400
MAX_MEDIAN_LINES = 110
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}
ALLOWED_BESIDE_STDLIB = {
    "domain": ("msgspec", "stream.compiled.mypyc_attr", "stream.domain"),
    "metrics": ("msgspec", "stream.domain", "stream.metrics", "stream.plugins"),
    "contract": ("msgspec", "stream.contract", "stream.domain"),
    "connect": (
        "msgspec",
        "pydantic",
        "stream.connect",
        "stream.domain",
        "stream.errors",
        "stream.settings.section",
        "stream.sources.cloudevents",
        "stream.sources.source",
    ),
}
LAYERS = (
    ("errors", "clock", "compiled"),
    ("plugins",),
    ("domain",),
    ("metrics", "contract"),
    ("settings",),
    ("files", "rules", "schemas", "broker", "wallboard"),
    ("sources",),
    ("connect",),
    ("sentiment",),
    ("edge.process",),
    ("edge.kafka",),
    ("edge.owners",),
    ("edge.serve",),
    ("app",),
    ("worker", "simulate", "replay", "gateway", "pull", "reconcile", "repartition"),
    ("compare",),
    ("demo",),
    ("cli",),
    ("__main__",),
)
"""Rooms of the tree: each imports those of earlier lines only, and of its own line none but itself."""
SHOWN = ("stream.edge.owners.view", "stream.edge.owners.worker_state")
"""All that the room which serves may know of the owners."""
# What design notes on Faust measured as broken, unsafe or lossy.
FORBIDDEN_FAUST = {
    r"\bgroup_by\(": "re-partitions at 400 microseconds an event",
    r"\bGlobalTable\b": "broken",
    r"\brelative_to_now\b": "broken",
    r"\bproducer_threaded\b": "unsafe",
    r"\.Table\(": "state belongs to a shard, and leaves with it",
    r"\bconcurrency\s*=": "reorders the events of a ticket",
}
CLOCKS = re.compile(
    r"\btime\.(time|time_ns|monotonic|monotonic_ns|perf_counter|perf_counter_ns|localtime|gmtime)\b"
    r"|\bdatetime\.(now|utcnow|today)\b|\bdate\.today\b"
)


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports_of(path: Path) -> Iterator[tuple[int, str]]:
    """Line and absolute name of everything a module imports, wherever in it."""
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            start = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            base = ".".join(part for part in (start, node.module) if part)
            for alias in node.names:
                yield node.lineno, f"{base}.{alias.name}"


def code_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Lines of a module without its strings and comments."""
    lines: dict[int, list[str]] = {}
    inside_f_string = 0
    for token in tokenize.generate_tokens(io.StringIO(path.read_text()).readline):
        name = tokenize.tok_name[token.type]
        inside_f_string += {"FSTRING_START": 1, "FSTRING_END": -1}.get(name, 0)
        if name not in ("STRING", "COMMENT", "FSTRING_START", "FSTRING_MIDDLE", "FSTRING_END") and token.string.strip():
            lines.setdefault(token.start[0], []).append(token.string)
    for number, parts in lines.items():
        yield number, re.sub(r" ?([.=(]) ?", r"\1", " ".join(parts))


@pytest.mark.parametrize("layer", sorted(ALLOWED_BESIDE_STDLIB))
def test_the_pure_layers_import_nothing_but_what_is_pure(layer: str) -> None:
    allowed = ALLOWED_BESIDE_STDLIB[layer]
    wrong = [
        f"{relative(path)}:{line} imports {name}"
        for path in sorted((STREAM / layer).rglob("*.py"))
        for line, name in imports_of(path)
        if name.split(".")[0] not in sys.stdlib_module_names
        and not any(name == prefix or name.startswith(f"{prefix}.") for prefix in allowed)
    ]
    assert not wrong


def room_of(name: str) -> str:
    """Room of a module of the package: the longest name of a room that it begins with; empty for the package itself."""
    rooms = [room for layer in LAYERS for room in layer]
    inside = name.removeprefix("stream").removeprefix(".")
    found = [room for room in rooms if inside == room or inside.startswith(f"{room}.")]
    return max(found, key=len, default=inside and f"no room: {name}")


def test_every_room_imports_only_those_before_it() -> None:
    floor = {room: number for number, layer in enumerate(LAYERS) for room in layer}
    wrong = []
    for path in MODULES:
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        own = room_of(module) if module not in ("stream", "stream.edge") else ""
        for line, name in imports_of(path):
            if name.split(".")[0] != "stream" or name == "stream" or name.startswith("stream.__"):
                continue
            other = room_of(name)
            if other != own and floor.get(other, len(LAYERS)) >= floor.get(own, -1):
                wrong.append(f"{relative(path)}:{line} ({own}) imports {name} ({other})")
    assert not wrong


def test_what_serves_knows_of_the_owners_only_what_they_show() -> None:
    wrong = [
        f"{relative(path)}:{line} imports {name}"
        for path in sorted((STREAM / "edge" / "serve").rglob("*.py"))
        for line, name in imports_of(path)
        if name.startswith("stream.edge.owners.") and not name.startswith(SHOWN)
    ]
    assert not wrong


def test_every_room_says_what_it_is_for() -> None:
    silent = [
        relative(path)
        for path in MODULES
        if path.name == "__init__.py" and path.parent != STREAM and not (ast.get_docstring(ast.parse(path.read_text())))
    ]
    assert not silent


@pytest.mark.parametrize("layer", sorted(ALLOWED_BESIDE_STDLIB))
def test_the_pure_layers_touch_no_file_no_net_and_no_chance(layer: str) -> None:
    impure = {
        "asyncio",
        "io",
        "logging",
        "os",
        "pathlib",
        "random",
        "secrets",
        "socket",
        "subprocess",
        "threading",
        "time",
    }
    wrong = [
        f"{relative(path)}:{line} imports {name}"
        for path in sorted((STREAM / layer).rglob("*.py"))
        for line, name in imports_of(path)
        if name.split(".")[0] in impure
    ]
    assert not wrong


def test_only_clock_reads_the_clock() -> None:
    wrong = [
        f"{relative(path)}:{number}: {line}"
        for path in MODULES
        if path != STREAM / "clock.py"
        for number, line in code_lines(path)
        if CLOCKS.search(line)
    ]
    wrong += [
        f"{relative(path)}:{line} imports {name}"
        for path in MODULES
        if path != STREAM / "clock.py"
        for line, name in imports_of(path)
        if name in ("time.time", "time.time_ns", "time.monotonic", "time.perf_counter")
    ]
    assert not wrong


def test_nothing_in_the_package_imports_the_tests() -> None:
    wrong = [
        f"{relative(path)}:{line}"
        for path in MODULES
        for line, name in imports_of(path)
        if name.split(".")[0] in ("tests", "pytest", "hypothesis")
    ]
    assert not wrong


def test_no_module_is_too_long() -> None:
    lines = {relative(path): len(path.read_text().splitlines()) for path in MODULES}
    assert {name: count for name, count in lines.items() if count > MAX_LINES} == {}


def test_modules_are_short_on_the_whole(record_property: Callable[[str, object], None]) -> None:
    lines = [len(path.read_text().splitlines()) for path in MODULES if path.name != "__init__.py"]
    median = statistics.median(lines)
    record_property("median_lines", median)
    assert median <= MAX_MEDIAN_LINES, f"the median module has {median} lines"


def test_modules_are_named_after_what_they_are() -> None:
    names = {relative(path) for path in MODULES if FORBIDDEN_NAMES & {path.stem, path.parent.name}}
    assert not names


@pytest.mark.parametrize("pattern", FORBIDDEN_FAUST)
def test_features_of_faust_that_lose_or_reorder_are_not_used(pattern: str) -> None:
    wrong = [
        f"{relative(path)}:{number}: {line}  ({FORBIDDEN_FAUST[pattern]})"
        for path in MODULES
        for number, line in code_lines(path)
        if re.search(pattern, line)
    ]
    assert not wrong


def test_every_exception_to_a_check_names_its_rule_and_its_reason() -> None:
    kinds = (r"noqa: [A-Z]+\d+(, ?[A-Z]+\d+)*", r"type: ignore\[[a-z-]+(, ?[a-z-]+)*\]", r"pragma: no (cover|branch)")
    accepted = re.compile(rf"#\s*({'|'.join(kinds)})\s+\S.*[a-z]{{3}}")
    exception = re.compile(r"#\s*(noqa|type:\s*ignore|pragma)")
    wrong = []
    for path in [*MODULES, *TEST_MODULES]:
        for token in tokenize.generate_tokens(io.StringIO(path.read_text()).readline):
            is_exception = token.type == tokenize.COMMENT and exception.match(token.string)
            if is_exception and not accepted.match(token.string):
                wrong.append(f"{relative(path)}:{token.start[0]}: {token.string}")
    assert not wrong


# --- the registry ----------------------------------------------------------------------------------------------------


def test_every_metric_file_is_in_the_registry_once() -> None:
    modules = [
        importlib.import_module(f"stream.metrics.{m.name}") for m in pkgutil.iter_modules(stream.metrics.__path__)
    ]
    declared = [module.METRIC for module in modules if hasattr(module, "METRIC")]
    assert sorted(m.name for m in declared) == sorted(m.name for m in METRICS)
    assert len({m.name for m in METRICS}) == len(METRICS)
    assert all(isinstance(metric, Metric) for metric in METRICS)


def test_every_metric_file_has_tests_of_its_own() -> None:
    files = {metric.facts.__module__.rpartition(".")[2] for metric in BUILT_IN}
    tested = {path.stem.removeprefix("test_") for path in (ROOT / "tests/metrics").glob("test_*.py")}
    assert sorted(files - tested) == [], "tests/metrics/test_<name>.py: CONTRIBUTING.md, Add a metric"


def test_no_two_measures_or_rows_share_a_name() -> None:
    assert len(MEASURES) == sum(len(metric.measures) for metric in METRICS)
    assert len({(row.metric, row.definition_id) for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_rows_are_made_of_measures_that_are_declared(metric: Metric) -> None:
    for row in metric.rows:
        # One that books nothing is made of what others book.
        assert not metric.measures or set(metric.measures) & set(row.measures), row.definition
        assert set(row.measures) <= set(MEASURES.values()), row.definition
        if row.kind == "duration":
            assert row.measure is not None, row.definition
            assert row.measure.histogram, row.definition


ALWAYS = Calendar("default", "UTC", (Schedule(((parse_hours("00:00-24:00"),),) * 7),))
PROMISES = SlaPolicy("all", (10_000_000, 10_000_000, 60_000_000))


def test_facts_book_the_measures_that_are_declared_and_bins_only_where_declared() -> None:
    """Told on stories in which every measure is booked."""
    stories = [
        Story().created(0, "chat").queued(1).answered(9).message(20).status(30, "solved").survey(40, 5),
        Story().created(0, "chat").queued(1).abandoned(9).queued(20).left_queue(30).answered(95).queued(100),
        Story().created(0, "chat").queued(1).abandoned(90),
        Story(short_abandon_seconds=5).created(0, "chat").queued(1).abandoned(2).survey(40, 1),
        Story().created(0, "chat").queued(1),
        Story(ended_while_waiting="left").created(0, "chat").queued(1).ended(2),
        *(Story().created(0, "chat").queued(1).left_queue(2, reason).left_queue(3) for reason in get_args(LeaveReason)),
        Story().created(0, "chat").queued(1).answered(2).answered(30).abandoned(40),
        Story().created(0).message(1).message(2, "customer", sentiment=-1).message(3).status(4, "solved"),
        Story().created(0).message(1).status(2, "solved").status(3, "open").status(4, "solved"),
        Story().created(0).message(2, "customer", sentiment=0).message(3, "customer", sentiment=1),
        Story().queued(1).answered(9).ended(20),
        Story().created(0, "chat").queued(1).answered(9).ended(20),
        *(Story().created(0).updated(1, assigned=True).status(2, status) for status in ("open", "pending", "on_hold")),
        *(
            Story().survey_sent(0, kind=kind).survey(1, score, low=0, high=10, kind=kind).message(9)
            for kind in ("csat", "nps", "ces")
            for score in (1, 7, 10)
        ),
        Story().survey(1, 1, low=0, high=10, kind="nps"),
        Story().survey_sent(0).survey_ended(1),
        Story(calendars=(ALWAYS,)).created(0).message(1).message(2, "customer").message(3).status(4, "solved"),
        Story(calendars=(ALWAYS,)).queued(0).answered(1),
        Story(sla=(PROMISES,)).created(0),
        Story(sla=(PROMISES,)).created(0).message(1).message(2, "customer"),
        Story(sla=(PROMISES,)).created(0).message(1).message(2, "customer").message(3).status(4, "solved"),
        Story(sla=(PROMISES,)).created(0).message(20).message(30, "customer").message(60).status(99, "solved"),
        Story().survey_sent(0).survey_ended(1, declined=True),
        Story().joined(0).purchase(1, 5_000_000).left(2).joined(3),
        Story().joined(0).left(1),
        Story().contact(0).contact(1),
        Story().asked(0).asked(1),
        Story().contact(0, done=1).contact(2, done=3),
        Story().contact(0, done=1).contact(9 * 86_400),
        *(
            Story().joined(0).answer(1, score, low=0, high=10, kind=kind).contact(2, is_open=True)
            for kind in ("csat", "nps")
            for score in (1, 8, 10)
        ),
        *(Story().joined(0).answer(1, score).left(2) for score in (1, 5)),
    ]
    seen: set[str] = set()
    for story in stories:
        for metric in METRICS:
            facts: Facts = {}
            metric.facts(story.timeline, story.definitions, facts)
            for fact in facts.values():
                for booking in fact.bookings:
                    assert booking.measure in metric.measures, metric.name
                    # Those that left have bins as well, by when they had joined; surveys sent, by their hour;
                    # and what is due, by when it is.
                    has_bins = booking.measure.histogram or booking.measure in (customers.LEFT, survey_response.BY_HOUR)
                    assert (booking.bin_index >= 0) == (has_bins or bool(booking.measure.overdue)), booking.measure
                    seen.add(booking.measure.name)
    # Who is lost, and how old a ticket is, depends on now: that is no fact.
    later = {name for measure in MEASURES.values() for _, name in measure.stages}
    assert seen == MEASURES.keys() - LOST_OF.values() - later


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.definition_id)
def test_every_row_says_what_it_means(row: RowSpec) -> None:
    for field in ("help", "formula", "booked", "gauge"):
        assert getattr(row, field), field
