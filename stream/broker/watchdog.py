"""Runs a command that must end when the process that started this one ends, however that happens (SIGKILL too).

    python watchdog.py LOG_FILE GRACE_SECONDS COMMAND...

Standard input is a pipe whose other end only the parent holds. End of file: the parent is gone or wants an end;
the command gets SIGTERM, and SIGKILL after the grace time. A line "kill": SIGKILL at once. Prints the command's
process id, and exits with its code. Only the standard library: it runs isolated, without the project's packages.
A pipe instead of Linux's PDEATHSIG: works on macOS too, and does not fire when merely the parent's thread ends.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading

_LOOK_AT_PARENT_SECONDS = 0.5


def main(log_file: str, grace_seconds: str, *command: str) -> int:
    """Run the command to its end."""
    parent = os.getppid()
    with open(log_file, "ab") as log:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    print(child.pid, flush=True)
    threading.Thread(target=_watch, args=(child, parent, float(grace_seconds)), daemon=True).start()
    code = child.wait()
    return code if code >= 0 else 128 - code


def _watch(child: subprocess.Popen[bytes], parent: int, grace_seconds: float) -> None:
    while True:
        readable, _, _ = select.select([0], [], [], _LOOK_AT_PARENT_SECONDS)
        said = os.read(0, 64) if readable else None
        if said is not None and said.startswith(b"kill"):
            child.kill()
            return
        # The second case: a fork of the parent still holds the pipe open.
        if said == b"" or os.getppid() != parent:
            break
    child.terminate()
    try:
        child.wait(grace_seconds)
    except subprocess.TimeoutExpired:
        child.kill()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
