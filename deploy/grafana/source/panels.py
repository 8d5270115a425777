"""The house's panels: one number and its state, plain figures, lines over time, a table of groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from grafana_foundation_sdk.builders import bargauge, common, stat, table, timeseries
from grafana_foundation_sdk.builders import dashboard as dashboards
from grafana_foundation_sdk.models import common as looks
from grafana_foundation_sdk.models import dashboard as models

from deploy.grafana.source.frames import Frame, Query, dress, reference
from deploy.grafana.source.judgement import STATES, Word

SPIKE_WORDS: Final = {
    "0": Word("No spike", "dark-green"),
    "1": Word("Spike", "dark-orange"),
    "2": Word("Critical spike", "dark-red"),
}


@dataclass(frozen=True)
class Column:
    """A column of numbers: ``expr`` gives one sample for each row; ``words``: what its values are called."""

    title: str
    expr: str
    unit: str
    words: Mapping[str, Word] | None = None


def tile(frame: Frame, judged: str, words: Mapping[str, Word], beside: Sequence[Query] = ()) -> stat.Panel:
    """One number on the colour of its state, with the state in words; ``beside``: what it stands on.

    ``judged`` gives one sample with the number of its state as label ``state``.
    """
    panel = dress(_figures(), frame, [Query(judged, "{{state}}"), *beside], "now")
    for number, state in enumerate(STATES):
        if state in words:
            panel.override_by_name(str(number), [_named(words[state].text), _coloured(words[state].colour)])
    for place in range(1, len(beside) + 1):
        panel.override_by_query(reference(place), [_coloured("transparent"), *_zero_target(beside[place - 1])])
    return panel.color_mode(looks.BigValueColorMode.BACKGROUND_SOLID)


def figures(frame: Frame, queries: Sequence[Query]) -> stat.Panel:
    """Plain numbers beside each other, each with its name."""
    panel = dress(_figures(), frame, queries, "now").color_mode(looks.BigValueColorMode.NONE)
    for place, query in enumerate(queries):
        if properties := _zero_target(query):
            panel.override_by_query(reference(place), properties)
    return panel


def words(frame: Frame, query: Query, said: Mapping[str, Word]) -> stat.Panel:
    """A number that is a word: ``said`` has the word for each value."""
    panel = dress(_figures(), frame, [query], "now").mappings([_mapping(said)])
    return panel.text_mode(looks.BigValueTextMode.VALUE).color_mode(looks.BigValueColorMode.BACKGROUND_SOLID)


def lines(frame: Frame, queries: Sequence[Query], *, stacked: bool = False) -> timeseries.Panel:
    """Lines over time; stacked only where the parts make a whole."""
    panel = dress(timeseries.Panel(), frame, queries, "time")
    panel.axis_soft_min(0).line_width(2).fill_opacity(25 if stacked else 5).show_points(looks.VisibilityMode.NEVER)
    panel.tooltip(common.VizTooltipOptions().mode(looks.TooltipDisplayMode.MULTI).sort(looks.SortOrder.DESCENDING))
    panel.legend(
        common.VizLegendOptions()
        .show_legend(True)
        .display_mode(looks.LegendDisplayMode.LIST)
        .placement(looks.LegendPlacement.BOTTOM)
        .calcs(["lastNotNull"])
    )
    if stacked:
        panel.stacking(common.StackingConfig().mode(looks.StackingMode.NORMAL))
    for place, query in enumerate(queries):
        if query.dashed:
            panel.override_by_query(reference(place), _DASHED)
    return panel


def bars(frame: Frame, queries: Sequence[Query]) -> bargauge.Panel:
    """A bar for each query, now."""
    panel = dress(bargauge.Panel(), frame, queries, "now").orientation(looks.VizOrientation.HORIZONTAL)
    panel.display_mode(looks.BarGaugeDisplayMode.BASIC).min(0).reduce_options(_last())
    return panel.color_scheme(dashboards.FieldColor().mode(models.FieldColorModeId.PALETTE_CLASSIC))


def grid(frame: Frame, labels: Mapping[str, str], columns: Sequence[Column], hide: Sequence[str] = ()) -> table.Panel:
    """A row for each group: ``labels`` and their headings, then the columns; ``hide``: columns by heading."""
    panel = dress(table.Panel(), frame, [Query(one.expr, one.title) for one in columns], "table")
    # With one query Grafana calls its column Value, with several Value #A and so on.
    names = {f"Value #{reference(place)}": one.title for place, one in enumerate(columns)} | {"Value": columns[0].title}
    renamed = {**names, **{label: heading for label, heading in labels.items() if label != heading}}
    order = {name: place for place, name in enumerate(["Time", *labels, *names])}
    left_out = {"Time": True, **{name: True for name, heading in names.items() if heading in hide}}
    panel.with_transformation(models.DataTransformerConfig("merge", options={}))
    panel.with_transformation(
        models.DataTransformerConfig(
            "organize", options={"excludeByName": left_out, "indexByName": order, "renameByName": renamed}
        )
    )
    for one in columns:
        panel.override_by_name(one.title, [models.DynamicConfigValue("unit", one.unit), *_cells(one)])
    return panel


def _figures() -> stat.Panel:
    panel = stat.Panel().text_mode(looks.BigValueTextMode.VALUE_AND_NAME).graph_mode(looks.BigValueGraphMode.NONE)
    return panel.reduce_options(_last()).orientation(looks.VizOrientation.VERTICAL)


def _last() -> common.ReduceDataOptions:
    return common.ReduceDataOptions().calcs(["lastNotNull"]).fields("").values(False)


_DASHED: Final = [
    models.DynamicConfigValue("custom.lineStyle", {"fill": "dash", "dash": [10, 10]}),
    models.DynamicConfigValue("custom.fillOpacity", 0),
    models.DynamicConfigValue("color", {"mode": "fixed", "fixedColor": "text"}),
]


def _zero_target(query: Query) -> list[models.DynamicConfigValue]:
    return [_mapped({"0": Word("none", "text")})] if query.dashed else []


def _cells(column: Column) -> list[models.DynamicConfigValue]:
    if column.words is None:
        return []
    style: dict[str, Any] = {"type": "color-background", "mode": "basic"}
    return [_mapped(column.words), models.DynamicConfigValue("custom.cellOptions", style)]


def _mapped(said: Mapping[str, Word]) -> models.DynamicConfigValue:
    return models.DynamicConfigValue("mappings", [_mapping(said)])


def _mapping(said: Mapping[str, Word]) -> models.ValueMap:
    results = {
        value: models.ValueMappingResult(text=word.text, color=word.colour, index=place)
        for place, (value, word) in enumerate(said.items())
    }
    return models.ValueMap(results)


def _named(text: str) -> models.DynamicConfigValue:
    return models.DynamicConfigValue("displayName", text)


def _coloured(colour: str) -> models.DynamicConfigValue:
    return models.DynamicConfigValue("color", {"mode": "fixed", "fixedColor": colour})
