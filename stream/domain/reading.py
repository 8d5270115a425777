"""How far the source topics of a shard have been read, in offsets and in event time. Pure; ``now`` is an argument."""

from __future__ import annotations

from collections.abc import Sequence


class Reading:
    """Per source topic: the next offset, the end as far as known, and the newest event time.

    ``newest_us`` is that of the topic alone, whatever the other topics hold: which events count as late depends on
    the order inside their topic only, and is the same in every replay. ``inner``: topics that the shards write for each
    other. What is in them was counted as an event before: it is waited for, and moves no time.
    """

    def __init__(self, topics: Sequence[str], inner: Sequence[str] = ()) -> None:
        self._topics = tuple(topics)
        self._inner = tuple(inner)
        self.positions: dict[str, int] = {}
        self.ends: dict[str, int] = {}
        self.newest_us: dict[str, int] = {}
        self.complete_us = 0
        self._ends_known_us: dict[str, int] = {}

    def note_end(self, topic: str, end: int, now_us: int) -> None:
        """``topic`` is known to end at ``end`` now."""
        self.ends[topic] = end
        self._ends_known_us[topic] = now_us

    @property
    def knows_all_ends(self) -> bool:
        """True once it is known of every topic where it ends, so that the lag can be judged."""
        return len(self.ends) == len(self._topics) + len(self._inner)

    @property
    def lag(self) -> int:
        """Records that are known of and have not been read."""
        return sum(max(0, end - self.positions.get(topic, 0)) for topic, end in self.ends.items())

    def _is_behind(self, topic: str) -> bool:
        end = self.ends.get(topic)
        return end is None or self.positions.get(topic, 0) < end

    @property
    def newest_of_all_us(self) -> int:
        """Newest event time, but no later than any topic has been read that is not at its end.

        While history is read, a short topic is through long before the others. Its newest event must not make those
        too late that have not been read yet.
        """
        behind = [self.newest_us.get(topic, 0) for topic in self._topics if self._is_behind(topic)]
        return min(behind) if behind else max(self.newest_us.values(), default=0)

    def advance_complete(self, now_us: int) -> int:
        """Event time up to which all events have been counted: never ahead of ``now_us``, and back only with it.

        A topic with nothing to read holds nothing up: it counts as read up to when that was last seen. Of a clock that
        was ahead for a while nothing stays.
        """
        for_all = min(map(self._read_to_us, self._topics))
        self.complete_us = min(now_us, max(self.complete_us, for_all))
        return self.complete_us

    def _read_to_us(self, topic: str) -> int:
        times = self.newest_us if self._is_behind(topic) else self._ends_known_us
        return times.get(topic, 0)
