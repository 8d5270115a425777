"""What all dashboards share: uid, tags, refresh, links to each other. A dashboard file says only what is its own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as models

from deploy.grafana.source.installation import of_installation
from deploy.grafana.source.layout import Heading, Shelf, place
from deploy.grafana.source.variables import INSTALLATION, Variable, installation

TAG: Final = "deskpulse"


@dataclass(frozen=True, kw_only=True)
class Board:
    """A dashboard: ``name`` is that of its file, and with a prefix its uid; ``span`` and ``refresh`` such as ``6h``."""

    name: str
    title: str
    description: str
    span: str
    refresh: str
    variables: Sequence[Variable]
    shelves: Sequence[Shelf | Heading]


def render(board: Board) -> str:
    """The dashboard as JSON, the same text whenever and wherever it is made."""
    made = builders.Dashboard(board.title).uid(f"{TAG}-{board.name}").description(board.description).tags([TAG])
    made.readonly().timezone("browser").time(f"now-{board.span}", "now").refresh(board.refresh)
    made.tooltip(models.DashboardCursorSync.CROSSHAIR).variables(
        [board.variables[0], installation(), *board.variables[1:]]
    ).link(_others())
    model = made.build()
    model.panels = place(board.shelves)
    plain = json.loads(json.dumps(model, cls=JSONEncoder))
    return json.dumps(_of_installation(plain), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _of_installation(part: Any) -> Any:
    if isinstance(part, list):
        return [_of_installation(one) for one in part]
    if not isinstance(part, dict):
        return part
    is_installation = part.get("name") == INSTALLATION or part.get("refId") == INSTALLATION
    asked = part.get("expr") or (part.get("query") if part.get("refId") else None)
    made = {name: _of_installation(value) for name, value in part.items()} if not is_installation else part
    if isinstance(asked, str) and not is_installation:
        made["expr" if part.get("expr") else "query"] = of_installation(asked)
    return made


def _others() -> builders.DashboardLink:
    link = builders.DashboardLink("Deskpulse").type(models.DashboardLinkType.DASHBOARDS).tags([TAG])
    return link.as_dropdown(True).include_vars(True).keep_time(True)
