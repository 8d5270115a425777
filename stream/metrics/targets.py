"""Which numbers have a target, and which setting (section ``targets``) holds it: data, one line each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from stream.domain.targets import Target

TARGETS: Final = (
    ("service_level_ratio", Target("service_level", "service_level", "answered_within_of_answered_and_abandoned@2")),
    ("abandonment_ratio", Target("abandonment", "abandonment", "abandoned_of_answered_and_abandoned@2", at_most=True)),
    (
        "first_response_seconds",
        Target("first_response_time", "first_response_time", "first_human_reply@2", "p90", "seconds", at_most=True),
    ),
    (
        "resolution_seconds",
        Target("resolution_time", "full_resolution_time", "created_to_last_solved@2", "p90", "seconds", at_most=True),
    ),
    ("csat_ratio", Target("csat", "csat", "csat_top_two_box@2")),
    (
        "waiting_contacts",
        Target("waiting_contacts", "waiting_contacts", "queued_not_left@2", "value", "count", at_most=True),
    ),
    (
        "longest_wait_seconds",
        Target("longest_wait", "waiting_contacts", "queued_not_left@2", "oldest", "seconds", at_most=True),
    ),
    ("open_tickets", Target("open_tickets", "open_tickets", "created_not_solved@1", "value", "count", at_most=True)),
)
"""Setting and target, in the order of the wallboard; the value comes from the setting."""


def targets_of(settings: Mapping[str, float]) -> tuple[Target, ...]:
    """The targets with the values that ``settings`` has by name."""
    return tuple(target.with_value(settings[setting]) for setting, target in TARGETS)
