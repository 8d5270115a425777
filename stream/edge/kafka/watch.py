"""Whether Kafka answers and the topics are as they must be, looked at every few seconds while a worker runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient

from stream.clock import Clock
from stream.edge.kafka.connection import aiokafka_security
from stream.edge.kafka.topic_ids import look
from stream.edge.kafka.topics import next_step, planned_topics, sentences, topic_configs
from stream.edge.process.last_resort import end_process
from stream.errors import ConfigError
from stream.schemas.topic_plan import ActualTopic, Difference, TopicSpec, compare
from stream.settings import Settings

_LOOK_SECONDS: Final = 4.0
_RETRY_SECONDS: Final = 0.5
_RESHAPED_US: Final = 20_000_000
"""So long /readyz and a series tell that partitions were added before the worker ends: a scrape or two."""
_CONFIG_EVERY: Final = 30
"""Of so many looks one asks for the topics' configuration as well."""

log = logging.getLogger(__name__)

Configs = Mapping[str, tuple[Mapping[str, str], Mapping[str, str]]]


class Outlook:
    """What was seen last, and what follows from it. Pure: time is an argument, in microseconds."""

    def __init__(self, desired: Sequence[TopicSpec], address: str, max_silence_seconds: float, now_us: int) -> None:
        self._desired = tuple(desired)
        self._address = address
        self._max_silence_us = round(max_silence_seconds * 1_000_000)
        self._answered_us = now_us
        self._why = "no answer"
        self._configs: Configs = {}
        self._ids: dict[str, str] = {}
        self.made_anew: list[str] = []
        """Topics that were deleted and created anew since this worker began to look."""
        self._differences: list[Difference] = []
        self._reshaped_us = 0

    def saw(self, shapes: Mapping[str, tuple[int, int]], now_us: int, configs: Configs | None = None) -> None:
        """Kafka answered: partitions and copies of the topics that exist, and now and then their configuration."""
        self._answered_us = now_us
        if configs is not None:
            self._configs = configs
        # As long as nobody has asked, a configuration counts as right: the start has looked at it.
        actual = {
            spec.name: ActualTopic(*shapes[spec.name], *self._configs.get(spec.name, (spec.config, {})))
            for spec in self._desired
            if spec.name in shapes
        }
        self._differences = compare(self._desired, actual)
        is_reshaped = any(item.kind == "partitions" for item in self._differences)
        self._reshaped_us = (self._reshaped_us or now_us) if is_reshaped else 0

    def saw_ids(self, ids: Mapping[str, str]) -> None:
        """By topic: the id it has now, where brokers tell."""
        self.made_anew = [name for name, found in ids.items() if self._ids.setdefault(name, found) != found]

    def missed(self, why: str) -> None:
        """Kafka did not answer."""
        self._why = why

    def reasons(self, now_us: int) -> list[str]:
        """Why no worker can do its work like this."""
        silent_us = now_us - self._answered_us
        if silent_us > self._max_silence_us:
            return [f"Kafka at {self._address} has not answered for {silent_us // 1_000_000} s: {self._why}"]
        return sentences(item for item in self._differences if item.is_blocking)

    @property
    def wrong_topics(self) -> int:
        """Topics that no worker can work with as they are."""
        return len({item.topic for item in self._differences if item.is_blocking})

    def why_end(self, now_us: int) -> str:
        """Why a worker must end that has said so for a while; empty while there is no reason.

        With another number of partitions keys lie elsewhere: going on would count the events of a ticket apart.
        """
        if not self._reshaped_us or now_us - self._reshaped_us < _RESHAPED_US:
            return ""
        reshaped = [item for item in self._differences if item.kind == "partitions"]
        return "\n".join([*sentences(reshaped), next_step(reshaped)])

    @property
    def warnings(self) -> list[str]:
        """What is wrong and can be borne."""
        return sentences(item for item in self._differences if not item.is_blocking)


class Watch:
    """Keeps `outlook` up to date, in the event loop it was started in."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        desired = planned_topics(settings)
        kafka = settings.kafka
        self.outlook = Outlook(desired, kafka.bootstrap_servers, kafka.max_silence_seconds, clock.now_us())
        self._names = [spec.name for spec in desired]
        self._kafka = kafka
        self._clock = clock
        self._admin: AIOKafkaAdminClient | None = None
        self._looks = 0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Look from now on."""
        self._task = asyncio.ensure_future(self._keep_looking())

    async def _keep_looking(self) -> None:
        while True:
            try:
                async with asyncio.timeout(_LOOK_SECONDS):
                    await self._look()
                pause_seconds = self._kafka.watch_interval_seconds
            except Exception as error:
                # Whatever it is: that Kafka cannot be asked is what there is to say, and nothing ends by it.
                self.outlook.missed(str(error) or type(error).__name__)
                await self._drop()
                pause_seconds = _RETRY_SECONDS
            await asyncio.sleep(pause_seconds)

    async def _look(self) -> None:
        if self._admin is None:
            self._admin = AIOKafkaAdminClient(
                bootstrap_servers=list(self._kafka.addresses),
                client_id="deskpulse-watch",
                request_timeout_ms=round(_LOOK_SECONDS * 1000),
                **aiokafka_security(self._kafka),
            )
            await self._admin.start()
        seen = await look(self._admin._send_request, self._names)
        shapes = {name: (topic.partitions, topic.copies) for name, topic in seen.items()}
        configs = await topic_configs(self._admin, shapes) if self._looks % _CONFIG_EVERY == 0 else None
        self._looks += 1
        self.outlook.saw(shapes, self._clock.now_us(), configs)
        self.outlook.saw_ids({name: topic.id for name, topic in seen.items() if topic.id})
        if why := self.outlook.why_end(self._clock.now_us()):
            end_process(why, ConfigError.exit_code)
        if self.outlook.made_anew:
            end_process(
                f"{', '.join(self.outlook.made_anew)}: deleted and created anew under this worker, whose positions and "
                "memory are of the topic before"
            )

    async def _drop(self) -> None:
        admin, self._admin = self._admin, None
        if admin is not None:
            try:
                async with asyncio.timeout(_RETRY_SECONDS):
                    await admin.close()
            except Exception:
                log.debug("closing the connection of the watch failed", exc_info=True)
