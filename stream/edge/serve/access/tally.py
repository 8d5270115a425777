"""What the HTTP side counts of itself; the series that show it are in ``stream/metrics/http_series.py``."""

from __future__ import annotations

from collections import Counter
from typing import Final, Literal, TypeAlias, get_args

Refusal: TypeAlias = Literal[
    "connections",  # more than `http.max_connections`, and none could be closed for it
    "connections_of_address",  # the same for one client address
    "made_room",  # a waiting connection that was closed for a new one
    "header_timeout",  # no whole header, or no TLS handshake, in time
    "header_size",  # a header that does not end
    "slow_reader",  # took nothing of its answer for too long
    "handshake",  # no TLS that is allowed here, or no certificate
    "host",  # asked for by a name that is not in `http.allowed_hosts`
    "login",  # none, or a wrong one
    "login_limit",  # more wrong ones from an address than `http.max_wrong_logins_per_minute`
    "board_only",  # a television's token, for something else
    "body",  # a body, which no request here has
    "streams",  # more boards than `http.max_streams`
    "streams_of_address",  # the same for one client address
]

REFUSALS: Final[tuple[Refusal, ...]] = get_args(Refusal)


class HttpTally:
    """Counters and gauges of one worker. Changed by the HTTP thread only."""

    def __init__(self) -> None:
        self.connections = 0
        self.streams = 0
        self.bad_requests_total = 0
        self.refusals: Counter[Refusal] = Counter()
