"""A server that sends bytes as they stand here, whatever is asked: TCP or TLS, a real port, a thread of its own."""

from __future__ import annotations

import asyncio
import gzip
import ssl
import threading
import zlib
from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Self

from tests.patience import PATIENCE_SECONDS

Lie = Callable[[], AsyncIterator[bytes]]


def head(status: str = "200 OK", **fields: object) -> bytes:
    """The beginning of an answer."""
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status}\r\nConnection: close\r\n{lines}\r\n".encode()


def whole(body: bytes, status: str = "200 OK", **fields: object) -> Lie:
    """An answer that is one."""

    async def lie() -> AsyncIterator[bytes]:
        yield head(status, Content_Length=len(body), **fields) + body

    return lie


def truncated_gzip() -> Lie:
    """As long as it says, and not all of what was compressed."""
    body = gzip.compress(b'{"things": [' + b'"a word", ' * 1000 + b'"the last"]}')
    return whole(body[: len(body) // 2], Content_Encoding="gzip")


def no_gzip() -> Lie:
    """Not what it says."""
    return whole(b'{"things": []}', Content_Encoding="gzip")


def gzip_bomb(mebibytes: int) -> Lie:
    """So many mebibytes of spaces in a thousandth of that."""

    async def lie() -> AsyncIterator[bytes]:
        yield head(Content_Encoding="gzip")
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        for _ in range(mebibytes):
            yield packer.compress(b" " * (1 << 20))
        yield packer.flush()

    return lie


def closed_in_the_middle() -> Lie:
    """Half of what it says."""

    async def lie() -> AsyncIterator[bytes]:
        yield head(Content_Length=1000) + b'{"things": ['

    return lie


def broken_chunk() -> Lie:
    """A length of a chunk that is none."""

    async def lie() -> AsyncIterator[bytes]:
        yield head(Transfer_Encoding="chunked") + b"zzz\r\n{}\r\n"

    return lie


def byte_by_byte(pause_seconds: float = 1.0) -> Lie:
    """One byte, and a pause, for ever."""

    async def lie() -> AsyncIterator[bytes]:
        yield head(Content_Length=1 << 20)
        while True:
            yield b" "
            await asyncio.sleep(pause_seconds)

    return lie


def no_http() -> Lie:
    """What another protocol says."""

    async def lie() -> AsyncIterator[bytes]:
        yield b"SSH-2.0-OpenSSH_9.6\r\n\r\n"

    return lie


class LyingServer:
    """A context manager. ``lies`` come one for each request, the last one for ever; ``asked`` is their number."""

    def __init__(self, *lies: Lie, tls: ssl.SSLContext | None = None) -> None:
        self._lies = list(lies)
        self._tls = tls
        self.asked = 0
        self.address = ""
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._started.wait(PATIENCE_SECONDS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_SECONDS)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._answer, "127.0.0.1", 0, ssl=self._tls))
        kind = "https" if self._tls else "http"
        self.address = f"{kind}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self._started.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            lie = self._lies.pop(0) if len(self._lies) > 1 else self._lies[0]
            self.asked += 1
            async for part in lie():
                writer.write(part)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
