"""A segment without a name counts as other, and takes all of its own along when it gets one."""

from __future__ import annotations

from stream.domain.cells import Cell, Cells
from stream.domain.remainders import PaneKey, around
from stream.domain.segments import OTHER, THREE, segment_of
from tests.domain.stories import US
from tests.domain.test_rollup import NOW, A, B, Board

C = segment_of("phone", "c", "")
ONE: Cells = {"offered": Cell(1)}


def board_of(*unnamed: str) -> Board:
    board = Board(by=("all", "team"))
    for segment in unnamed:
        board.rollup.refuse(segment)
    return board


def named(board: Board, segment: str) -> list[tuple[PaneKey, Cells]]:
    moved: list[tuple[PaneKey, Cells]] = []
    for _ in board.rollup.name(segment, moved):
        pass
    return moved


def waiting(board: Board) -> dict[str, int]:
    """Who waits, by team; that of the row of all is `all`."""
    rows = board.take().rows.values()
    return {row["segment"].get("team", "all"): row["value"] for row in rows if row["metric"] == "waiting_contacts"}


def test_what_has_no_name_counts_as_other() -> None:
    board = board_of(A)
    for segment, counting in ((A, THREE.other), (B, B)):
        gains = board.rollup.apply_pane(0, (10, NOW, segment), ONE)
        assert gains == [(key, ONE) for key in ((10, NOW, counting), *around((10, NOW, counting)))]
    assert [board.offered(by="team", group=group) for group in ("a", "b", OTHER)] == [None, 1, 1]
    assert board.offered() == 2
    assert not board.rollup.is_named(A)
    assert board.rollup.is_named(B)


def test_a_name_moves_panes_and_levels_of_all_partitions_and_of_no_other_segment() -> None:
    board = board_of(A, C)
    for partition in (0, 1):
        board.pane(NOW, ONE, A, partition).levels({"waiting": Cell(2, 90 * US)}, A, partition)
    board.pane(NOW, ONE, C).levels({"waiting": Cell(1, 60 * US)}, C)
    assert [board.offered(by="team", group=group) for group in ("a", "c", OTHER)] == [None, None, 3]
    assert waiting(board) == {"all": 5, OTHER: 5}
    moved = named(board, A)
    panes = [(key, *around(key)) for key in ((10, NOW, THREE.other), (10, NOW, A))]
    assert [pane for pane, _ in moved] == [pane for _ in (0, 1) for of in panes for pane in of]
    assert [delta["offered"].count for _, delta in moved] == [count for _ in (0, 1) for count in [-1] * 4 + [1] * 4]
    assert [board.offered(by="team", group=group) for group in ("a", "c", OTHER)] == [2, None, 1]
    assert waiting(board) == {"all": 5, "a": 4, OTHER: 1}
    assert board.offered() == 3
    assert board.rollup.is_named(A)


def test_of_a_name_without_anything_nothing_moves() -> None:
    board = board_of(A)
    assert named(board, A) == []
    assert board.pane(NOW).offered(by="team", group="a") == 1


def test_a_segment_of_which_nothing_is_held_is_forgotten_and_asked_for_anew() -> None:
    board = board_of(A)
    board.pane(NOW).pane(NOW, None)
    assert board.rollup.unused == {A}
    board.rollup.forget(A)
    assert board.rollup.is_named(A)
