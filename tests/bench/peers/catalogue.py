"""Who does the simple job: how each is started, and what it promises."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from tests.bench.peers.environments import python_of, version_of

_HERE: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Peer:
    """``start`` gives the command; it may need an environment that is not there (MissingError).

    ``share``: of a round's events, for one that would take minutes; ``most_rounds``: it plays no more.
    ``is_reference``: the others are compared with it, so nothing is said without it.
    """

    name: str
    title: str
    version: Callable[[], str]
    guarantee: str
    start: Callable[[Mapping[str, str], bool], list[str]]
    share: float = 1.0
    most_rounds: int = 3
    is_reference: bool = False

    def size(self, events: int, rounds: int) -> tuple[int, int]:
        """Events a round and rounds, where the references play ``rounds`` of ``events``."""
        return max(1, round(events * self.share)), rounds if self.is_reference else min(rounds, self.most_rounds)


def _own(module: str) -> Callable[[Mapping[str, str], bool], list[str]]:
    return lambda variables, make: [sys.executable, "-P", "-m", f"tests.bench.peers.{module}"]


def _script(name: str, file: str) -> Callable[[Mapping[str, str], bool], list[str]]:
    return lambda variables, make: [str(python_of(name, make=make)), str(_HERE / file)]


def _bytewax(variables: Mapping[str, str], make: bool) -> list[str]:
    python, folder = str(python_of("bytewax", make=make)), variables["FOLDER"]
    subprocess.run([python, "-m", "bytewax.recovery", folder, "1"], check=True, capture_output=True)
    return [python, "-m", "bytewax.run", str(_HERE / "bytewax_flow.py"), "-r", folder, "-s", "5", "-b", "0"]


PEERS: Final = (
    Peer(
        "simple",
        "our engine, with the simple job as its core",
        lambda: "this",
        "exactly once",
        _own("engine"),
        is_reference=True,
    ),
    Peer(
        "raw_changelog",
        "bare aiokafka loop with changelog",
        lambda: f"aiokafka {version('aiokafka')}",
        "at least once; after a crash counted again",
        _own("bare_loop"),
        is_reference=True,
    ),
    Peer(
        "plain_faust",
        "plain Faust: tables, a second topic, a windowed table",
        lambda: f"faust-streaming {version('faust-streaming')}",
        "at least once; after a crash counted again",
        lambda variables, make: [
            sys.executable,
            str(_HERE / "faust_tables.py"),
            *("worker", "--without-web", "-l", "info"),
        ],
        share=0.05,
    ),
    Peer(
        "quix",
        "Quix Streams: stateful apply, group_by, tumbling window",
        lambda: f"quixstreams {version_of('quix', 'quixstreams')}",
        "at least once (its default)",
        _script("quix", "quix.py"),
    ),
    Peer(
        "bytewax",
        "Bytewax: stateful maps, recovery every 5 s",
        lambda: f"bytewax {version_of('bytewax', 'bytewax')}",
        "at least once; state exactly once",
        _bytewax,
    ),
    Peer(
        "pathway",
        "Pathway: group-bys and a join, persistence in a folder",
        lambda: f"pathway {version_of('pathway', 'pathway')}",
        "at least once (its free edition)",
        _script("pathway", "pathway_tables.py"),
        share=0.2,
    ),
)
