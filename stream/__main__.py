"""Start of the program: runs a command and turns every end of it into a message and an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence

import click

from stream.cli.main import deskpulse
from stream.errors import DeskpulseError

EXIT_INTERRUPTED = 130
EXIT_DEFECT = 70


def main() -> None:
    """Run the command line given to this process, and exit."""
    sys.exit(run(sys.argv[1:], show_traceback=os.environ.get("DESKPULSE_TRACEBACK") == "1"))


def run(arguments: Sequence[str], *, show_traceback: bool = False) -> int:
    """Run one command line and return its exit code; messages go to standard error, without tracebacks."""
    try:
        result = deskpulse.main(list(arguments), prog_name="deskpulse", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return EXIT_INTERRUPTED
    except DeskpulseError as error:
        _tell(str(error), show_traceback=show_traceback)
        return error.exit_code
    except Exception as error:
        hint = "" if show_traceback else " (DESKPULSE_TRACEBACK=1 shows where)"
        _tell(
            f"this is a defect: {type(error).__name__}: {error}{hint}; please report it",
            show_traceback=show_traceback,
        )
        return EXIT_DEFECT
    return result if isinstance(result, int) else 0


def _tell(message: str, *, show_traceback: bool) -> None:
    if show_traceback:
        traceback.print_exc()
    click.echo("\n".join(f"deskpulse: {line}" for line in message.splitlines()), err=True)


if __name__ == "__main__":
    main()
