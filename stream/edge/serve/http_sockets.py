"""Sockets that listen for HTTP, and how their places are written."""

from __future__ import annotations

import os
import socket
from ipaddress import ip_address
from typing import Final

from stream.errors import UnavailableError

_BACKLOG: Final = 128


def listen(host: str, port: int, key: str = "port", section: str = "http") -> socket.socket:
    """Listen at ``host:port``. UnavailableError says why that cannot be, and what to set: ``http.<key>``, for one."""
    prefix = f"DESKPULSE_{section.upper()}__"
    at = place(host, port)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        # "localhost" may be both; whoever types 127.0.0.1 expects to be answered.
        family, _, _, _, address = min(found, key=lambda info: info[0] != socket.AF_INET)
        return socket.create_server(address[:2], family=family, backlog=_BACKLOG)
    except OSError as error:
        # create_server adds the place to the text a second time; the bare text of the number does not.
        by_number = error.errno is not None and not isinstance(error, socket.gaierror)
        reason = os.strerror(error.errno or 0) if by_number else str(error.strerror or error)
        host = "HOST" if key == "port" or section == "http" else f"{key.removesuffix('port').upper()}HOST"
        off = ", or DESKPULSE_HTTP__ENABLED=false" if section == "http" else ""
        raise UnavailableError(
            f"cannot listen on {at}: {reason}. Set {prefix}{key.upper()} to a free port (0: any free one), "
            f"{prefix}{host} to an address of this machine{off}"
        ) from error


def place(host: str, port: int) -> str:
    """``host:port``, as it stands in an address."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens there."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
