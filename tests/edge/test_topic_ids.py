"""Ids of topics: request and answer to the byte, brokers that do not agree, and what follows from another id."""

from __future__ import annotations

import asyncio
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import NodeNotReadyError

from stream.clock import ManualClock
from stream.edge.kafka import topic_ids
from stream.edge.kafka.topic_ids import Seen, agreed_ids, look
from stream.edge.kafka.topics import planned_topics
from stream.edge.kafka.watch import Outlook
from stream.edge.owners.origins import identities, lacks_snapshots, made_anew
from stream.edge.owners.stored_position import StoredPosition
from stream.edge.owners.stored_rules import decode_position
from stream.errors import UnavailableError
from stream.settings import Settings

ID = bytes(range(16))
PINNED = bytes.fromhex(
    "00000000"  # throttle_time_ms
    "02" "00000001" "0a" "3132372e302e302e31" "00002384" "00" "00"  # one broker: 127.0.0.1:9092, no rack
    "02" "63" "00000001"  # cluster_id c, controller 1
    "03"  # two topics
    "0000" "02" "74" "000102030405060708090a0b0c0d0e0f" "00"  # t, with its id
    "03"  # two partitions
    "0000" "00000000" "00000001" "00000000" "03" "00000001" "00000002" "02" "00000001" "01" "00"
    "0000" "00000001" "00000001" "00000000" "02" "00000001" "02" "00000001" "01" "00"
    "80000000" "00"
    "0003" "02" "75" "00000000000000000000000000000000" "00" "01" "80000000" "00"  # u: unknown
    "80000000" "00"
)  # fmt: skip
"""An answer of version 10, as the protocol's description has it."""


def test_the_request_and_its_answer_are_those_of_version_10() -> None:
    asked: list[bytes] = []

    async def send(request: Any) -> Any:
        built = request.prepare({3: (0, 13)})
        assert (built.API_KEY, built.API_VERSION, built.FLEXIBLE_VERSION) == (3, 10, True)
        asked.append(built.encode())
        return built.RESPONSE_TYPE.decode(BytesIO(PINNED))

    assert asyncio.run(look(send, ["t", "u"])) == {"t": Seen(2, 1, ID.hex())}
    assert asked == [b"\x03" + bytes(16) + b"\x02t\0" + bytes(16) + b"\x02u\0" + b"\0\0\0" + b"\0"]


def test_a_broker_that_knows_no_ids_still_tells_partitions_and_copies() -> None:
    versions: list[int] = []

    async def send(request: Any) -> Any:
        versions.append(request.prepare({3: (0, 8)}).API_VERSION)
        topic = {"error_code": 0, "topic": "t", "partitions": [{"replicas": [1, 2]}]}
        return SimpleNamespace(to_object=lambda: {"topics": [topic]})

    assert asyncio.run(look(send, ["t"])) == {"t": Seen(1, 2, "")}
    assert versions == [5]


class Cluster:
    """Brokers that each tell the next of their ids every time they are asked, and then the last again."""

    def __init__(self, *brokers: list[str | Exception]) -> None:
        self.cluster = SimpleNamespace(brokers=lambda: [SimpleNamespace(nodeId=n) for n in range(len(brokers))])
        self._brokers = brokers

    async def tell(self, node: int) -> dict[str, Seen]:
        ids = self._brokers[node]
        now = ids.pop(0) if len(ids) > 1 else ids[0]
        if isinstance(now, Exception):
            raise now
        return {"t": Seen(1, 1, now)}


def agreed(monkeypatch: pytest.MonkeyPatch, *brokers: list[str | Exception]) -> dict[str, str]:
    cluster = Cluster(*brokers)
    # What is asked, and of whom, is the request above: here it counts what becomes of the answers.
    monkeypatch.setattr(topic_ids, "_ask", lambda _, node, __: cluster.tell(node))
    monkeypatch.setattr(topic_ids, "_ASK_AGAIN_SECONDS", 0.0)
    return asyncio.run(agreed_ids(cluster, ["t"]))


def test_brokers_are_asked_until_they_agree_but_for_those_that_do_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    assert agreed(monkeypatch, ["new"], ["old", "old", "new"], [NodeNotReadyError()]) == {"t": "new"}


def test_a_broker_that_never_answers_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async def ask(_: Any, node: int, __: Any) -> dict[str, Seen]:
        if node:
            await asyncio.Event().wait()
        return {"t": Seen(1, 1, "1")}

    monkeypatch.setattr(topic_ids, "_ask", ask)
    monkeypatch.setattr(topic_ids, "ONE_ANSWERS_WITHIN_SECONDS", 0.01)
    assert asyncio.run(agreed_ids(Cluster([], []), ["t"])) == {"t": "1"}


@pytest.mark.parametrize("brokers", [(["old"], ["new"]), ([NodeNotReadyError()],)])
def test_brokers_that_never_agree_or_answer_are_told(
    monkeypatch: pytest.MonkeyPatch, brokers: tuple[list[str | Exception], ...]
) -> None:
    monkeypatch.setattr(topic_ids, "AGREE_WITHIN_SECONDS", 0.01)
    with pytest.raises(UnavailableError, match="did not agree"):
        agreed(monkeypatch, *brokers)


def test_another_id_is_noticed_under_a_running_worker() -> None:
    outlook = Outlook(planned_topics(Settings()), "127.0.0.1:9092", 6, ManualClock(0).now_us())
    outlook.saw_ids({"a": "1", "b": "1"})
    outlook.saw_ids({"a": "1"})  # b is gone for now
    outlook.saw_ids({})
    assert outlook.made_anew == []
    outlook.saw_ids({"a": "1", "b": "2"})
    assert outlook.made_anew == ["b"]


NAMES = {"tickets": "t", "surveys": "s", "customers": "k", "customer_events": "e", "changelog": "c", "partials": "p"}


def test_state_without_ids_takes_those_there_are_but_tells_its_snapshots_again() -> None:
    present = identities(NAMES, {"t": "1", "s": "2", "c": "3", "p": "4", "other": "5"})
    assert present == {"tickets": "1", "surveys": "2", "changelog": "3", "partials": "4"}
    assert made_anew({}, present, NAMES) == []
    assert lacks_snapshots({}, present)
    assert not lacks_snapshots(present, present)


def test_a_topic_with_another_id_is_made_anew_and_one_without_is_not() -> None:
    stored = {"tickets": "1", "surveys": "2"}
    assert made_anew(stored, {"tickets": "1", "surveys": "9"}, NAMES) == ["surveys"]
    assert made_anew(stored, {}, NAMES) == []


def test_without_ids_other_partials_are_told_by_their_name() -> None:
    assert lacks_snapshots(identities(NAMES, {}), identities({**NAMES, "partials": "q"}, {}))
    assert not lacks_snapshots(identities(NAMES, {}), identities(NAMES, {}))


def test_a_position_of_before_there_were_ids_can_be_read() -> None:
    stored = b'{"status":{"positions":{},"newest_us":0,"complete_us":0,"tally":{}},"fingerprint":"f"}'
    assert decode_position(stored) == StoredPosition(decode_position(stored).status, "f", {})
