"""Bodies of deliveries: JSON, or the fields of a form. Both by the header and by what is really there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

FORM: Final = "application/x-www-form-urlencoded"
_MAX_FORM_FIELDS: Final = 1000


class UnreadableError(ValueError):
    """The body is no document of its kind. The message names the kind, and nothing of what is there."""


def content_of(headers: Mapping[str, str], body: bytes) -> Any:
    """The decoded JSON, or a form's fields by name (of one given twice the last). UnreadableError: it is neither."""
    if media_type(headers) == FORM:
        try:
            return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MAX_FORM_FIELDS))
        except ValueError:
            raise UnreadableError("the body is no form") from None
    try:
        # Not a faster library's: files of a vendor are read by this one, and both have to give the same numbers.
        return json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise UnreadableError("the body is not JSON") from None


def media_type(headers: Mapping[str, str]) -> str:
    """The content type without its parameters, in small letters."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _no_constant(name: str) -> None:
    raise ValueError(name)
