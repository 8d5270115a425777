"""Names of time zones that are taken, and those that are not."""

from __future__ import annotations

import pytest

from stream.domain.zones import check_zone


@pytest.mark.parametrize("name", ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"])
def test_names_of_the_iana_data_are_taken(name: str) -> None:
    assert check_zone(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Europe",
        "Mars/Olympus",
        "../etc/passwd",
        "/etc/passwd",
        "Eu\0rope",
        "localtime",
        "posixrules",
        "Factory",
        "posix/Europe/Berlin",
        "right/UTC",
    ],
)
def test_what_differs_from_machine_to_machine_and_what_is_no_zone_are_not(name: str) -> None:
    with pytest.raises(ValueError, match="is not a name of the IANA time zone data"):
        check_zone(name)
