"""Compiles the core with mypyc where a wheel is built and a C compiler is found; all else stands in pyproject.toml.

``DESKPULSE_COMPILE=0`` leaves all of it pure Python, ``1`` fails where it cannot be compiled. The same source runs both
ways; the list of modules is ``tool.deskpulse.compiled`` in pyproject.toml.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
import sysconfig
import tomllib
from pathlib import Path

from setuptools import Extension, setup

ROOT = Path(__file__).parent
BUILDS = {"bdist_wheel", "build", "build_ext"}
"""Commands that make what is installed; an editable installation (``make setup``) runs the source itself."""


def lacking() -> str | None:
    """What has to be installed before anything can be compiled; None: nothing."""
    compiler = (os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc").split()[0]
    if shutil.which(compiler) is None:
        return f"the C compiler {compiler} (Debian, Ubuntu: apt-get install gcc libc6-dev)"
    if not Path(sysconfig.get_paths()["include"], "Python.h").is_file():
        return "Python's headers (Debian, Ubuntu: apt-get install python3-dev)"
    missing = [name for name in ("mypyc", "msgspec") if importlib.util.find_spec(name) is None]
    return f"the Python packages of {', '.join(missing)}" if missing else None


def extensions() -> list[Extension]:
    """The compiled modules of this build."""
    wish = os.environ.get("DESKPULSE_COMPILE", "")
    if wish not in ("", "0", "1"):
        raise SystemExit(f"DESKPULSE_COMPILE is {wish!r}, expected 0, 1 or nothing")
    if wish == "0" or BUILDS.isdisjoint(sys.argv):
        return []
    if what := lacking():
        sentence = f"Deskpulse is built as pure Python, which is slower: {what} is not there"
        if wish == "1":
            raise SystemExit(f"{sentence}, and DESKPULSE_COMPILE is 1")
        print(sentence, file=sys.stderr)
        return []
    from mypyc.build import mypycify

    modules = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["deskpulse"]["compiled"]
    # Types are checked by `make types`; what mypy is told there needs packages that a build does not have.
    found: list[Extension] = mypycify(
        ["--config-file=", "--ignore-missing-imports", *(f"{module.replace('.', '/')}.py" for module in modules)],
        opt_level="3",
        debug_level="0",
        group_name="deskpulse",
        target_dir="build/mypyc",
    )
    if os.name == "posix":
        for extension in found:
            # A product and a sum are rounded one by one, as in the source, though the processor could do both at once.
            extension.extra_compile_args.append("-ffp-contract=off")
    return found


setup(ext_modules=extensions())
