"""How many of the best points of a survey's scale are its top boxes, by number of points: ``2,11=3``."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from .section import Names

MOST_POINTS = 1001
"""Of the widest scale an event may have."""

ALL_OTHER_SCALES = 0


def boxes_by_points(entries: tuple[str, ...]) -> tuple[tuple[int, int], ...]:
    """Pairs of points and boxes, sorted, points 0 for all other scales; ValueError says what is wrong."""
    found: dict[int, int] = {}
    for entry in entries:
        left, sign, right = (part.strip() for part in entry.partition("="))
        points = _number(entry, left, 2) if sign else ALL_OTHER_SCALES
        boxes = _number(entry, right if sign else left, 1)
        if points in found:
            whose = f"scales of {points} points" if points else "all other scales"
            raise ValueError(f"{entry!r}: the boxes of {whose} are there already ({found[points]})")
        if boxes >= (points or MOST_POINTS):
            raise ValueError(
                f"{entry!r}: not all points of a scale can be its best; fewer boxes than points are allowed"
            )
        found[points] = boxes
    return tuple(sorted(found.items()))


def _number(entry: str, text: str, least: int) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(MOST_POINTS)) else 0
    if not least <= number <= MOST_POINTS:
        raise ValueError(
            f"{entry!r} is neither a number of boxes, such as 2, nor points=boxes, such as 11=3 "
            f"(whole numbers, points from 2 to {MOST_POINTS})"
        )
    return number


def _as_entries(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _check(entries: tuple[str, ...]) -> tuple[str, ...]:
    boxes_by_points(entries)
    return entries


TopBoxes = Annotated[Names, BeforeValidator(_as_entries), AfterValidator(_check)]
"""Comma separated in the environment, the same text, an array or one number in a file."""
