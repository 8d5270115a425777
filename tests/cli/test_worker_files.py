"""A worker whose files for TLS or logins are wrong ends before it asks for Kafka."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("name", ["USERS_FILE", "TLS_CERTIFICATE"])
def test_a_file_that_cannot_be_used_stops_the_start(tmp_path: Path, name: str) -> None:
    file = tmp_path / "file"
    file.write_text("nothing of use")
    environ = {
        **os.environ,
        f"DESKPULSE_HTTP__{name}": str(file),
        "DESKPULSE_KAFKA__BOOTSTRAP_SERVERS": "127.0.0.1:1",
    }
    command = [sys.executable, "-m", "stream", "worker"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert f"http.{name.lower()}={str(file)!r}" in done.stderr
