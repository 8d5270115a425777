"""One hook: whom it believes, how much it takes, and how it reads what it believes. Pure but for its secrets."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final, Protocol

from stream.connect.verify.request import HookRequest, Verdict
from stream.connect.verify.scheme import Scheme, Signed
from stream.connect.verify.verifier import verify
from stream.gateway.rate import Rate
from stream.gateway.secrets import Secrets
from stream.gateway.seen import Seen
from stream.gateway.taken import Letter, Taken
from stream.settings import ConnectSettings

PATH: Final = "/hooks/"


class Reader(Protocol):
    """Makes of a delivery what follows from it."""

    def read(self, headers: Mapping[str, str], body: bytes, latest_us: int) -> Taken:
        """UnreadableError: the body is no document of its kind."""
        ...


class Hook:
    """A section ``[[connect]]`` with all that its deliveries need."""

    def __init__(
        self,
        section: ConnectSettings,
        scheme: Scheme,
        secrets: Secrets,
        reader: Reader,
        delivery_header: str = "",
        accepted_status: int = 200,
    ) -> None:
        self.name = section.name
        self.max_body_bytes = section.max_body_bytes
        self.accepted_status = accepted_status
        self.secrets = secrets
        self.rate = Rate(section.max_deliveries_per_second)
        self.seen = Seen(section.tolerance_seconds)
        self.scheme = scheme
        self._tolerance_seconds = section.tolerance_seconds
        self._public_url = section.public_url.partition("?")[0]
        self._reader = reader
        self._delivery_header = delivery_header

    @property
    def path(self) -> str:
        """Where it is."""
        return PATH + self.name

    def request(self, method: str, query: str, headers: Mapping[str, str], body: bytes) -> HookRequest:
        """A delivery as its signature sees it: at the address of the settings, whatever the client says of it."""
        return HookRequest(method, self._public_url + (f"?{query}" if query else ""), headers, body)

    def judge(self, request: HookRequest, now_us: int) -> Verdict:
        """Whether it is genuine."""
        return verify(self.scheme, request, self.secrets.current, now_us, self._tolerance_seconds)

    def mark(self, request: HookRequest) -> bytes | None:
        """What is equal for one delivery tried again and for no other; None where nothing tells that.

        A body alone does not: two changes of a ticket may ring with the same words.
        """
        told = request.headers.get(self._delivery_header, "") if self._delivery_header else ""
        if not told and isinstance(self.scheme, Signed) and self.scheme.timestamp_header:
            told = request.headers.get(self.scheme.timestamp_header, "")
        if not told:
            return None
        return hashlib.blake2b(told.encode("utf-8", "replace") + b"\0" + request.body, digest_size=16).digest()

    def read(self, request: HookRequest, latest_us: int) -> Taken:
        """What follows from a genuine delivery. UnreadableError: its body is no document of its kind."""
        return self._reader.read(request.headers, request.body, latest_us)


def defect(error: Exception) -> Taken:
    """What follows where a translator failed: a dead letter. Its message may hold what somebody wrote, its kind not."""
    return Taken(letters=(Letter("internal_error", "", f"{type(error).__name__} while it was read: a defect"),))
