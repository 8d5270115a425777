"""A table ``[benchmarks.<name>]``: what others reach, shown beside a headline number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, model_validator

from stream.domain.benchmarks import Benchmark
from stream.metrics.headlines import HEADLINES, Headline

from .own_targets import MOST
from .section import Section, refuse

_BY_NAME: Final[Mapping[str, Headline]] = {headline.name: headline for headline in HEADLINES}
_MOST_CHARACTERS: Final = 300


def _check_headline(name: str) -> str:
    if name not in _BY_NAME:
        raise ValueError(f"there is no such headline; allowed: {', '.join(_BY_NAME)}")
    return name


def _check_source(text: str) -> str:
    if not text.strip() or not text.isprintable() or len(text) > _MOST_CHARACTERS:
        raise ValueError(f"allowed: one line of 1 to {_MOST_CHARACTERS} characters that can be printed")
    return text


class BenchmarkSettings(Section):
    """One benchmark; its name is that of the table."""

    metric: Annotated[str, AfterValidator(_check_headline)] = Field(
        description="The headline it stands beside, such as csat or nps: one of METRICS.md#headlines."
    )
    value: float = Field(
        description="In the unit of the headline: 0.744 for 74.4 %, 40 for an NPS of 40, seconds of a span."
    )
    source: Annotated[str, AfterValidator(_check_source)] = Field(
        description="Who found it, of whom and when: it is shown beside the number."
    )

    @model_validator(mode="after")
    def _check_value(self) -> Self:
        unit = _BY_NAME[self.metric].unit
        least = -MOST[unit] if unit == "points" else 0
        if not least <= self.value <= MOST[unit]:
            reason = f"{self.metric} is in {unit}; allowed: {least:g} to {MOST[unit]:g}"
            refuse({"value": reason}, dict(self))
        return self


def benchmarks_of(tables: Mapping[str, BenchmarkSettings]) -> tuple[Benchmark, ...]:
    """As the pure core has them, by headline in the order of the wallboard, then by name."""
    found: Iterable[Benchmark] = (
        Benchmark(name, one.metric, one.value, one.source) for name, one in sorted(tables.items())
    )
    order = list(_BY_NAME)
    return tuple(sorted(found, key=lambda one: order.index(one.headline)))
