"""Long work beside a loop rests when it has worked long enough, and only then."""

from __future__ import annotations

import pytest

from stream.edge.process.pace import Pace


def test_it_rests_after_so_much_work(monkeypatch: pytest.MonkeyPatch) -> None:
    now, rests = 10.0, list[float]()
    monkeypatch.setattr("stream.edge.process.pace.monotonic_seconds", lambda: now)
    monkeypatch.setattr("stream.edge.process.pace.sleep", rests.append)
    pace = Pace(work_seconds=0.5, rest_seconds=0.25)
    for now in (10.1, 10.4, 10.5, 10.6, 10.9, 11.2):  # noqa: B007  # the clock reads it
        pace.step()
    assert rests == [0.25, 0.25]
