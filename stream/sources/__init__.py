"""Sources: other systems' files as events of the contract. `docs/sources.md` says how to write one."""

from __future__ import annotations

from stream.sources import anonymousbank, uci498
from stream.sources.source import Source

SOURCES: tuple[Source, ...] = (anonymousbank.SOURCE, uci498.SOURCE)
