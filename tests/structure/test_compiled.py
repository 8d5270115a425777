"""What is compiled: one list, and what may stand in it."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from stream.domain.timeline import READERS
from stream.metrics import METRICS

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
COMPILED: list[str] = PROJECT["tool"]["deskpulse"]["compiled"]


@pytest.mark.parametrize("module", COMPILED)
def test_no_struct_is_compiled(module: str) -> None:
    """A compiled `msgspec.Struct` refuses what it is made of."""
    tree = ast.parse((ROOT / f"{module.replace('.', '/')}.py").read_text())
    bases = {ast.unparse(base) for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for base in node.bases}
    assert not {base for base in bases if base.split(".")[-1] == "Struct"}


def test_all_readers_and_metrics_are_compiled() -> None:
    wanted = {reader.__module__ for reader in READERS.values()} | {metric.facts.__module__ for metric in METRICS}
    assert wanted <= set(COMPILED)
    assert sorted(COMPILED) == COMPILED


def test_the_image_has_all_that_compiling_needs() -> None:
    found = re.search(r"\^\(([a-z|-]+)\)==", (ROOT / "Dockerfile").read_text())
    assert found
    needed = {re.split(r"[ =;<>!~]", one)[0] for one in PROJECT["build-system"]["requires"]}
    for name in list(needed):
        required = importlib.metadata.requires(name) or []
        needed |= {re.split(r"[ =;<>!~\[(]", one)[0] for one in required if "extra ==" not in one}
    assert {name.replace("_", "-") for name in needed} - {"tomli"} <= set(found[1].split("|"))


def built(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """What setup.py says when it is asked for its extension modules; nothing is compiled."""
    program = "import sys, setuptools; setuptools.setup = lambda **told: print(len(told['ext_modules']));"
    program += f"sys.argv = ['setup.py', *{arguments!r}]; exec(open('setup.py').read(), {{'__file__': 'setup.py'}})"
    command = [sys.executable, "-c", program]
    return subprocess.run(command, check=False, capture_output=True, text=True, env=environ, cwd=ROOT)


@pytest.mark.parametrize("command", ["editable_wheel", "egg_info", "dist_info"])
def test_setting_up_a_checkout_compiles_nothing(command: str) -> None:
    assert built(command).stdout == "0\n"


def test_a_wheel_can_be_built_pure() -> None:
    found = built("bdist_wheel", DESKPULSE_COMPILE="0")
    assert (found.stdout, found.stderr) == ("0\n", "")


def test_without_a_compiler_a_wheel_is_pure_and_says_so() -> None:
    found = built("bdist_wheel", CC="no-such-compiler -O2", PATH="")
    assert found.stdout == "0\n"
    assert found.stderr == (
        "Deskpulse is built as pure Python, which is slower: the C compiler no-such-compiler (Debian, Ubuntu: "
        "apt-get install gcc libc6-dev) is not there\n"
    )


def test_a_wish_to_compile_that_cannot_be_met_fails() -> None:
    found = built("bdist_wheel", CC="no-such-compiler", DESKPULSE_COMPILE="1", PATH="")
    assert found.returncode == 1
    assert found.stderr.endswith("is not there, and DESKPULSE_COMPILE is 1\n")
    assert (
        built("bdist_wheel", DESKPULSE_COMPILE="yes").stderr == "DESKPULSE_COMPILE is 'yes', expected 0, 1 or nothing\n"
    )
