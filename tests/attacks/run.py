"""One attack from its beginning to the verdict."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
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
        try:
            return "; ".join(filter(None, _siege(stand)))
        except AssertionError as error:
            error.add_note("; ".join(["meanwhile", *stand.seen, stand.watch.cost]))
            raise


def _siege(stand: Stand) -> Iterator[str]:
    """Ordinary traffic, the attack in its midst, the judgement, a restart; gives what was seen, piece by piece."""
    attack = stand.attack
    stand.begin()
    with stand.watch:
        with stand.ordinary:
            attack.strike(stand)
            if attack.goes_on:
                stand.ordinary.tell(5)
        if attack.goes_on:
            stand.wait_counted()
            stand.check_numbers()
        yield from stand.seen
        yield attack.held(stand)
    yield stand.check_bounds()
    if attack.goes_on:
        yield f"{stand.ordinary.assert_all_there()} ordinary facts right"
        stand.restart()
