from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
FINAL_STAGE = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]


def test_every_base_is_one_pinned_by_its_full_version() -> None:
    bases = set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE))
    assert len(bases) == 1
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-[a-z]+", bases.pop())


def test_the_image_does_not_run_as_root() -> None:
    users = re.findall(r"^USER (\d+):(\d+)$", FINAL_STAGE, re.MULTILINE)
    assert len(users) == 1
    assert int(users[0][0]) > 0


def test_the_image_runs_a_worker_and_asks_it_for_its_health() -> None:
    assert 'ENTRYPOINT ["deskpulse"]' in FINAL_STAGE
    assert 'CMD ["worker"]' in FINAL_STAGE
    assert "HEALTHCHECK" in FINAL_STAGE
    assert 'CMD ["python", "-m", "stream.edge.serve.access.self_check"]' in FINAL_STAGE
    assert "DESKPULSE_HTTP__HOST=0.0.0.0" in FINAL_STAGE


def test_everything_installed_from_outside_is_checked_by_hash() -> None:
    for command in re.findall(r"pip install (.*)", DOCKERFILE):
        assert "--require-hashes" in command or "--no-deps /src/dist/" in command


def test_what_is_copied_is_let_in_by_dockerignore() -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = {
        name for line in re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE) for name in line.split()
    }
    assert copied == let_in


def test_every_data_file_of_the_package_is_installed_with_it() -> None:
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]["stream"]
    package = ROOT / "stream"
    packed = {path for pattern in patterns for path in package.glob(pattern)}
    data = {path for path in package.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")}
    assert sorted(path.name for path in data - packed) == []
