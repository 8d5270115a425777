"""``deskpulse topics``: a table, an exit code, and what to run next."""

from __future__ import annotations

import pytest

from stream.__main__ import run
from stream.edge.kafka import topics
from stream.edge.kafka.topics import TopicReport
from stream.schemas.topic_plan import Difference, TopicSpec
from stream.settings import Settings
from stream.settings.kafka import KafkaSettings

SPECS = tuple(
    TopicSpec(logical, name, 4, True, 1, {})
    for logical, name in [("tickets", "support.tickets.v1"), ("surveys", "support.surveys.v1")]
)
MISSING = Difference("support.surveys.v1", "missing", "partitions", "4", "-")
OTHER_CONFIG = Difference("support.tickets.v1", "config", "retention.ms", "2", "1")
OTHER_COUNT = Difference("support.tickets.v1", "partitions", "partitions", "4", "8", "DESKPULSE_TOPICS__PARTITIONS")


@pytest.fixture
def report(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """The report that Kafka would give, as ``gives``, and how it was asked for."""
    state: dict[str, object] = {"gives": TopicReport(SPECS, ())}

    async def ensure_topics(settings: Settings, create: bool = False, fix: bool = False) -> object:
        state["asked"] = (create, fix)
        state["kafka"] = settings.kafka
        return state["gives"]

    monkeypatch.setattr(topics, "ensure_topics", ensure_topics)
    return state


def test_all_right_ends_with_0_and_changes_nothing(
    report: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["topics"]) == 0
    assert report["asked"] == (False, False)
    out = capsys.readouterr().out
    assert [line.split() for line in out.splitlines() if "support" in line] == [
        ["support.tickets.v1", "4", "right"],
        ["support.surveys.v1", "4", "right"],
    ]


@pytest.mark.parametrize(
    ("difference", "row", "advice"),
    [
        (MISSING, ["support.surveys.v1", "-", "missing"], "Run `deskpulse topics --create`"),
        (OTHER_CONFIG, ["support.tickets.v1", "4", "differs"], "Run `deskpulse topics --fix`"),
        (OTHER_COUNT, ["support.tickets.v1", "8", "differs"], "The number is never changed here"),
    ],
)
def test_a_difference_ends_with_1_and_says_what_to_run(
    report: dict[str, object],
    difference: Difference,
    row: list[str],
    advice: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    report["gives"] = TopicReport(SPECS, (difference,))
    assert run(["topics"]) == 1
    out = capsys.readouterr().out
    assert row in [line.split()[:3] for line in out.splitlines()]
    assert advice in out


def test_what_was_done_is_in_the_table(report: dict[str, object], capsys: pytest.CaptureFixture[str]) -> None:
    report["gives"] = TopicReport(SPECS, (), ("support.tickets.v1",), ("support.surveys.v1",))
    assert run(["topics", "--create", "--fix"]) == 0
    assert report["asked"] == (True, True)
    out = capsys.readouterr().out
    assert "created" in out
    assert "repaired" in out


def test_no_broker_is_a_message_that_names_the_address(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DESKPULSE_KAFKA__BOOTSTRAP_SERVERS", "127.0.0.1:1")
    assert run(["topics"]) == 3
    err = capsys.readouterr().err
    assert "deskpulse: Kafka at 127.0.0.1:1 (DESKPULSE_KAFKA__BOOTSTRAP_SERVERS, PLAINTEXT) does not answer" in err
    assert "Traceback" not in err


def test_another_kafka_than_the_settings_can_be_asked(
    report: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESKPULSE_KAFKA__BOOTSTRAP_SERVERS", "127.0.0.1:1")
    monkeypatch.setenv("DESKPULSE_KAFKA__SECURITY_PROTOCOL", "SSL")
    assert run(["topics", "--bootstrap-servers", "127.0.0.1:2,127.0.0.1:3"]) == 0
    kafka = report["kafka"]
    assert isinstance(kafka, KafkaSettings)
    assert (kafka.bootstrap_servers, kafka.security_protocol) == ("127.0.0.1:2,127.0.0.1:3", "SSL")


@pytest.mark.parametrize("command", ["topics", "simulate"])
def test_a_wrong_address_is_refused_in_the_words_of_the_setting(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([command, "--bootstrap-servers", "nowhere"]) == 2
    err = capsys.readouterr().err
    assert "DESKPULSE_KAFKA__BOOTSTRAP_SERVERS='nowhere': 'nowhere' is not host:port" in err


@pytest.mark.parametrize("arguments", [["--yes"], ["--misrouted"], ["--repartition", "24", "--create"]])
def test_options_that_do_not_go_together_are_refused(
    arguments: list[str], report: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["topics", *arguments]) == 2
    assert "asked" not in report
    assert "--repartition" in capsys.readouterr().err
