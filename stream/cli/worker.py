"""``deskpulse worker``: observe the events of this worker's partitions, and roll them up."""

from __future__ import annotations

import os
from pathlib import Path

import click


@click.command("worker")
@click.option("--config", type=click.Path(dir_okay=False, path_type=Path), help="Settings file (TOML).")
def worker_command(config: Path | None) -> None:
    """Run one worker against Kafka; start as many as there is work, up to one per partition."""
    from stream.settings import load_settings
    from stream.worker import run_worker

    run_worker(load_settings(os.environ, config))
