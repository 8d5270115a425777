"""Customers' messages of other systems with a sentiment from their text, by every way in; the text gets nowhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from stream.cli.convert import convert_command
from stream.connect import chatwoot, zendesk
from stream.connect.chatwoot import dumps
from stream.connect.chatwoot.options import ChatwootOptions
from stream.connect.outcome import Outcome
from stream.connect.vendor import Account, Delivery, Scorer
from stream.connect.zendesk.dumps import records_of
from stream.connect.zendesk.fivetran import TABLES
from stream.connect.zendesk.joining import joined
from stream.connect.zendesk.options import ZendeskOptions
from stream.contract.decoder import Decoder
from stream.domain.limits import Limits
from stream.gateway.hooks import hooks_of
from stream.gateway.vendor_reader import VendorReader
from stream.pull.run import sources_of
from stream.settings import Settings
from tests.connect import chatwoot_account, zendesk_account
from tests.connect.kit import assert_no_trace, by_id, cloud_events, corners, outcomes
from tests.connect.zendesk_account import CUSTOMER, PLANTED, TEXT, WORD

ANGRY = f"This is the worst. I hate it. {TEXT}"


class Reader:
    """Stands for a scorer: what it was given to read, and the answer."""

    def __init__(self, answer: float | None = -0.6) -> None:
        self.given: list[object] = []
        self._answer = answer

    def __call__(self, text: object) -> float | None:
        self.given.append(text)
        return self._answer


def of_chatwoot(rows: list[Any], scorer: Scorer | None) -> list[Outcome]:
    account = Account("/chatwoot/3", ChatwootOptions(), scorer)
    return outcomes(chatwoot.VENDOR, dumps.joined(dumps.records_of(rows, account), account), account)


def of_zendesk(rows: list[Any], scorer: Scorer | None) -> list[Outcome]:
    account = Account("/zendesk/acme", ZendeskOptions(), scorer)
    return outcomes(zendesk.VENDOR, joined(records_of(rows, account), account), account)


def sentiments(found: list[Outcome]) -> dict[str, tuple[str, Any]]:
    """By id of each message its author and its sentiment."""
    return {
        event["id"]: (event["data"]["author"], event["data"].get("sentiment"))
        for event in cloud_events(found)
        if event["type"] == "support.ticket.message"
    }


def zendesk_rows() -> dict[str, list[Any]]:
    story = zendesk_account.usual_account()
    users = {"users": story.users}
    return {shape.__name__: [users, *map(shape, story.steps)] for shape in (story.audit, story.ticket_event)}


def chatwoot_rows() -> dict[str, list[Any]]:
    story = chatwoot_account.usual_account()
    hooks = [body for state in story.states for body in story.webhooks(state)]
    return {"webhooks": [*hooks, *map(story.message_webhook, story.messages)], "database": story.changes()}


def test_what_customers_wrote_is_scored_by_every_way_alike_and_nothing_else() -> None:
    ways = [(rows, of_chatwoot) for rows in chatwoot_rows().values()]
    ways += [(rows, of_zendesk) for rows in zendesk_rows().values()]
    for rows, read in ways:
        scorer = Reader()
        found = sentiments(read(rows, scorer))
        assert {author for author, score in found.values() if score == -0.6} == {"customer"}
        assert {score for author, score in found.values() if author != "customer"} == {None}
        assert set(scorer.given) == {TEXT}
        assert_no_trace(read(rows, scorer), PLANTED)
    for of_vendor, read in ((chatwoot_rows(), of_chatwoot), (zendesk_rows(), of_zendesk)):
        first, other = (by_id(read(rows, Reader())) for rows in of_vendor.values())
        shared = first.keys() & other.keys()
        assert shared
        assert [first[one] for one in sorted(shared)] == [other[one] for one in sorted(shared)]


def test_a_note_and_what_has_no_score_say_nothing() -> None:
    story = zendesk_account.usual_account()
    assert sentiments(of_zendesk([{"users": story.users}, story.audit(story.steps[9])], Reader())) == {
        "3-1090": ("customer", None)
    }
    for rows, read in ((chatwoot_rows()["webhooks"], of_chatwoot), (zendesk_rows()["audit"], of_zendesk)):
        assert read(rows, Reader(None)) == read(rows, None)


def test_a_row_of_fivetran_is_scored_too() -> None:
    comment = {"ticket_id": 1, "id": 7, "public": True, "user_id": CUSTOMER, "created": "2026-01-05T00:00:00Z"}
    row = {**dict.fromkeys(TABLES["ticket_comment"]), **comment, "body": ANGRY}
    record = {"table": "ticket_comment", "row": row, "roles": {str(CUSTOMER): "customer"}}
    found = [*zendesk.translate(record, Account("/z", ZendeskOptions(), Reader()))]
    assert sentiments(found) == {"1-7": ("customer", -0.6)}
    assert_no_trace(found, PLANTED)


def test_the_text_leaves_from_no_corner() -> None:
    story = zendesk_account.usual_account()
    for row in (story.audit(story.steps[0]), story.ticket_event(story.steps[4])):
        for planted in (*corners(row, ANGRY), *corners(row, WORD)):
            assert_no_trace(of_zendesk([planted, *story.users], Reader()), PLANTED)
    hook = chatwoot_account.usual_account()
    for planted in corners(hook.message_webhook(hook.messages[0]), ANGRY):
        assert chatwoot.VENDOR.hook is not None
        account = Account("/chatwoot/3", ChatwootOptions(), Reader())
        reading = chatwoot.VENDOR.hook.read(Delivery({}, planted), account)
        assert_no_trace([*outcomes(chatwoot.VENDOR, reading.records, account), *reading.broken], PLANTED)


def convert(rows: list[Any], folder: Path, *more: str, **environment: str) -> tuple[int, str, str]:
    file = folder / "history.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    result = CliRunner().invoke(convert_command, [*more, "chatwoot", str(file)], env=environment)
    return result.exit_code, result.stdout, result.stderr + repr(result.exception)


def angry(value: Any) -> Any:
    """The same with another text in the place of the planted one."""
    return json.loads(json.dumps(value).replace(json.dumps(TEXT)[1:-1], json.dumps(ANGRY)[1:-1]))


def test_convert_scores_where_the_settings_say_so_and_only_then(tmp_path: Path) -> None:
    rows = angry(chatwoot_rows()["webhooks"])
    code, out, told = convert(rows, tmp_path, DESKPULSE_SENTIMENT__SCORER="vader")
    assert code == 0, told
    found = [json.loads(line)["data"] for line in out.splitlines()]
    scores = [data["sentiment"] for data in found if data.get("author") == "customer"]
    assert scores
    assert max(scores) < -0.5
    assert_no_trace([out, told], PLANTED)
    settings = tmp_path / "deskpulse.toml"
    settings.write_text('[sentiment]\nscorer = "vader"\n')
    assert convert(rows, tmp_path, "--config", str(settings))[1] == out
    assert "sentiment" not in convert(rows, tmp_path)[1]


def test_a_scorer_that_fails_in_the_middle_of_a_file_takes_nothing_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    def fails(_: object, text: str) -> dict[str, Any]:
        raise RuntimeError(text)

    monkeypatch.setattr(SentimentIntensityAnalyzer, "polarity_scores", fails)
    rows = angry(chatwoot_rows()["webhooks"])
    code, out, told = convert(rows, tmp_path, DESKPULSE_SENTIMENT__SCORER="vader")
    assert (code, out) == (0, convert(rows, tmp_path)[1])
    assert_no_trace([out, told], PLANTED)


def test_gateway_and_pull_use_the_scorer_of_the_settings() -> None:
    section = {"name": "acme", "vendor": "zendesk", "secrets": "s" * 32, "api_url": "https://acme.example.com"}
    section |= {"api_user": "a", "api_token": "t"}
    for scorer, wanted in (("none", False), ("vader", True)):
        settings = Settings.model_validate({"connect": [section], "sentiment": {"scorer": scorer}})
        reader = hooks_of(settings, Decoder(Limits()))["acme"]._reader
        assert isinstance(reader, VendorReader)
        assert (reader._account.scorer is not None) is wanted
        assert (sources_of(settings, [])[0].account.scorer is not None) is wanted


def test_what_comes_out_is_of_the_contract() -> None:
    for event in cloud_events(of_zendesk(zendesk_rows()["audit"], Reader(-1.0))):
        decoded = Decoder().decode(msgspec.json.encode(event), event["subject"].encode(), (), 1 << 60)
        assert isinstance(decoded, tuple), decoded
