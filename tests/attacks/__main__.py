"""``make attack``: every attack against workers of its own, and a table of what was sent, what was seen, what held.

``python -m tests.attacks [names]``; ``--list`` names them. Ends with 1 when one did not hold. Most of an attack is
waiting (for timeouts, sessions, restarts), so two are under way at the same time, each with a worker and topics of its
own.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
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
    parser.add_argument("--at-once", type=int, default=2, help="how many are under way (default: %(default)s)")
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
        sys.exit(_run([ALL[name] for name in chosen], given.keep or Path(temporary), given.at_once))


def _run(attacks: Sequence[Attack], folder: Path, at_once: int) -> int:
    outcomes: dict[str, tuple[bool, str]] = {}
    with EmbeddedKafka(heap_mib=1024) as kafka, ThreadPoolExecutor(at_once) as pool:
        under_way = {pool.submit(_outcome, attack, kafka, folder / attack.name): attack for attack in attacks}
        for ended in as_completed(under_way):
            attack = under_way[ended]
            held, seen, took_seconds = ended.result()
            outcomes[attack.name] = held, seen
            verdict = "held" if held else "DID NOT HOLD"
            print(f"{len(outcomes):2} of {len(attacks)}  {attack.name}: {attack.sent}", flush=True)
            print(f"           {verdict} in {took_seconds:.0f} s: {seen}", flush=True)
    table = Table("attack", "what was sent", "what was seen", "held", show_lines=True)
    for attack in attacks:
        held, seen = outcomes[attack.name]
        table.add_row(attack.name, attack.sent, seen[:_SEEN_CHARACTERS], "yes" if held else "NO")
    Console(width=_WIDTH).print(table)
    fallen = [attack.name for attack in attacks if not outcomes[attack.name][0]]
    print(f"{len(attacks) - len(fallen)} of {len(attacks)} held" + (f"; not: {', '.join(fallen)}" if fallen else ""))
    return 1 if fallen else 0


def _outcome(attack: Attack, kafka: EmbeddedKafka, place: Path) -> tuple[bool, str, float]:
    """Whether it held, what was seen, and how many seconds it took."""
    place.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    try:
        return True, withstand(attack, kafka, place), time.monotonic() - began
    except Exception as error:
        text = "\n".join([f"{type(error).__name__}: {error}", *getattr(error, "__notes__", [])])
        (place / "failure.txt").write_text(f"{text}\n{traceback.format_exc()}")
        return False, _short(text), time.monotonic() - began


def _short(text: str) -> str:
    """What failed, why the worker says it ended, and what had been seen."""
    first, *rest = text.splitlines()
    last_words = [line.partition(" CRITICAL ")[2] for line in rest if " CRITICAL " in line][-1:]
    meanwhile = [line for line in rest if line.startswith("meanwhile")]
    return " | ".join([first, *last_words, *meanwhile])


if __name__ == "__main__":
    main()
