"""The generated dashboards as Grafana reads them: their panels, and what their variables become."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[2]
GRAFANA = ROOT / "deploy/grafana"
FILES = sorted((GRAFANA / "dashboards").glob("*.json"))
BOARDS: dict[str, dict[str, Any]] = {path.stem: json.loads(path.read_text()) for path in FILES}

# Grafana's own, from a range of an hour and the scrape interval of the data source.
BUILT_IN = {"__rate_interval": "20s", "__interval": "5s", "__range": "1h"}
_VARIABLE = re.compile(r"\$(\w+)|\$\{(\w+)(?:\.([\w.]+))?(?::(\w+))?\}")


@dataclass(frozen=True)
class Value:
    """What a variable is: the text that is shown, and the value; ``raw``: it goes into queries as it is."""

    text: str
    value: str
    raw: bool = False


Values = Mapping[str, Value]
Ask = Callable[[str], list[str]]


def panels(board: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All panels but the headings."""
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def all_panels() -> Iterator[tuple[str, dict[str, Any]]]:
    """Name of the dashboard and panel."""
    for name, board in BOARDS.items():
        for panel in panels(board):
            yield name, panel


def variables(board: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Variables by name, in their order."""
    return {variable["name"]: variable for variable in board["templating"]["list"]}


def expressions(panel: Mapping[str, Any]) -> list[str]:
    """The queries of a panel."""
    return [target["expr"] for target in panel["targets"]]


def links(panel: Mapping[str, Any]) -> list[str]:
    """Where a click on the panel's data leads."""
    return [link["url"] for link in panel["fieldConfig"]["defaults"]["links"]]


def choices(variable: Mapping[str, Any]) -> list[Value]:
    """What can be chosen of a variable that asks nobody."""
    if variable["type"] != "custom":
        return [Value(variable["current"]["text"], variable["current"]["value"])]
    pairs = [re.fullmatch(r"\s*(.+)\s:\s(.+)", option) for option in variable["query"].split(",")]
    return [Value(pair[1].strip(), pair[2].strip()) for pair in pairs if pair]


def resolve(board: Mapping[str, Any], ask: Ask, chosen: Mapping[str, str] | None = None) -> dict[str, Value]:
    """Every variable's value: the one ``chosen``, else the default, else the first that its query gives, else empty.

    ``ask`` gives the texts that Grafana makes of the answer to a variable's query.
    """
    values: dict[str, Value] = {}
    for name, variable in variables(board).items():
        wanted = (chosen or {}).get(name)
        if variable["type"] == "query":
            found = query_choices(variable, ask(interpolate(variable["query"]["query"], values)))
            if variable["includeAll"] and wanted is None:
                values[name] = Value("All", variable["allValue"], raw=True)
            else:
                values[name] = Value(wanted, wanted) if wanted is not None else (found or [Value("", "")])[0]
        else:
            found = choices(variable)
            default = variable["current"]["value"] if wanted is None else wanted
            values[name] = next((one for one in found if one.value == default), Value(default, default))
    return values


def query_choices(variable: Mapping[str, Any], texts: list[str]) -> list[Value]:
    """What can be chosen of a variable whose query gave these texts: the part in brackets of its regular expression."""
    pattern = variable.get("regex", "").strip("/")
    found = [re.search(pattern, text) for text in texts]
    parts = sorted({match[1] if match.re.groups else match.string for match in found if match})
    return [Value(part, part) for part in parts]


def interpolate(text: str, values: Values, url: bool = False) -> str:
    """``text`` with its variables replaced; KeyError names one that is not there. ``${__field...}`` and such stay."""

    def replaced(match: re.Match[str]) -> str:
        name, kind = match[1] or match[2], match[4]
        if name in BUILT_IN:
            return BUILT_IN[name]
        if match[3] is not None:
            return match[0]
        value = values[name]
        if kind == "text":
            return value.text
        if kind == "percentencode":
            return quote(value.value, safe="")
        if kind == "doublequote":
            return '"' + value.value.replace('"', r"\"") + '"'
        return value.value if kind == "raw" or value.raw or url else value.value.replace("\\", r"\\")

    return _VARIABLE.sub(replaced, text)


def fill_labels(url: str, labels: Mapping[str, str]) -> str:
    """A link with the labels of the series or of the row that was clicked."""
    return re.sub(
        r"\$\{__(?:field\.labels|data\.fields)\.(\w+):percentencode\}", lambda m: quote(labels[m[1]], safe=""), url
    )
