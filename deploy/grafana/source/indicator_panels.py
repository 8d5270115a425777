"""Panels of a number that has a target, for the wallboard and the team lead alike."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from grafana_foundation_sdk.builders import stat

from deploy.grafana.source.frames import Frame, Query
from deploy.grafana.source.indicators import Indicator
from deploy.grafana.source.judgement import STATES, TARGET_WORDS, Word
from deploy.grafana.source.links import Link, facts, runbooks
from deploy.grafana.source.panels import Column, figures, tile
from deploy.grafana.source.queries import judged_number, number, number_state, samples, target_line

STATE_WORDS: Final[dict[str, Word]] = {str(STATES.index(state)): word for state, word in TARGET_WORDS.items()}
"""The word for each number of a state."""


def indicator_links(indicator: Indicator, group_url: str, minutes: str) -> tuple[Link, ...]:
    """The tickets behind the number, and the runbooks of the alerts that watch it."""
    return (
        facts(indicator.headline.fact_title, indicator.headline.fact, group_url, minutes),
        *runbooks(indicator.alerts),
    )


def big_number(indicator: Indicator, group: str, links: tuple[Link, ...]) -> stat.Panel:
    """The number on the colour of its state, with the state in words."""
    return tile(_frame(indicator, links), judged_number(indicator, group), TARGET_WORDS)


def what_it_stands_on(indicator: Indicator, group: str, links: tuple[Link, ...]) -> stat.Panel:
    """Target and samples, to go below the number."""
    frame = Frame(
        title=f"{indicator.title}: target",
        description=f"{_direction(indicator)} Beside it: how many samples the number stands on.",
        unit=indicator.unit,
        no_data=indicator.no_data,
        links=links,
    )
    return figures(frame, _beside(indicator, group))


def full_tile(indicator: Indicator, group: str, links: tuple[Link, ...]) -> stat.Panel:
    """Number, state, target and samples in one panel."""
    return tile(_frame(indicator, links), judged_number(indicator, group), TARGET_WORDS, _beside(indicator, group))


def columns_of(indicator: Indicator, group: str, keep: Iterable[str], usual: str = "") -> list[Column]:
    """For a table of groups: the number, and its state where it can be judged; ``usual`` as in `number_state`."""
    return [
        Column(indicator.title, number(indicator, group, keep), indicator.unit),
        Column(f"{indicator.title}: state", number_state(indicator, group, keep, usual), "none", STATE_WORDS),
    ]


def _frame(indicator: Indicator, links: tuple[Link, ...]) -> Frame:
    return Frame(
        title=indicator.title,
        description=f"{indicator.meaning} {_direction(indicator)} At risk: less than a tenth of the room is left.",
        unit=indicator.unit,
        no_data=indicator.no_data,
        links=links,
    )


def _direction(indicator: Indicator) -> str:
    return f"Should be at {'most' if indicator.headline.at_most else 'least'} the target set at the top."


def _beside(indicator: Indicator, group: str) -> list[Query]:
    beside = [Query(target_line(indicator), "target", dashed=True)]
    if indicator.samples is not None:
        beside.append(Query(samples(indicator, group), indicator.headline.samples, unit="short"))
    return beside
