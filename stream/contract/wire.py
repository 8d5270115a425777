"""The event contract as it lies on the wire: one table of types, and an envelope for each.

The table is the single source of truth: the decoder is built from it, and so is the explanation of what is
wrong with an event (`stream.contract.diagnosis`).
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Literal

from msgspec import Meta, Struct, defstruct

from stream.contract.customer_shapes import (
    CustomerJoinedData,
    CustomerLeftData,
    CustomerMergedData,
    CustomerPurchaseData,
    CustomerRefundData,
    CustomerRemovedData,
    CustomerUpdatedData,
)
from stream.contract.shapes import Data
from stream.contract.survey_shapes import (
    SurveyAnsweredData,
    SurveyData,
    SurveyDeclinedData,
    SurveyExpiredData,
    SurveyWithdrawnData,
)
from stream.contract.ticket_shapes import (
    AbandonedData,
    AnsweredData,
    CreatedData,
    EndedData,
    HandedOffData,
    LeftQueueData,
    MergedData,
    MessageData,
    QueuedData,
    RemovedData,
    RestoredData,
    StatusData,
    UpdatedData,
)

MAX_TIME_CHARACTERS: Final = 64
MAX_SEQUENCE_CHARACTERS: Final = 256

DATA_OF_TYPE: Final[dict[str, type[Data]]] = {
    "support.ticket.created": CreatedData,
    "support.ticket.updated": UpdatedData,
    "support.ticket.message": MessageData,
    "support.ticket.status": StatusData,
    "support.ticket.queued": QueuedData,
    "support.ticket.answered": AnsweredData,
    "support.ticket.abandoned": AbandonedData,
    "support.ticket.left_queue": LeftQueueData,
    "support.ticket.ended": EndedData,
    "support.ticket.handed_off": HandedOffData,
    "support.ticket.merged": MergedData,
    "support.ticket.removed": RemovedData,
    "support.ticket.restored": RestoredData,
    "support.survey.sent": SurveyData,
    "support.survey.answered": SurveyAnsweredData,
    "support.survey.declined": SurveyDeclinedData,
    "support.survey.expired": SurveyExpiredData,
    "support.survey.withdrawn": SurveyWithdrawnData,
    "support.customer.joined": CustomerJoinedData,
    "support.customer.left": CustomerLeftData,
    "support.customer.updated": CustomerUpdatedData,
    "support.customer.purchase": CustomerPurchaseData,
    "support.customer.refund": CustomerRefundData,
    "support.customer.merged": CustomerMergedData,
    "support.customer.removed": CustomerRemovedData,
}


class Envelope(Struct, frozen=True, gc=False, kw_only=True):
    """The CloudEvents attributes that are read. The table's types add ``type`` (the tag) and ``data``."""

    empty_data: ClassVar[Data] = Data()

    specversion: Literal["1.0"]
    id: str
    source: str
    subject: str
    time: Annotated[str, Meta(max_length=MAX_TIME_CHARACTERS)]
    sequence: str | int | None = None
    if TYPE_CHECKING:
        data: Data | None


def _envelope(event_type: str, data_type: type[Data]) -> Any:
    optional = data_type.may_be_absent
    return defstruct(
        f"{data_type.__name__.removesuffix('Data')}Envelope",
        [("data", data_type | None, None) if optional else ("data", data_type)],
        bases=(Envelope,),
        namespace={"empty_data": data_type() if optional else Data(), "__annotations__": {}},
        tag_field="type",
        tag=event_type,
        frozen=True,
        gc=False,
        kw_only=True,
    )


ENVELOPE_OF_TYPE: Final[dict[str, Any]] = {
    event_type: _envelope(event_type, data_type) for event_type, data_type in DATA_OF_TYPE.items()
}
ENVELOPE_NAMES: Final = ("type", *Envelope.__struct_fields__, "data")
ANY_ENVELOPE: Final[Any] = reduce(or_, ENVELOPE_OF_TYPE.values())
