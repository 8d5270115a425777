from __future__ import annotations

import sys
from pathlib import Path

import pytest

import stream
from stream.errors import ConfigError
from stream.schemas.files import load_schema, schema_root


def test_checkout_has_its_schemas_beside_the_package() -> None:
    assert schema_root() == Path(stream.__file__).resolve().parent.parent / "schemas"


def test_installed_package_finds_them_under_the_prefix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "share" / "deskpulse" / "schemas" / "topics"
    folder.mkdir(parents=True)
    (folder / "tickets.yaml").touch()
    monkeypatch.setattr(stream, "__file__", str(tmp_path / "lib" / "site-packages" / "stream" / "__init__.py"))
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert schema_root() == folder.parent


def test_user_installation_finds_them_above_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "share" / "deskpulse" / "schemas" / "topics"
    folder.mkdir(parents=True)
    (folder / "tickets.yaml").touch()
    package = tmp_path / "lib" / "python3.11" / "site-packages" / "stream"
    monkeypatch.setattr(stream, "__file__", str(package / "__init__.py"))
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "elsewhere"))
    assert schema_root() == folder.parent


def test_missing_schemas_are_a_broken_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "__file__", str(tmp_path / "a" / "b" / "c" / "d" / "stream" / "__init__.py"))
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    with pytest.raises(ConfigError, match="install deskpulse again"):
        schema_root()


def test_schema_that_does_not_exist_is_named() -> None:
    with pytest.raises(ConfigError, match=r"orders\.v1\.schema\.json"):
        load_schema("orders.v1.schema.json")
