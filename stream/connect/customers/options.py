"""The map of a customers' table: which column means what."""

from __future__ import annotations

from typing import Final, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from stream.connect.cells import CellTimes
from stream.connect.options import Options

CustomerMeaning: TypeAlias = Literal[
    "customer",
    "joined",
    "left",
    "reason",
    "changed",
    "tier",
    "region",
    "segment",
    "order",
    "purchased",
    "amount",
    "refunded",
    "refund",
    "currency",
]
"""What a column may hold; ``joined``, ``left``, ``changed``, ``purchased`` and ``refunded`` are times."""

TIMES: Final[tuple[CustomerMeaning, ...]] = ("joined", "left", "changed", "purchased", "refunded")
LABELS: Final[tuple[Literal["tier", "region", "segment"], ...]] = ("tier", "region", "segment")

_NEEDS: Final[tuple[tuple[CustomerMeaning, tuple[CustomerMeaning, ...]], ...]] = (
    ("reason", ("left",)),
    ("tier", ("joined", "changed")),
    ("region", ("joined", "changed")),
    ("segment", ("joined", "changed")),
    ("order", ("purchased", "refunded")),
    ("purchased", ("amount",)),
    ("amount", ("purchased", "refunded")),
    ("refunded", ("refund", "amount")),
    ("refund", ("refunded",)),
    ("currency", ("purchased", "refunded")),
)
"""A meaning, and those of which it needs one."""


class CustomerOptions(CellTimes, Options):
    """What a CSV's columns mean: a row is a customer, one change of it, or one purchase."""

    columns: dict[CustomerMeaning, str] = Field({}, description="Meaning to the name of the column.")
    currency: str = Field(
        "", pattern="^([A-Z]{3})?$", description="ISO 4217 code of amounts whose row names none, such as EUR."
    )
    decimal_sign: Literal[".", ","] = Field(
        ".", description="What stands before the decimals of amounts; the other one may divide thousands."
    )
    labels: dict[str, str] = Field(
        {}, description="Value of a tier, region, segment or reason to its label; others stay as they are."
    )
    empty_clears: bool = Field(
        False, description="Whether an empty tier, region or segment of a change says that there is none any more."
    )

    @model_validator(mode="after")
    def _check_columns(self) -> Self:
        held = self.columns
        if not held:
            raise ValueError("columns: a map of the columns is needed (--map FILE), customer and a time at least")
        if "customer" not in held:
            raise ValueError("columns.customer is missing: the column with the id of the customer")
        if not any(name in held for name in TIMES):
            raise ValueError(f"columns: a time is needed, one of {', '.join(TIMES)}")
        for one, others in _NEEDS:
            if one in held and not any(other in held for other in others):
                raise ValueError(f"columns.{one} is given without columns.{' or columns.'.join(others)}")
        if ("purchased" in held or "refunded" in held) and not (self.currency or "currency" in held):
            raise ValueError("currency is missing: the column (columns.currency), or one code for all rows (currency)")
        if self.empty_clears and "changed" not in held:
            raise ValueError("empty_clears is given without columns.changed, the time since when there is none")
        return self
