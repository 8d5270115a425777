"""Write ``deploy/grafana/dashboards/*.json``: ``python -m deploy.grafana.source.build``; ``--check`` only compares."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from deploy.grafana.source import customers, field, gateway, pipeline_health, survey_quality, team_lead, wallboard
from deploy.grafana.source.boards import render

BOARDS: Final = (
    wallboard.BOARD,
    team_lead.BOARD,
    survey_quality.BOARD,
    field.BOARD,
    customers.BOARD,
    pipeline_health.BOARD,
    gateway.BOARD,
)
DASHBOARDS: Final = Path(__file__).resolve().parents[1] / "dashboards"


def rendered() -> dict[str, str]:
    """Text of every file by its name."""
    return {f"{board.name}.json": render(board) for board in BOARDS}


def differing(texts: Mapping[str, str], folder: Path) -> list[str]:
    """Names of files that are not as they should be: another text, missing, or left over."""
    there = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
    return sorted(name for name in texts.keys() | there.keys() if texts.get(name) != there.get(name))


def main(arguments: Sequence[str], folder: Path = DASHBOARDS) -> int:
    """Write or check; the exit code."""
    texts = rendered()
    different = differing(texts, folder)
    if arguments == ["--check"]:
        for name in different:
            print(f"{folder.name}/{name} is not what its source makes: make generate", file=sys.stderr)
        return 1 if different else 0
    if arguments:
        print("usage: python -m deploy.grafana.source.build [--check]", file=sys.stderr)
        return 2
    folder.mkdir(exist_ok=True)
    for name in different:
        if name in texts:
            (folder / name).write_text(texts[name], encoding="utf-8")
        else:
            (folder / name).unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
