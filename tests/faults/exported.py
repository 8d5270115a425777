"""What workers export on `/metrics`, without what changes from one moment to the next."""

from __future__ import annotations

from urllib.error import URLError
from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families

from tests.faults.fleet import Fleet
from tests.patience import PATIENCE_SECONDS

HTTP = {"DESKPULSE_HTTP__ENABLED": "true", "DESKPULSE_HTTP__PORT": "0"}
_OF_EVERY_WORKER = ("deskpulse_worker_", "deskpulse_http_", "deskpulse_build_", "python_", "process_")
_CHANGING = (
    "deskpulse_rollup_",
    "deskpulse_shard_",
    "deskpulse_view_",
    "deskpulse_watermark_",
    # Of the roll-up since its take-over, told with the worker's report and so up to a second after its numbers.
    "deskpulse_pipeline_groups_refused_",
)

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def samples(fleet: Fleet, index: int) -> Samples:
    """What a worker exports, but for what every worker has."""
    try:
        with urlopen(f"{fleet.address(index)}metrics", timeout=PATIENCE_SECONDS) as answer:
            text = answer.read().decode()
    except (URLError, IndexError):
        return {}
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if not sample.name.startswith(_OF_EVERY_WORKER)
    }


def lasting(numbers: Samples) -> Samples:
    """The numbers that stay as they are while no event comes."""
    return {key: value for key, value in numbers.items() if not key[0].startswith(_CHANGING)}
