"""What the numbers should be: the wallboard, `/metrics`, the alert rules and the dashboards all read these."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field, create_model

from stream.domain.targets import Targets
from stream.metrics.headlines import HEADLINES, TARGETED

from .own_targets import OwnTargetSettings, target_field
from .section import Section


class _TargetSettings(Section):
    min_samples: int = Field(
        20, ge=1, le=1_000_000, description="A window with fewer samples is not judged: too few to tell."
    )
    by: tuple[OwnTargetSettings, ...] = ()
    """Tables ``[[targets.by]]``, read by `tables`."""

    @property
    def chosen(self) -> Targets:
        """The targets by headline, and those that parts have of their own."""
        usual = {headline.name: 0.0 for headline in HEADLINES}
        usual |= {headline.name: getattr(self, headline.setting) for headline in TARGETED}
        return Targets(usual, tuple(one.own() for one in self.by))


if TYPE_CHECKING:
    TargetSettings = _TargetSettings
else:
    TargetSettings = create_model(
        "TargetSettings",
        __base__=_TargetSettings,
        __doc__="Section ``targets``: a field for each headline; 0 means that there is no target.",
        **{
            headline.setting: target_field(
                headline, default=round(headline.default) if headline.unit == "count" else headline.default
            )
            for headline in TARGETED
        },
    )
