"""Several shards that tell each other of customers, as the edge has them do it, without any Kafka."""

from __future__ import annotations

from collections.abc import Iterable

from stream.domain.events import Event
from stream.domain.partials import encode_cells, pane_key, segment_key
from stream.domain.rejections import Rejected
from stream.domain.shard import Shard
from stream.domain.shard_rules import ShardRules
from stream.domain.statements import Stated
from tests.domain.owners import restored

Row = tuple[bytes, bytes | None]


class Member:
    """One shard: what it reads, what it wrote, and how far it had read then."""

    def __init__(self, rules: ShardRules) -> None:
        self.rules = rules
        self.shard = Shard(rules)
        self.source: list[tuple[str, Event]] = []
        self.inner: list[Stated] = []
        self.changelog: list[Row] = []
        self.read = [0, 0]
        self.committed = (0, 0)

    def fold(self, events: int, statements: int) -> None:
        """Fold so many of each that lie there."""
        for name, event in self.source[self.read[0] : self.read[0] + events]:
            assert not isinstance(self.shard.fold(name, event), Rejected)
        for customer, statement in self.inner[self.read[1] : self.read[1] + statements]:
            assert not isinstance(self.shard.hear(customer, statement), Rejected)
        self.read = [min(self.read[0] + events, len(self.source)), min(self.read[1] + statements, len(self.inner))]

    def die(self) -> None:
        """Lose what was not committed."""
        self.shard = restored(self.rules, self.changelog, 0)
        self.read = list(self.committed)

    @property
    def is_through(self) -> bool:
        return self.committed == (len(self.source), len(self.inner))


class Desk:
    """``shards`` of them; a name's shard is chosen by its letters."""

    def __init__(self, rules: ShardRules, shards: int) -> None:
        self.members = [Member(rules) for _ in range(shards)]

    def member_of(self, name: str) -> Member:
        return self.members[sum(name.removeprefix("\x1e").encode()) % len(self.members)]

    def send(self, events: Iterable[tuple[str, Event]]) -> None:
        for name, event in events:
            self.member_of(name).source.append((name, event))

    def commit(self, member: Member, now_us: int) -> None:
        """What it wrote goes to the others in one with what it has read."""
        changes = member.shard.settle(now_us)
        assert not changes.failures
        assert not changes.refused
        member.changelog += [(b"t|" + name.encode(), row) for name, row in changes.tickets]
        for key, cells in changes.panes:
            member.changelog.append((pane_key(key), None if cells is None else encode_cells(cells)))
        for segment, cells in changes.counters:
            row = None if cells is None else encode_cells(cells)
            member.changelog.append((segment_key("c", segment), row))
        member.committed = (member.read[0], member.read[1])
        for customer, statement in changes.stated:
            self.member_of(customer).inner.append((customer, statement))

    def finish(self, now_us: int) -> None:
        """Until nobody has anything to read; a circle would go on for ever."""
        for _ in range(1000):
            for member in self.members:
                member.fold(1 << 20, 1 << 20)
                self.commit(member, now_us)
            if all(member.is_through for member in self.members):
                return
        raise AssertionError("they tell each other without end")
