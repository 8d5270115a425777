"""Rows are signed by the installation that writes them, and one that finds another's says what to do."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from stream.edge.kafka.writers import HEADER, require_own, signature, signed_by
from stream.errors import ConfigError
from stream.settings import Settings


def row(*headers: tuple[str, bytes | None]) -> Any:
    return SimpleNamespace(headers=headers)


def settings(**topics: Any) -> Settings:
    return Settings.model_validate({"application_id": "desk", "topics": topics})


def test_who_wrote_a_row_is_read_from_its_headers() -> None:
    assert signed_by(row(*signature(settings(prefix="green.")))) == "green.desk"
    assert signed_by(row()) == signed_by(row(("other", b"x"))) == signed_by(row((HEADER, None))) == ""


@pytest.mark.parametrize("headers", [(), signature(settings())])
def test_rows_of_our_own_and_rows_that_are_not_signed_are_no_trouble(headers: Any) -> None:
    require_own(settings(), "facts", "support.facts.v1", {0: row(*headers), 3: row()})


def test_a_row_of_another_is_refused_unless_it_was_taken_over() -> None:
    newest = {0: row(*signature(settings())), 1: row((HEADER, b"old"))}
    with pytest.raises(ConfigError, match=r"support.facts.v1 \(topics.facts\) is written by installation 'old'"):
        require_own(settings(), "facts", "support.facts.v1", newest)
    require_own(settings(taken_over_from="older,old"), "facts", "support.facts.v1", newest)
