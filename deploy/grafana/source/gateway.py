"""The gateway: what comes over HTTP, what becomes of it, and what does not come. For whoever connects a help desk."""

from __future__ import annotations

from typing import Final

from deploy.grafana.source import gateway_queries as queries
from deploy.grafana.source.boards import Board
from deploy.grafana.source.frames import Frame, Query
from deploy.grafana.source.judgement import Word
from deploy.grafana.source.layout import Heading, Shelf
from deploy.grafana.source.links import Link, readiness, runbooks
from deploy.grafana.source.panels import figures, lines, words
from deploy.grafana.source.variables import datasource, urls

_WRITING: Final = (*runbooks(["GatewayCannotWrite"]), readiness())
_REFUSED: Final = runbooks(["GatewaySignatureFailures"])
_REJECTED: Final = runbooks(["GatewayRejected"])
_SILENT: Final = runbooks(["GatewaySilentHook"])
_EVERY_HOOK: Final = (*_REFUSED, *_REJECTED, *_SILENT, *_WRITING)


def _frame(title: str, description: str, unit: str, links: tuple[Link, ...]) -> Frame:
    return Frame(title=title, description=description, unit=unit, no_data="No gateway answers", links=links)


BOARD: Final = Board(
    name="gateway",
    title="Deskpulse gateway",
    description="Webhooks and events over HTTP: what comes, what becomes of it, how soon it is answered.",
    span="1h",
    refresh="10s",
    variables=[datasource(), *urls()],
    shelves=[
        Shelf(
            4,
            [
                words(
                    _frame("Into Kafka", "Whether any gateway can write what comes.", "none", _WRITING),
                    Query(queries.CAN_WRITE, "writes"),
                    {"1": Word("Writes", "dark-green"), "0": Word("Cannot write", "dark-red")},
                ),
                figures(
                    _frame("Gateways", "Gateways that answer Prometheus, of those it knows.", "none", _WRITING),
                    [Query(queries.GATEWAYS_UP, "up"), Query(queries.GATEWAYS_KNOWN, "known")],
                ),
                figures(
                    _frame(
                        "Under way", "Deliveries that wait for their answer, and open connections.", "none", _WRITING
                    ),
                    [Query(queries.WAITING, "deliveries"), Query(queries.CONNECTIONS, "connections")],
                ),
                figures(
                    _frame(
                        "Answered within",
                        "What half, and 99 %, of deliveries stay within; vendors wait 5 s.",
                        "s",
                        _WRITING,
                    ),
                    [Query(queries.answer_seconds(0.5), "half"), Query(queries.answer_seconds(0.99), "99 %")],
                ),
            ],
        ),
        Heading("What comes"),
        Shelf(
            8,
            [
                lines(
                    _frame(
                        "Deliveries a second by outcome",
                        "What became of each: METRICS.md explains the words.",
                        "reqps",
                        _EVERY_HOOK,
                    ),
                    [Query(queries.BY_OUTCOME, "{{outcome}}")],
                    stacked=True,
                ),
                lines(
                    _frame(
                        "Events a second by hook",
                        "Events that Kafka has acknowledged, and tickets that rang.",
                        "cps",
                        _SILENT,
                    ),
                    [
                        Query(queries.EVENTS_BY_HOOK, "{{hook}}: events"),
                        Query(queries.DOORBELLS_BY_HOOK, "{{hook}}: doorbells"),
                    ],
                ),
                lines(
                    _frame(
                        "Time to the answer",
                        "From a delivery's header until it is answered, Kafka included.",
                        "s",
                        _WRITING,
                    ),
                    [Query(queries.answer_seconds(0.5), "half"), Query(queries.answer_seconds(0.99), "99 %")],
                ),
            ],
        ),
        Heading("What is not used"),
        Shelf(
            8,
            [
                lines(
                    _frame("Not genuine, 15 min", "Not signed, wrongly signed, or too old.", "short", _REFUSED),
                    [Query(queries.UNVERIFIED, "{{hook}}")],
                ),
                lines(
                    _frame(
                        "Rejected, 15 min",
                        "Genuine, and broken or beyond a limit. Dead letters name the record.",
                        "short",
                        _REJECTED,
                    ),
                    [
                        Query(queries.REJECTED, "{{hook}}: deliveries"),
                        Query(queries.DEAD_LETTERS_BY_HOOK, "{{hook}}: dead letters"),
                    ],
                ),
                lines(
                    _frame(
                        "Passed over, 15 min",
                        "Kinds that count for nothing here, as the vendor calls them.",
                        "short",
                        _REJECTED,
                    ),
                    [Query(queries.PASSED_BY_KIND, "{{hook}}: {{kind}}")],
                ),
            ],
        ),
        Heading("What does not come"),
        Shelf(
            8,
            [
                lines(
                    _frame(
                        "Genuine deliveries, 3 h",
                        "The alert compares with the same hours a week ago.",
                        "short",
                        _SILENT,
                    ),
                    [Query(queries.GENUINE, "{{hook}}")],
                ),
                lines(
                    _frame("Since the last delivery", "How long ago something of each hook was written.", "s", _SILENT),
                    [Query(queries.SILENT_SECONDS, "{{hook}}")],
                ),
            ],
        ),
    ],
)
