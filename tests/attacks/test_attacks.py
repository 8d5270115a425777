"""Whatever one ordinary producer or client sends, the worker goes on; `make attack` shows the same as a table."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.broker.embedded import EmbeddedKafka
from tests.attacks.attack import Attack
from tests.attacks.every import ALL
from tests.attacks.run import withstand


@pytest.mark.parametrize(
    "attack",
    [pytest.param(attack, id=name, marks=[pytest.mark.long] * attack.long) for name, attack in ALL.items()],
)
def test_a_worker_holds(attack: Attack, broker: EmbeddedKafka, tmp_path: Path) -> None:
    withstand(attack, broker, tmp_path)
