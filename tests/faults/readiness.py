"""What `/readyz` of each worker says while something is done to them, and for how long."""

from __future__ import annotations

import http.client
import json
import re
import threading
import time
import urllib.error
from typing import Self
from urllib.request import urlopen

from tests.faults.fleet import Fleet
from tests.patience import PATIENCE_SECONDS

READY = "ready"
AWAY = "no answer: the worker is not there, or has just been started"
_LOOK_EVERY_SECONDS = 0.2


class Readiness:
    """Context manager. ``heard``: sentence, its numbers left out, to the seconds for which some worker said it."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._keep_asking, daemon=True)
        self.heard: dict[str, float] = {}

    def __enter__(self) -> Self:
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._watch.join()

    def _keep_asking(self) -> None:
        asked = time.monotonic()
        while not self._over.wait(_LOOK_EVERY_SECONDS):
            said = {sentence for index in self._fleet.running() for sentence in said_by(self._fleet, index)}
            now = time.monotonic()
            for sentence in said:
                self.heard[sentence] = self.heard.get(sentence, 0.0) + now - asked
            asked = now

    def told(self) -> str:
        """A line for each sentence, in the order in which they were first heard."""
        return "\n".join(f"{seconds:7.1f} s  {sentence}" for sentence, seconds in self.heard.items())


def said_by(fleet: Fleet, index: int) -> list[str]:
    """What a worker says: `READY`, or the reasons why it is not, and warnings; `AWAY` while nobody answers."""
    try:
        with urlopen(f"{fleet.address(index)}readyz", timeout=PATIENCE_SECONDS) as answer:
            body = answer.read()
    except urllib.error.HTTPError as error:
        with error:
            body = error.read()
    except (OSError, IndexError, http.client.HTTPException):
        return [AWAY]
    said = json.loads(body)
    reasons = said["reasons"] or [READY]
    return [re.sub(r"\d+(, \d+)*", "N", sentence) for sentence in (*reasons, *said["warnings"])]
