"""Queries about the gateways. Deliveries go to any of them, so their counters are added up, hook by hook."""

from __future__ import annotations

from typing import Final

_DELIVERIES: Final = "deskpulse_gateway_deliveries_total"

CAN_WRITE: Final = "max(deskpulse_gateway_can_write)"
GATEWAYS_UP: Final = 'sum(up{job="deskpulse-gateway"})'
GATEWAYS_KNOWN: Final = 'count(up{job="deskpulse-gateway"})'
WAITING: Final = "sum(deskpulse_gateway_waiting_deliveries)"
CONNECTIONS: Final = "sum(deskpulse_gateway_connections)"

BY_OUTCOME: Final = f"sum by (outcome) (rate({_DELIVERIES}[$__rate_interval])) > 0"
EVENTS_BY_HOOK: Final = "sum by (hook) (rate(deskpulse_gateway_events_total[$__rate_interval]))"
DOORBELLS_BY_HOOK: Final = "sum by (hook) (rate(deskpulse_gateway_doorbells_total[$__rate_interval]))"
PASSED_BY_KIND: Final = "sum by (hook, kind) (increase(deskpulse_gateway_passed_over_total[15m]))"
DEAD_LETTERS_BY_HOOK: Final = "sum by (hook) (increase(deskpulse_gateway_dead_letters_total[15m]))"
UNVERIFIED: Final = "deskpulse:pipeline:gateway_unverified:increase15m"
REJECTED: Final = "deskpulse:pipeline:gateway_rejected:increase15m"
SILENT_SECONDS: Final = "time() - max by (hook) (deskpulse_gateway_last_written_timestamp_seconds)"
GENUINE: Final = "deskpulse:pipeline:gateway_genuine:increase3h"


def answer_seconds(quantile: float) -> str:
    """Time to the answer that so large a share of deliveries stays within, by the bounds of the histogram."""
    counted = "sum by (le) (rate(deskpulse_gateway_answer_seconds_bucket[5m]))"
    return f"histogram_quantile({quantile:g}, {counted})"
