"""Writes ``kafka.lock.toml`` anew, after a version was changed here: ``make lock-kafka``.

Review the difference before committing it: from then on these checksums are what is trusted.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from jgo.constants import VERSION as JGO_VERSION
from jgo.env._lockfile import LockFile
from jgo.maven import MavenContext, PythonResolver

from stream.broker.jars import LOCK_FILE
from stream.errors import ConfigError

KAFKA = "org.apache.kafka:kafka_2.13:4.3.0"
LOG_BINDING = "org.apache.logging.log4j:log4j-slf4j-impl"
"""Without it Kafka logs into nothing. Must have log4j-core's version; what it depends on, Kafka brings."""


def relock(target: Path = LOCK_FILE) -> int:
    """Resolve Kafka and all it needs at run time, write the lock, return the number of jars."""
    with tempfile.TemporaryDirectory() as scratch:
        context = MavenContext(resolver=PythonResolver(), repo_cache=Path(scratch), timeout=60)
        kafka, transitive = context.resolver.resolve([context.create_dependency(KAFKA)])
        needed = [*kafka, *(item for item in transitive if item.scope in ("compile", "runtime"))]
        log4j = [item.version for item in needed if item.artifactId == "log4j-core"]
        if len(log4j) != 1:
            raise ConfigError(f"{KAFKA} needs log4j-core once, found {log4j}")
        # Resolved on its own: beside Kafka it would also bring its parent's idea of Kafka's versions.
        needed.append(context.create_dependency(f"{LOG_BINDING}:{log4j[0]}"))
        lock = LockFile.from_resolved_dependencies(needed, environment_name="kafka")
        lock.jgo_version = JGO_VERSION
        lock.save(target)
    return len(needed)


if __name__ == "__main__":
    print(f"{relock()} jars in {LOCK_FILE}. Review the difference before committing it.")
