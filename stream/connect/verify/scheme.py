"""How a vendor signs what it delivers, as data."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

Part: TypeAlias = Literal["body", "timestamp", "method", "url", "form"]
Digest: TypeAlias = Literal["sha1", "sha256", "sha512"]
Encoding: TypeAlias = Literal["hex", "base64"]
TimestampUnit: TypeAlias = Literal["rfc3339", "seconds", "milliseconds"]


class Signed(Struct, frozen=True, tag=True):
    """A keyed hash over ``parts``, a dot, a colon and the like between them written as they stand (``":"``).

    ``header`` carries ``prefix`` and the encoded hash. ``timestamp_header`` is empty where the vendor signs no time;
    then no delivery is ever stale. ``key_header``: its value and ``&`` come before the secret. ``urls_may_vary``: the
    vendor signs its address with or without the default port. ``body_hash_parameter``: a parameter of the address that
    holds the hex SHA-256 of a body that is no form. ``needs_decoded_url``: percent-encoded signs of the address are
    signed decoded.
    """

    header: str
    parts: tuple[Part | Literal[".", ":"], ...]
    digest: Digest
    encoding: Encoding
    prefix: str = ""
    timestamp_header: str = ""
    timestamp_unit: TimestampUnit = "seconds"
    key_header: str = ""
    urls_may_vary: bool = False
    body_hash_parameter: str = ""
    needs_decoded_url: bool = False


class SignedField(Struct, frozen=True, tag=True):
    """A form whose field ``field`` is the hex hash of its field ``message``."""

    field: str
    message: str
    digest: Digest


class SharedSecret(Struct, frozen=True, tag=True):
    """No signature: the secret itself comes along, in a header, or in a parameter of the address."""

    header: str = ""
    parameter: str = ""


class BasicLogin(Struct, frozen=True, tag=True):
    """No signature: ``name:password`` in the header Authorization; the secret is that pair."""


Scheme: TypeAlias = Signed | SignedField | SharedSecret | BasicLogin
