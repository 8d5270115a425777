"""The live page: static files, read once, served as they are or compressed."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct

_FOLDER: Final = Path(__file__).parent
_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
_START_PAGE: Final = "index.html"


class Page(Struct, frozen=True):
    """``packed``: the body as gzip. ``etag``: quoted, changes with the body."""

    body: bytes
    packed: bytes
    content_type: str
    etag: str


def pages(folder: Path = _FOLDER) -> Mapping[str, Page]:
    """URL path to page, of all files of known types below ``folder``; the start page is ``/``."""
    found: dict[str, Page] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix in _TYPES and path.is_file():
            body = path.read_bytes()
            name = path.relative_to(folder).as_posix()
            found["/" if name == _START_PAGE else f"/{name}"] = Page(
                body, gzip.compress(body, mtime=0), _TYPES[path.suffix], f'"{hashlib.sha256(body).hexdigest()[:16]}"'
            )
    return found


PAGES: Final = pages()
