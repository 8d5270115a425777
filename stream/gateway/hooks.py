"""The hooks that the settings describe. What is wrong with any of them is told before anything listens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from stream.connect.account_options import options_of
from stream.connect.vendor import Account, Scorer, Vendor
from stream.connect.vendors import VENDORS
from stream.connect.verify.scheme import BasicLogin, Scheme, Signed
from stream.connect.verify.schemes import SCHEMES
from stream.contract.decoder import Decoder
from stream.errors import ConfigError
from stream.gateway.cloud_events import CloudEventsReader
from stream.gateway.hook import Hook
from stream.gateway.secrets import Secrets
from stream.gateway.vendor_reader import VendorReader
from stream.sentiment.scorer import scorer_of
from stream.settings import ConnectSettings, Settings

CLOUD_EVENTS: Final = "cloudevents"
CLOUD_EVENTS_SCHEMES: Final = ("secret_header", "basic", "deskpulse")


def hooks_of(settings: Settings, decoder: Decoder, vendors: Sequence[Vendor] = VENDORS) -> dict[str, Hook]:
    """All hooks by name. ConfigError lists everything that is wrong with them."""
    if not settings.connect:
        raise ConfigError(
            "connect (not set): there is no section [[connect]], so nothing to listen for; docs/connect/gateway.md "
            "begins with one"
        )
    hooks: dict[str, Hook] = {}
    problems: list[str] = []
    scorer = scorer_of(settings.sentiment.scorer)
    for section in settings.connect:
        try:
            hooks[section.name] = hook_of(section, decoder, vendors, bool(settings.customers), scorer)
        except ConfigError as error:
            problems.append(str(error))
    if problems:
        raise ConfigError("\n".join(problems))
    return hooks


def hook_of(
    section: ConnectSettings,
    decoder: Decoder,
    vendors: Sequence[Vendor] = VENDORS,
    takes_customers: bool = False,
    scorer: Scorer | None = None,
) -> Hook:
    """The hook of one section. ``takes_customers``: there is a topic for their events. ``scorer``: see `Account`.

    ConfigError: key, value and what is allowed.
    """
    if section.vendor == CLOUD_EVENTS:
        if section.options:
            raise ConfigError(f"connect.{section.name}.options: {CLOUD_EVENTS} has none; leave them out")
        return _made(
            section,
            CLOUD_EVENTS_SCHEMES,
            lambda scheme, secrets: Hook(section, scheme, secrets, CloudEventsReader(decoder, takes_customers)),
        )
    vendor = vendor_of(section, vendors)
    hook = vendor.hook
    if hook is None:
        raise ConfigError(
            f"connect.{section.name}.vendor={section.vendor!r}: it sends nothing to a gateway; {_allowed(vendors)}"
        )
    options = options_of(vendor, section.options, f"connect.{section.name}.options.")
    account = Account(section.source_name, options, scorer)
    reader = VendorReader(section.name, vendor, hook, account)
    return _made(
        section,
        hook.schemes,
        lambda scheme, secrets: Hook(section, scheme, secrets, reader, hook.delivery_header, hook.accepted_status),
    )


def vendor_of(section: ConnectSettings, vendors: Sequence[Vendor] = VENDORS) -> Vendor:
    """The vendor of a section. ConfigError: there is none of that name."""
    found = next((vendor for vendor in vendors if vendor.name == section.vendor), None)
    if found is None:
        raise ConfigError(f"connect.{section.name}.vendor={section.vendor!r}: {_allowed(vendors)}")
    return found


def _allowed(vendors: Sequence[Vendor]) -> str:
    return f"allowed: {', '.join([CLOUD_EVENTS, *(vendor.name for vendor in vendors if vendor.hook is not None)])}"


def _made(section: ConnectSettings, schemes: Sequence[str], make: Callable[[Scheme, Secrets], Hook]) -> Hook:
    name = section.scheme or schemes[0]
    if name not in schemes:
        raise ConfigError(f"connect.{section.name}.scheme={name!r}: allowed: {', '.join(schemes)}")
    scheme = SCHEMES[name]
    if isinstance(scheme, Signed) and "url" in scheme.parts and not section.public_url:
        raise ConfigError(
            f"connect.{section.name}.public_url (not set): {section.vendor} signs the address that it calls; allowed: "
            f"that address, such as https://hooks.example.com/hooks/{section.name}"
        )
    return make(scheme, Secrets(section, is_login=isinstance(scheme, BasicLogin)))
