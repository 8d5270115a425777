"""What a settlement changes: all that its owner has to write, in one transaction."""

from __future__ import annotations

from stream.domain.cells import Cells
from stream.domain.facts import Fact
from stream.domain.levels import MemberKey
from stream.domain.log import Insertion
from stream.domain.membership import Members
from stream.domain.remainders import PaneRow
from stream.domain.segments import Segment
from stream.domain.statements import Stated


class Changes:
    """None marks what is gone. Facts come as (ticket, fact key, fact or None).

    ``members``: of levels whose first members are told by name. ``answers``: what is stored of a ticket's answers;
    ``last_answers``: what is told of a metric in a segment. ``too_late_for_windows``: new facts so old that no pane
    keeps their time any more. ``refused``: events that were folded and are taken out again, as their ticket
    could not be settled with them: where they came from, what was said of them, and why; whoever has looked at the
    tracebacks has to `forget_ways`. ``corrections``: what was said of other events meanwhile, and is true without
    those. ``failures``: tickets that could not be settled with no new event to blame; they keep their facts.
    ``stated``: what customers are to hear. ``forgotten``: hashes of customers to be forgotten, and whether the logs
    were looked through for them; ``untold``: those that other shards have to hear.
    """

    __slots__ = (
        "answers",
        "corrections",
        "counters",
        "facts",
        "failures",
        "forgotten",
        "last_answers",
        "levels",
        "members",
        "panes",
        "refused",
        "segments",
        "stated",
        "tickets",
        "too_late_for_windows",
        "untold",
    )

    def __init__(self) -> None:
        self.tickets: list[tuple[str, bytes | None]] = []
        self.facts: list[tuple[str, str, Fact | None]] = []
        self.panes: list[PaneRow] = []
        self.levels: list[tuple[Segment, Cells | None]] = []
        self.members: list[tuple[MemberKey, Members | None]] = []
        self.counters: list[tuple[Segment, Cells | None]] = []
        self.answers: list[tuple[str, bytes | None]] = []
        self.last_answers: list[tuple[tuple[str, Segment], bytes | None]] = []
        self.segments: list[Segment] | None = None
        self.too_late_for_windows = 0
        self.refused: list[tuple[object, Insertion, Exception]] = []
        self.corrections: list[tuple[Insertion, Insertion]] = []
        self.failures: list[Exception] = []
        self.stated: list[Stated] = []
        self.forgotten: list[tuple[str, bool]] = []
        self.untold: list[str] = []

    def forget_ways(self) -> None:
        """Drop the tracebacks: they refer to the frames that made these changes, which refer to the changes."""
        for _, _, error in self.refused:
            error.__traceback__ = None
        for error in self.failures:
            error.__traceback__ = None

    def __bool__(self) -> bool:
        """True when there is anything to write."""
        return bool(self.tickets or self.panes or self.levels or self.answers or self.forgotten)
