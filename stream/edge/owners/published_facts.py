"""What the topic of facts says of a shard's tickets: what differs is told anew when the shard is booked anew."""

from __future__ import annotations

from stream.edge.kafka.loading import read_to, stable_end
from stream.edge.owners.derived_places import DerivedPlaces
from stream.edge.owners.told_facts import ToldFacts
from stream.edge.process.turns import Turns
from stream.settings import Settings


async def read_published(settings: Settings, partition: int, turns: Turns, into: ToldFacts) -> None:
    """Read all that is committed of the partitions of the topic where facts of a shard's tickets lie."""
    kafka, topic = settings.kafka, settings.topic_names["facts"]
    for place in DerivedPlaces(partition, settings.topics).all_of_facts:
        async for records in read_to(kafka, topic, place, await stable_end(kafka, topic, place)):
            await turns.run(into.remember_steps(records))
