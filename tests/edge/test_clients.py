"""Which connections are kept, and which are ended, by what is known of them."""

from __future__ import annotations

import pytest

from stream.edge.serve.access.boards import BoardLimits
from stream.edge.serve.access.clients import PROGRESS_BYTES, Client, Clients, Limits
from stream.edge.serve.access.descriptors import connections_within
from stream.edge.serve.access.tally import HttpTally

LIMITS = Limits(connections=4, connections_per_address=3, header_seconds=10, write_seconds=10)


class Room:
    """Clients by name, and which of them were ended."""

    def __init__(self, limits: Limits = LIMITS) -> None:
        self.tally = HttpTally()
        self.clients = Clients(limits, self.tally)
        self.ended: list[str] = []
        self.unsent = 0

    def enter(self, name: str, address: str, now: float = 0, limited: bool = True) -> Client | None:
        client = Client(address, limited, now, lambda: self.ended.append(name))
        return client if self.clients.admit(client, now, lambda: self.unsent) else None

    def answering(self, name: str, address: str, now: float = 0) -> Client:
        """One that is let in, and is being answered."""
        client = self.enter(name, address, now)
        assert client is not None
        client.answering()
        return client


def test_a_client_beyond_its_address_limit_pushes_out_its_own_oldest_that_waits() -> None:
    room = Room()
    for number in range(5):
        assert room.enter(f"flood {number}", "10.0.0.1", number)
    assert room.ended == ["flood 0", "flood 1"]
    assert room.tally.connections == 3
    assert room.tally.refusals["made_room"] == 2


def test_others_are_let_in_while_an_address_has_all_its_places() -> None:
    room = Room()
    for number in range(50):
        room.enter(f"flood {number}", "10.0.0.1", number)
    assert room.enter("other", "10.0.0.2", 50)
    assert "other" not in room.ended


def test_beyond_the_whole_limit_the_oldest_that_waits_goes_whose_ever_it_is() -> None:
    room = Room()
    for number in range(5):
        assert room.enter(f"{number}", f"10.0.0.{number}", number)
    assert room.ended == ["0"]


def test_who_is_being_answered_is_not_pushed_out() -> None:
    room = Room()
    busy = [room.answering(f"busy {number}", "10.0.0.1") for number in range(3)]
    assert room.enter("one more", "10.0.0.1") is None
    assert room.tally.refusals["connections_of_address"] == 1
    busy[1].answered(5)
    assert room.enter("one more", "10.0.0.1", 6)
    assert room.ended == ["busy 1"]


def test_a_full_house_of_busy_clients_refuses_and_counts() -> None:
    room = Room()
    for number in range(4):
        room.answering(f"{number}", f"10.0.0.{number}")
    assert room.enter("late", "10.0.0.9") is None
    assert (room.ended, room.tally.refusals["connections"]) == ([], 1)


def test_a_busy_client_that_takes_nothing_gives_its_place() -> None:
    room = Room()
    for number in range(4):
        client = room.answering(f"{number}", f"10.0.0.{number}")
        if number == 2:
            client.blocked(1, 100_000)
    assert room.enter("too soon", "10.0.0.9", 2) is None
    assert room.enter("next", "10.0.0.9", 4)
    assert room.ended == ["2"]


def test_a_trusted_proxy_has_no_address_limit() -> None:
    room = Room()
    for number in range(4):
        room.enter(f"{number}", "10.0.0.1", number, limited=False)
    assert room.ended == []


def test_what_is_closed_frees_its_place() -> None:
    room = Room()
    for number in range(10):
        client = room.answering(f"{number}", "10.0.0.1", number)
        room.clients.forget(client)
        room.clients.forget(client)
    assert (room.ended, room.tally.connections) == ([], 0)


def test_a_header_must_come_in_time() -> None:
    room = Room()
    room.enter("half", "10.0.0.1", 0)
    room.clients.sweep(9.9)
    assert room.ended == []
    room.clients.sweep(10)
    assert (room.ended, room.tally.refusals["header_timeout"]) == (["half"], 1)


def test_each_header_of_a_connection_must_come_in_time_from_its_first_byte() -> None:
    client = Client("10.0.0.1", True, 0, lambda: None)
    client.receiving(9)
    client.answering()
    client.receiving(9.5)  # a body, or the next request, while this one is answered
    client.answered(20)
    assert client.overdue(60, 0, LIMITS) is None
    client.receiving(60)
    client.receiving(69)  # one byte now and then does not put it off
    assert client.overdue(69.9, 0, LIMITS) is None
    assert client.overdue(70, 0, LIMITS) == "header_timeout"


def test_who_takes_nothing_is_cut_off() -> None:
    client = Client("10.0.0.1", True, 0, lambda: None)
    client.answering()
    client.blocked(5, 70_000)
    assert client.overdue(14.9, 70_000, LIMITS) is None
    assert client.overdue(15, 69_000, LIMITS) == "slow_reader"


def test_who_takes_a_large_answer_slowly_is_not_cut_off() -> None:
    client = Client("10.0.0.1", True, 0, lambda: None)
    client.answering()
    client.blocked(0, 30 * PROGRESS_BYTES)
    for seconds in range(1, 30):
        assert client.overdue(seconds * 9, (30 - seconds) * PROGRESS_BYTES, LIMITS) is None
    client.unblocked()
    assert client.overdue(1000, 0, LIMITS) is None


@pytest.mark.parametrize(("descriptors", "kept"), [(1024, 512), (256, 128), (65_536, 512), (1, 1)])
def test_half_of_the_descriptors_are_kept_for_kafka(descriptors: int, kept: int) -> None:
    assert connections_within(descriptors, 512) == kept


class Wall:
    """Boards that are open."""

    def __init__(self, most: int, most_of_address: int) -> None:
        self.room = Room(Limits(100, 100, 10, 10))
        self.boards = BoardLimits(most, most_of_address, self.room.clients, self.room.tally)

    def open(self, name: str, address: str, now: float = 0) -> tuple[Client, tuple[int, str] | None]:
        client = self.room.answering(name, "127.0.0.1", now)
        return client, self.boards.enter(client, address, now)


def test_an_address_has_its_share_of_the_boards() -> None:
    wall = Wall(5, 2)
    assert [wall.open(str(number), "10.0.0.1")[1] is None for number in range(3)] == [True, True, False]
    _, refused = wall.open("again", "10.0.0.1")
    status, said = refused or (0, "")
    assert status == 429
    assert "http.max_streams_per_address" in said
    assert wall.open("other", "10.0.0.2")[1] is None
    assert (wall.room.tally.streams, wall.room.tally.refusals["streams_of_address"]) == (3, 2)


def test_all_addresses_together_have_a_limit_and_a_closed_board_frees_its_place() -> None:
    wall = Wall(2, 2)
    first, _ = wall.open("1", "10.0.0.1")
    wall.open("2", "10.0.0.2")
    assert wall.open("3", "10.0.0.3")[1] == (503, "2 boards are connected already; close some")
    wall.boards.leave(first)
    assert wall.open("4", "10.0.0.3")[1] is None


def test_a_board_that_takes_nothing_gives_its_place() -> None:
    wall = Wall(5, 2)
    stuck, _ = wall.open("stuck", "10.0.0.1")
    wall.open("well", "10.0.0.1")
    stuck.blocked(1, 70_000)
    assert wall.open("new", "10.0.0.1", 10)[1] is None
    assert wall.room.ended == ["stuck"]
