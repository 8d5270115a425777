"""Where an attack takes place: topics of its own, a real worker on them, ordinary traffic, and all that can be seen."""

from __future__ import annotations

import asyncio
import math
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from prometheus_client.parser import text_string_to_metric_families

from stream.broker.embedded import EmbeddedKafka
from stream.edge.kafka.connection import admin_client
from stream.edge.kafka.topics import planned_topics
from tests.attacks.attack import Attack
from tests.attacks.ordinary import CHANNEL, Ordinary
from tests.attacks.records import Record, deliver
from tests.attacks.watch import Watch
from tests.faults.content import last_values, read_all
from tests.integration.running import RealWorker, environment, with_topics
from tests.patience import slowness, wait_until

_PAUSE_SECONDS = 0.2
_FATES = ("events", "duplicates", "conflicts", "unknown_types", "not_kept", "dead_letters")
_ENDS_A_SUPERVISOR_MENDS = (70, 3)
_SMALL = {
    "TOPICS__PARTITIONS": "2",
    "WINDOWS__ROLLING": "1h",
    "GROUP_BY__NAMES": "all,channel,team",
    "KAFKA__SESSION_TIMEOUT_SECONDS": "6",
}
_OF_EVERY_STORY = ("contacts_offered_total", "csat_answers_total")


def _fates(samples: Iterable[Any]) -> Counter[str]:
    found: Counter[str] = Counter()
    for sample in samples:
        name = sample.name.removeprefix("deskpulse_pipeline_").removesuffix("_total")
        if name in _FATES and sample.value:
            found[sample.labels.get("reason", name)] += int(sample.value)
    return found


class Stand:
    """One worker under one attack. Context manager; the worker ends with it."""

    def __init__(self, attack: Attack, kafka: EmbeddedKafka, folder: Path, namespace: str) -> None:
        self.attack = attack
        self.kafka = kafka
        self.folder = folder
        self.variables = environment(kafka.bootstrap_servers, namespace, **{**_SMALL, **attack.settings})
        self.settings = with_topics(self.variables)
        asyncio.run(self._configure(attack.topics))
        self.ordinary = Ordinary(self.settings)
        self.sent = 0
        """Records that the attack has sent."""
        self.seen: list[str] = []
        """What the attack saw while it was under way, in words."""
        self.worker = self._start()
        self.watch = self._watch()
        self._slowness = slowness()

    def _start(self) -> RealWorker:
        limit = self.attack.descriptors
        through = [] if limit is None else ["sh", "-c", f'ulimit -n {limit}; exec "$@"', "sh"]
        return RealWorker(self.variables, self.log_file, through=through)

    def _watch(self) -> Watch:
        return Watch(self.worker.process.pid, self.worker.port, self.log_file)

    async def _configure(self, wanted: Mapping[str, Mapping[str, str]]) -> None:
        specs = {spec.logical: spec for spec in planned_topics(self.settings)}
        resources = [
            ConfigResource(ConfigResourceType.TOPIC, specs[name].name, {**specs[name].config, **config})
            for name, config in wanted.items()
        ]
        if resources:
            async with self.admin() as admin:
                await admin.alter_configs(resources)

    def admin(self) -> Any:
        """An admin client, as a context."""
        client: AIOKafkaAdminClient = admin_client(self.settings.kafka)
        return client

    @property
    def log_file(self) -> Path:
        """Everything the worker ever wrote."""
        return self.folder / "worker.log"

    # --- sending -----------------------------------------------------------------------------------------------------

    def send(self, records: Iterable[Record], codec: str | None = None) -> None:
        """Send records of the attack; each has to be found in a counter later."""
        self.sent += deliver(self.settings, records, codec)

    # --- seeing ------------------------------------------------------------------------------------------------------

    def samples(self, *names: str, **labels: str) -> list[Any]:
        """Samples with these labels of all series whose names begin with one of these; all for none."""
        status, body = self.worker.get("/metrics")
        begins = tuple(f"deskpulse_{name}" for name in names or ("",))
        # Reading all of it for a few lines would cost more than all the rest here.
        lines = [line for line in body.splitlines() if line.startswith(begins)] if status == 200 else []
        return [
            sample
            for family in text_string_to_metric_families("\n".join([*lines, ""]))
            for sample in family.samples
            if sample.labels.items() >= labels.items()
        ]

    def total(self, name: str, **labels: str) -> float:
        """Sum of a series over all samples with these labels; -1 where there is none."""
        found = [sample.value for sample in self.samples(name, **labels)]
        return sum(found) if found else -1

    def fates(self) -> Mapping[str, int]:
        """What became of all records read: counted, refused and why, or known already."""
        return _fates(self.samples("pipeline_"))

    def refused(self, *reasons: str) -> int:
        """Dead letters of these reasons."""
        fates = self.fates()
        return sum(fates.get(reason, 0) for reason in reasons)

    def letters(self) -> list[bytes]:
        """All rows of the dead-letter topic."""
        return list(last_values(asyncio.run(read_all(self.settings, "dead_letter"))).values())

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for ``condition``; AssertionError when the worker ends meanwhile and may not."""
        wait_until(condition, what, self._told, self._revive)

    def _told(self) -> str:
        return self.worker.told()

    def wait_counted(self) -> None:
        """Wait until all that was sent, ordinary and not, is found in the counters."""
        tickets, wanted = self.ordinary.tickets, len(self.ordinary.events) + self.sent
        exactly = self.attack.every_record and not self.ordinary.repeated
        seen = Counter[str]()

        def all_found() -> bool:
            time.sleep(_PAUSE_SECONDS)
            samples = self.samples("pipeline_", *_OF_EVERY_STORY)
            ordinary = [sample for sample in samples if sample.labels.get("channel") == CHANNEL]
            seen.clear()
            seen.update({name: sum(s.value for s in ordinary if s.name.endswith(name)) for name in _OF_EVERY_STORY})
            if any(seen[name] != tickets for name in _OF_EVERY_STORY):
                return False
            seen.update(_fates(samples))
            return not exactly or sum(_fates(samples).values()) == wanted

        try:
            self.wait(all_found, f"{tickets} ordinary contacts and all of {wanted} records counted")
        except AssertionError as error:
            error.add_note(f"counted: {dict(seen)}")
            raise

    # --- judging -----------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Ordinary events are counted before anything happens."""
        self.wait(lambda: self.worker.readiness()[0] == 200, "ready")
        self.ordinary.tell(20)
        self.wait_counted()

    def check_bounds(self) -> str:
        """What it cost lies within the bounds of the attack; gives the cost in words."""
        watch, attack = self.watch, self.attack
        gaps = [f"loop gap {sample.value:.2f} s" for sample in self.samples("worker_loop_gap_seconds")]
        seen = "; ".join([watch.cost, *gaps])
        sick = {answer: often for answer, often in watch.answers.items() if answer != "200"}
        assert not sick or attack.may_end, f"/healthz answered {sick}; {seen}"
        longest_seconds = attack.health_seconds * max(self._slowness, slowness())
        assert watch.slowest_seconds <= longest_seconds, f"/healthz was blind for over {longest_seconds:.0f} s; {seen}"
        assert watch.peak_growth_mib <= attack.growth_mib, f"memory beyond {attack.growth_mib} MiB; {seen}"
        assert watch.log_bytes <= attack.log_bytes, f"log beyond {attack.log_bytes} bytes; {seen}"
        return seen

    def check_numbers(self) -> None:
        """Nothing that is exported is no number, and no record needed the last net under the decoder."""
        samples = self.samples()
        assert samples, "/metrics does not answer"
        wild = [sample for sample in samples if not math.isfinite(sample.value)]
        assert not wild, f"{len(wild)} samples are no finite numbers: {wild[:3]}"
        assert not self.fates().get("internal_error"), f"internal errors: {self.fates()}"

    def restart(self) -> None:
        """SIGTERM ends the worker in order, and the next one finds the same numbers."""
        before = self.fates()
        assert self.worker.end(signal.SIGTERM) == 0, f"no orderly end\n{self.worker.log()}"
        self.worker = self._start()
        self.wait(lambda: self.worker.readiness()[0] == 200, "ready again")
        self.ordinary.tell(2)
        self.wait_counted()
        after = self.fates()
        assert after == {**before, "events": before["events"] + after["events"] - before["events"]}

    def _revive(self) -> None:
        """Start the worker again where it ended as it may."""
        code = self.worker.process.poll()
        if code is not None:
            mendable = self.attack.may_end and code in _ENDS_A_SUPERVISOR_MENDS
            assert mendable, f"the worker ended with {code}\n{self.worker.log()}"
            self.worker = self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.worker.__exit__(kind, error, trace)
