"""A server that sends bytes as they stand here, whatever is asked: TCP or TLS, a real port, a thread of its own."""

from __future__ import annotations

import asyncio
import gzip
import ssl
import zlib
from collections.abc import AsyncIterator, Callable

from tests.pull.server_thread import ServerThread

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


class LyingServer(ServerThread):
    """A context manager. ``lies`` come one for each request, the last one for ever; ``asked`` is their number."""

    def __init__(self, *lies: Lie, tls: ssl.SSLContext | None = None) -> None:
        super().__init__()
        self._lies = list(lies)
        self._tls = tls
        self.asked = 0

    async def open(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", 0, ssl=self._tls)
        kind = "https" if self._tls else "http"
        self.address = f"{kind}://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        """Listen no more, and end what is being told."""
        self._server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0)

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
