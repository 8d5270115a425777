"""Attributes of tickets (brand, region, tier) from the fields of other systems that the options name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from stream.connect.options import Options
from stream.domain.attribute_names import MOST_ATTRIBUTES, MOST_CHARACTERS, NAME_PATTERN
from stream.domain.segments import FIELDS


def _check_names(attributes: dict[str, str]) -> dict[str, str]:
    if len(attributes) > MOST_ATTRIBUTES:
        raise ValueError(f"names {len(attributes)} attributes; allowed: at most {MOST_ATTRIBUTES}")
    for name, field in attributes.items():
        if name in FIELDS or re.search(NAME_PATTERN, name) is None:
            raise ValueError(
                f"{name!r} is no name of an attribute; allowed: a-z and 0-9, at most 32, starting with a letter, and "
                f"none of {', '.join(FIELDS)}"
            )
        if not field:
            raise ValueError(f"{name} names no field")
    return attributes


class AttributeOptions(Options):
    """Options of vendors whose records hold more than channel, team and priority."""

    attributes: Annotated[dict[str, str], AfterValidator(_check_names)] = Field(
        {},
        description='Name of an attribute to the field that holds it: {brand = "360012345", region = "Region"}. '
        "None of these fields may hold what somebody wrote, or a name.",
    )
    labels: dict[str, str] = Field(
        {}, description="Value of such a field to its label, for numbers and the like; others stay as they are."
    )

    def attributes_in(self, values: Mapping[str, object]) -> dict[str, Any]:
        """``data`` of what the fields in ``values`` say: attributes, and those that are empty now."""
        given = {name: self._label(values[field]) for name, field in self.attributes.items() if field in values}
        held = {name: label for name, label in given.items() if label}
        cleared = [name for name, label in given.items() if not label]
        return ({"attributes": held} if held else {}) | ({"cleared_attributes": cleared} if cleared else {})

    def attributes_of_new(self, values: Mapping[str, object]) -> dict[str, Any]:
        """The same of a ticket that has had none: what is empty it never had."""
        return {name: given for name, given in self.attributes_in(values).items() if name == "attributes"}

    def _label(self, value: object) -> str:
        """A text or a number; a list or the like is none, and stands for nothing."""
        if isinstance(value, bool):
            value = "true" if value else "false"
        text = str(value).strip() if isinstance(value, str | int | float) else ""
        return self.labels.get(text, text)[:MOST_CHARACTERS]
