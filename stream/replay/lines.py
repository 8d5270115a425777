"""Files of events as raw lines: what is in the file goes to Kafka byte for byte, good or bad."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from stream.errors import ConfigError
from stream.files.lines import MAX_LINE_BYTES, events_of
from stream.files.opening import Input


def read_lines(files: Iterable[Input | str | Path]) -> Iterator[bytes]:
    """The events of all files, one after the other, without line breaks; blank lines are left out.

    ConfigError: a file that cannot be read, or a line no Kafka record can hold.
    """
    for given in files:
        file = given if isinstance(given, Input) else Input(given)
        for number, event, is_whole in events_of(file):
            if not is_whole:
                raise ConfigError(
                    f"{file.name}, line {number}: longer than {MAX_LINE_BYTES} bytes, the most a record of the source "
                    "topics can hold. Events are JSON Lines, one on each line: is this another format? Otherwise "
                    "remove the line."
                )
            yield event
