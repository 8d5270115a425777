"""``deskpulse connect``: look after the systems of the sections ``[[connect]]``."""

from __future__ import annotations

from pathlib import Path

import click

from stream.cli.configuration import config_option, read_settings
from stream.clock import SystemClock
from stream.errors import ConfigError


@click.group("connect", short_help="Try out the hooks of connected systems.")
def connect_command() -> None:
    """Look after other systems: the sections [[connect]] of the settings (docs/connect)."""


@connect_command.command("check", short_help="Try a hook's settings, secrets and mapping with a sample.")
@config_option
@click.argument("name")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("-H", "--header", "headers", metavar="'NAME: VALUE'", multiple=True, help="A header that came with FILE.")
@click.option("--query", default="", metavar="NAME=VALUE&...", help="What stood behind the ? of the address.")
def check_command(config_file: Path | None, name: str, file: Path | None, headers: tuple[str, ...], query: str) -> None:
    """Say what of a delivery to /hooks/NAME would be counted, and what was not understood. Nothing is sent.

    FILE holds the body of a delivery as it came (- is standard input); without one the samples of the vendor's kind are
    tried. Where no header is its signature, it is signed here with each secret. Exit code 1: a part is broken, or the
    signature is wrong.
    """
    settings = read_settings(config_file)
    from stream.connect.vendor import Sample
    from stream.contract.decoder import Decoder
    from stream.gateway.check import OWN_SAMPLE, is_good, lines_of, try_out
    from stream.gateway.hooks import CLOUD_EVENTS, hook_of, vendor_of
    from stream.rules import passing_rules_of, rules_of

    section = next((section for section in settings.connect if section.name == name), None)
    if section is None:
        known = (
            ", ".join(section.name for section in settings.connect) or "none: docs/connect/gateway.md begins with one"
        )
        raise ConfigError(f"{name}: no section [[connect]] has this name; there are: {known}")
    decoder = Decoder(rules_of(settings).limits, passing_rules_of(settings))
    hook = hook_of(section, decoder, takes_customers=bool(settings.customers))
    if file is not None:
        samples = [Sample(str(file), _body(file), dict(map(_header, headers)))]
    elif section.vendor == CLOUD_EVENTS:
        samples = [OWN_SAMPLE]
    else:
        found = vendor_of(section).hook
        samples = list(found.samples) if found is not None else []
        if not samples:
            raise ConfigError(f"{section.vendor} has no samples here: give the file of a delivery")
    now_us = SystemClock().now_us()
    # Samples are of no particular day: what lies ahead of the clock is judged when it comes.
    latest_us = now_us + round(settings.limits.future_tolerance_seconds * 1e6) if file is not None else 1 << 62
    tried = [try_out(hook, sample, query, now_us, latest_us) for sample in samples]
    click.echo(f"{hook.path}: {section.vendor}, source {section.source_name}, {len(hook.secrets.current)} secrets")
    click.echo("\n".join(line for one in tried for line in lines_of(one)))
    if not is_good(tried):
        raise click.exceptions.Exit(1)


def _body(file: Path) -> bytes:
    try:
        return click.get_binary_stream("stdin").read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror or error}; give the body of a delivery as it came") from error


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise ConfigError(f"--header {text[:80]!r}: allowed: 'NAME: VALUE'")
    return name.strip().lower(), value.strip()
