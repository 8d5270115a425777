"""Which client a request is from: limits are for each client, not for the proxy that stands in front of all."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from typing import Final

_SITE_BITS: Final = 64


class Proxies:
    """The proxies whose X-Forwarded-For is believed. Anybody can send that header, so nobody else's is."""

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks = tuple(ipaddress.ip_network(network) for network in networks)

    def trusts(self, address: str) -> bool:
        """Whether ``address`` (a peer's, as the socket tells it) is such a proxy."""
        try:
            found = _plain(address)
        except ValueError:
            return False
        return any(found in network for network in self._networks)

    def client_of(self, peer: str, forwarded: Sequence[str]) -> str:
        """The client of a request that ``peer`` sent with these X-Forwarded-For headers, as `client_key` writes it.

        Each proxy appends whom it heard from. So the list is read from its end, up to the first that is no proxy of
        ours; what stands before that could be made up.
        """
        client = peer
        if not self._networks:
            return client_key(client)
        for hop in reversed([part.strip() for line in forwarded for part in line.split(",")]):
            if not self.trusts(client) or not _is_address(hop):
                break
            client = hop
        return client_key(client)

    def says_https(self, peer: str, protocol: str) -> bool:
        """Whether ``peer`` is such a proxy, and its X-Forwarded-Proto says that the browser spoke TLS with it."""
        return self.trusts(peer) and protocol.rpartition(",")[2].strip().lower() == "https"


def client_key(address: str) -> str:
    """What limits are counted by: an IPv4 address, or the network of an IPv6 address, of which a client has a whole."""
    try:
        found = _plain(address)
    except ValueError:
        return address[:64]
    if found.version == 4:
        return str(found)
    return str(ipaddress.ip_network((int(found) >> _SITE_BITS << _SITE_BITS, _SITE_BITS)))


def _plain(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    found = ipaddress.ip_address(address.partition("%")[0])
    # A socket that listens for both kinds shows IPv4 peers in this dress.
    return getattr(found, "ipv4_mapped", None) or found


def _is_address(text: str) -> bool:
    try:
        _plain(text)
    except ValueError:
        return False
    return True
