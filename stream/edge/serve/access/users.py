"""The users file: who may log in. Its form is that of the Prometheus exporter-toolkit, with tokens added.

::

    basic_auth_users:      # name and bcrypt hash: all of the HTTP side
      anna: $2b$12$...
    bearer_tokens:         # name and SHA-256 of a token: all of it too
      prometheus: sha256:...
    board_tokens:          # the same: the wallboard and nothing else
      lobby: sha256:...
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import yaml
from msgspec import Struct

from stream.errors import ConfigError

USERS: Final = "basic_auth_users"
BEARER: Final = "bearer_tokens"
BOARD: Final = "board_tokens"
SECTIONS: Final = (USERS, BEARER, BOARD)
DIGEST: Final = "sha256:"

MAX_COST: Final = 16
MAX_PASSWORD_BYTES: Final = 72
"""bcrypt looks at no more."""

_MAX_FILE_BYTES: Final = 262_144
_TOKEN_BYTES: Final = 32
_NAME: Final = re.compile(r"[^:\x00-\x1f\x7f]{1,64}")
_NAME_ALLOWED: Final = "a name has 1 to 64 characters, and no colon"
_BCRYPT: Final = re.compile(r"\$2[abxy]\$(?P<cost>[0-9]{2})\$[./A-Za-z0-9]{53}")
_SHA256: Final = re.compile(r"sha256:[0-9a-f]{64}")
_ELSEWHERE: Final = {
    "tls_server_config": "TLS is set by http.tls_certificate, http.tls_key and http.tls_client_ca",
    "http_server_config": "headers are fixed here; see http.frame_ancestors",
    "rate_limit": "see http.max_connections and what follows it",
}


class Users(Struct, frozen=True):
    """Names and what they are known by: bcrypt hashes of passwords, SHA-256 digests of tokens."""

    passwords: Mapping[str, bytes]
    bearer_tokens: Mapping[str, bytes]
    board_tokens: Mapping[str, bytes]


def read_users(file: Path) -> Users:
    """The users of a file; ConfigError names the file, the line and what is allowed there, and never quotes a hash."""
    place = f"http.users_file={str(file)!r}"
    try:
        with file.open("rb") as opened:
            content = opened.read(_MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{place}: {error.strerror}; allowed: a file that can be read") from None
    if len(content) > _MAX_FILE_BYTES:
        raise ConfigError(f"{place}: is larger than {_MAX_FILE_BYTES} bytes")
    try:
        root = yaml.compose(content, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else 1
        raise ConfigError(f"{place}, line {line}: not YAML: {error.problem}") from None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError):
        raise ConfigError(f"{place}: not YAML in UTF-8") from None
    found: dict[str, dict[str, bytes]] = {section: {} for section in SECTIONS}
    for section, node in _entries(root, place, "the sections " + ", ".join(SECTIONS)) if root is not None else ():
        line = node.start_mark.line + 1
        if section not in found:
            why = _ELSEWHERE.get(section, f"allowed: {', '.join(SECTIONS)}")
            raise ConfigError(f"{place}, line {line}: {section[:64]!r} is no section here; {why}")
        if node.tag == "tag:yaml.org,2002:null":
            continue
        for name, value in _entries(node, place, "names with their hashes"):
            found[section][name] = _known_by(section, name, value, place)
    if not any(found.values()):
        raise ConfigError(f"{place}: nobody could log in; needed is an entry in one of {', '.join(SECTIONS)}")
    return Users(found[USERS], found[BEARER], found[BOARD])


def check_name(name: str) -> None:
    """ConfigError where the users file could not have the name."""
    if not _NAME.fullmatch(name):
        raise ConfigError(f"{name[:64]!r}: {_NAME_ALLOWED}")


def new_token() -> tuple[str, str]:
    """A token, and what the users file knows it by."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    return token, DIGEST + token_digest(token).hex()


def token_digest(token: str) -> bytes:
    """What is compared: a token of 256 random bits needs no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


def _entries(node: yaml.Node, place: str, wanted: str) -> Iterator[tuple[str, yaml.Node]]:
    if not isinstance(node, yaml.MappingNode):
        raise ConfigError(f"{place}, line {node.start_mark.line + 1}: allowed are {wanted}")
    seen = set()
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode) or not _NAME.fullmatch(key.value):
            raise ConfigError(f"{place}, line {line}: {_NAME_ALLOWED}")
        if key.value in seen:
            raise ConfigError(f"{place}, line {line}: {key.value!r} is there already; allowed: each name once")
        seen.add(key.value)
        yield key.value, value


def _known_by(section: str, name: str, node: yaml.Node, place: str) -> bytes:
    text = node.value if isinstance(node, yaml.ScalarNode) else ""
    if section == USERS:
        found = _BCRYPT.fullmatch(text)
        if found is not None and 4 <= int(found["cost"]) <= MAX_COST:
            return text.encode()
        wanted = f"a bcrypt hash of cost 4 to {MAX_COST}: `deskpulse password {name}` makes one"
    else:
        if _SHA256.fullmatch(text):
            return bytes.fromhex(text.removeprefix(DIGEST))
        wanted = f"sha256: and 64 hexadecimal digits: `deskpulse token {name}` makes a token and this"
    raise ConfigError(f"{place}, line {node.start_mark.line + 1}: {section}.{name}: allowed: {wanted}")
