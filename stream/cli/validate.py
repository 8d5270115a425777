"""``deskpulse validate``: are these events what the contract says? Prints ``file:line: reason: detail``."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from stream.clock import SystemClock
from stream.domain.limits import Limits
from stream.edge.codec import Decoder
from stream.edge.validate import STANDARD_INPUT, Advance, Summary, validate_file

LARGE_FILE_BYTES = 16 << 20
