from __future__ import annotations

import tempfile

import pytest

from stream.app import build_app
from stream.errors import ConfigError
from stream.settings import Settings


def test_without_a_temporary_folder_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> str:
        raise FileNotFoundError("No usable temporary directory found in [...]")

    monkeypatch.setattr(tempfile, "gettempdir", none)
    with pytest.raises(ConfigError, match=r"mount one at /tmp, or set TMPDIR .*No usable temporary directory"):
        build_app(Settings())
