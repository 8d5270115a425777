"""Kafka's jars: fetched once into the user's cache, and all checked against the committed lock at every start."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from stream.broker.exclusive import exclusive
from stream.errors import ConfigError, UnavailableError

LOCK_FILE = Path(__file__).with_name("kafka.lock.toml")
_DOWNLOADS_AT_ONCE = 6
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Jar:
    """One jar of the lock."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def path(self) -> Path:
        """Where it lies in a repository folder (Maven's layout, as jgo keeps it)."""
        folder = Path(*self.group.split("."), self.artifact, self.version)
        return folder / f"{self.artifact}-{self.version}.jar"

    def __str__(self) -> str:
        return f"{self.group}:{self.artifact}:{self.version}"


@dataclass(frozen=True)
class JarLock:
    """The content of a lock file, and what folders made for exactly this content are called."""

    jars: tuple[Jar, ...]
    digest: str

    @cached_property
    def version(self) -> str:
        """Apache Kafka's version."""
        return next(jar.version for jar in self.jars if jar.artifact.startswith("kafka_"))

    @property
    def home(self) -> Path:
        """The folder in the user's cache for all that belongs to these jars."""
        return cache_dir() / f"kafka-{self.version}-{self.digest[:12]}"

    @property
    def repository(self) -> Path:
        """The folder that holds the jars, and nothing else."""
        return self.home / "repository"

    @property
    def classpath(self) -> str:
        """Exactly the locked jars, by name: a jar that is not in the lock is never on it."""
        return os.pathsep.join(str(self.repository / jar.path) for jar in self.jars)


def cache_dir() -> Path:
    """``$XDG_CACHE_HOME/deskpulse``, or ``~/.cache/deskpulse``."""
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "deskpulse"


def read_lock(path: Path = LOCK_FILE) -> JarLock:
    """Read a lock in jgo's format. ConfigError where an entry has no SHA-256 or is no plain jar."""
    content = path.read_bytes()
    jars = []
    for entry in tomllib.loads(content.decode())["dependencies"]:
        jar = Jar(entry["groupId"], entry["artifactId"], entry["version"], entry.get("sha256", ""))
        if len(jar.sha256) != 64 or entry.get("packaging") != "jar" or entry.get("classifier"):
            raise ConfigError(f"{path.name}: {jar} is not a plain jar with a SHA-256. Write it anew: make lock-kafka")
        jars.append(jar)
    return JarLock(tuple(jars), hashlib.sha256("\n".join(f"{jar} {jar.sha256}" for jar in jars).encode()).hexdigest())


def ensure_jars(lock: JarLock | None = None) -> JarLock:
    """Fetch what is not in the cache yet, check everything, and return the lock whose ``classpath`` may be used.

    Safe when several processes do it at once. UnavailableError: a jar could not be fetched. ConfigError: a
    jar differs from the lock, or one lies there that is not in it.
    """
    lock = lock or read_lock()
    if any(not (lock.repository / jar.path).exists() for jar in lock.jars):
        with written_home(lock), exclusive(lock.home / "fetch.lock"):
            missing = [jar for jar in lock.jars if not (lock.repository / jar.path).exists()]
            if missing:
                _fetch(lock, missing)
    verify(lock)
    return lock


@contextmanager
def written_home(lock: JarLock) -> Iterator[None]:
    """For writing into the lock's folder, which is made. ConfigError: it cannot be written, with what to set."""
    try:
        lock.home.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise ConfigError(
            f"cannot write {lock.home}, where Apache Kafka's files are kept: {error.strerror or error}. "
            "Make it writable, or set XDG_CACHE_HOME to a folder that is."
        ) from error


def verify(lock: JarLock) -> None:
    """Raise ConfigError unless the repository holds the locked jars, byte for byte, and no other."""
    faults = []
    for jar in lock.jars:
        path = lock.repository / jar.path
        if not path.exists():
            faults.append(f"{jar} is missing")
        elif (found := sha256_of(path)) != jar.sha256:
            faults.append(f"{jar} has SHA-256 {found}, the lock says {jar.sha256}")
    unknown = set(lock.repository.rglob("*.jar")) - {lock.repository / jar.path for jar in lock.jars}
    faults += [f"{path.name} is not in the lock" for path in sorted(unknown)]
    if faults:
        raise ConfigError(
            "Apache Kafka is not started: its jars differ from stream/broker/kafka.lock.toml\n  "
            + "\n  ".join(faults)
            + f"\nDelete {lock.repository} to fetch them again. A jar that then still differs was changed where "
            "it comes from: do not use it."
        )


def sha256_of(path: Path) -> str:
    """The file's SHA-256, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fetch(lock: JarLock, missing: Sequence[Jar]) -> None:
    # A download that breaks off leaves a torn file: fetch elsewhere, check, then move whole files in.
    with (
        tempfile.TemporaryDirectory(dir=lock.home, prefix="fetch-") as scratch,
        ThreadPoolExecutor(_DOWNLOADS_AT_ONCE) as pool,
        _progress(lock, len(missing)) as advance,
    ):
        running = [pool.submit(_fetch_one, lock, jar, Path(scratch)) for jar in missing]
        try:
            for done in as_completed(running):
                done.result()
                advance()
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _fetch_one(lock: JarLock, jar: Jar, scratch: Path) -> None:
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            path = _download(jar, scratch / f"{jar.artifact}-{attempt}")
            break
        except (OSError, RuntimeError) as error:  # requests' errors are OSErrors, jgo's "not found" a RuntimeError
            if attempt == _ATTEMPTS:
                raise UnavailableError(
                    f"could not fetch {jar}: {error}\nApache Kafka's jars are fetched once, then kept in "
                    f"{lock.repository}. Try again with a network; behind a proxy set HTTPS_PROXY."
                ) from error
            time.sleep(0.5 * attempt)
    if (found := sha256_of(path)) != jar.sha256:
        raise ConfigError(
            f"Apache Kafka is not started: {jar} was fetched with SHA-256 {found}, but stream/broker/kafka.lock.toml "
            f"says {jar.sha256}.\nIt was thrown away. Do not use it unless you know why it changed."
        )
    target = lock.repository / jar.path
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(path, target)


def _download(jar: Jar, repository: Path) -> Path:
    try:
        from jgo.maven import MavenContext, PythonResolver
    except ImportError as error:
        raise ConfigError(
            "the embedded Apache Kafka needs the packages of the extra 'broker': pip install 'deskpulse[broker]'"
        ) from error
    context = MavenContext(resolver=PythonResolver(), repo_cache=repository, timeout=60)
    return Path(context.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve())


@contextmanager
def _progress(lock: JarLock, count: int) -> Iterator[Callable[[], None]]:
    title = f"Fetching Apache Kafka {lock.version} (once)"
    if not sys.stderr.isatty():
        print(f"{title}: {count} jars into {lock.repository}", file=sys.stderr, flush=True)
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("jars"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(title, total=count)
        yield lambda: progress.advance(task)
