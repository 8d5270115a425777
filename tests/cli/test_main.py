"""The command line as a whole: quick help, and every end as a message and an exit code."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest

import stream.cli.main as command_line
import stream.domain.shard
from stream import __version__
from stream.__main__ import EXIT_DEFECT, EXIT_INTERRUPTED, run
from stream.errors import ConfigError, LossError, UnavailableError

HEAVY = ("pydantic", "aiokafka", "faust", "rich", "yaml")


@pytest.fixture
def ending(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """The command ``demo`` ends with the exception, or returns the value, put in here as ``with``."""
    chosen: dict[str, object] = {}

    @click.command()
    def demo() -> object:
        end = chosen["with"]
        if isinstance(end, BaseException):
            raise end
        return end

    monkeypatch.setattr(command_line.LazyGroup, "get_command", lambda *_: demo)
    return chosen


def test_help_names_every_command_and_imports_none_of_them() -> None:
    code = (
        "import sys\n"
        "from stream.__main__ import run\n"
        "assert run(['--help']) == 0\n"
        f"loaded = [name for name in {HEAVY!r} if name in sys.modules]\n"
        "sys.exit(f'imported: {loaded}' if loaded else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    for name in command_line.COMMANDS:
        assert f"\n  {name} " in done.stdout


@pytest.mark.parametrize("name", command_line.COMMANDS)
def test_every_command_has_a_help_text_of_its_own(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([name, "--help"]) == 0
    assert f"Usage: deskpulse {name} " in capsys.readouterr().out


def test_the_version_is_that_of_the_package_and_says_which_core_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    kind = "pure Python" if str(stream.domain.shard.__file__).endswith(".py") else "compiled"
    assert capsys.readouterr().out == f"deskpulse {__version__} ({kind})\n"


def test_a_misspelt_command_is_told_what_was_meant(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["setings"]) == 2
    assert "No such command 'setings'. Did you mean 'settings'?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code"), [(ConfigError("wrong"), 2), (UnavailableError("wrong"), 3), (LossError("wrong"), 4)]
)
def test_an_error_of_ours_is_a_message_and_its_exit_code(
    ending: dict[str, object], error: Exception, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    ending["with"] = error
    assert run(["demo"]) == code
    assert capsys.readouterr().err == "deskpulse: wrong\n"


def test_every_line_of_a_message_says_who_speaks(ending: dict[str, object], capsys: pytest.CaptureFixture[str]) -> None:
    ending["with"] = ConfigError("one\ntwo")
    run(["demo"])
    assert capsys.readouterr().err == "deskpulse: one\ndeskpulse: two\n"


def test_an_interruption_is_no_error_message(ending: dict[str, object], capsys: pytest.CaptureFixture[str]) -> None:
    ending["with"] = KeyboardInterrupt()
    assert run(["demo"]) == EXIT_INTERRUPTED
    assert capsys.readouterr().err.strip() == ""


def test_a_defect_is_told_without_traceback_unless_asked_for(
    ending: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    ending["with"] = ValueError("odd")
    assert run(["demo"]) == EXIT_DEFECT
    quiet = capsys.readouterr().err
    assert "this is a defect: ValueError: odd (DESKPULSE_TRACEBACK=1 shows where)" in quiet
    assert "Traceback" not in quiet
    assert run(["demo"], show_traceback=True) == EXIT_DEFECT
    assert "Traceback" in capsys.readouterr().err


def test_an_exit_code_a_command_asks_for_is_kept(ending: dict[str, object]) -> None:
    ending["with"] = click.exceptions.Exit(1)
    assert run(["demo"]) == 1
    ending["with"] = None
    assert run(["demo"]) == 0
