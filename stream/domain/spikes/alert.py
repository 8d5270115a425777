"""What the detector says: signals of all watched groups at any moment, and alerts, which begin and end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias

from msgspec import Struct

from stream.domain.rows import key_part
from stream.domain.segments import SEPARATOR, Segment, dimensions_of, group_labels
from stream.domain.times import format_time_us, parse_time_us

Status: TypeAlias = Literal["firing", "resolved"]
Severity: TypeAlias = Literal["warning", "critical"]

KIND: Final = "abandonment_spike"
RATIO_KIND: Final = "ratio_spike"
"""Of a ratio that the settings name: ``abandoned`` are those that are bad, of ``count``."""
SEVERITY_NUMBERS: Final[Mapping[Severity, int]] = {"warning": 1, "critical": 2}


class Baseline(Struct, frozen=True):
    """What is usual: at this hour of the days before, and in the hour before the last half hour; None: nothing known.

    Counts are contacts. Those of the same hour are weighted (a day counts less the longer it is ago), so not whole.
    ``is_established``: enough of them to call a rise critical; without it an alert says that there is no baseline yet.
    """

    same_hour_ratio: float | None
    same_hour_count: float
    recent_ratio: float | None
    recent_count: int
    is_established: bool = True


class Signal(Struct, frozen=True):
    """A group at one moment: 0 no alert, 1 warning, 2 critical; shares since the most suspicious onset and expected.

    ``has_baseline``: 1 where the same hour of a day before is known (while an alert fires: was, when it fired), else 0.
    """

    severity: int
    observed: float | None
    expected: float | None
    has_baseline: int = 1


class Alert(Struct, frozen=True, kw_only=True):
    """``count`` contacts ended since the onset, ``abandoned`` of them given up: ``value``; ``expected`` was usual.

    ``probability``: of as many or more by chance alone, at the expected share (exact binomial). ``dispersion``: how
    much more than by chance the shares of 5 minutes vary; 1 is chance. ``evidence``: ids of tickets of the abandoned.
    ``ratio`` and ``definition``: of a `RATIO_KIND`, its name in the settings, and the row that it watches.
    """

    alert: str
    kind: str = KIND
    status: Status
    severity: Severity
    by: str
    segment: Segment
    onset_us: int
    fired_us: int
    resolved_us: int | None = None
    abandoned: int
    count: int
    value: float
    expected: float
    baseline: Baseline
    dispersion: float
    probability: float
    evidence: tuple[str, ...] = ()
    ratio: str = ""
    definition: str = ""


def alert_id(by: str, segment: Segment, onset_us: int, kind: str = KIND) -> str:
    """The same spike has the same id, whoever finds it: kind, group and onset, divided by ``|``.

    >>> alert_id("channel", "phone", 946_717_200_000_000)
    'abandonment_spike|channel|phone|2000-01-01T09:00:00Z'
    """
    return f"{kind}|{by}|{key_part(segment)}|{format_time_us(onset_us)}"


def alert_row(alert: Alert) -> dict[str, Any]:
    """The alert as published, without ``revision`` and ``watermark``."""
    baseline = alert.baseline
    return {
        "alert": alert.alert,
        "kind": alert.kind,
        "status": alert.status,
        "severity": alert.severity,
        "by": alert.by,
        "segment": group_labels(alert.by, alert.segment),
        "onset": format_time_us(alert.onset_us),
        "fired": format_time_us(alert.fired_us),
        "resolved": None if alert.resolved_us is None else format_time_us(alert.resolved_us),
        "abandoned": alert.abandoned,
        "count": alert.count,
        "value": alert.value,
        "expected": alert.expected,
        "baseline": {
            "same_hour_ratio": baseline.same_hour_ratio,
            "same_hour_count": baseline.same_hour_count,
            "recent_ratio": baseline.recent_ratio,
            "recent_count": baseline.recent_count,
            "is_established": baseline.is_established,
        },
        "dispersion": alert.dispersion,
        "probability": alert.probability,
        "evidence": list(alert.evidence),
        **({"ratio": alert.ratio, "definition": alert.definition} if alert.kind == RATIO_KIND else {}),
    }


def parse_alert_row(row: Mapping[str, Any]) -> Alert:
    """The alert of a published row; further fields are ignored. Raises KeyError, ValueError where it is not one."""
    segment: Mapping[str, str] = row["segment"]
    return Alert(
        alert=row["alert"],
        kind=row["kind"],
        status=row["status"],
        severity=row["severity"],
        by=row["by"],
        segment=SEPARATOR.join(segment[name] for name in dimensions_of(row["by"])),
        onset_us=parse_time_us(row["onset"]),
        fired_us=parse_time_us(row["fired"]),
        resolved_us=None if row["resolved"] is None else parse_time_us(row["resolved"]),
        abandoned=row["abandoned"],
        count=row["count"],
        value=row["value"],
        expected=row["expected"],
        baseline=_parse_baseline(row["baseline"]),
        dispersion=row["dispersion"],
        probability=row["probability"],
        evidence=tuple(row["evidence"]),
        ratio=row.get("ratio", ""),
        definition=row.get("definition", ""),
    )


def _parse_baseline(given: Mapping[str, Any]) -> Baseline:
    # Absent in rows of before the field was: their severity was given out, and does not fall.
    known = {name: given[name] for name in Baseline.__struct_fields__ if name != "is_established"}
    return Baseline(**known, is_established=given.get("is_established", True))
