"""How many wrong logins a client address has left: a bucket that fills again in a minute."""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import Final

_MAX_ADDRESSES: Final = 10_000
_ROUNDING: Final = 1e-6


class Attempts:
    """Tries left, by client address. A try is taken before a login is looked at, so that many at once count too."""

    def __init__(self, per_minute: int) -> None:
        self._most = per_minute
        self._refill_per_second = per_minute / 60
        # Address to tries used and when that was so; the longest unused first.
        self._used: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, address: str, now: float) -> int:
        """Take a try and give 0, or give the seconds until there is one."""
        used = self._used_now(address, now)
        if used + 1 > self._most:
            return max(math.ceil((used + 1 - self._most) / self._refill_per_second - _ROUNDING), 1)
        self._keep(address, used + 1, now)
        return 0

    def give_back(self, address: str, now: float) -> None:
        """The login was right."""
        self._keep(address, self._used_now(address, now) - 1, now)

    def _used_now(self, address: str, now: float) -> float:
        used, at = self._used.get(address, (0.0, now))
        return max(used - (now - at) * self._refill_per_second, 0.0)

    def _keep(self, address: str, used: float, now: float) -> None:
        if used <= 0:
            self._used.pop(address, None)
            return
        self._used[address] = used, now
        self._used.move_to_end(address)
        while len(self._used) > _MAX_ADDRESSES:
            self._used.popitem(last=False)
