"""Stands in for whoever is paged: prints the alerts that Alertmanager sends to its webhook, one line for each.

python deploy/pager.py [HOST:PORT], by default the address in alertmanager/alertmanager.yml. Port 0 takes a free one.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ADDRESS = "127.0.0.1:9095"
LARGEST_BODY_BYTES = 4 * 1024 * 1024


def lines(notification: dict[str, Any]) -> list[str]:
    """What is printed: receiver, status, name, labels, summary and runbook of each alert."""
    return [_line(notification.get("receiver", "?"), alert) for alert in notification["alerts"]]


def _line(receiver: str, alert: dict[str, Any]) -> str:
    labels, notes = dict(alert["labels"]), alert.get("annotations", {})
    name = labels.pop("alertname", "?")
    told = " ".join(f"{key}={value}" for key, value in sorted(labels.items()))
    parts = [f"{receiver} {alert['status'].upper()} {name}", told, notes.get("summary"), notes.get("runbook_url")]
    line = " | ".join(part for part in parts if part)
    # Labels and summaries hold what producers sent: it must neither begin a line nor steer a terminal.
    return "".join(letter if letter.isprintable() else " " for letter in line)


class Handler(BaseHTTPRequestHandler):
    """POST prints; GET says that somebody listens."""

    timeout = 10

    def do_POST(self) -> None:
        """Print the alerts of a notification; 400 when it is none, 413 when it is too large."""
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > LARGEST_BODY_BYTES:
            self.send_error(413 if length.isdecimal() else 411)
            return
        try:
            text = "\n".join(lines(json.loads(self.rfile.read(int(length)))))
        except (ValueError, KeyError, TypeError, AttributeError):
            self.send_error(400, "Not a notification of Alertmanager")
            return
        # One call: notifications come at the same time, and their lines must not run into each other.
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
        self._answer()

    def do_GET(self) -> None:
        """Answer a health check."""
        self._answer()

    def _answer(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing: only alerts are printed."""


def main() -> None:
    """Listen until interrupted."""
    host, _, port = (sys.argv[1] if len(sys.argv) > 1 else ADDRESS).rpartition(":")
    with ThreadingHTTPServer((host, int(port)), Handler) as server:
        print(f"listening on http://{host}:{server.server_address[1]}/", flush=True)
        with suppress(KeyboardInterrupt):  # the ordinary way to end it
            server.serve_forever()


if __name__ == "__main__":
    main()
