"""``deskpulse convert --follow``: events of a log that grows, a line each as soon as they are sure."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import orjson

from stream.cli.conversion import Told
from stream.connect.outcome import Broken, Passed
from stream.connect.vendor import Account, Vendor
from stream.connect.vendors import VENDORS
from stream.errors import ConfigError
from stream.files.growing import growing_lines

LOOK_EVERY_SECONDS: Final = 0.5


def follow_log(
    vendor: Vendor | None, name: str, files: Sequence[str], account: Account | None, out: str, told: Told
) -> None:
    """Write events to standard output until a signal comes, or nobody reads them. ConfigError: it cannot follow."""
    if vendor is None or vendor.follow is None or account is None:
        able = ", ".join(each.name for each in VENDORS if each.follow is not None)
        raise ConfigError(f"--follow: {name} has no log that grows; {able} has")
    if len(files) != 1 or files[0] == "-" or out != "-":
        raise ConfigError("--follow: one file, not standard input, and the events go to standard output (no --out)")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    follower, path, count = vendor.follow(account), Path(files[0]), 0
    for lines in growing_lines(path, lambda: not stop.wait(LOOK_EVERY_SECONDS)):
        rows = [{"line": line, "place": f"{path}, line {count + place}"} for place, line in enumerate(lines, 1)]
        count += len(lines)
        for outcome in follower.take(rows):
            if isinstance(outcome, Passed | Broken):
                told.note(outcome)
            else:
                sys.stdout.buffer.write(orjson.dumps(outcome) + b"\n")
        try:
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            return
        if stop.is_set():
            return
