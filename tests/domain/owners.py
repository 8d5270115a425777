"""A shard and the rows it stores, as the edge writes and loads them, without any Kafka."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeAlias

import msgspec

from stream.domain.cells import Cells, merge_cells
from stream.domain.changes import Changes
from stream.domain.events import Event
from stream.domain.facts import Fact
from stream.domain.log import Insertion
from stream.domain.partials import (
    decode_cells,
    encode_cells,
    pane_key,
    parse_pane_key,
    parse_segment_key,
    segment_key,
)
from stream.domain.parts import Parts
from stream.domain.rebooking import Rebooking
from stream.domain.remainders import PaneKey, around, in_transactions
from stream.domain.shard import Shard
from stream.domain.shard_rules import ShardRules
from stream.rules import parts_of

Told = Iterable[tuple[str, Event]]


Said: TypeAlias = tuple[int, str, float | None]


def said_of(fact: Fact) -> Said:
    """What the derived topic says of a fact: not what it books, so that one that reads the same is not told again."""
    return fact.time_us, fact.segment, fact.value


class Owner:
    """Folds, commits and crashes. ``changelog`` is all that was ever written, oldest first."""

    def __init__(self, rules: ShardRules) -> None:
        self.rules = rules
        self.shard = Shard(rules)
        self.changelog: list[tuple[bytes, bytes | None]] = []
        self.facts: dict[tuple[str, str], Said] = {}
        self.panes: dict[PaneKey, bytes] = {}
        self.levels: dict[str, bytes] = {}
        self.answers: dict[tuple[str, str], bytes] = {}
        """The last of each metric and segment, as told."""
        self._newest_us = self._now_us = 0
        self.said: Counter[str] = Counter()
        """What became of the events, by the name of the insertion."""
        self._pending: list[tuple[str, Event]] = []
        self.parts = parts_of(rules)
        """As it is stored."""

    def fold(self, events: Told) -> None:
        for name, event in events:
            self._pending.append((name, event))
            result = self.shard.fold(name, event, origin=(name, event))
            if isinstance(result, Insertion):
                self.said[result.value] += 1

    def commit(self, now_us: int, *, expire: bool = False) -> list[tuple[str, Event]]:
        """Gives the events that were taken out again."""
        changes = [self.shard.settle(now_us)]
        for _, said, _ in changes[0].refused:
            self.said[said.value] -= 1
        for said, true in changes[0].corrections:
            self.said[said.value] -= 1
            self.said[true.value] += 1
        if expire:
            changes.append(self.shard.expire(now_us))
        for part in changes:
            self._write(part)
        self._newest_us, self._now_us = self.shard.newest_us, now_us
        self._pending = []
        return [origin for origin, _, _ in changes[0].refused if isinstance(origin, tuple)]

    def _write(self, changes: Changes) -> None:
        self.changelog += [(b"t|" + name.encode(), row) for name, row in changes.tickets]
        for key, cells in changes.panes:
            row = encode_cells(cells) if cells is not None else None
            self.changelog.append((pane_key(key), row))
            if row is None:
                self.panes.pop(key, None)
            else:
                self.panes[key] = row
        for segment, cells in changes.levels:
            if cells is None:
                self.levels.pop(segment, None)
            else:
                self.levels[segment] = encode_cells(cells)
        self.changelog += [(b"n|" + name.encode(), row) for name, row in changes.answers]
        for place, told in changes.last_answers:
            if told is None:
                self.answers.pop(place, None)
            else:
                self.answers[place] = told
        for segment, cells in changes.counters:
            self.changelog.append((segment_key("c", segment), encode_cells(cells) if cells is not None else None))
        if changes.segments is not None:
            self.changelog.append((b"a", msgspec.json.encode(changes.segments)))
        for ticket, name, fact in changes.facts:
            if fact is None:
                self.facts.pop((ticket, name), None)
            else:
                self.facts[(ticket, name)] = said_of(fact)

    def rebook(self, rules: ShardRules, now_us: int, most_tickets: int = 1, transactions: int | None = None) -> bool:
        """Load what was committed under other ``rules``, as the edge does; False: died after so many transactions."""
        self.rules = rules
        self.shard = restored(rules, dict(self.changelog).items(), self._newest_us, finish=False)
        work = Rebooking(self.shard, self.parts, parts_of(rules), now_us)
        self.shard.finish_restore(work.kept)
        for done, (changes, parts) in enumerate(self._transactions(work, now_us, most_tickets)):
            if done == transactions:
                return False
            self._write(changes)
            self.parts = parts
        return True

    def _transactions(self, work: Rebooking, now_us: int, most_tickets: int) -> Iterator[tuple[Changes, Parts]]:
        after = parts_of(self.rules)
        half = self.parts.half(after, work.changed)
        first = Changes()
        for _ in work.lose_steps(first):
            pass
        yield first, half
        while work.tickets_left:
            changes = Changes()
            for name in islice(work.book_steps(changes), most_tickets):
                booked = {key for ticket, key, _ in changes.facts if ticket == name}
                for ticket, key in self.facts:
                    is_told = work.kinds is None or key.partition("/")[0] in work.kinds
                    if ticket == name and is_told and key not in booked:
                        changes.facts.append((name, key, None))
            yield changes, half
        last = Changes()
        for _ in work.close_steps(now_us, last):
            pass
        # Panes, levels and counters are told in as many transactions as it takes.
        for rows in in_transactions(last.panes, 1):
            part = Changes()
            part.panes = rows
            yield part, half
        last.panes = []
        yield last, after

    def crash(self, *, compacted: bool) -> None:
        """Lose all memory; load what was committed and fold again what was not."""
        rows = list(dict(self.changelog).items()) if compacted else self.changelog
        self.shard = restored(self.rules, rows, self._newest_us)
        self.shard.levels.advance(self._now_us)
        for segment, cells in self.shard.levels.take_changed():
            if cells is not None:
                assert self.levels[segment] == encode_cells(cells)
        pending, self._pending = self._pending, []
        self.fold(pending)


def restored(
    rules: ShardRules, changelog: Iterable[tuple[bytes, bytes | None]], newest_us: int, *, finish: bool = True
) -> Shard:
    """A shard made of stored rows only."""
    shard = Shard(rules)
    for key, value in changelog:
        if key[:2] == b"t|":
            shard.restore_ticket(key[2:].decode(), value)
        elif key[:2] == b"p|":
            shard.restore_pane(parse_pane_key(key), decode_cells(value) if value is not None else None)
        elif key[:2] == b"n|":
            shard.answers.restore(key[2:].decode(), value)
        elif key[:2] == b"c|":
            shard.counters.restore(parse_segment_key(key), decode_cells(value) if value is not None else None)
        elif key == b"a" and value is not None:
            shard.admission.restore(msgspec.json.decode(value))
    if finish:
        shard.finish_restore()
    shard.newest_us = newest_us
    return shard


def plain(cells: Cells) -> dict[str, tuple[int, int, dict[int, int]]]:
    """Cells as values that compare."""
    return {measure: (cell.count, cell.sum, dict(cell.bins or {})) for measure, cell in cells.items()}


def plain_panes(shard: Shard) -> dict[PaneKey, dict[str, tuple[int, int, dict[int, int]]]]:
    """All panes of a shard."""
    return {key: plain(cells) for key, cells in shard.panes}


def told_panes(owner: Owner) -> dict[PaneKey, dict[str, tuple[int, int, dict[int, int]]]]:
    """All panes as the rows that went out say: each row counts in its pane and in those around it."""
    found: dict[PaneKey, Cells] = {}
    for key, row in owner.panes.items():
        for pane in (key, *around(key)):
            if pane[0] in owner.rules.plan.widths:
                merge_cells(found.setdefault(pane, {}), decode_cells(row))
    return {key: plain(cells) for key, cells in found.items()}


def plain_levels(shard: Shard) -> dict[str, dict[str, tuple[int, int, dict[int, int]]]]:
    """All levels of a shard, by segment."""
    shard.levels.mark_all_changed()
    return {segment: plain(cells) for segment, cells in shard.levels.take_changed() if cells is not None}
