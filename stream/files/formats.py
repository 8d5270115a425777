"""What a file is by its first bytes, and what to do where it is nothing that can be read."""

from __future__ import annotations

import codecs
import re
from typing import Final

GZIP_MAGIC: Final = b"\x1f\x8b"
UTF8_MARK: Final = codecs.BOM_UTF8

# UTF-32 first: its little-endian mark begins with that of UTF-16.
_WIDE_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_WIDE_BY_ZEROS: Final[dict[tuple[bool, ...], str]] = {
    (False, True, True, True): "UTF-32LE",
    (True, True, True, False): "UTF-32BE",
    (False, True, False, True): "UTF-16LE",
    (True, False, True, False): "UTF-16BE",
}
"""Which of its first four bytes are zero in a text without a mark; converters then guess the order of bytes."""
_PACKED: Final = (
    (b"PK\x03\x04", "a zip archive or an Excel workbook", "Unpack it (`unzip -p {0}`), or save the sheet as CSV"),
    (b"PK\x05\x06", "an empty zip archive", "Pack it again"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd", "Unpack it first: `zstd -dc {0}`"),
    (b"\xfd7zXZ\x00", "compressed with xz", "Unpack it first: `xz -dc {0}`"),
    (b"BZh", "compressed with bzip2", "Unpack it first: `bzip2 -dc {0}`"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "Unpack it first: `7z x -so {0}`"),
    (b"Rar!\x1a\x07", "a rar archive", "Unpack it first: `unrar p -inul {0}`"),
    (b"\x04\x22\x4d\x18", "compressed with lz4", "Unpack it first: `lz4 -dc {0}`"),
    (b"\x1f\x9d", "compressed with compress", "Unpack it first: `gzip -dc {0}`"),
    (b"PAR1", "a Parquet file", "Export it as text"),
    (b"Obj\x01", "an Avro file", "Export it as text"),
    (b"SQLite format 3\x00", "an SQLite database", "Export the table as text"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook", "Save the sheet as CSV (UTF-8)"),
    (b"%PDF-", "a PDF", "Export the data as text"),
)
_TAR_MAGIC: Final = b"ustar"
_TAR_MAGIC_AT: Final = 257
_MARKUP: Final = re.compile(rb"\s*<(!doctype|html|\?xml)", re.IGNORECASE)
# Nobody ends a line with a NUL, an escape or the like; tab, line feed, form feed and carriage return are text.
_CONTROLS: Final = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f]")
_BINARY_RATIO: Final = 0.05
_FEW_CONTROLS: Final = 3
"""A bad line may hold a few: it is refused as an event, the file is not."""
_FIRST_BYTES: Final = 4096
# An array of anything but objects is a bad event on a line of its own.
_ARRAY: Final = re.compile(rb"\s*\[\s*(\{|\[|\]|$)")
_JSON: Final = re.compile(rb"\s*(\{\s*\"|\[\s*[\[{\"])")
_SPREAD: Final = re.compile(rb"\s*\{[ \t]*\r?\n\s*\"")


def unreadable(head: bytes, shown: str) -> str | None:
    """What is wrong with a file that begins with ``head`` (unpacked), and what to do; None: it may be text.

    ``shown`` is how the file is called in a command.
    """
    for mark, name in _WIDE_MARKS:
        if head.startswith(mark):
            return _wide(name, shown)
    for magic, what, remedy in _PACKED:
        # Three letters alone may begin a line of text; behind them bzip2 has a digit and the digits of pi.
        if head.startswith(magic) and (magic != b"BZh" or head[4:10] == b"1AY&SY" or head[4:10] == b"\x17rE8P\x90"):
            return f"this is {what}, which is not read here. {remedy.format(shown)}."
    if head.startswith(GZIP_MAGIC):
        return f"this is compressed with gzip twice. Unpack it: `gzip -dc {shown}`."
    if head[_TAR_MAGIC_AT : _TAR_MAGIC_AT + len(_TAR_MAGIC)] == _TAR_MAGIC:
        return f"this is a tar archive. Take the file out of it: `tar -xOf {shown}`."
    wide = _wide_without_mark(head)
    if wide is not None:
        return _wide(wide, shown)
    if _MARKUP.match(head):
        return "this is HTML or XML: a page where the data should be, such as that of a login. Fetch the data again."
    first = head[:_FIRST_BYTES]
    if len(_CONTROLS.findall(first)) > max(_FEW_CONTROLS, _BINARY_RATIO * len(first)):
        return "this is binary, not text. Is it the right file?"
    if b"\n" not in head and b"\r" in head.rstrip(b"\r"):
        return f"its lines end with a carriage return alone. Give them line feeds: `tr '\\r' '\\n' < {shown}`."
    return None


def not_lines_of_json(head: bytes, shown: str) -> str | None:
    """What is wrong with the layout of a file of events that begins with ``head``, and what to do; None: nothing."""
    if _ARRAY.match(head):
        return (
            f"this is a JSON array, one event a line is expected. Turn it into lines: `jq -c '.[]' {shown}`, "
            "and give what that prints."
        )
    return None


def no_table(head: bytes, _: str) -> str | None:
    """What is wrong with a table that begins with ``head``; None: nothing."""
    if _JSON.match(head):
        return "this is JSON, a table of cells divided by commas (CSV) is expected. Export it as CSV."
    return None


def is_spread(head: bytes) -> bool:
    """True for JSON over several lines, as pretty printing makes it: a line opens an object, the next names a field."""
    return _SPREAD.match(head) is not None


def spread(shown: str) -> str:
    """What to do with several objects that are each spread over lines."""
    return (
        f"this is JSON spread over several lines, one event a line is expected. Put each on one: `jq -c . {shown}`, "
        "and give what that prints."
    )


def _wide(name: str, shown: str) -> str:
    return f"this is {name[:6]}, UTF-8 is expected. Convert it: `iconv -f {name} -t UTF-8 {shown}`."


def _wide_without_mark(beginning: bytes) -> str | None:
    """The encoding of text that is ASCII in its first characters and has no mark, with the order of its bytes."""
    return _WIDE_BY_ZEROS.get(tuple(not byte for byte in beginning[:4]))
