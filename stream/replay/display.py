"""How a replay shows itself: bars in a terminal, plain lines elsewhere."""

from __future__ import annotations

from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from stream.clock import monotonic_seconds

_SECONDS_BETWEEN_LINES: Final = 5.0


class ReplayDisplay:
    """Context manager; everything goes to standard error, the numbers alone to standard output."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = Progress(
            TextColumn("[bold]{task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.completed:,} records"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._sending: TaskID = self._bars.add_task("sending", total=None)
        self._counting: TaskID = self._bars.add_task("counting", total=None, start=False)
        self._said = monotonic_seconds()

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def say(self, text: str) -> None:
        """Something worth a line happened."""
        self._console.print(text, highlight=False, markup=False, soft_wrap=True)

    def sending(self, sent: int) -> None:
        """So many records have been sent."""
        self._bars.update(self._sending, completed=sent)
        self._tell(f"sent {sent:,}")

    def counting(self, counted: int, total: int) -> None:
        """So many of all records are in the published rows."""
        self._bars.update(self._sending, total=total, completed=total)
        self._bars.start_task(self._counting)
        self._bars.update(self._counting, completed=counted, total=total)
        self._tell(f"counted {counted:,} of {total:,}")

    def _tell(self, text: str) -> None:
        now = monotonic_seconds()
        if not self._console.is_terminal and now - self._said >= _SECONDS_BETWEEN_LINES:
            self._said = now
            self.say(text)
