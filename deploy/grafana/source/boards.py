"""What all dashboards share: uid, tags, refresh, links to each other. A dashboard file says only what is its own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as models

from deploy.grafana.source.layout import Heading, Shelf, place
from deploy.grafana.source.variables import Variable

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
    made.tooltip(models.DashboardCursorSync.CROSSHAIR).variables(list(board.variables)).link(_others())
    model = made.build()
    model.panels = place(board.shelves)
    return json.dumps(model, cls=JSONEncoder, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _others() -> builders.DashboardLink:
    link = builders.DashboardLink("Deskpulse").type(models.DashboardLinkType.DASHBOARDS).tags([TAG])
    return link.as_dropdown(True).include_vars(True).keep_time(True)
