"""Where a customer is counted: tier, region and segment, as they are now."""

from __future__ import annotations

from stream.compiled import mypyc_attr
from stream.domain.customer_events import CustomerJoined, CustomerUpdated
from stream.domain.definitions import Definitions
from stream.domain.events import Event
from stream.domain.readers.reader import Reader
from stream.domain.segments import Segment
from stream.domain.subjects import EMPTY_OF_CUSTOMER, customer_segment


@mypyc_attr(acyclic=True)
class Profile(Reader):
    """``place``: the segment of the customer now, under which all that is booked for it stands."""

    __slots__ = ("_labels", "place")
    reads = (CustomerJoined, CustomerUpdated)

    def __init__(self, definitions: Definitions) -> None:
        self._labels = ("", "", "")
        self.place: Segment = EMPTY_OF_CUSTOMER

    def read(self, event: Event) -> bool:
        """Something about the customer was said; what holds already changes nothing."""
        tier, region, segment = self._labels
        if type(event) is CustomerUpdated:
            tier = "" if event.clears_tier else tier
            region = "" if event.clears_region else region
            segment = "" if event.clears_segment else segment
            labels = (event.tier or tier, event.region or region, event.segment or segment)
        elif type(event) is CustomerJoined:
            labels = (event.tier or tier, event.region or region, event.segment or segment)
        else:
            return False
        if labels == self._labels:
            return False
        self._labels = labels
        self.place = customer_segment(*labels)
        return True
