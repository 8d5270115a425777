"""What the topics are called."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from .section import Names, Section, refuse, split

LOGICAL_TOPICS = ("tickets", "surveys", "facts", "partials", "metrics", "alerts", "dead_letter", "changelog")
"""Topics that a worker needs."""

GENERATIONS = ("changelog", "partials", "customer_events")
"""Topics that are made anew for another number of partitions."""

MAX_TOPIC_CHARACTERS = 249
MOST_PARTITIONS = 1000
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


Counts = Annotated[tuple[int, ...], BeforeValidator(split)]
"""Numbers: comma separated, or an array in a file."""


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
        le=MOST_PARTITIONS,
        description="Partitions of tickets, surveys, customers, customer_events and changelog, and of facts and "
        "dead_letter when they are created: so many workers can share the work at most. More of them: deskpulse topics "
        "--repartition.",
    )
    grown_from: Counts = Field(
        (),
        description="Numbers of partitions that there were before, the first one first, as deskpulse topics "
        "--repartition says when it is done: 4, then 4,8. Facts and dead letters keep the first of them.",
    )

    @model_validator(mode="after")
    def _check_grown_from(self) -> Self:
        if any(later <= before for before, later in pairwise((0, *self.grown_from, self.partitions))):
            reason = f"must be numbers from 1 that rise, and topics.partitions ({self.partitions}) is above all of them"
            refuse({"grown_from": reason}, {"grown_from": ",".join(map(str, self.grown_from))})
        return self

    @property
    def first_partitions(self) -> int:
        """How many partitions there were at first: derived topics keep that number."""
        return self.grown_from[0] if self.grown_from else self.partitions

    @property
    def generation(self) -> str:
        """How the names of topics end that are made anew for another number of partitions."""
        return f"-{self.partitions}" if self.grown_from else ""

    def names(self, application_id: str) -> dict[str, str]:
        """Topic of every logical name of `ALL_TOPICS`."""
        found = {}
        for logical in ALL_TOPICS:
            given = str(getattr(self, logical)) or f"{application_id}-{INTERNAL_TOPICS[logical]}"
            given += self.generation if logical in GENERATIONS else ""
            found[logical] = given if logical in SOURCE_TOPICS else self.prefix + given
        return found

    def grown_to(self, partitions: int) -> TopicSettings:
        """The same once there are so many partitions, more than now."""
        before = (*self.grown_from, self.partitions)
        return self.model_copy(update={"partitions": partitions, "grown_from": before})

    def before_growth(self) -> TopicSettings:
        """The same before the last growth, where there was one."""
        before = {"partitions": self.grown_from[-1], "grown_from": self.grown_from[:-1]}
        return self.model_copy(update=before)
