from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PINNED = re.compile(r"([A-Za-z0-9._-]+)==([^ ;\\]+)")


def _locked(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text().splitlines()
    return {found[1]: found[2] for line in lines if (found := PINNED.match(line))}


def _wanted(requirements: list[str]) -> dict[str, str]:
    found = (PINNED.match(one) for one in requirements)
    return {re.sub(r"[-_.]+", "-", one[1]).lower(): one[2] for one in found if one}


def test_the_run_lock_holds_what_the_project_pins() -> None:
    assert _wanted(PROJECT["project"]["dependencies"]).items() <= _locked("requirements-run.lock").items()


def test_the_development_lock_holds_everything_that_is_pinned() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    wanted = _wanted(
        PROJECT["project"]["dependencies"]
        + PROJECT["build-system"]["requires"]
        + extras["broker"]
        + extras["sentiment"]
    )
    assert (wanted | _wanted(extras["dev"])).items() <= _locked("requirements.lock").items()


def test_the_end_to_end_lock_holds_what_its_extra_pins() -> None:
    wanted = _wanted(PROJECT["project"]["optional-dependencies"]["e2e"])
    assert wanted.items() <= _locked("requirements-e2e.lock").items()


def test_the_locks_agree() -> None:
    run, all_of_it = _locked("requirements-run.lock"), _locked("requirements.lock")
    assert run.items() <= all_of_it.items()
    shared = _locked("requirements-e2e.lock")
    assert {name: version for name, version in shared.items() if all_of_it.get(name, version) != version} == {}


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-run.lock", "requirements-e2e.lock"])
def test_everything_locked_has_a_checksum_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text()
    entries = re.split(r"\n(?=\S)", text.strip())
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert "://" not in text
