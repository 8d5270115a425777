"""The headline numbers as a dashboard shows them: series, units and words, all made from the records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from stream.domain.row_numbers import NumberField
from stream.metrics.headlines import HEADLINES, Headline, Unit
from stream.metrics.series import PERCENTILE, PERCENTILES, gauge_showing

_UNITS: Final[dict[Unit, str]] = {"ratio": "percentunit", "seconds": "s"}


@dataclass(frozen=True)
class Indicator:
    """A headline on a dashboard."""

    headline: Headline

    @property
    def title(self) -> str:
        """With the percentile, where it is one."""
        percentile = self.headline.field if self.headline.field in PERCENTILES else ""
        return f"{self.headline.title} {percentile}".rstrip()

    @property
    def meaning(self) -> str:
        """A sentence."""
        return self.headline.meaning

    @property
    def unit(self) -> str:
        """As Grafana names it."""
        return _UNITS.get(self.headline.unit, f"suffix:{self.headline.samples}")

    @property
    def no_data(self) -> str:
        """What stands where there is no number: a level always has one."""
        return "Unknown" if self.headline.is_level else f"No {self.headline.samples}"

    @property
    def series(self) -> str:
        """The gauge, by group and window; levels hold now."""
        return gauge_showing(self.headline.row, self.headline.field).name

    @property
    def samples(self) -> str | None:
        """The gauge of how many samples it stands on; levels have none."""
        if self.headline.is_level:
            return None
        field: NumberField = "denominator" if self.headline.row.kind == "ratio" else "count"
        return gauge_showing(self.headline.row, field).name

    @property
    def labels(self) -> tuple[str, ...]:
        """Matchers of the series, without group and window."""
        definition = f'definition="{self.headline.row.definition_id}"'
        percentile = PERCENTILES.get(self.headline.field)
        return (definition,) if percentile is None else (definition, f'{PERCENTILE}="{percentile}"')

    @property
    def alerts(self) -> tuple[str, ...]:
        """Names of the alerts that watch it."""
        return tuple(watch.alert for watch in self.headline.watches)


_BY_NAME: Final = {headline.name: Indicator(headline) for headline in HEADLINES if "overview" in headline.pages}
INDICATORS: Final = tuple(_BY_NAME.values())
"""Those of the wallboard's first page, in its order; the others have panels on the boards of their subject."""

SERVICE_LEVEL: Final = _BY_NAME["service_level"]
ABANDONMENT: Final = _BY_NAME["abandonment"]
FIRST_RESPONSE: Final = _BY_NAME["first_response_time"]
RESOLUTION: Final = _BY_NAME["resolution_time"]
CSAT: Final = _BY_NAME["csat"]
LONGEST_WAIT: Final = _BY_NAME["longest_wait"]
OPEN_TICKETS: Final = _BY_NAME["open_tickets"]

DESK_ALERTS: Final = (*dict.fromkeys(alert for indicator in INDICATORS for alert in indicator.alerts), "RatioSpike")
"""Every alert about the desk, once; that of the ratios which the settings name is of no headline."""
