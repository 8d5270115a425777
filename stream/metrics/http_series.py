"""What a worker says of its HTTP side: who was let in, and who was not."""

from __future__ import annotations

from typing import Final

from stream.metrics.series import PREFIX, Series

HTTP: Final = (
    Series(PREFIX + "http_connections", "gauge", (), "Connections that are open.", "connections"),
    Series(PREFIX + "http_streams", "gauge", (), "Wallboards that are open.", "streams"),
    Series(
        PREFIX + "http_bad_requests_total",
        "counter",
        (),
        "Requests that are no HTTP; what was sent is not kept.",
        "bad_requests_total",
    ),
)
"""``field``: that of the tally of the HTTP side."""

HTTP_REFUSALS: Final = Series(
    PREFIX + "http_refusals_total",
    "counter",
    ("reason",),
    "Connections and requests that were refused or cut off, by the limit they met.",
)
