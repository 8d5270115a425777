"""``python -m stream.edge.serve.access.self_check``: exit code 0 if the worker in this container says yes to /healthz.

It asks over HTTP, then over TLS without looking at the certificate, which is for other names than this.
"""

from __future__ import annotations

import http.client
import os
import ssl
import sys
import urllib.error
import urllib.request
from typing import Final

_SECONDS: Final = 2


def is_healthy(port: int) -> bool:
    """Whether the worker or gateway that listens on ``port`` of this machine says that it is healthy."""
    unchecked = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    unchecked.check_hostname = False
    unchecked.verify_mode = ssl.CERT_NONE
    for scheme in ("http", "https"):
        handlers = urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=unchecked)
        try:
            with urllib.request.build_opener(*handlers).open(f"{scheme}://127.0.0.1:{port}/healthz", timeout=_SECONDS):
                return True
        except urllib.error.HTTPError:
            return False
        except (OSError, http.client.HTTPException):
            continue
    return False


if __name__ == "__main__":
    sys.exit(not is_healthy(int((sys.argv[1:] or [os.environ.get("DESKPULSE_HTTP__PORT", "8087")])[0])))
