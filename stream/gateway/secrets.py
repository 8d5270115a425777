"""The secrets of a hook: those of the settings, and those of a file that may change while the gateway runs."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

from stream.connect.verify.schemes import REFUSED_SECRETS
from stream.edge.serve.access.file_stamps import stamp_of
from stream.errors import ConfigError
from stream.settings import ConnectSettings
from stream.settings.secret_files import read_secret

SHORTEST: Final = 8
_ALLOWED: Final = f"texts of {SHORTEST} characters and more that nobody can guess"

log = logging.getLogger(__name__)


class Secrets:
    """``current``: any of them will do. ConfigError names what is wrong at the start, and never a secret.

    Later a file that cannot be used leaves all as it was.
    """

    def __init__(self, section: ConnectSettings, *, is_login: bool = False) -> None:
        self._key = f"connect.{section.name}"
        self._given = tuple(secret.get_secret_value() for secret in section.secrets)
        self._file: Path | None = section.secrets_file
        self._is_login = is_login
        self._stamp = stamp_of(self._files)
        self.current = self._load()

    @property
    def _files(self) -> list[Path]:
        return [self._file] if self._file is not None else []

    def refresh(self) -> None:
        """Read the file again where it has changed."""
        stamp = stamp_of(self._files)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self.current = self._load()
        except ConfigError as error:
            log.error("the secrets have changed, and those before are used on: %s", error)
        else:
            log.info("the secrets of %s have changed, and are used from now on: %d", self._key, len(self.current))

    def _load(self) -> tuple[str, ...]:
        found = [*self._checked(self._given, f"{self._key}.secrets=***")]
        if self._file is not None:
            place = f"{self._key}.secrets_file={str(self._file)!r}"
            try:
                lines = read_secret(self._file).splitlines()
            except ValueError as error:
                raise ConfigError(f"{place}: {error}; allowed: a file with one secret a line") from error
            found += self._checked([line.strip() for line in lines if line.strip()], place)
        if not found:
            raise ConfigError(
                f"{self._key}.secrets (not set): nobody could be told from a stranger; allowed: {_ALLOWED}. Give "
                f"them here, in {self._key}.secrets_file, or in the environment"
            )
        return tuple(dict.fromkeys(found))

    def _checked(self, secrets: list[str] | tuple[str, ...], place: str) -> list[str]:
        for number, secret in enumerate(secrets, 1):
            if secret.lower() in {refused.lower() for refused in REFUSED_SECRETS}:
                raise ConfigError(f"{place}: number {number} is one that everybody knows; allowed: {_ALLOWED}")
            if len(secret) < SHORTEST:
                raise ConfigError(f"{place}: number {number} is too short; allowed: {_ALLOWED}")
            if self._is_login and ":" not in secret:
                raise ConfigError(f"{place}: number {number} is no login; allowed with scheme basic: name:password")
        return list(secrets)
