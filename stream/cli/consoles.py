"""Where tables are printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def table_console() -> Console:
    """Standard output; of a fixed width where it is no terminal."""
    from rich.console import Console  # not before it is needed: most commands print no table

    console = Console()
    # A pipe has no width; rich would fold everything at 80.
    return console if console.is_terminal else Console(width=160)
