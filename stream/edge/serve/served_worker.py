"""What is served of a worker: all that is asked here of the `owners.worker_state.WorkerState` that is given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from stream.domain.segments import Segment
from stream.domain.trends import Trend
from stream.domain.volume import Volume
from stream.edge.owners.view import View
from stream.edge.owners.worker_state import WorkerReport
from stream.settings import Settings


class ServedWorker(Protocol):
    """Everything here may be asked from any thread."""

    @property
    def settings(self) -> Settings:
        """Those that the worker was started with."""

    @property
    def report(self) -> WorkerReport:
        """How the worker is."""

    @property
    def view(self) -> View:
        """The numbers; empty where the worker does not hold the roll-up."""

    def trends(self, window: str, by: str, group: Segment) -> Mapping[str, Trend]:
        """Trends of the headline numbers as last made, by number."""

    def volume(self, window: str, by: str, group: Segment) -> Volume | None:
        """The volume of today where trends have been asked for, as last made."""

    def now_us(self, view: View, /) -> int:
        """What time it is for the numbers."""

    def sickness(self) -> str:
        """Why the worker should be started again; empty while it is healthy."""
