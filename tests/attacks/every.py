"""All attacks, by name."""

from __future__ import annotations

from tests.attacks import (
    compressed,
    floods,
    hostile_numbers,
    hostile_text,
    http_clients,
    letters,
    many_groups,
    outages,
    privacy,
    transactional,
)
from tests.attacks.attack import Attack

KINDS = (
    hostile_numbers,
    hostile_text,
    many_groups,
    compressed,
    transactional,
    letters,
    http_clients,
    privacy,
    floods,
    outages,
)
ALL: dict[str, Attack] = {attack.name: attack for kind in KINDS for attack in kind.ATTACKS}
