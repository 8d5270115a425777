"""Opening what a command was given: a file or standard input, packed with gzip or not. Never a file's name decides.

What cannot be read is told by the first bytes, so that a command can say it before it does anything else: `Input.look`.
Whatever is found later names the place. All of it is ConfigError, exit code 2.
"""

from __future__ import annotations

import gzip
import io
import shlex
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final, cast

from stream.errors import ConfigError
from stream.files.formats import GZIP_MAGIC, UTF8_MARK, unreadable

STANDARD_INPUT: Final = "-"
HEAD_BYTES: Final = 1 << 16
"""So much is looked at, unpacked, before anything is done with a file."""

_BUFFER_BYTES: Final = 1 << 18
_TELLING_LINES: Final = 2

UNREADABLE: Final = (OSError, EOFError, zlib.error)
"""What reading raises: the file is not there, or not whole."""

Advance = Callable[[int], None]
"""Told how far into the file (in bytes on disk) the reading is."""


class Input:
    """One file, by its path; ``-`` is standard input. ``name`` is for messages, ``shown`` for commands in them.

    Of a file that is packed ``shown`` is what is in it, as soon as it has been opened: other tools do not unpack.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = str(path)
        self.name = "standard input" if self.path == STANDARD_INPUT else self.path
        self.shown = self._given = "FILE" if self.path == STANDARD_INPUT else shlex.quote(self.path)
        self._held: _Opened | None = None

    def look(self, check: Callable[[bytes, str], str | None] | None = None) -> None:
        """Raise ConfigError where the first bytes tell that this cannot be read; ``check`` adds to what is told.

        Reading it afterwards begins at its beginning: what cannot be opened twice, such as a pipe, stays open.
        """
        opened = self._open()
        self._held = opened
        complaint = check(opened.head, self.shown) if check is not None else None
        if complaint is not None:
            raise self.wrong(complaint)
        if opened.can_be_opened_again:
            opened.close()
            self._held = None

    @contextmanager
    def reading(self, advance: Advance | None = None) -> Iterator[tuple[bytes, IO[bytes]]]:
        """The first bytes, and the whole as an unpacked binary stream that begins with them, without UTF-8's mark.

        ConfigError: it cannot be opened, or not be read to its end.
        """
        opened, self._held = self._held or self._open(), None
        opened.watch(advance)
        try:
            yield opened.head, opened.content
        except UNREADABLE as error:
            raise self.damaged(error, f"byte {opened.unpacked_bytes:,} of what is packed in it") from error
        finally:
            opened.close()

    def wrong(self, complaint: str) -> ConfigError:
        """The error of this input, with what is wrong and what to do."""
        return ConfigError(f"cannot read {self.name}: {complaint}")

    def damaged(self, error: Exception, place: str) -> ConfigError:
        """The error of an input that cannot be opened, or was read as far as ``place``."""
        if isinstance(error, IsADirectoryError):
            return self.wrong("it is a directory. Name the files in it.")
        if isinstance(error, OSError) and error.strerror:
            return self.wrong(f"{error.strerror}.")
        return self.wrong(
            f"what is packed in it ends in the middle or is damaged, at {place} ({error}). Fetch it again."
        )

    def _open(self) -> _Opened:
        opened = None
        try:
            opened = _Opened(self.path)
            opened.begin()
        except UNREADABLE as error:
            if opened is not None:
                opened.close()
            raise self.damaged(error, "its beginning") from error
        if not opened.head:
            opened.close()
            raise self.wrong("it is empty. Leave it out, or fetch it again.")
        if opened.is_packed:
            self.shown = f"<(gzip -dc {self._given})"
        complaint = unreadable(opened.head, self.shown)
        if complaint is not None:
            opened.close()
            raise self.wrong(complaint)
        return opened


def inputs(paths: Iterable[str | Path]) -> list[Input]:
    """An input for each path. ConfigError: standard input is named twice, and could be read but once."""
    found = [Input(path) for path in paths]
    if sum(each.name == Input(STANDARD_INPUT).name for each in found) > 1:
        raise ConfigError("standard input (-) is given more than once: it can be read only once.")
    return found


class _Watched(io.RawIOBase):
    """Bytes of a file, counted as they are read."""

    def __init__(self, file: IO[bytes]) -> None:
        # One call, not as many as fill the buffer: what a pipe has said is not held back.
        self._read: Callable[[int], bytes | None] = getattr(file, "read1", file.read)
        self.position_bytes = 0
        self.advance: Advance | None = None

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """As of every raw file."""
        content = self._read(len(buffer)) or b""
        buffer[: len(content)] = content
        self.position_bytes += len(content)
        if self.advance is not None:
            self.advance(self.position_bytes)
        return len(content)


class _Joined(io.RawIOBase):
    """Bytes that have been read already, and then the rest."""

    def __init__(self, head: bytes, rest: io.RawIOBase) -> None:
        self._head = memoryview(head)
        self._rest = rest

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """As of every raw file."""
        if not self._head:
            return self._rest.readinto(buffer)
        size = min(len(buffer), len(self._head))
        buffer[:size] = self._head[:size]
        self._head = self._head[size:]
        return size


def _first(file: io.RawIOBase, size: int, lines: int | None = None) -> bytes:
    """At most ``size`` bytes; with ``lines`` no more than hold so many line feeds, to a read."""
    content = b""
    while len(content) < size and (lines is None or content.count(b"\n") < lines):
        more = file.read(size - len(content))
        if not more:
            break
        content += more
    return content


class _Opened:
    """An open file: ``head`` are the first unpacked bytes, ``content`` is all of it, the head included."""

    def __init__(self, path: str) -> None:
        self.is_standard_input = path == STANDARD_INPUT
        self._closing: list[IO[bytes]] = []
        if self.is_standard_input:
            source = cast(IO[bytes], sys.stdin.buffer)
        else:
            source = Path(path).open("rb", buffering=0)  # noqa: SIM115 closed with the input, long after this
            self._closing.append(source)
        self.can_be_opened_again = not self.is_standard_input and Path(path).is_file()
        self._watched = _Watched(source)
        self.head = b""
        self.content: IO[bytes] = io.BytesIO()
        self._unpacked: _Watched | None = None

    @property
    def is_packed(self) -> bool:
        """True when it is compressed with gzip."""
        return self._unpacked is not None

    @property
    def unpacked_bytes(self) -> int:
        """How many bytes have been unpacked."""
        return self._unpacked.position_bytes if self._unpacked is not None else 0

    def begin(self) -> None:
        """Read the head."""
        magic = _first(self._watched, len(GZIP_MAGIC))
        raw: io.RawIOBase = _Joined(magic, self._watched)
        if magic == GZIP_MAGIC:
            packed = gzip.GzipFile(fileobj=io.BufferedReader(raw, _BUFFER_BYTES), mode="rb")
            self._closing.append(cast(IO[bytes], packed))
            raw = self._unpacked = _Watched(cast(IO[bytes], packed))
        # Of a pipe no more than what tells its layout: who writes to it may wait between two events. What is packed
        # comes in blocks anyway, and where it is short its end can be told from a break.
        is_live = not self.can_be_opened_again and magic != GZIP_MAGIC
        head = _first(raw, HEAD_BYTES, _TELLING_LINES if is_live else None)
        self.head = head.removeprefix(UTF8_MARK)
        self.content = cast(IO[bytes], io.BufferedReader(_Joined(self.head, raw), _BUFFER_BYTES))

    def watch(self, advance: Advance | None) -> None:
        """From now on tell how far the reading is."""
        self._watched.advance = advance

    def close(self) -> None:
        """Close everything but standard input, which is not ours."""
        for file in reversed(self._closing):
            file.close()
        self._closing.clear()
