"""The command ``deskpulse``: names its subcommands, and imports one only when it is used."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module

import click

from stream import __version__
from stream.compiled import kind_of_core

COMMANDS = {
    "demo": "Start broker, worker and a simulated contact centre, and serve the wallboard.",
    "worker": "Run: read events, keep the numbers, serve metrics and wallboard.",
    "gateway": "Take webhooks of other systems, and write events into Kafka.",
    "connect": "Try out the hooks of connected systems.",
    "topics": "Check the Kafka topics; create or repair them.",
    "password": "Make a line of the users file from a password.",
    "token": "Make a token, and the line of the users file that knows it.",
    "metrics": "Print what is counted: definitions, rows, gauges, facts.",
    "settings": "List all settings: value, default, where it comes from, meaning.",
    "validate": "Check events in files against the event contract.",
    "convert": "Turn a file of another system into events.",
    "pull": "Ask connected systems for what is new.",
    "reconcile": "Compare our figures with another system's own, ticket by ticket.",
    "replay": "Run recorded events through the pipeline and print the numbers.",
    "compare": "Count recorded events in two ways, and print what differs.",
    "simulate": "Produce the events of a simulated contact centre.",
    "broker": "Run Apache Kafka on this machine, for trying things out.",
}
"""Subcommands in the order of the help text. ``NAME`` lives in stream/cli/NAME.py as ``NAME_command``."""


class LazyGroup(click.Group):
    """A group that knows the names and one-line helps of its commands without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order of the help text."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command's module; None for a name there is not."""
        if cmd_name not in COMMANDS:
            return None
        command = getattr(import_module(f"stream.cli.{cmd_name}"), f"{cmd_name}_command")
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Like click's, with a suggestion for a misspelt name."""
        name = args[0]
        close = get_close_matches(name, COMMANDS, n=1)
        if close and name not in COMMANDS:
            ctx.fail(f"No such command {name!r}. Did you mean {close[0]!r}?")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Begin with `deskpulse demo`. With a Kafka of your own: `deskpulse topics --create`, then "
    "`deskpulse worker`. `deskpulse COMMAND --help` tells more.",
)
@click.version_option(__version__, prog_name="deskpulse", message=f"%(prog)s %(version)s ({kind_of_core()})")
def deskpulse() -> None:
    """Customer-support events on Kafka in, live service-quality numbers out.

    Settings come from the environment (DESKPULSE_...) and from a TOML file (--config FILE);
    `deskpulse settings` lists them all.
    """
