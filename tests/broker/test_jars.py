from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from stream.broker import jars
from stream.broker.jars import Jar, JarLock, cache_dir, ensure_jars, read_lock, verify
from stream.errors import ConfigError, UnavailableError

CONTENT = {"kafka_2.13": b"the broker", "log4j": b"the log"}


@pytest.fixture
def lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> JarLock:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    entries = tuple(Jar("org.example", name, "1.0", hashlib.sha256(data).hexdigest()) for name, data in CONTENT.items())
    return JarLock(entries, "0123456789abcdef")


@pytest.fixture
def downloads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The jars that were downloaded, from a source that holds the right ones."""
    seen: list[str] = []

    def download(jar: Jar, repository: Path) -> Path:
        seen.append(jar.artifact)
        return _put(repository / "download.jar", CONTENT[jar.artifact])

    monkeypatch.setattr(jars, "_download", download)
    return seen


def _put(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_what_is_missing_is_fetched_and_what_is_there_is_not(lock: JarLock, downloads: list[str]) -> None:
    ensure_jars(lock)
    assert sorted(downloads) == ["kafka_2.13", "log4j"]
    (lock.repository / lock.jars[1].path).unlink()
    ensure_jars(lock)
    assert sorted(downloads) == ["kafka_2.13", "log4j", "log4j"]


def test_the_cache_is_used_without_a_network(lock: JarLock, monkeypatch: pytest.MonkeyPatch) -> None:
    for jar in lock.jars:
        _put(lock.repository / jar.path, CONTENT[jar.artifact])
    monkeypatch.setattr(jars, "_download", _fail_to_download(ConnectionError("no network")))
    assert ensure_jars(lock).classpath.count(".jar") == 2


def test_first_use_by_several_at_once_fetches_once(lock: JarLock, downloads: list[str]) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: ensure_jars(lock), range(4)))
    assert sorted(downloads) == ["kafka_2.13", "log4j"]


def test_a_fetched_jar_that_differs_from_the_lock_is_thrown_away(
    lock: JarLock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jars, "_download", lambda jar, repository: _put(repository / "x.jar", b"something else"))
    with pytest.raises(ConfigError, match=r"was fetched with SHA-256 [0-9a-f]{64}, but .*kafka\.lock\.toml says"):
        ensure_jars(lock)
    assert list(lock.home.rglob("*.jar")) == []


def test_a_cached_jar_that_was_changed_stops_everything_and_is_named(lock: JarLock, downloads: list[str]) -> None:
    ensure_jars(lock)
    _put(lock.repository / lock.jars[0].path, b"changed")
    found = hashlib.sha256(b"changed").hexdigest()
    with pytest.raises(ConfigError, match=re.escape(f"org.example:kafka_2.13:1.0 has SHA-256 {found}")) as caught:
        ensure_jars(lock)
    assert f"Delete {lock.repository}" in str(caught.value)


def test_a_jar_that_is_not_in_the_lock_stops_everything(lock: JarLock, downloads: list[str]) -> None:
    ensure_jars(lock)
    _put(lock.repository / "org" / "evil-1.0.jar", b"")
    with pytest.raises(ConfigError, match=r"evil-1\.0\.jar is not in the lock"):
        ensure_jars(lock)


def test_a_missing_jar_is_named(lock: JarLock) -> None:
    with pytest.raises(ConfigError, match=r"org\.example:log4j:1\.0 is missing"):
        verify(lock)


def test_without_a_network_the_message_says_what_to_do(lock: JarLock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jars, "_download", _fail_to_download(ConnectionError("no route")))
    monkeypatch.setattr(jars, "_ATTEMPTS", 1)
    with pytest.raises(UnavailableError, match=r"could not fetch org\.example.*no route[\s\S]*HTTPS_PROXY"):
        ensure_jars(lock)


def test_a_torn_download_leaves_no_jar_behind(lock: JarLock, monkeypatch: pytest.MonkeyPatch) -> None:
    def tear(jar: Jar, repository: Path) -> Path:
        _put(repository / "torn.jar", b"the br")
        raise ConnectionError("reset")

    monkeypatch.setattr(jars, "_download", tear)
    monkeypatch.setattr(jars, "_ATTEMPTS", 1)
    with pytest.raises(UnavailableError):
        ensure_jars(lock)
    assert list(lock.home.rglob("*.jar")) == []


def test_the_committed_lock_pins_every_jar_and_names_no_host() -> None:
    lock = read_lock()
    assert lock.version == "4.3.0"
    assert {"kafka-clients", "log4j-slf4j-impl", "scala-library"} <= {jar.artifact for jar in lock.jars}
    assert "://" not in jars.LOCK_FILE.read_text()


def test_a_lock_entry_without_a_checksum_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "some.lock.toml"
    file.write_text('[[dependencies]]\ngroupId="g"\nartifactId="a"\nversion="1"\npackaging="jar"\n')
    with pytest.raises(
        ConfigError, match=r"some\.lock\.toml: g:a:1 is not a plain jar with a SHA-256.*make lock-kafka"
    ):
        read_lock(file)


def test_the_cache_follows_xdg(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_dir() == tmp_path / "deskpulse"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_dir() == Path.home() / ".cache" / "deskpulse"


def _fail_to_download(error: Exception) -> Callable[[Jar, Path], Path]:
    def download(jar: Jar, repository: Path) -> Path:
        raise error

    return download


def test_a_cache_that_cannot_be_written_is_named_with_what_to_set(lock: JarLock, downloads: list[str]) -> None:
    cache_dir().write_text("not a folder")
    with pytest.raises(ConfigError, match=rf"cannot write {lock.home}.*: Not a directory\..*XDG_CACHE_HOME"):
        ensure_jars(lock)
    assert downloads == []
