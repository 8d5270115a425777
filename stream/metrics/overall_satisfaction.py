"""Overall satisfaction: what CSAT, NPS and CES say together, 0 to 1, with the parts beside it.

The weighted mean of three parts, each between 0 and 1 and the number that is looked at by itself: the share of CSAT
answers in the **top boxes**, the **net promoter score** moved from -100..100 to 0..1 ((NPS + 100) / 200), and the share
of **CES** answers above the middle of the scale. The weights are settings: ``satisfaction.csat_weight``,
``nps_weight`` and ``ces_weight``. They are equal unless set, as nothing says that one question is worth more than
another; 0 leaves a part out. A changed weight holds at once, for all windows: nothing is booked anew.

It is **absent while a part is**: a mean of two parts in one week and of three in the next would move though nobody
changed their mind. Who does not send one of the surveys sets its weight to 0. The row has every part (``csat``,
``nps``, ``ces``), the answers it stands on, and the weights; ``count`` is the fewest answers of any part with a weight,
as the whole is no surer than that. ``low`` and ``high``: 95 % interval from those of the parts (the distances to their
bounds, weighted, add up as squares: Zou and Donner 2008), taken as independent.

8 of 10 in the top boxes, 5 promoters and 3 detractors of 10, 9 of 10 above the middle: (0.8 + 0.6 + 0.9) / 3.

>>> from stream.domain.cells import Cell
>>> from stream.domain.rows import make_row
>>> counts = {SCORE: 10, TOP: 8, ANSWERS: 10, PROMOTERS: 5, DETRACTORS: 3, CES_SCORE: 10, EASY: 9}
>>> cells = {measure.name: Cell(count) for measure, count in counts.items()}
>>> row = make_row(METRIC.rows[0], "all", "", "30d", None, cells)
>>> round(row["value"], 4), row["csat"], row["nps"], row["ces"], row["count"]
(0.7667, 0.8, 0.6, 0.9, 10)
>>> del cells["ces_score"], cells["ces_top_box"]
>>> row = make_row(METRIC.rows[0], "all", "", "30d", None, cells)
>>> row["value"], row["csat"], row["ces"], row["count"]
(None, 0.8, None, 0)
"""

from __future__ import annotations

from msgspec.structs import replace

from stream.domain.definitions import Definitions
from stream.domain.facts import Facts
from stream.domain.rowspec import LONG, RowSpec
from stream.domain.satisfaction import USUAL_WEIGHTS, Weights
from stream.domain.timeline import Timeline
from stream.metrics.ces import SCORE as CES_SCORE
from stream.metrics.ces import TOP as EASY
from stream.metrics.csat import SCORE, TOP
from stream.metrics.nps import ANSWERS, DETRACTORS, PROMOTERS
from stream.metrics.spec import Metric


def book(ticket: Timeline, definitions: Definitions, into: Facts) -> None:
    """Book nothing: all that it is made of is booked by others."""


def formula(weights: Weights) -> str:
    """With the weights that hold.

    >>> formula(Weights(2, 1, 0))
    '(2 * csat + 1 * (nps + 100) / 200 + 0 * ces) / 3'
    """
    whole = weights.csat + weights.nps + weights.ces
    return f"({weights.csat:g} * csat + {weights.nps:g} * (nps + 100) / 200 + {weights.ces:g} * ces) / {whole:g}"


def weighted(metric: Metric, weights: Weights) -> Metric:
    """``metric``, its blends made with ``weights``; any other is as it was."""
    if weights == USUAL_WEIGHTS or not any(row.kind == "blend" for row in metric.rows):
        return metric
    rows = tuple(
        replace(row, weights=weights, formula=formula(weights)) if row.kind == "blend" else row for row in metric.rows
    )
    return replace(metric, rows=rows)


METRIC = Metric(
    name="overall_satisfaction",
    measures=(),
    rows=(
        RowSpec(
            metric="overall_satisfaction",
            definition="weighted_parts",
            version=1,
            kind="blend",
            help="What CSAT, NPS and CES say together, 0 to 1",
            formula=formula(USUAL_WEIGHTS),
            booked="as its parts are",
            gauge="overall_satisfaction",
            made_of=(SCORE, TOP, ANSWERS, PROMOTERS, DETRACTORS, CES_SCORE, EASY),
            export=LONG,
        ),
    ),
    reads=(),
    facts=book,
    knobs=(),
)
