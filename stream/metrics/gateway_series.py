"""What a gateway says of itself, hook by hook."""

from __future__ import annotations

from typing import Final

from stream.metrics.series import PREFIX, Series

_HOOK: Final = ("hook",)

DELIVERIES: Final = Series(
    PREFIX + "gateway_deliveries_total",
    "counter",
    ("hook", "outcome"),
    "Deliveries by what became of them: written, nothing, handshake, repeated and broken are genuine and answered; "
    "unsigned, wrong_signature, no_timestamp and stale are not; compressed, too_large, too_slow and cut_off are "
    "refused before that is looked at; too_many is beyond the hook's rate; busy, away, ending and failed are asked to "
    "come again.",
)
PASSED: Final = Series(
    PREFIX + "gateway_passed_over_total",
    "counter",
    ("hook", "kind"),
    "What genuine deliveries told that counts for nothing here, by the vendor's kind; beyond 50 kinds: other.",
)
"""``kind`` is the vendor's word, cleaned like a label."""

HOOKS: Final = (
    Series(PREFIX + "gateway_events_total", "counter", _HOOK, "Events that Kafka has acknowledged.", "events"),
    Series(
        PREFIX + "gateway_doorbells_total",
        "counter",
        _HOOK,
        "Tickets that rang: their history is to be fetched.",
        "doorbells",
    ),
    Series(
        PREFIX + "gateway_dead_letters_total",
        "counter",
        _HOOK,
        "Dead letters: parts of genuine deliveries that are broken.",
        "dead_letters",
    ),
    Series(
        PREFIX + "gateway_last_written_timestamp_seconds",
        "gauge",
        _HOOK,
        "When a delivery was last written; absent before the first.",
        "written_us",
    ),
)
"""``field``: that of the tally of a hook."""

ANSWERS: Final = Series(
    PREFIX + "gateway_answer_seconds",
    "histogram",
    _HOOK,
    "Time from a delivery's header to its answer.",
)

GATEWAY: Final = (
    Series(PREFIX + "gateway_can_write", "gauge", (), "1 while Kafka takes what is written, else 0.", "can_write"),
    Series(
        PREFIX + "gateway_waiting_deliveries",
        "gauge",
        (),
        "Deliveries that are being read, or wait for Kafka.",
        "waiting_deliveries",
    ),
    Series(PREFIX + "gateway_waiting_bytes", "gauge", (), "Bytes of their bodies.", "waiting_bytes"),
    Series(PREFIX + "gateway_connections", "gauge", (), "Connections that are open.", "connections"),
    Series(
        PREFIX + "gateway_bad_requests_total",
        "counter",
        (),
        "Requests that are no HTTP; what was sent is not kept.",
        "bad_requests_total",
    ),
)

CONNECTION_REFUSALS: Final = Series(
    PREFIX + "gateway_refusals_total",
    "counter",
    ("reason",),
    "Connections that were refused or cut off, by the limit they met.",
)
