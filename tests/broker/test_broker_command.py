from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from stream.broker.ports import free_ports
from stream.broker.probe import require_ready
from tests.patience import PATIENCE_SECONDS

pytestmark = pytest.mark.broker


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_the_command_says_where_it_listens_and_ends_cleanly(tmp_path: Path, how: signal.Signals) -> None:
    port = free_ports(1)[0]
    command = [sys.executable, "-m", "stream", "broker", "--port", str(port), "--data-dir", str(tmp_path)]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert running.stdout is not None
    assert f"127.0.0.1:{port}" in running.stdout.readline()
    require_ready(port)
    running.send_signal(how)
    out, err = running.communicate(timeout=PATIENCE_SECONDS)
    assert (running.returncode, out, err) == (0, "Apache Kafka has stopped.\n", "")
