"""What converting a vendor's files needs beside the translator: whose they are, options, and an account at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import orjson

from stream.connect.account_options import options_of
from stream.connect.outcome import Broken, Passed
from stream.connect.vendor import Account, Record, Scorer, Vendor
from stream.errors import ConfigError
from stream.settings.toml_file import read_toml

_MOST_BROKEN: Final = 20
_MOST_KINDS: Final = 30


class Told:
    """What gave no event: kinds that were passed over, by number, and the first records that could not be read.

    And events whose id another one has that says something else: of such, one alone will count.
    """

    def __init__(self) -> None:
        self.passed: Counter[str] = Counter()
        self.broken = 0
        self.clashes = 0
        self._first: list[Broken] = []
        self._first_clash = ""
        # Hashes, as there may be millions.
        self._contents: dict[int, int] = {}

    def note(self, outcome: Passed | Broken) -> None:
        """Count what gave no event."""
        if isinstance(outcome, Passed):
            self.passed[outcome.kind] += 1
        else:
            self.broken += 1
            if len(self._first) < _MOST_BROKEN:
                self._first.append(outcome)

    def note_event(self, event: Mapping[str, Any]) -> None:
        """Look whether its id was there before, with other contents. The same again is counted once, and no matter."""
        contents = hash(orjson.dumps(event, option=orjson.OPT_SORT_KEYS))
        if self._contents.setdefault(hash(event["id"]), contents) != contents:
            self.clashes += 1
            self._first_clash = self._first_clash or event["id"]

    def summary(self) -> str:
        """Lines for a person; empty when everything gave events of its own."""
        lines = []
        if self.passed:
            kinds = self.passed.most_common(_MOST_KINDS)
            lines.append("passed over: " + ", ".join(f"{count:,} {kind}" for kind, count in kinds))
            if len(self.passed) > len(kinds):
                lines[-1] += f", and {len(self.passed) - len(kinds)} kinds more"
        lines += [f"could not be read: {item.record}: {item.detail}" for item in self._first]
        if self.broken > len(self._first):
            lines.append(f"could not be read: {self.broken - len(self._first):,} more")
        if self.clashes:
            lines.append(
                f"one id, two contents: {self.clashes:,} events, the first {self._first_clash}; of each id one counts"
            )
        return "\n".join(lines)


def account_of(
    vendor: Vendor, source: str | None, file: Path | None, chosen: Sequence[str], scorer: Scorer | None = None
) -> Account:
    """Whose records these are, with options of a TOML file and, over them, of the command line.

    ConfigError: they are wrong.
    """
    name = source or f"/{vendor.name.replace('_', '-')}"
    if any(character.isspace() for character in name) or len(name) > 256:
        raise ConfigError(f"--source {name!r}: allowed: up to 256 characters without spaces, e.g. /{vendor.name}/main")
    values = _from_file(file) if file is not None else {}
    for item in chosen:
        key, sign, value = item.partition("=")
        if not sign:
            raise ConfigError(f"--set {item}: allowed: OPTION=VALUE, e.g. --set zone=Europe/Berlin")
        values[key.strip()] = value.strip()
    return Account(name, options_of(vendor, values), scorer)


def told_events(vendor: Vendor, records: Iterable[Record], account: Account, told: Told) -> Iterator[dict[str, Any]]:
    """The events of all records; ``told`` hears what gives none, and what has the id of another."""
    for record in records:
        for outcome in vendor.translate(record, account):
            if isinstance(outcome, Passed | Broken):
                told.note(outcome)
            else:
                told.note_event(outcome)
                yield outcome


def _from_file(file: Path) -> dict[str, Any]:
    try:
        return read_toml(file)
    except OSError as error:
        raise ConfigError(f"--options {file}: {error.strerror or error}; give a TOML file that can be read") from error
    except ValueError as error:
        raise ConfigError(f"--options {file}: {error}") from error
