"""What all sections of the settings share: they are frozen, closed, and speak of numbers as numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, field_validator
from pydantic_core import InitErrorDetails, PydanticCustomError


class Section(BaseModel):
    """A frozen group of settings; an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _no_truth_values_as_numbers(cls, value: object, info: object) -> object:
        # pydantic reads true as 1: `port = true` in a file would silently mean port 1.
        name = getattr(info, "field_name", None)
        if isinstance(value, bool) and name and cls.model_fields[name].annotation is not bool:
            raise PydanticCustomError("truth_value", "true and false are not allowed here")
        return value


def split(value: object) -> object:
    """The parts of a text with commas; anything else as it is."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _join(value: object) -> object:
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else value


Names = Annotated[tuple[str, ...], BeforeValidator(split)]
"""A list: comma separated in the environment, an array (or the same text) in a file."""

CommaSeparated = Annotated[str, BeforeValidator(_join)]
"""A text with commas that may also be written as an array."""


def refuse(problems: Mapping[str, str] | Iterable[tuple[str, str]], values: Mapping[str, object]) -> None:
    """Raise one error that holds all ``problems`` (field name, what is wrong); with none, do nothing.

    For checks that look at several fields: each problem is booked on the field the user has to change.
    """
    pairs = problems.items() if isinstance(problems, Mapping) else problems
    details = [
        InitErrorDetails(
            type=PydanticCustomError("cross_check", "{reason}", {"reason": reason}),
            loc=(name,),
            input=values.get(name),
        )
        for name, reason in pairs
    ]
    if details:
        raise ValidationError.from_exception_data("settings", details)
