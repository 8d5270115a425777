"""Options of a vendor, as a user wrote them."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationError

from stream.connect.options import Options
from stream.connect.vendor import Vendor
from stream.errors import ConfigError


def options_of(vendor: Vendor, values: Mapping[str, object], prefix: str = "option ") -> Options:
    """The vendor's options. ConfigError lists all that is wrong, each key behind ``prefix``."""
    try:
        return vendor.options.model_validate(values)
    except ValidationError as error:
        lines: dict[str, str] = {}
        for problem in error.errors():
            # A choice of several kinds is told once for each, with the kind at the end of its place.
            place = ".".join(str(part) for part in problem["loc"] if not str(part).startswith("literal["))
            if problem["type"] == "literal_error":
                words = problem.get("ctx", {}).get("expected", "")
                begin = lines.get(place, f"={str(problem['input'])[:80]!r}: allowed:")
                lines[place] = f"{begin}{',' if place in lines else ''} {words.replace(' or ', ', ')}"
            elif problem["type"] == "extra_forbidden":
                lines[place] = f": there is none; {vendor.name} has {', '.join(vendor.options.model_fields)}"
            else:
                lines[place] = f": {problem['msg'].removeprefix('Value error, ')}"
        raise ConfigError("\n".join(f"{prefix}{place}{text}" for place, text in lines.items())) from error
