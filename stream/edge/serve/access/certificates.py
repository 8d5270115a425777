"""TLS of whatever listens: with files that may be replaced while the process runs."""

from __future__ import annotations

import logging
import ssl
from pathlib import Path

from stream.edge.serve.access.file_stamps import stamp_of
from stream.errors import ConfigError
from stream.settings import HttpSettings

log = logging.getLogger(__name__)


class Certificates:
    """The certificate of the server, and the authority of its clients where they need one.

    Raises ConfigError when a file cannot be used at the start. Later a file that cannot be used leaves all as it was.
    ``section`` is where the settings have them; ``lowest``: the oldest TLS that is spoken.
    """

    def __init__(
        self,
        certificate: Path,
        key: Path | None,
        client_ca: Path | None = None,
        section: str = "http",
        lowest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
    ) -> None:
        self._section = section
        self._lowest = lowest
        self._certificate = certificate
        self._key = key
        self._client_ca = client_ca
        self._files = [file for file in (certificate, key, client_ca) if file is not None]
        self._stamp = stamp_of(self._files)
        self.context = self._load()

    @classmethod
    def of(cls, settings: HttpSettings) -> Certificates | None:
        """Those of the settings; None without TLS."""
        if settings.tls_certificate is None:
            return None
        return cls(settings.tls_certificate, settings.tls_key, settings.tls_client_ca)

    def refresh(self) -> None:
        """Load the files again where they have changed; connections that are open keep what they have."""
        stamp = stamp_of(self._files)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self.context = self._load()
        except ConfigError as error:
            log.error("the TLS files have changed, and the ones before are used on: %s", error)
        else:
            log.info("the TLS files have changed, and are used from now on")

    def _load(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = self._lowest
        _check_certificates(f"{self._section}.tls_certificate", self._certificate)
        self._load_chain(context)
        if self._client_ca is not None:
            _check_certificates(f"{self._section}.tls_client_ca", self._client_ca)
            context.load_verify_locations(cafile=self._client_ca)
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    def _load_chain(self, context: ssl.SSLContext) -> None:
        name, file = ("tls_key", self._key) if self._key is not None else ("tls_certificate", self._certificate)
        name = f"{self._section}.{name}"
        try:
            # A key with a passphrase would otherwise ask at the terminal, and wait.
            context.load_cert_chain(self._certificate, self._key, password=_no_passphrase)
        except _EncryptedError:
            raise ConfigError(f"{name}={str(file)!r}: the key has a passphrase; allowed: a key without one") from None
        except ssl.SSLError as error:
            if error.reason == "KEY_VALUES_MISMATCH":
                raise ConfigError(
                    f"{name}={str(file)!r}: is not the key of {self._section}.tls_certificate ({self._certificate}); "
                    "allowed: the key it was issued for"
                ) from None
            hint = "" if self._key is not None else f" or name its file as {self._section}.tls_key"
            raise ConfigError(
                f"{name}={str(file)!r}: holds no private key that can be used; allowed: a key in PEM form{hint}"
            ) from None
        except OSError as error:
            raise ConfigError(f"{name}={str(file)!r}: {error.strerror}; allowed: a file that can be read") from None


def _check_certificates(name: str, file: Path) -> None:
    try:
        ssl.create_default_context(cafile=file)
    except ssl.SSLError:
        raise ConfigError(f"{name}={str(file)!r}: holds no certificate; allowed: certificates in PEM form") from None
    except OSError as error:
        raise ConfigError(f"{name}={str(file)!r}: {error.strerror}; allowed: a file that can be read") from None


class _EncryptedError(Exception):
    pass


def _no_passphrase() -> str:
    raise _EncryptedError
