"""Which groups a segment counts in."""

from __future__ import annotations

from collections.abc import Sequence

from stream.domain.presence import Group
from stream.domain.segments import Dimensions, Segment, dimensions_of
from stream.domain.subjects import OTHER_OF_CUSTOMER, group_of_customer, is_customer


class Groups:
    """Of every segment one group of each of the ``group_bys`` that tell such segments apart."""

    def __init__(self, group_bys: Sequence[str], dimensions: Dimensions) -> None:
        self.group_bys = tuple(group_bys)
        self._dimensions = dimensions
        self._of_tickets = tuple(by for by in self.group_bys if {*dimensions_of(by)} <= {*dimensions.names})
        self._found: dict[Segment, list[Group]] = {}

    def of(self, segment: Segment) -> list[Group]:
        """All of them; found once, until the segment is forgotten."""
        groups = self._found.get(segment)
        if groups is None:
            groups = self._found[segment] = []
            for by in self.group_bys:
                group = self.one_of(segment, by)
                if group is not None:
                    groups.append((by, group))
        return groups

    def one_of(self, segment: Segment, by: str) -> Segment | None:
        """That of one group-by; None where it does not tell such segments apart."""
        if is_customer(segment):
            return group_of_customer(segment, by)
        return self._dimensions.rolled_up(segment, by) if by in self._of_tickets else None

    def other_of(self, segment: Segment) -> Segment:
        """The segment that it counts as while it has no name."""
        return OTHER_OF_CUSTOMER if is_customer(segment) else self._dimensions.other

    def forget(self, segment: Segment) -> None:
        """Nothing is held of it any more."""
        self._found.pop(segment, None)
