"""Ending the process when state and topics may disagree: nothing is acknowledged, the restart replays.

A supervisor (the demo's, compose, Kubernetes) starts the worker again; see ARCHITECTURE.md, "Exactly once".
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Coroutine
from typing import Any, Final, NoReturn

from stream.errors import ConfigError, LossError

EXIT_CODE: Final = 70

log = logging.getLogger(__name__)


def end_process(reason: str, exit_code: int = EXIT_CODE) -> NoReturn:
    """Log ``reason`` and leave at once, without any clean-up that could still commit something.

    ``exit_code`` 70 asks the supervisor for a restart; others say that a restart would not help.
    """
    if exit_code == EXIT_CODE:
        log.critical("ending this process, its supervisor starts it again: %s", reason)
    else:
        log.critical("%s", reason)
    for handler in logging.getLogger().handlers:
        handler.flush()
    os._exit(exit_code)


def guarded(work: Coroutine[Any, Any, None], what: str) -> asyncio.Task[None]:
    """Run ``work`` as a task whose failure ends the process; cancelling it does not."""

    def check(task: asyncio.Task[None]) -> None:
        if task.cancelled() or (error := task.exception()) is None:
            return
        if isinstance(error, ConfigError | LossError):
            end_process(str(error), error.exit_code)
        else:
            log.error("%s failed", what, exc_info=error)
            end_process(f"{what}: {type(error).__name__}: {error}")

    task = asyncio.ensure_future(work)
    task.add_done_callback(check)
    return task
