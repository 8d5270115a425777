"""A tiny package with entry points, built and installed by pip into a folder of its own, as anybody's would be."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).resolve().parents[2]


def install(folder: Path, name: str, entry_points: dict[str, dict[str, str]], **modules: str) -> Path:
    """The folder that ``name`` with ``modules`` was installed into; ``entry_points``: group to name to object."""
    source, target = folder / f"{name}-source", folder / "installed"
    source.mkdir()
    for module, text in modules.items():
        (source / f"{module}.py").write_text(dedent(text))
    lines = ["[build-system]", 'requires = ["setuptools"]', 'build-backend = "setuptools.build_meta"']
    lines += ["[project]", f'name = "{name}"', 'version = "1.2"']
    for group, points in entry_points.items():
        lines += [f'[project.entry-points."{group}"]', *(f'{point} = "{value}"' for point, value in points.items())]
    lines += ["[tool.setuptools]", f"py-modules = {list(modules)}"]
    (source / "pyproject.toml").write_text("\n".join(lines))
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    command += ["--disable-pip-version-check", "--target", str(target), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return target


def lay_out(folder: Path, name: str, entry_points: dict[str, dict[str, str]], **modules: str) -> Path:
    """The same in no time: what an installer leaves behind, written by hand, for the many cases of one kind."""
    target = folder / "installed"
    record = target / f"{name.replace('-', '_')}-1.2.dist-info"
    record.mkdir(parents=True)
    for module, text in modules.items():
        (target / f"{module}.py").write_text(dedent(text))
    (record / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
    lines = [
        line
        for group, points in entry_points.items()
        for line in (f"[{group}]", *(f"{point} = {value}" for point, value in points.items()))
    ]
    (record / "entry_points.txt").write_text("\n".join(lines))
    return target


def run(installed: Path, *arguments: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """``python ARGUMENTS`` where the folder's packages are installed."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DESKPULSE_")}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**kept, **environment, "PYTHONPATH": str(installed)},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
