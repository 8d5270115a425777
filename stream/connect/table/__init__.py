"""Any CSV, by a map that says what its columns mean: calls, tickets, changes of status, answers of surveys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

from stream.connect.cells import numbered_rows
from stream.connect.table.options import TableOptions
from stream.connect.table.row import events_of_row
from stream.connect.vendor import Account, Layout, Record, Vendor


def rows(found: Iterable[Record], account: Account) -> Iterator[Record]:
    """The rows with their numbers, for messages. ConfigError: the map names a column that the table has not."""
    options = cast(TableOptions, account.options)
    return numbered_rows(found, [*options.columns.items(), *options.attributes.items()])


VENDOR = Vendor(
    name="table",
    title="any CSV, with a map of its columns",
    options=TableOptions,
    translate=events_of_row,
    layouts=(
        Layout(
            name="table",
            title="a table of cells divided by commas, its first line naming the columns",
            # Of one column it is no table, and what reads it says why: cells may be divided by semicolons.
            recognises=bool,
            records=rows,
        ),
    ),
)
