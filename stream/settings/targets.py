"""What the numbers should be: the wallboard, `/metrics`, the alert rules and the dashboards all read these."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pydantic import Field, create_model

from stream.domain.targets import Targets
from stream.metrics.headlines import HEADLINES, Headline, Unit

from .section import Section

_MOST: Final[dict[Unit, float]] = {"ratio": 1, "seconds": 400 * 86_400, "count": 100_000_000}


class _TargetSettings(Section):
    min_samples: int = Field(
        20, ge=1, le=1_000_000, description="A window with fewer samples is not judged: too few to tell."
    )

    @property
    def chosen(self) -> Targets:
        """The targets by headline."""
        return Targets({headline.name: getattr(self, headline.setting) for headline in HEADLINES})


def _field(headline: Headline) -> Any:
    is_whole = headline.unit == "count"
    default = round(headline.default) if is_whole else headline.default
    field = Field(default, ge=0, le=_MOST[headline.unit], description=headline.wanted)
    return (int if is_whole else float, field)


if TYPE_CHECKING:
    TargetSettings = _TargetSettings
else:
    TargetSettings = create_model(
        "TargetSettings",
        __base__=_TargetSettings,
        __doc__="Section ``targets``: a field for each headline; 0 means that there is no target.",
        **{headline.setting: _field(headline) for headline in HEADLINES},
    )
