"""What knows vendors may fail over an answer that nobody foresaw: that is trouble of one list, and ends no process."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from stream.connect.api import CutOff
from stream.connect.fields import Unreadable
from stream.edge.process.places import place_of
from stream.pull.client import TryLater

log = logging.getLogger(__name__)


@contextmanager
def guarded(what: str) -> Iterator[None]:
    """Any exception within becomes TryLater, which names its kind alone; those that say what is wrong stay."""
    try:
        yield
    except (CutOff, Unreadable, TryLater):
        raise
    except Exception as error:
        log.error("reading %s failed: %s", what, place_of(error))
        raise TryLater(f"{type(error).__name__} while an answer was read: a defect") from error
