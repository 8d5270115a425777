"""The end-to-end tests' own stack, started once: broker, worker, simulator, Prometheus, Alertmanager, receiver."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from stream.metrics.customer_headlines import CUSTOMER_HEADLINES
from stream.metrics.headlines import HEADLINES

if TYPE_CHECKING:
    from stream.broker.embedded import EmbeddedKafka
    from tests.e2e.receiver import Receiver
    from tests.e2e.stack import Alertmanager, Pipeline, Prometheus
    from tests.integration.gateways import RealGateway

HERE = Path(__file__).parent


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Without --e2e nothing here is even imported: the browser's driver may not be installed."""
    return True if collection_path.name.startswith("test_") and not config.getoption("e2e") else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test in this folder is an end-to-end test."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker("e2e")


@pytest.fixture(scope="session")
def pipeline(broker: EmbeddedKafka, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    """A worker whose windows are full: two simulated hours are behind it, and the simulator goes on."""
    from tests.e2e.stack import Pipeline

    folder = tmp_path_factory.mktemp("pipeline")
    settings = folder / "deskpulse.toml"
    # Every query is to have something to give: so there are promises, and what is counted here has benchmarks.
    beside = (
        f'[benchmarks.of_{one.name}]\nmetric = "{one.name}"\n'
        f'value = {0.5 if one.unit == "ratio" else 50}\nsource = "e2e"\n'
        for one in HEADLINES
        if one not in CUSTOMER_HEADLINES
    )
    calendar = '[calendars.default]\ntime_zone = "UTC"\nweek = { mon-sun = "00:00-24:00" }\n'
    promises = (
        '[[sla]]\nname = "e2e"\nfirst_reply_seconds = 1800\nnext_reply_seconds = 1200\nresolution_seconds = 5400\n'
    )
    settings.write_text(calendar + promises + "".join(beside))
    with (
        Pipeline(broker.bootstrap_servers, "e2e", folder, CONFIG=str(settings)) as running,
        running.simulator("--live", "--rate", "60", "--history", "2h", "--seed", "7"),
    ):
        running.worker.wait_ready()
        running.worker.wait_until(
            lambda: sum(running.worker.samples("open_tickets", by="all")) > 100, "the simulated hours"
        )
        yield running


@pytest.fixture(scope="session")
def receiver() -> Iterator[Receiver]:
    """What the webhook of the shared Alertmanager gets."""
    from tests.e2e.receiver import Receiver

    with Receiver() as running:
        yield running


@pytest.fixture(scope="session")
def alertmanager(receiver: Receiver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alertmanager]:
    """Alertmanager with the project's own configuration."""
    from tests.e2e.stack import Alertmanager

    with Alertmanager(tmp_path_factory.mktemp("alertmanager") / "alertmanager", receiver.url) as running:
        yield running.wait_ready()


@pytest.fixture(scope="session")
def gateway(pipeline: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealGateway]:
    """A gateway on the pipeline's topics, to which something comes all the time: an event, and what is none."""
    from tests.integration.gateways import OWN_HOOK, RealGateway, keep_delivering
    from tests.integration.running import with_topics

    variables = {**pipeline.variables, **{f"DESKPULSE_{name}": value for name, value in OWN_HOOK.items()}}
    with_topics(variables)
    with (
        RealGateway(variables, tmp_path_factory.mktemp("gateway") / "log") as running,
        keep_delivering(running.wait_ready().ports[0]),
    ):
        yield running


@pytest.fixture(scope="session")
def prometheus(
    pipeline: Pipeline, gateway: RealGateway, alertmanager: Alertmanager, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Prometheus]:
    """Prometheus with the project's own configuration, that has scraped the pipeline."""
    from tests.e2e.stack import Prometheus

    folder = tmp_path_factory.mktemp("prometheus") / "prometheus"
    gateways = [f"127.0.0.1:{gateway.ports[1]}"]
    with Prometheus(folder, [pipeline.target], [alertmanager.target], gateways) as running:
        running.wait_ready().wait_for("deskpulse_view_timestamp_seconds")
        yield running
