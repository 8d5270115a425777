"""Free ports on loopback."""

from __future__ import annotations

import random
import socket

from stream.errors import UnavailableError

LOOPBACK = "127.0.0.1"
# Below the ports that operating systems hand to outgoing connections: one of those could take a broker's port
# while it restarts (a client that retries a closed port of that range can even connect to itself).
_CANDIDATES = range(15_000, 32_000)


def is_free(port: int) -> bool:
    """True when a server could listen on the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_ports(count: int) -> list[int]:
    """So many different ports that are free now. Nothing keeps them free: be ready to try again."""
    found: list[int] = []
    for port in random.sample(_CANDIDATES, len(_CANDIDATES)):
        if len(found) == count:
            return found
        if is_free(port):
            found.append(port)
    raise UnavailableError(f"no {count} free ports between {_CANDIDATES.start} and {_CANDIDATES.stop} on {LOOPBACK}")


def require_free(port: int, what: str, choose: str) -> None:
    """Raise UnavailableError when the port is taken: ``what`` wanted it, ``choose`` is how to take another one."""
    if not is_free(port):
        raise UnavailableError(
            f"port {port} on {LOOPBACK}, wanted for {what}, is taken by another program. End that program "
            f"(`lsof -i :{port}` or `ss -ltnp` names it), or take another port: {choose}"
        )
