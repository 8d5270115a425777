"""Looks after child processes: starts them in order, restarts those a restart may help, ends them in reverse."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from stream.broker.guarded import GuardedProcess
from stream.errors import UnavailableError

RESTART_PLEASE = 70
"""The code a worker ends with when only a restart gets it out of what it is in."""
_KILLED_BY_SIGNAL = 128
_LONGEST_PAUSE_SECONDS = 30.0
_STEADY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Child:
    """What to run. ``may_finish``: ending with 0 is fine. ``again``: the command of restarts, where it is another."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] | None = None
    grace_seconds: float = 15.0
    may_finish: bool = False
    again: Sequence[str] | None = None


@dataclass(slots=True)
class _Watched:
    child: Child
    process: GuardedProcess
    started_at: float = 0.0
    crashes: int = 0
    restart_at: float | None = None
    finished: bool = False


class Supervisor:
    """Call ``start``, then ``look`` every now and then, and ``stop`` in any case.

    A child that ends with code 70, because something outside did not answer (3) or by a signal is started again, after
    1, 2, 4 ... 30 seconds (1 again once it has run for a minute). Any other end of a child that may not finish is an
    UnavailableError with the end of its log.
    """

    def __init__(
        self,
        children: Sequence[Child],
        log_folder: Path,
        say: Callable[[str], None],
        now_seconds: Callable[[], float],
        first_pause_seconds: float = 1.0,
    ) -> None:
        self._log_folder = log_folder
        self._watched = [_Watched(one, self._process(one, one.command)) for one in children]
        self._say = say
        self._now_seconds = now_seconds
        self._first_pause_seconds = first_pause_seconds

    def pid(self, name: str) -> int:
        """The child's process; 0 when it is not running."""
        return next(one.process.pid for one in self._watched if one.child.name == name)

    def start(self) -> None:
        """Start all children, in order."""
        for watched in self._watched:
            self._start(watched)

    def look(self) -> None:
        """See how the children are; restart those whose time has come. UnavailableError: one ended for good."""
        for watched in self._watched:
            if watched.finished:
                continue
            if watched.restart_at is not None:
                if self._now_seconds() >= watched.restart_at:
                    self._start_again(watched)
            elif watched.process.exit_code is not None:
                self._ended(watched, watched.process.exit_code)

    def stop(self) -> None:
        """End the children one after the other, the last first: each gets SIGTERM, and SIGKILL after its grace time."""
        for watched in reversed(self._watched):
            watched.process.ask_to_end()
            watched.process.wait()

    def _process(self, child: Child, command: Sequence[str]) -> GuardedProcess:
        return GuardedProcess(command, self._log_folder / f"{child.name}.log", child.environment)

    def _start_again(self, watched: _Watched) -> None:
        if watched.child.again is not None:
            watched.process = self._process(watched.child, watched.child.again)
        self._start(watched)

    def _start(self, watched: _Watched) -> None:
        watched.restart_at = None
        watched.started_at = self._now_seconds()
        watched.process.start(watched.child.grace_seconds)

    def _ended(self, watched: _Watched, code: int) -> None:
        name, log_file = watched.child.name, watched.process.log_file
        if code == 0 and watched.child.may_finish:
            watched.finished = True
            self._say(f"The {name} has finished.")
            return
        why = _why_again(code)
        if why is None:
            raise UnavailableError(
                f"the {name} ended with code {code}. The end of its log, {log_file}:\n{watched.process.log_tail()}"
            )
        steady = self._now_seconds() - watched.started_at >= _STEADY_SECONDS
        watched.crashes = 1 if steady else watched.crashes + 1
        pause = min(self._first_pause_seconds * 2.0 ** (watched.crashes - 1), _LONGEST_PAUSE_SECONDS)
        watched.restart_at = self._now_seconds() + pause
        self._say(f"The {name} {why} (its log: {log_file.with_suffix('.log.1')}); starting it again in {pause:g} s.")


def _why_again(code: int) -> str | None:
    """What has become of a child that a restart may help; None for one that would end the same way again."""
    if code == RESTART_PLEASE:
        return "asked for a restart"
    if code == UnavailableError.exit_code:
        return "got no answer from what it needs"
    return f"was ended by signal {code - _KILLED_BY_SIGNAL}" if code > _KILLED_BY_SIGNAL else None
