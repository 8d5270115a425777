"""Files of a vendor as its history records: which layout each has is told by its beginning."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import IO, Final

from stream.connect.vendor import Account, Layout, Record, Vendor
from stream.errors import ConfigError
from stream.files.documents import documents_of
from stream.files.lines import MAX_LINE_BYTES
from stream.files.opening import Input
from stream.sources.table import rows_of

LINE: Final = ("line",)
"""Field names of a text that is neither JSON nor a table."""

_JSON: Final = re.compile(rb"\s*[\[{]")


def vendor_records(vendor: Vendor, files: Iterable[Input], account: Account) -> Iterator[Record]:
    """History records of all files. Files of one layout are one stream, so that a log may have been rotated.

    ConfigError: a file cannot be read, or is of no layout of the vendor.
    """
    by_layout: dict[str, list[Input]] = {}
    for file in files:
        by_layout.setdefault(_layout_of(vendor, file).name, []).append(file)
    records = _of_layouts(vendor, by_layout, account)
    yield from records if vendor.join is None else vendor.join(records, account)


def _of_layouts(vendor: Vendor, by_layout: Mapping[str, list[Input]], account: Account) -> Iterator[Record]:
    for layout in vendor.layouts:
        rows = chain.from_iterable(_rows(vendor, file) for file in by_layout.get(layout.name, ()))
        yield from layout.records(rows, account)


def _layout_of(vendor: Vendor, file: Input) -> Layout:
    found: list[Layout] = []

    def look(head: bytes, _: str) -> str | None:
        found.extend(_recognised(vendor, head))
        if found:
            return None
        known = "; ".join(layout.title for layout in vendor.layouts)
        return f"this is no file of {vendor.name} that is known here. Known are: {known}."

    file.look(look)
    return found[0]


def _recognised(vendor: Vendor, head: bytes) -> list[Layout]:
    names = _names(head)
    fitting = [layout for layout in vendor.layouts if layout.recognises(names)]
    if fitting or _JSON.match(head):
        return fitting
    return [layout for layout in vendor.layouts if layout.recognises(LINE)]


def _names(head: bytes) -> list[str]:
    """Field names in the first object, or the cells of the first line."""
    if _JSON.match(head):
        # The first object may be longer than the head; names are all that is wanted of it.
        return [name.decode("utf-8", "replace") for name in re.findall(rb'"([^"\\]{1,64})"\s*:', head)]
    first = head.lstrip().partition(b"\n")[0]
    return [cell.strip().strip('"') for cell in first.decode("utf-8", "replace").split(",")]


def _rows(vendor: Vendor, file: Input) -> Iterator[Record]:
    with file.reading() as (head, content):
        if _JSON.match(head):
            yield from documents_of(file, content)
        elif any(layout.recognises(_names(head)) for layout in vendor.layouts):
            yield from rows_of(file, content)
        else:
            yield from _lines(file, content)


def rows_of_file(file: Input) -> Iterator[Record]:
    """Objects or rows of a file that is no vendor's history. ConfigError: it cannot be read."""
    with file.reading() as (head, content):
        yield from documents_of(file, content) if _JSON.match(head) else rows_of(file, content)


def _lines(file: Input, content: IO[bytes]) -> Iterator[Record]:
    number = 0
    while line := content.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(line) > MAX_LINE_BYTES:
            raise ConfigError(f"cannot read {file.name}: line {number} is longer than any line of a log.")
        yield {"line": line.decode("utf-8", "replace"), "place": f"{file.name}, line {number}"}
