"""``make attack``: every attack against workers of its own, and a table of what was sent, what was seen, what held.

``python -m tests.attacks [names]``; ``--list`` names them. Ends with 1 when one did not hold.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
import traceback
from pathlib import Path

from rich.console import Console
from rich.table import Table

from stream.broker.embedded import EmbeddedKafka
from tests.attacks.attack import Attack
from tests.attacks.every import ALL
from tests.attacks.run import withstand

_WIDTH = 160
_SEEN_CHARACTERS = 300


def main() -> None:
    """Run what the command line names."""
    parser = argparse.ArgumentParser(prog="python -m tests.attacks", description=__doc__)
    parser.add_argument("names", nargs="*", help="which, separated by commas or spaces (default: all)")
    parser.add_argument("--list", action="store_true", help="name them all, and what they send")
    parser.add_argument("--keep", type=Path, help="folder for all logs (default: a temporary one)")
    given = parser.parse_args()
    # Producers whose broker is killed say so at length.
    logging.disable()
    if given.list:
        for attack in ALL.values():
            print(f"{attack.name:18} {attack.sent}")
        return
    chosen = [name for names in given.names for name in names.split(",") if name] or list(ALL)
    if unknown := [name for name in chosen if name not in ALL]:
        sys.exit(f"no attack of this name: {', '.join(unknown)}. There are: {', '.join(ALL)}")
    with tempfile.TemporaryDirectory() as temporary:
        sys.exit(_run([ALL[name] for name in chosen], given.keep or Path(temporary)))


def _run(attacks: list[Attack], folder: Path) -> int:
    table = Table("attack", "what was sent", "what was seen", "held", show_lines=True)
    fallen = []
    with EmbeddedKafka(heap_mib=1024) as kafka:
        for number, attack in enumerate(attacks, 1):
            print(f"{number:2} of {len(attacks)}  {attack.name}: {attack.sent} ...", flush=True)
            place = folder / attack.name
            place.mkdir(parents=True, exist_ok=True)
            began = time.monotonic()
            held, seen = _outcome(attack, kafka, place)
            print(
                f"           {'held' if held else 'DID NOT HOLD'} in {time.monotonic() - began:.0f} s: {seen}",
                flush=True,
            )
            table.add_row(attack.name, attack.sent, seen[:_SEEN_CHARACTERS], "yes" if held else "NO")
            if not held:
                fallen.append(attack.name)
    Console(width=_WIDTH).print(table)
    print(f"{len(attacks) - len(fallen)} of {len(attacks)} held" + (f"; not: {', '.join(fallen)}" if fallen else ""))
    return 1 if fallen else 0


def _outcome(attack: Attack, kafka: EmbeddedKafka, place: Path) -> tuple[bool, str]:
    try:
        return True, withstand(attack, kafka, place)
    except Exception as error:
        text = "\n".join([f"{type(error).__name__}: {error}", *getattr(error, "__notes__", [])])
        (place / "failure.txt").write_text(f"{text}\n{traceback.format_exc()}")
        return False, _short(text)


def _short(text: str) -> str:
    """What failed, why the worker says it ended, and what had been seen."""
    first, *rest = text.splitlines()
    last_words = [line.partition(" CRITICAL ")[2] for line in rest if " CRITICAL " in line][-1:]
    meanwhile = [line for line in rest if line.startswith("meanwhile")]
    return " | ".join([first, *last_words, *meanwhile])


if __name__ == "__main__":
    main()
