"""Any CSV, by a map that says what its columns mean: calls, tickets, changes of status, answers of surveys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

from stream.connect.table.options import TableOptions
from stream.connect.table.row import events_of_row
from stream.connect.vendor import Account, Layout, Record, Vendor
from stream.errors import ConfigError


def rows(found: Iterable[Record], account: Account) -> Iterator[Record]:
    """The rows with their numbers, for messages. ConfigError: the map names a column that the table has not."""
    options = cast(TableOptions, account.options)
    columns = [*options.columns.items(), *options.attributes.items()]
    for number, row in enumerate(found, 1):
        missing = [f"{name!r} ({meaning})" for meaning, name in columns if name not in row]
        if number == 1 and missing:
            raise ConfigError(
                f"the map names {', '.join(missing)}, and the table has no such column. It has: {', '.join(row)}."
            )
        yield {"place": f"row {number}", **row}


VENDOR = Vendor(
    name="table",
    title="any CSV, with a map of its columns",
    options=TableOptions,
    translate=events_of_row,
    layouts=(
        Layout(
            name="table",
            title="a table of cells divided by commas, its first line naming the columns",
            recognises=lambda names: len(names) > 1,
            records=rows,
        ),
    ),
)
