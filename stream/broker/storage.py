"""Formats a node's storage, as `kafka-storage format` does, without a second start of Java each time."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import tempfile
import uuid
from pathlib import Path

from stream.broker.config import LOG4J, Address, server_properties
from stream.broker.exclusive import exclusive
from stream.broker.jars import JarLock, written_home
from stream.broker.java import java_command
from stream.errors import UnavailableError

_META = "meta.properties"
_BOOTSTRAP = "bootstrap.checkpoint"


def new_id() -> str:
    """A random id, the way Kafka writes them."""
    while (text := base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")).startswith("-"):
        pass  # Kafka's tools take a leading dash for an option
    return text


def cluster_id(data: Path) -> str | None:
    """The cluster that a node's storage belongs to; None when it is not formatted."""
    meta = data / _META
    if not meta.exists():
        return None
    entries = dict(line.partition("=")[::2] for line in meta.read_text().splitlines())
    return entries.get("cluster.id")


def format_storage(lock: JarLock, data: Path, node: int, cluster: str) -> None:
    """Make ``data`` the storage of one node; its meta.properties comes last, so a torn format is done again."""
    data.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(_template(lock), data / _BOOTSTRAP)
    draft = data / f"{_META}.new"
    draft.write_text(f"version=1\ncluster.id={cluster}\ndirectory.id={new_id()}\nnode.id={node}\n")
    os.replace(draft, data / _META)


def _template(lock: JarLock) -> Path:
    """What Kafka's own tool writes as first metadata: features of this version, nothing of one cluster. Made once."""
    template = lock.home / _BOOTSTRAP
    if template.exists():
        return template
    with (
        written_home(lock),
        exclusive(lock.home / "format.lock"),
        tempfile.TemporaryDirectory(dir=lock.home, prefix="format-") as name,
    ):
        folder = Path(name)
        me = Address(1, 9092, 9093)
        (folder / "server.properties").write_text(server_properties(me, [me], str(folder / "data"), {}))
        (folder / "log4j2.properties").write_text(LOG4J)
        java = java_command(lock, 256, folder / "log4j2.properties")
        command = [*java, "kafka.tools.StorageTool", "format", "-t", new_id(), "-c", str(folder / "server.properties")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise UnavailableError(f"Apache Kafka's format tool failed:\n{done.stdout}{done.stderr}".rstrip())
        os.replace(folder / "data" / _BOOTSTRAP, template)
    return template
