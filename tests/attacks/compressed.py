"""A4, A5, B6: what a codec can hide."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.attacks.attack import Attack
from tests.attacks.records import Record, deliver_batch, event
from tests.attacks.squeezed import squeezed_batch
from tests.attacks.stand import Stand

CODECS = ("gzip", "lz4", "snappy", "zstd")
_EACH = 50
_MIB = 1 << 20
_DERIVED = {
    "changelog": "lz4",
    "partials": "zstd",
    "facts": "snappy",
    "metrics": "zstd",
    "dead_letter": "lz4",
    "alerts": "snappy",
}
_MOST_LETTER_BYTES = 256 * _MIB


def _created(codec: str) -> Iterator[Record]:
    for index in range(_EACH):
        yield event(f"{codec}-{index}", "ticket.created", channel="phone")


def _send_in_all_codecs(stand: Stand) -> None:
    for codec in CODECS:
        stand.send(_created(codec), codec)


def _all_counted(stand: Stand) -> str:
    counted = stand.fates()["events"] - len(stand.ordinary.events)
    assert counted == stand.sent, f"{counted} of {stand.sent} counted"
    return f"{counted} events counted"


def _bomb(*charges: tuple[str, int, int]) -> Callable[[Stand], None]:
    def strike(stand: Stand) -> None:
        for codec, records, value_bytes in charges:
            deliver_batch(stand.settings, "tickets", squeezed_batch(codec, records, value_bytes))

    return strike


def _refused(stand: Stand) -> str:
    wire = sum(map(len, stand.letters()))
    refused = sum(count for fate, count in stand.fates().items() if fate not in ("events", "duplicates"))
    assert refused, "no dead letter says so"
    assert wire <= _MOST_LETTER_BYTES, f"{wire // _MIB} MiB of dead letters"
    return f"{refused} counted as refused, {wire / _MIB:.1f} MiB of dead letters"


def _bombing(name: str, sent: str, *charges: tuple[str, int, int], long: bool = True) -> Attack:
    return Attack(
        name,
        sent,
        _bomb(*charges),
        _refused,
        growth_mib=400,
        every_record=False,
        long=long,
    )


ATTACKS = (
    Attack(
        "codecs",
        f"{_EACH} events in each of {', '.join(CODECS)}",
        _send_in_all_codecs,
        _all_counted,
    ),
    Attack(
        "derived-codecs",
        "the worker's own topics compressed: " + ", ".join(f"{name} {codec}" for name, codec in _DERIVED.items()),
        lambda stand: stand.send(_created("plain")),
        _all_counted,
        topics={name: {"compression.type": codec} for name, codec in _DERIVED.items()},
        long=True,
    ),
    _bombing(
        "letter-bomb",
        "900 and then 300 bad events of 1 MiB each, as 1.2 MB of gzip",
        ("gzip", 900, _MIB),
        ("gzip", 300, _MIB),
        long=False,
    ),
    _bombing("bomb", "one record of 400 MiB, as 0.4 MB of gzip", ("gzip", 1, 400 * _MIB), long=False),
    _bombing(
        "bombs",
        "records of 900 MiB in gzip, 400 MiB in lz4, 900 MiB in zstd, 40 MiB in snappy",
        ("gzip", 1, 900 * _MIB),
        ("lz4", 1, 400 * _MIB),
        ("zstd", 1, 900 * _MIB),
        ("snappy", 1, 40 * _MIB),
    ),
    _bombing(
        "small-bombs",
        "20 batches of 30 MiB, each small enough to be unpacked",
        *[("zstd", 30, _MIB)] * 20,
    ),
    _bombing(
        "crumbs",
        "2 million records of 2 bytes in 4 batches",
        *[("zstd", 500_000, 2)] * 4,
    ),
)
