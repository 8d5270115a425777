"""Makes the broker start in a third of the time: one training run, whose loaded classes Java keeps in the user's cache.

    python -m stream.broker.warmup

Fetches the jars, if need be, and does nothing when both are there, or where the cache is for reading only. Worth it
where many brokers start: `make test` calls it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from stream.broker.embedded import EmbeddedKafka
from stream.broker.exclusive import exclusive
from stream.broker.jars import ensure_jars
from stream.broker.java import archive_file
from stream.errors import DeskpulseError

_WRITING_TAKES_AT_MOST_SECONDS = 120.0


def warm_up() -> Path:
    """Make the archive unless it is there or cannot be; give its file."""
    lock = ensure_jars()
    archive = archive_file(lock)
    if archive.exists() or not os.access(lock.home, os.W_OK):
        return archive
    with exclusive(lock.home / "warmup.lock"):
        if not archive.exists():
            draft = archive.with_suffix(f".{os.getpid()}.aot")
            options = [f"-XX:AOTCacheOutput={draft}"]
            with EmbeddedKafka(java_options=options, stop_within_seconds=_WRITING_TAKES_AT_MOST_SECONDS):
                print("Preparing Apache Kafka for quick starts (once, about 15 s)", file=sys.stderr, flush=True)
            # Java writes it while it ends. Without it everything works, only slower.
            if draft.exists():
                os.replace(draft, archive)
    return archive


if __name__ == "__main__":
    try:
        warm_up()
    except DeskpulseError as error:
        sys.exit(f"deskpulse: {error}")
