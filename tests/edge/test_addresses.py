"""Whose request it is, and which names a worker answers to."""

from __future__ import annotations

import pytest

from stream.edge.serve.access.addresses import Proxies, client_key
from stream.edge.serve.access.hosts import AllowedHosts, host_of
from stream.errors import ConfigError
from stream.settings import load_settings


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        ("", ""),
    ],
)
def test_a_client_is_an_address_or_the_network_it_has_as_a_whole(address: str, key: str) -> None:
    assert client_key(address) == key


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("198.51.100.1", ["203.0.113.9"], "198.51.100.1"),  # no proxy of ours: its word counts for nothing
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["1.1.1.1, 203.0.113.9"], "203.0.113.9"),  # what the client itself put in front
        ("10.0.0.1", ["1.1.1.1", "203.0.113.9, 10.0.0.2"], "203.0.113.9"),
        ("10.0.0.1", ["203.0.113.9, nonsense"], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.9, "], "10.0.0.1"),
        ("::ffff:10.0.0.1", ["2001:db8::1"], "2001:db8::/64"),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
    ],
)
def test_only_what_our_proxies_say_is_believed(peer: str, forwarded: list[str], client: str) -> None:
    assert Proxies(("10.0.0.0/8",)).client_of(peer, forwarded) == client


def test_without_proxies_nobody_is_believed() -> None:
    assert Proxies(()).client_of("10.0.0.1", ["203.0.113.9"]) == "10.0.0.1"


HOSTS = AllowedHosts(("desk.example.com", "*.wall.example", "UPPER.example."), "worker-1")


@pytest.mark.parametrize(
    "authority",
    [
        "localhost",
        "localhost:8087",
        "board.localhost:8087",
        "127.0.0.1:8087",
        "127.0.0.1",
        "10.1.2.3:8087",
        "[::1]:8087",
        "[2001:db8::1]",
        "desk.example.com",
        "DESK.example.com.:443",
        "tv.wall.example",
        "upper.example",
        "worker-1:8087",
    ],
)
def test_addresses_loopback_and_what_the_settings_name_are_answered_to(authority: str) -> None:
    assert HOSTS.allows(authority)


@pytest.mark.parametrize(
    "authority",
    [
        "evil.example",
        "evil.example:8087",
        "desk.example.com.evil.example",
        "evil-desk.example.com",
        "wall.example",
        "wall.example.evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "evil.example@127.0.0.1",
        "127.0.0.1@evil.example",
        "evil.example/127.0.0.1",
        "127.0.0.1:8087:80",
        "127.0.0.1, evil.example",
        "[::1].evil.example",
        "[::1",
        "0x7f.1",
        "2130706433",
        "evil.example#.localhost",
        "",
    ],
)
def test_no_other_name_is_answered_to(authority: str) -> None:
    assert not HOSTS.allows(authority)


def test_a_star_allows_every_name_but_only_when_it_is_set() -> None:
    assert AllowedHosts(("*",), "0.0.0.0").allows("evil.example")
    assert not AllowedHosts((), "0.0.0.0").allows("evil.example")
    assert host_of("EVIL.example:80") == "evil.example"


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("ALLOWED_HOSTS", "desk.example.com:8087", "'desk.example.com:8087' is no name such as desk.example.com"),
        ("ALLOWED_HOSTS", "https://desk.example.com", "no port, no scheme"),
        ("ALLOWED_HOSTS", "a.example,tv*.example", "'tv*.example' is no name"),
        ("TRUSTED_PROXIES", "proxy.example", "'proxy.example' is no address or network such as 10.0.0.7"),
        ("TRUSTED_PROXIES", "10.0.0.7/8", "has host bits set"),
        ("MAX_CONNECTIONS", "7", "allowed: whole number from 8 to 10000"),
        ("MAX_STREAMS_PER_ADDRESS", "201", "must not be more than http.max_streams (200)"),
        ("HEADER_TIMEOUT_SECONDS", "0", "allowed: number of seconds from 0.1 to 600"),
    ],
)
def test_a_wrong_setting_is_told_with_its_key_its_value_and_what_is_allowed(
    variable: str, value: str, said: str
) -> None:
    with pytest.raises(ConfigError) as told:
        load_settings({f"DESKPULSE_HTTP__{variable}": value})
    assert str(told.value).startswith(f"DESKPULSE_HTTP__{variable}={value!r}: ")
    assert said in str(told.value)
