"""A hook tried out without Kafka and without a network: is what it needs there, and what would be counted?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from msgspec import Struct

from stream.connect.vendor import Sample
from stream.connect.verify.request import Verdict
from stream.connect.verify.signer import sign
from stream.gateway.bodies import UnreadableError
from stream.gateway.hook import Hook
from stream.gateway.taken import Taken

STRANGER: Final = "a secret that nobody has given"

OWN_SAMPLE: Final = Sample(
    "a ticket is created, and waits in a queue",
    b'[{"specversion":"1.0","id":"T-1-created","source":"/sample","type":"support.ticket.created","subject":"T-1",'
    b'"time":"2026-11-27T09:15:00Z","data":{"channel":"phone","team":"Billing"}},'
    b'{"specversion":"1.0","id":"T-1-queued","source":"/sample","type":"support.ticket.queued","subject":"T-1",'
    b'"time":"2026-11-27T09:15:01Z","data":{"team":"Billing"}}]',
    {"content-type": "application/cloudevents-batch+json"},
)
"""For hooks that take our own contract."""


class Tried(Struct, frozen=True):
    """What became of a sample. ``verdict``: as it came, or signed with each secret in turn. ``unreadable``: why."""

    title: str
    is_signed_here: bool
    verdict: Verdict
    stranger: Verdict
    taken: Taken | None = None
    unreadable: str = ""


def try_out(hook: Hook, sample: Sample, query: str, now_us: int, latest_us: int) -> Tried:
    """Verify and read a sample. One without a signature is signed here, as the vendor would."""
    headers = {name.lower(): value for name, value in sample.headers.items()}
    given = hook.request("POST", query, headers, sample.body)
    verdict = hook.judge(given, now_us)
    is_signed_here = verdict == "unsigned"
    if is_signed_here:
        verdicts = [hook.judge(sign(hook.scheme, given, secret, now_us), now_us) for secret in hook.secrets.current]
        verdict = next((each for each in verdicts if each != "genuine"), "genuine")
    stranger = hook.judge(sign(hook.scheme, given, STRANGER, now_us), now_us)
    try:
        taken = hook.read(given, latest_us)
    except UnreadableError as error:
        return Tried(sample.title, is_signed_here, verdict, stranger, unreadable=str(error))
    return Tried(sample.title, is_signed_here, verdict, stranger, taken)


def lines_of(tried: Tried) -> list[str]:
    """What a person is told of it."""
    how = "signed here with each secret" if tried.is_signed_here else "as it is signed"
    lines = [
        f"{tried.title}:",
        f"  signature   {_words(tried.verdict)} ({how}); a stranger's: {_words(tried.stranger)}",
    ]
    if tried.taken is None:
        return [*lines, f"  unreadable  {tried.unreadable}"]
    lines += [f"  event       {_event(record.value)}" for record in tried.taken.records]
    lines += [f"  doorbell    ticket {bell.ticket}: its history would be fetched" for bell in tried.taken.doorbells]
    if tried.taken.answer is not None:
        lines.append("  handshake   would be answered")
    lines += [f"  passed over {kind}: counts for nothing here" for kind in tried.taken.passed]
    lines += [f"  broken      {letter.record or 'the delivery'}: {letter.detail}" for letter in tried.taken.letters]
    if len(lines) == 2:
        lines.append("  nothing     is in it that counts here")
    return lines


def is_good(found: Sequence[Tried]) -> bool:
    """Whether all would be believed, no stranger would, and nothing is broken."""
    return all(
        tried.verdict == "genuine"
        and tried.stranger != "genuine"
        and tried.taken is not None
        and not tried.taken.letters
        for tried in found
    )


def _words(verdict: Verdict) -> str:
    return verdict.replace("_", " ")


def _event(value: bytes) -> str:
    event: Mapping[str, object] = msgspec.json.decode(value)
    data = event.get("data")
    said = " ".join(f"{name}={told}" for name, told in data.items()) if isinstance(data, Mapping) else ""
    kind = str(event["type"]).removeprefix("support.")
    return f"{event['time']:<28} {event['subject']:<16} {kind:<18} {said}".rstrip()
