"""One attack from its beginning to the verdict."""

from __future__ import annotations

import secrets
from pathlib import Path

from stream.broker.embedded import EmbeddedKafka
from tests.attacks.attack import Attack
from tests.attacks.stand import Stand


def withstand(attack: Attack, kafka: EmbeddedKafka, folder: Path) -> str:
    """Attack a worker of its own on ``kafka``; AssertionError when it does not hold. Gives what was seen, in words."""
    if not attack.own_broker:
        return _withstand(attack, kafka, folder)
    with EmbeddedKafka(folder / "kafka") as own:
        return _withstand(attack, own, folder)


def _withstand(attack: Attack, kafka: EmbeddedKafka, folder: Path) -> str:
    with Stand(attack, kafka, folder, f"a{secrets.token_hex(4)}") as stand:
        stand.begin()
        with stand.watch:
            with stand.ordinary:
                attack.strike(stand)
                if attack.goes_on:
                    stand.ordinary.tell(5)
            if attack.goes_on:
                stand.revive()
                stand.wait_counted()
                stand.check_numbers()
            seen = [*stand.seen, attack.held(stand)]
        seen.append(stand.check_bounds())
        if attack.goes_on:
            seen.append(f"{stand.ordinary.assert_all_there()} ordinary facts right")
            stand.restart()
        return "; ".join(filter(None, seen))
