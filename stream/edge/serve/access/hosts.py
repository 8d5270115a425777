"""Which names a worker answers to: a page of elsewhere must not reach it through a name that it made up.

With DNS rebinding, a page of ``evil.example`` lets that name point to the worker's address and then reads the worker as
its own origin. The browser sends the name along, and that gives it away. An address as the name is safe: such a page
would be the worker's own.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from typing import Final

ANY: Final = "*"
_LOOPBACK: Final = "localhost"
_AUTHORITY: Final = re.compile(r"(?P<address>\[[0-9A-Fa-f:.]+\])?(?P<host>(?(address)|[\w.-]+))(:\d{0,5})?", re.ASCII)


class AllowedHosts:
    """Addresses, loopback's names, the name that is bound, and those of the settings."""

    def __init__(self, names: Iterable[str], bound: str) -> None:
        wanted = {_plain(name) for name in (*names, bound)}
        self._any = ANY in wanted
        self._names = {name for name in wanted if not name.startswith("*.")} | {_LOOPBACK}
        self._endings = tuple(name[1:] for name in (*wanted, f"*.{_LOOPBACK}") if name.startswith("*."))

    def allows(self, authority: str) -> bool:
        """Whether a request may name its server so: a host, with or without a port."""
        if self._any:
            return True
        host = host_of(authority)
        return bool(host) and (host in self._names or host.endswith(self._endings) or _is_address(host))


def host_of(authority: str) -> str:
    """The host of ``host:port``, in small letters; "" where that cannot be read."""
    found = _AUTHORITY.fullmatch(authority.strip())
    return _plain((found["host"] or found["address"]).strip("[]")) if found else ""


def _plain(name: str) -> str:
    return name.strip().lower().removesuffix(".")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
