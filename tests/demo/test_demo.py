"""The whole demo as a process of its own, on a real broker, with stand-ins for worker and simulator."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stream.broker.exclusive import try_exclusive
from stream.broker.ports import free_ports
from tests.patience import FOR_EVER_SECONDS, PATIENCE_SECONDS, wait_until

WORKER = """
import http.server, os
print(os.getpid(), flush=True)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
    def log_message(self, *_): pass
http.server.HTTPServer(("127.0.0.1", int(os.environ["DESKPULSE_HTTP__PORT"])), Handler).serve_forever()
"""
DEMO = """
import os, sys
from pathlib import Path
from stream.demo.plan import DemoPlan, child_environment
from stream.demo.run import run_demo
from stream.demo.supervisor import Child
plan = DemoPlan(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), 60.0)
environment = child_environment(os.environ, plan)
worker = Child("worker", [sys.executable, "-c", sys.argv[4]], environment)
sleeps = f"import os, time; print(os.getpid(), flush=True); time.sleep({sys.argv[6]})"
simulator = Child("simulator", [sys.executable, "-c", sleeps], environment)
run_demo(plan, os.environ, lambda line: print(line, flush=True), float(sys.argv[5]), [worker, simulator])
"""


class Demo:
    def __init__(self, folder: Path, worker: str = WORKER, for_seconds: float = FOR_EVER_SECONDS) -> None:
        self.folder = folder
        self.http_port, self.kafka_port = free_ports(2)
        arguments = [
            str(folder),
            str(self.http_port),
            str(self.kafka_port),
            worker,
            str(for_seconds),
            str(FOR_EVER_SECONDS),
        ]
        self.process = subprocess.Popen(
            [sys.executable, "-c", DEMO, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def read_until(self, text: str) -> str:
        assert self.process.stdout is not None
        seen = ""
        # Ends the reading too.
        no_patience_left = threading.Timer(PATIENCE_SECONDS, self.process.kill)
        no_patience_left.start()
        try:
            for line in self.process.stdout:
                seen += line
                if text in line:
                    return seen
        finally:
            no_patience_left.cancel()
        raise AssertionError(f"{text!r} never came:\n{seen}\n{self.process.communicate()[1]}")

    def end(self, number: signal.Signals) -> tuple[int, str, str]:
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=PATIENCE_SECONDS)
        return self.process.returncode, out, err

    def pid(self, name: str) -> int:
        """The stand-in's process id, which it writes first; 0 while it has not."""
        log = self.folder / f"{name}.log"
        return int(log.read_text().split("\n")[0] or 0) if log.exists() else 0

    def leftovers(self) -> list[str]:
        """What still runs. The broker and its watchdog hold the lock of the data folder as long as they live."""
        found = [name for name in ("worker", "simulator") if is_running(self.pid(name))]
        lock = try_exclusive(self.folder / "in-use.lock")
        if lock is None:
            return [*found, "broker"]
        os.close(lock)
        return found


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return pid > 0


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Demo]]:
    demos: list[Demo] = []

    def begin(**options: object) -> Demo:
        demos.append(Demo(tmp_path / "demo", **options))  # type: ignore[arg-type]  # options by name
        return demos[-1]

    yield begin
    for demo in demos:
        demo.process.kill()
        demo.process.communicate()


@pytest.mark.broker
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_to_look_and_ends_without_a_trace(start: Callable[..., Demo], number: signal.Signals) -> None:
    demo = start()
    said = demo.read_until("Ctrl-C ends everything")
    assert f"http://127.0.0.1:{demo.http_port}/\n" in said
    assert f"http://127.0.0.1:{demo.http_port}/metrics" in said
    assert f"127.0.0.1:{demo.kafka_port}\n" in said
    assert f"simulate --bootstrap-servers 127.0.0.1:{demo.kafka_port} " in said
    code, out, err = demo.end(number)
    assert (code, err) == (0, "")
    assert out.endswith("Everything has ended. The data stays for the next run.\n")
    assert demo.leftovers() == []


@pytest.mark.broker
def test_it_ends_by_itself_after_the_given_time_and_runs_again_on_the_same_data(start: Callable[..., Demo]) -> None:
    for _ in range(2):
        out, err = start(for_seconds=0.5).process.communicate(timeout=PATIENCE_SECONDS)
        assert err == ""
        assert "Everything has ended." in out


@pytest.mark.broker
def test_a_killed_worker_comes_back_and_it_is_said(start: Callable[..., Demo]) -> None:
    demo = start()
    demo.read_until("Ctrl-C ends everything")
    first = demo.pid("worker")
    os.kill(first, signal.SIGKILL)
    assert "The worker was ended by signal 9" in demo.read_until("starting it again in 1 s")
    wait_until(lambda: demo.pid("worker") not in (0, first), "another worker")
    assert demo.end(signal.SIGINT)[0] == 0


@pytest.mark.broker
def test_nothing_outlives_a_killed_demo(start: Callable[..., Demo]) -> None:
    demo = start()
    demo.read_until("Ctrl-C ends everything")
    wait_until(lambda: demo.leftovers() == ["worker", "simulator", "broker"], "all running", demo.leftovers)
    demo.process.kill()
    demo.process.wait()
    wait_until(lambda: demo.leftovers() == [], "all gone", demo.leftovers)
    with socket.socket() as port_is_free:
        port_is_free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        port_is_free.bind(("127.0.0.1", demo.http_port))


@pytest.mark.broker
def test_a_worker_that_gives_up_ends_the_demo_with_its_last_words(start: Callable[..., Demo]) -> None:
    demo = start(worker="import os, sys; print(os.getpid(), flush=True); sys.exit('no such topic')")
    _, err = demo.process.communicate(timeout=PATIENCE_SECONDS)
    assert "the worker ended with code 1" in err
    assert "no such topic" in err
    assert demo.leftovers() == []


@pytest.mark.parametrize(("option", "hint"), [("--http-port", "HTTP_PORT="), ("--kafka-port", "KAFKA_PORT=")])
def test_a_taken_port_is_named_before_anything_is_started(tmp_path: Path, option: str, hint: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        free = free_ports(2)
        ports = ["--http-port", str(free[0]), "--kafka-port", str(free[1]), option, port]
        command = [sys.executable, "-m", "stream", "demo", *ports, "--data-dir", str(tmp_path / "demo")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
    assert done.returncode == 3
    assert f"port {port} on 127.0.0.1" in done.stderr
    assert f"make demo {hint}" in done.stderr
    assert done.stdout == ""
    assert not (tmp_path / "demo").exists()
