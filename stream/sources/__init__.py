"""Sources: other systems' files as events of the contract. `docs/sources.md` says how to write one."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from typing import Final

from stream.plugins import Plugin, named_once, plugins, refusal
from stream.sources import anonymousbank, uci498
from stream.sources.source import Source

GROUP: Final = "deskpulse.sources"
SOURCES: tuple[Source, ...] = (anonymousbank.SOURCE, uci498.SOURCE)
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


@cache
def sources(taken: Collection[str] = ()) -> tuple[Source, ...]:
    """`SOURCES`, and behind them those of installed packages.

    ConfigError: one of these cannot be used, or has a name of ``taken`` or of another source.
    """
    found = plugins(GROUP, Source)
    known = ((name, "Deskpulse") for name in (*taken, *(source.name for source in SOURCES)))
    named_once((*known, *((one.value.name, one.where) for one in found)))
    return (*SOURCES, *map(_checked, found))


def _checked(plugin: Plugin[Source]) -> Source:
    source = plugin.value
    if not _NAME.fullmatch(source.name):
        reason = "allowed: a-z, 0-9, '_' and '-', at most 63, starting with a letter or digit"
        raise refusal(plugin.where, f"the name {source.name!r}: {reason}")
    if not source.title:
        raise refusal(plugin.where, "has no title; allowed: a line that says what it reads")
    if not source.columns or len(set(source.columns)) != len(source.columns):
        raise refusal(plugin.where, f"columns {source.columns!r}: allowed: one or more, each once")
    return source
