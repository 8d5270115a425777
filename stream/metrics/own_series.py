"""All series that belong to no metric: no metric may call one of its own so."""

from __future__ import annotations

from typing import Final

from stream.metrics.http_series import HTTP, HTTP_REFUSALS
from stream.metrics.self_series import BUILD_INFO, PIPELINE, ROLLUP, SHARDS, WORKER
from stream.metrics.series import RETRACTIONS

OWN_SERIES: Final = (*PIPELINE, RETRACTIONS, BUILD_INFO, *WORKER, *SHARDS, *ROLLUP, *HTTP, HTTP_REFUSALS)
