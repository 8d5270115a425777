"""Made-up contacts for the detector: so many a minute, of which a share gives up, evenly or by chance."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from stream.domain.segments import Segment, segment_of
from stream.domain.spikes.history import Ended
from stream.domain.spikes.watch import SpikeWatch

PHONE: Segment = segment_of("phone", "billing", "normal")
CHAT: Segment = segment_of("chat", "support", "normal")
DAY = 86_400
START = 20_000 * DAY
WIDTHS = (10, 300, 3600)


def contacts(
    first: int, seconds: int, every_seconds: int, share: float, segment: Segment = PHONE, random: Random | None = None
) -> Iterator[Ended]:
    """One every so many seconds; without ``random`` the share gives up as evenly as it can."""
    for number, second in enumerate(range(first, first + seconds, every_seconds)):
        gave_up = random.random() < share if random else int((number + 1) * share) > int(number * share)
        yield second * 1_000_000, segment, gave_up


def fill(watch: SpikeWatch, ended: Iterator[Ended], sign: int = 1) -> None:
    """Put contacts into all panes they belong to; ``sign`` -1 takes them back."""
    for time_us, segment, abandoned in ended:
        seconds = time_us // 1_000_000
        for width in WIDTHS:
            watch.add(width, seconds - seconds % width, segment, sign * abandoned, sign)
