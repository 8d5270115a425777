"""Two topics have no common order: a replay may read them interleaved in any way, and the rows must be the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from stream.broker.embedded import EmbeddedKafka
from stream.replay.plan import Plan
from stream.replay.send import Place
from tests.faults.proof import Outcome, assert_same, at_once, plan, run, wait_counted


@pytest.mark.parametrize("surveys_first", [False, True], ids=["tickets_first", "surveys_first"])
def test_one_topic_wholly_before_the_other(
    surveys_first: bool,
    broker: EmbeddedKafka,
    namespace: str,
    lines: list[bytes],
    undisturbed: Outcome,
    tmp_path: Path,
) -> None:
    def send(plan: Plan, lines: Sequence[bytes], _: Callable[[], bool]) -> dict[Place, int]:
        parts = [
            [line for line in lines if _is_survey(line) is wanted] for wanted in (surveys_first, not surveys_first)
        ]
        assert all(parts)
        earlier = at_once(plan, parts[0])
        wait_counted(plan, earlier)
        return earlier | at_once(plan, parts[1])

    assert_same(run(plan(broker.bootstrap_servers, namespace), lines, tmp_path, send=send), undisturbed)


def _is_survey(line: bytes) -> bool:
    return b'"type":"support.survey.' in line
