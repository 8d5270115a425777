from __future__ import annotations

import socket

import pytest

from stream.broker.config import Address, java_options, server_properties
from stream.broker.ports import free_ports, require_free
from stream.errors import UnavailableError


def _settings(nodes: int, **extra: str) -> dict[str, str]:
    cluster = [Address(number, 100 + number, 200 + number) for number in range(1, nodes + 1)]
    text = server_properties(cluster[0], cluster, "/data", extra)
    return dict(line.split("=", 1) for line in text.splitlines())


def test_one_node_keeps_one_copy() -> None:
    settings = _settings(1)
    assert settings["default.replication.factor"] == "1"
    assert settings["transaction.state.log.min.isr"] == "1"
    assert settings["offsets.topic.replication.factor"] == "1"


def test_three_nodes_keep_three_copies_and_need_two() -> None:
    settings = _settings(3)
    assert settings["controller.quorum.voters"] == "1@127.0.0.1:201,2@127.0.0.1:202,3@127.0.0.1:203"
    assert settings["default.replication.factor"] == "3"
    assert settings["min.insync.replicas"] == "2"
    assert settings["transaction.state.log.replication.factor"] == "3"
    assert settings["transaction.state.log.min.isr"] == "2"


def test_a_node_alone_is_not_soon_taken_for_gone() -> None:
    silence = [int(_settings(nodes)["broker.session.timeout.ms"]) for nodes in (1, 3)]
    assert silence == [15_000, 3_000]


def test_a_broker_listens_on_loopback_only() -> None:
    settings = _settings(1)
    for key in ("listeners", "advertised.listeners"):
        assert {part.partition("://")[2].partition(":")[0] for part in settings[key].split(",")} == {"127.0.0.1"}


def test_replicas_can_fetch_the_largest_message() -> None:
    settings = _settings(3)
    assert settings["message.max.bytes"] == "16777216"
    assert int(settings["replica.fetch.max.bytes"]) >= int(settings["message.max.bytes"])


def test_extra_settings_win() -> None:
    assert _settings(1, **{"message.max.bytes": "5"})["message.max.bytes"] == "5"


def test_java_uses_the_archive_where_there_is_one() -> None:
    assert "-XX:AOTCache=/a" in java_options(64, "/log4j2.properties", "/a")
    assert not any("AOT" in option for option in java_options(64, "/log4j2.properties", None))


def test_free_ports_are_different_and_outside_those_of_outgoing_connections() -> None:
    ports = free_ports(6)
    assert len(set(ports)) == 6
    assert all(15_000 <= port < 32_000 for port in ports)


def test_a_taken_port_is_named_with_what_to_do() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UnavailableError, match=rf"port {port} .*wanted for the page, is taken.*another port: --x"):
            require_free(port, "the page", "--x")
    require_free(port, "the page", "--x")
