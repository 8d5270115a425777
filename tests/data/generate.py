"""Writes ``desk.jsonl``: a small support desk, the same bytes every time. ``python tests/data/generate.py``"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from random import Random

FILE = Path(__file__).with_name("desk.jsonl")
TICKETS = 160
START = datetime(2026, 3, 2, 7, tzinfo=UTC)
ZONES = (UTC, timezone(timedelta(hours=2)), timezone(timedelta(hours=-5, minutes=-30)))
TEAMS = ("billing", "shipping", "")
PRIORITIES = ("high", "normal", "")


class Story:
    """Events of one ticket: each happens some seconds after the one before it (``after`` may be negative)."""

    def __init__(self, dice: Random, ticket: str, start: datetime) -> None:
        self.dice, self.ticket, self.now = dice, ticket, start
        self.zone = dice.choice(ZONES)
        self.events: list[dict[str, object]] = []

    def add(self, kind: str, after: float, /, **data: object) -> None:
        self.now += timedelta(seconds=after)
        event: dict[str, object] = {
            "specversion": "1.0",
            "id": f"{self.ticket}-{len(self.events)}",
            "source": "/surveys" if kind.startswith("survey") else "/desk",
            "type": f"support.{kind}",
            "subject": self.ticket,
            "time": self.now.astimezone(self.zone).isoformat().replace("+00:00", "Z"),
            "sequence": str(len(self.events)),
        }
        if data:
            event["data"] = data
        self.events.append(event)


def created(story: Story, channel: str) -> None:
    chosen = {"team": story.dice.choice(TEAMS), "priority": story.dice.choice(PRIORITIES)}
    by = "agent" if story.dice.random() < 0.1 else "customer"
    story.add("ticket.created", 0, channel=channel, opened_by=by, **{k: v for k, v in chosen.items() if v})


def written(story: Story) -> None:
    """An e-mail or chat ticket: replies, solving, sometimes reopened."""
    dice = story.dice
    created(story, dice.choice(("email", "chat")))
    story.add("ticket.message", 5, author="system", public=True, automated=True)
    if dice.random() < 0.3:
        story.add("ticket.message", 20, author="bot", public=True)
        story.add("ticket.handed_off", 60)
    if dice.random() < 0.4:
        story.add("ticket.message", 90, author="agent", public=False)
    if dice.random() < 0.9:
        story.add("ticket.message", dice.uniform(60, 9000), author="agent", public=True)
    if dice.random() < 0.3:
        story.add("ticket.updated", 30, team=dice.choice(("billing", "shipping", "returns")))
    if dice.random() < 0.85:
        story.add("ticket.status", dice.uniform(100, 90_000), status="solved")
        if dice.random() < 0.3:
            story.add("ticket.status", dice.uniform(600, 50_000), status="open")
            if dice.random() < 0.7:
                story.add("ticket.status", 0, status="pending")
                story.add("ticket.status", dice.uniform(600, 50_000), status="solved")
        elif dice.random() < 0.3:
            story.add("ticket.status", 3600, status="solved")  # said again: no change
        if dice.random() < 0.3:
            story.add("ticket.status", 86_400, status="closed")
        survey(story)
    elif dice.random() < 0.5:
        story.add("ticket.status", 172_800, status="closed")


def survey(story: Story) -> None:
    dice = story.dice
    if dice.random() < 0.5:
        scale = dice.choice(({}, {"scale_min": 0, "scale_max": 10}, {"scale_min": 1, "scale_max": 3}))
        low, high = scale.get("scale_min", 1), scale.get("scale_max", 5)
        for _ in range(dice.choice((1, 1, 2))):
            given = {"survey_id": f"q-{story.ticket}", "kind": "csat", "score": dice.randint(low, high), **scale}
            story.add("survey.answered", dice.uniform(60, 4000), **given)
    if dice.random() < 0.2:
        story.add("survey.answered", 10, survey_id=f"n-{story.ticket}", kind="nps", score=dice.randint(0, 10))


def called(story: Story) -> None:
    """A phone contact: one or two queue visits, or none."""
    dice = story.dice
    created(story, "phone")
    fate = dice.random()
    if fate < 0.15:
        story.add("ticket.answered", 3)
    elif fate < 0.22:
        story.add("ticket.answered", 30)
        story.add("ticket.queued", 2)  # dated after its answer: the clocks of two systems
    else:
        story.add("ticket.queued", 10, **({"team": "hotline"} if dice.random() < 0.3 else {}))
        if fate < 0.45:
            story.add("ticket.abandoned", dice.uniform(1, 300))
            return
        if fate < 0.55:
            story.add("ticket.left_queue", dice.uniform(1, 200), reason="callback")
            return
        if fate < 0.58:
            return  # still waiting when the file ends
        story.add("ticket.answered", dice.uniform(1, 600))
        if fate < 0.7:
            story.add("ticket.queued", 120, team="experts")
            story.add("ticket.answered", dice.uniform(1, 600))
    story.add("ticket.ended", dice.uniform(30, 900))


def events() -> list[dict[str, object]]:
    """All events in the order they happened."""
    dice = Random(20260302)
    everything: list[dict[str, object]] = []
    for number in range(TICKETS):
        story = Story(dice, f"T-{number:03}", START + timedelta(seconds=dice.randrange(5 * 86_400)))
        written(story) if dice.random() < 0.6 else called(story)
        if dice.random() < 0.1:
            story.add("ticket.removed", 50, reason="spam")
            if dice.random() < 0.4:
                story.add("ticket.restored", 500)
        elif dice.random() < 0.05:
            story.add("ticket.merged", 50, into="T-000")
        everything += story.events
    return sorted(everything, key=lambda event: datetime.fromisoformat(str(event["time"])))


def lines() -> Iterator[bytes]:
    """The content of the file."""
    for event in events():
        yield json.dumps(event, separators=(",", ":")).encode() + b"\n"


if __name__ == "__main__":
    FILE.write_bytes(b"".join(lines()))
