from __future__ import annotations

from collections import Counter

import pytest

from stream.replay.disorder import LONGEST_DISTANCE, disordered

LINES = [b"%d" % number for number in range(3 * LONGEST_DISTANCE)]


def test_without_options_nothing_changes() -> None:
    assert list(disordered(LINES, None, 0.0)) == LINES


def test_shuffling_keeps_every_line_and_the_seed_decides() -> None:
    shuffled = list(disordered(LINES, 7, 0.0))
    assert shuffled != LINES
    assert sorted(shuffled) == sorted(LINES)
    assert shuffled == list(disordered(LINES, 7, 0.0))
    assert shuffled != list(disordered(LINES, 8, 0.0))


@pytest.mark.parametrize("seed", [None, 3])
def test_the_wanted_share_comes_twice(seed: int | None) -> None:
    counts = Counter(disordered(LINES, seed, 0.33))
    assert set(counts) == set(LINES)
    assert set(counts.values()) == {1, 2}
    assert sum(counts.values()) - len(LINES) == pytest.approx(0.33 * len(LINES), rel=0.05)
    assert counts == Counter(disordered(LINES, seed, 0.33))


def test_in_file_order_the_first_ones_stay_in_order_and_duplicates_follow_at_all_distances() -> None:
    seen: dict[bytes, int] = {}
    distances = []
    for place, line in enumerate(disordered(LINES, None, 0.3)):
        if line in seen:
            distances.append(place - seen[line])
        else:
            seen[line] = place
    assert list(seen) == LINES
    assert min(distances) < LONGEST_DISTANCE // 100
    assert max(distances) > LONGEST_DISTANCE // 2


def test_a_share_of_one_sends_everything_twice() -> None:
    assert set(Counter(disordered(LINES, None, 1.0)).values()) == {2}
