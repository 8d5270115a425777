"""The commands of docs/operations.md for backup and restore, run as they stand there."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from stream.broker.embedded import EmbeddedKafka
from stream.replay.plan import Plan
from stream.replay.results import log_ends
from stream.replay.send import Place
from tests.faults.proof import assert_same, contact_events, plan, run
from tests.patience import PATIENCE_SECONDS

pytestmark = pytest.mark.skipif(shutil.which("kcat") is None, reason="kcat is not installed")

DOCUMENT = Path(__file__).parents[2] / "docs/operations.md"
SOURCES = ("tickets", "surveys")


def commands() -> list[str]:
    chapter = DOCUMENT.read_text(encoding="utf-8").partition("## Backup and restore")[2].partition("\n## ")[0]
    return re.findall(r"```bash\n(.*?)```", chapter, re.DOTALL)


def run_command(command: str, plan: Plan, folder: Path) -> None:
    command = command.replace("kafka:9092", plan.settings.kafka.bootstrap_servers)
    for logical in SOURCES:
        command = command.replace(f"support.{logical}.v1", plan.settings.topic_names[logical])
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_what_was_copied_and_copied_back_is_counted_the_same(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path
) -> None:
    back_up, restore = commands()
    lost = plan(broker.bootstrap_servers, namespace)
    expected = run(lost, contact_events(3000, seed=9), tmp_path / "lost")
    run_command(back_up, lost, tmp_path)
    restored = plan(broker.bootstrap_servers, f"{namespace}-restored")
    for logical in SOURCES:
        name = f"{lost.settings.topic_names[logical]}.gz"
        (tmp_path / name).rename(tmp_path / f"{restored.settings.topic_names[logical]}.gz")

    def copy_back(*_: object) -> dict[Place, int]:
        run_command(restore, restored, tmp_path)
        return asyncio.run(log_ends(restored.settings, SOURCES))

    outcome = run(restored, [], tmp_path / "restored", send=copy_back)
    # What has no key goes to any partition: what became of it is in the tallies.
    assert_same(outcome, expected, frozenset({"dead_letters"}))
