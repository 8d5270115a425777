"""A customers' CSV, by a map that says what its columns mean: joining, leaving, changes, purchases, refunds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

from stream.connect.cells import numbered_rows
from stream.connect.customers.options import CustomerOptions
from stream.connect.customers.row import events_of_row
from stream.connect.vendor import Account, Layout, Record, Vendor


def rows(found: Iterable[Record], account: Account) -> Iterator[Record]:
    """The rows with their numbers. ConfigError: the map names a column that the table has not."""
    return numbered_rows(found, cast(CustomerOptions, account.options).columns.items())


VENDOR = Vendor(
    name="customers",
    title="a customers' CSV, with a map of its columns",
    options=CustomerOptions,
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
