"""Whether a login is right. Wrong ones cost as much as right ones, whoever they name, and are limited by address."""

from __future__ import annotations

import asyncio
import hmac
import logging
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from pathlib import Path
from typing import Final

import bcrypt
from msgspec import Struct

from stream.clock import monotonic_seconds
from stream.edge.serve.access.attempts import Attempts
from stream.edge.serve.access.credentials import Credentials
from stream.edge.serve.access.file_stamps import stamp_of
from stream.edge.serve.access.users import MAX_PASSWORD_BYTES, Users, read_users, token_digest
from stream.errors import ConfigError
from stream.settings import HttpSettings

_MAX_WAITING: Final = 16
_BUSY_SECONDS: Final = 2
_MAX_KNOWN: Final = 1000
_NOBODY_COST: Final = 10

log = logging.getLogger(__name__)


class Grant(Enum):
    """What a login may see."""

    ALL = "all"
    BOARD = "board"


class Denied(Struct, frozen=True):
    """A login that is wrong, or (``retry_seconds``) is not looked at before so much time has passed."""

    retry_seconds: int = 0


class Logins:
    """The users of a file, read again when it changes. ConfigError when it cannot be used at the start.

    A login that was right is remembered for its address, as bcrypt for each request would keep a core busy.
    """

    def __init__(self, file: Path, attempts: Attempts) -> None:
        self._file = file
        self._attempts = attempts
        self._stamp = stamp_of([file])
        self._users = read_users(file)
        self._nobody = _hash_of_nobody(self._users)
        # One thread: wrong logins never take more than one core. bcrypt lets go of the interpreter meanwhile.
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="login")
        self._waiting = 0
        self._secret = secrets.token_bytes(32)
        self._known: OrderedDict[bytes, Grant] = OrderedDict()
        self._running: dict[bytes, asyncio.Future[Grant | Denied]] = {}
        self.changes = 0

    @classmethod
    def of(cls, settings: HttpSettings) -> Logins | None:
        """Those of the settings; None where nobody has to log in."""
        if settings.users_file is None:
            return None
        return cls(settings.users_file, Attempts(settings.max_wrong_logins_per_minute))

    def refresh(self) -> None:
        """Read the file again where it has changed; ``changes`` counts, so that what was granted can be asked again."""
        stamp = stamp_of([self._file])
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            users = read_users(self._file)
        except ConfigError as error:
            log.error("the users file has changed, and the users before may log in on: %s", error)
            return
        self._users, self._nobody = users, _hash_of_nobody(users)
        self._known.clear()
        self.changes += 1
        log.info("the users file has changed: %d users", len(users.passwords))

    def close(self) -> None:
        """End the thread; a login that waits is not looked at any more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def judge(self, address: str, given: Credentials) -> Grant | Denied:
        """What the credentials of a client at ``address`` allow."""
        key = self._key(address, given)
        known = self._known.get(key)
        if known is not None:
            self._known.move_to_end(key)
            return known
        if (running := self._running.get(key)) is None:
            wait = self._attempts.take(address, monotonic_seconds())
            if wait:
                return Denied(wait)
            running = self._running[key] = asyncio.ensure_future(self._look(address, given, key))
            running.add_done_callback(lambda _: self._running.pop(key, None))
        return await asyncio.shield(running)

    async def _look(self, address: str, given: Credentials, key: bytes) -> Grant | Denied:
        users = self._users
        if given.kind != "password":
            grant = _grant_of_token(users, given)
        elif self._waiting >= _MAX_WAITING:
            self._attempts.give_back(address, monotonic_seconds())
            return Denied(_BUSY_SECONDS)
        else:
            grant = Grant.ALL if await self._is_right(users, given) else None
        if grant is None or users is not self._users:
            return Denied()
        self._attempts.give_back(address, monotonic_seconds())
        self._known[key] = grant
        while len(self._known) > _MAX_KNOWN:
            self._known.popitem(last=False)
        return grant

    async def _is_right(self, users: Users, given: Credentials) -> bool:
        hashed = users.passwords.get(given.user)
        password = given.secret.encode()
        self._waiting += 1
        try:
            right = await asyncio.get_running_loop().run_in_executor(
                self._pool, bcrypt.checkpw, password[:MAX_PASSWORD_BYTES], hashed or self._nobody
            )
        finally:
            self._waiting -= 1
        return right and hashed is not None and len(password) <= MAX_PASSWORD_BYTES

    def _key(self, address: str, given: Credentials) -> bytes:
        # With a secret of this process: what is remembered could not be used elsewhere.
        parts = (address, given.kind, given.user, given.secret)
        return hmac.digest(self._secret, "\0".join(parts).encode("utf-8", "surrogateescape"), "sha256")


def _grant_of_token(users: Users, given: Credentials) -> Grant | None:
    """Every token is compared, each in constant time: how long it takes tells nothing."""
    digest = token_digest(given.secret)
    allowed: list[tuple[Grant, Mapping[str, bytes]]] = [(Grant.BOARD, users.board_tokens)]
    if given.kind == "bearer":
        allowed.append((Grant.ALL, users.bearer_tokens))
    found = None
    for grant, tokens in allowed:
        for stored in tokens.values():
            if hmac.compare_digest(stored, digest):
                found = grant
    return found if given.kind != "unreadable" else None


def _hash_of_nobody(users: Users) -> bytes:
    """A hash that no password has, as dear as the dearest of the file: an unknown name costs what a known one does."""
    costs = [int(hashed[4:6]) for hashed in users.passwords.values()]
    return bcrypt.gensalt(max(costs, default=_NOBODY_COST)) + b"." * 31
