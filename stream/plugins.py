"""What installed packages add: an entry point of group ``deskpulse.metrics`` or ``deskpulse.sources`` for each thing.

Read when the registries are made, which is when the program starts; nothing else looks at what is installed.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points
from typing import Generic, TypeVar

from stream.errors import ConfigError

T = TypeVar("T")


class Plugin(Generic[T]):
    """``value``: what the entry point names; ``where``: the entry point and its package, for messages."""

    def __init__(self, value: T, where: str) -> None:
        self.value = value
        self.where = where


def plugins(group: str, kind: type[T]) -> tuple[Plugin[T], ...]:
    """All of a group in the order of their names; ConfigError names one that cannot be loaded, or is something else."""
    found = sorted(entry_points(group=group), key=lambda entry: (entry.name, entry.value))
    return tuple(_loaded(entry, kind) for entry in found)


def refusal(where: str, reason: str) -> ConfigError:
    """The error for a plug-in that cannot be used."""
    return ConfigError(f"{where}: {reason}; correct the package, or uninstall it")


def _loaded(entry: EntryPoint, kind: type[T]) -> Plugin[T]:
    package = f"{entry.dist.name} {entry.dist.version}" if entry.dist is not None else "an unknown package"
    where = f"{entry.group} {entry.name} = {entry.value!r} of {package}"
    try:
        value = entry.load()
    except Exception as error:
        # Whatever its modules do at import: the message must say whose they are.
        raise refusal(where, f"cannot be loaded ({type(error).__name__}: {error})") from error
    if not isinstance(value, kind):
        raise refusal(where, f"is a {type(value).__name__}; allowed: a {kind.__module__}.{kind.__name__}")
    return Plugin(value, where)


def named_once(names: Iterable[tuple[str, str]]) -> None:
    """ConfigError where a name is there already; ``names`` are pairs of a name and whose it is."""
    taken: dict[str, str] = {}
    for name, where in names:
        if name in taken:
            raise refusal(where, f"the name {name!r} is there already, of {taken[name]}")
        taken[name] = where
