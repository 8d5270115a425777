"""What the topics are called."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from .section import Names, Section

LOGICAL_TOPICS = ("tickets", "surveys", "facts", "partials", "metrics", "alerts", "dead_letter", "changelog")
"""Topics that a worker needs."""

MAX_TOPIC_CHARACTERS = 249
SOURCE_TOPICS = ("tickets", "surveys", "customers")
"""Those that others write; installations may share them."""

INTERNAL_TOPICS = {
    "changelog": "state-changelog",
    "partials": "partials",
    "customer_events": "customer-events",
    "doorbells": "doorbells",
    "cursors": "cursors",
}
"""How the names of those end that nobody else reads."""

CONNECT_TOPICS = ("doorbells", "cursors")
"""Topics that are needed besides, where the settings have a section ``[[connect]]``."""

CUSTOMER_TOPICS = ("customers", "customer_events")
"""Topics that a worker needs besides, where ``customers.enabled`` is on."""

ALL_TOPICS = (*LOGICAL_TOPICS, *CUSTOMER_TOPICS, *CONNECT_TOPICS)
"""All of these."""


def _check_topic(name: str) -> str:
    if name in (".", ".."):
        raise ValueError("'.' and '..' are not allowed as a topic name")
    return name


TopicName = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9._-]+$", min_length=1, max_length=249), AfterValidator(_check_topic)
]


class TopicSettings(Section):
    """Section ``topics``. Some names are empty unless given, and some get the prefix: read ``Settings.topic_names``."""

    prefix: str = Field(
        "",
        pattern=r"^[A-Za-z0-9._-]{0,100}$",
        description="Put before application_id and before the names of all topics but tickets, surveys and "
        "customers: a second installation over the same events, such as green.",
    )
    taken_over_from: Names = Field(
        (),
        description="Installations (prefix and application_id) that have ended for good, whose derived topics this one "
        "goes on with. Of any other a worker refuses them: two writers would mix their numbers.",
    )

    tickets: TopicName = Field("support.tickets.v1", description="Source topic of ticket events.")
    surveys: TopicName = Field("support.surveys.v1", description="Source topic of survey events.")
    customers: TopicName = Field("support.customers.v1", description="Source topic of customer events.")
    facts: TopicName = Field("support.facts.v1", description="Derived topic: one row per ticket fact.")
    partials: str = Field(
        "",
        pattern=r"^[A-Za-z0-9._-]{0,249}$",
        description="Internal topic: what shards hand to the roll-up; empty: <application_id>-partials.",
    )
    metrics: TopicName = Field("support.metrics.v1", description="Derived topic: a row per metric and window.")
    alerts: TopicName = Field(
        "support.alerts.v1", description="Derived topic: spikes of abandonment, firing, resolved."
    )
    dead_letter: TopicName = Field("support.dead-letter.v1", description="Events that cannot be used, and why.")
    changelog: str = Field(
        "",
        pattern=r"^[A-Za-z0-9._-]{0,249}$",
        description="Internal topic that holds the state; empty: <application_id>-state-changelog.",
    )
    customer_events: str = Field(
        "",
        pattern=r"^[A-Za-z0-9._-]{0,249}$",
        description="Internal topic of what tickets and surveys tell of their customers; empty: "
        "<application_id>-customer-events.",
    )
    doorbells: str = Field(
        "",
        pattern=r"^[A-Za-z0-9._-]{0,249}$",
        description="Internal topic of tickets whose history is to be fetched; empty: <application_id>-doorbells.",
    )
    cursors: str = Field(
        "",
        pattern=r"^[A-Za-z0-9._-]{0,249}$",
        description="Internal topic of how far the lists of other systems are read; empty: <application_id>-cursors.",
    )
    partitions: int = Field(
        12,
        ge=1,
        le=1000,
        description="Partitions of tickets, surveys, customers, customer_events, facts, dead_letter and changelog "
        "when they are created: so many workers can share the work at most. Cannot be changed later.",
    )
