"""deploy/compose.yaml against everything else it must agree with. No engine is needed."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from stream.broker.config import Address, server_properties
from stream.broker.jars import read_lock
from stream.cli.main import deskpulse
from stream.contract.decoder import Decoder
from stream.domain.limits import Limits
from stream.edge.kafka.topics import planned_topics
from stream.edge.serve.access.hosts import AllowedHosts
from stream.gateway.hooks import hooks_of
from stream.settings import load_settings
from tests.patience import PATIENCE_SECONDS

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
TEXT = (DEPLOY / "compose.yaml").read_text()
VARIABLE = re.compile(r"\$\{(\w+):-([^}]*)\}")
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(VARIABLE.sub(r"\2", TEXT))["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
README = (DEPLOY / "README.md").read_text()
IMAGE = "deskpulse:local"
DESKPULSE = [name for name, service in SERVICES.items() if service["image"] == IMAGE]
WORKERS = [name for name in DESKPULSE if SERVICES[name]["command"] == ["worker"]]
GATEWAYS = [name for name in DESKPULSE if SERVICES[name]["command"] == ["gateway"]]
ONCE = ["topics"]
# Where these differ, it is about where Kafka is, not about how it works.
KAFKA_PLACES = {
    "advertised.listeners",
    "controller.quorum.voters",
    "heap.opts",
    "inter.broker.listener.name",
    "listener.security.protocol.map",
    "listeners",
    "log.dirs",
}


def variables(service: str) -> dict[str, str]:
    """The service's environment: the image's, and the file's over it."""
    # What stands before a command holds for that command alone, while the image is built.
    lasting = "\n".join(line for line in DOCKERFILE.splitlines() if not line.startswith("RUN "))
    image = dict(re.findall(r"\b(DESKPULSE_\w+)=(\S+)", lasting)) if service in DESKPULSE else {}
    own: dict[str, str] = SERVICES[service].get("environment", {})
    return image | own


def kafka_listeners(setting: str) -> dict[str, tuple[str, int]]:
    """Host and port of each listener."""
    listeners = [entry.partition("://") for entry in variables("kafka")[setting].split(",")]
    return {name: (place.rpartition(":")[0], int(place.rpartition(":")[2])) for name, _, place in listeners}


def published(service: str) -> tuple[str, int, int]:
    """Address, port on this machine, and port of the service; it publishes one."""
    (entry,) = SERVICES[service]["ports"]
    host, outside, inside = entry.split(":")
    return host, int(outside), int(inside)


def mounts(service: str) -> dict[str, tuple[str, bool]]:
    """Per path in the container what is mounted there, and whether read-only."""
    entries = [entry.split(":") for entry in SERVICES[service].get("volumes", ())]
    return {target: (source, options == ["ro"]) for source, target, *options in entries}


def on_this_machine(service: str, path: str) -> Path:
    """The file of the repository that the service sees at ``path``."""
    for target, (source, _) in mounts(service).items():
        if source.startswith(".") and (path == target or path.startswith(f"{target}/")):
            return DEPLOY / source / path.removeprefix(target).lstrip("/")
    raise AssertionError(f"{service}: nothing of the repository is at {path}")


def option(service: str, name: str) -> str:
    """Value of an option of its command line."""
    value: str
    (value,) = [part.partition("=")[2] for part in SERVICES[service]["command"] if part.startswith(f"--{name}=")]
    return value


def parse(arguments: list[str]) -> click.Context:
    """Read a command line of deskpulse as the program does, without running it; UsageError when it is wrong."""
    group = click.Context(deskpulse, info_name="deskpulse")
    name, command, rest = deskpulse.resolve_command(group, list(arguments))
    assert command is not None
    return command.make_context(name, rest, parent=group)


def needed(service: str) -> dict[str, str]:
    """Per service that must come first the condition."""
    wanted = SERVICES[service].get("depends_on", {})
    return {name: wanted[name]["condition"] if isinstance(wanted, dict) else "service_started" for name in wanted}


def test_it_is_all_there() -> None:
    assert set(SERVICES) == {
        *("kafka", "topics", "worker-1", "worker-2", "gateway", "simulator"),
        *("prometheus", "alertmanager", "pager", "grafana"),
    }
    assert WORKERS == ["worker-1", "worker-2"]


# ---- Deskpulse ----


@pytest.mark.parametrize("service", DESKPULSE)
def test_settings_exist_and_are_accepted(service: str) -> None:
    known = set(re.findall(r"(?m)^#(\w+)=", (DEPLOY / "reference.env").read_text()))
    chosen = variables(service)
    assert {name for name in chosen if not name.startswith("DESKPULSE_CONNECT__")} <= known
    settings = load_settings(chosen)
    assert settings.kafka.bootstrap_servers == "{}:{}".format(
        *kafka_listeners("KAFKA_ADVERTISED_LISTENERS")["PLAINTEXT"]
    )
    assert settings.http.host == "0.0.0.0"


@pytest.mark.parametrize("service", DESKPULSE)
def test_commands_are_ones_of_deskpulse(service: str) -> None:
    parse(SERVICES[service]["command"])


def test_commands_in_the_readme_are_ones_of_compose_and_deskpulse() -> None:
    lines = re.findall(r"(?m)^docker compose -f (deploy/compose.yaml) (.*)$", README)
    assert len(lines) > 3
    inside = [shlex.split(words) for _, words in lines if words.startswith("exec ")]
    assert inside
    for _, service, program, *arguments in inside:
        assert service in DESKPULSE
        assert program == "deskpulse"
        parse(arguments)
    named = [word for _, words in lines if not words.startswith("exec ") for word in words.split()[1:]]
    assert [word for word in named if not word.startswith("-") and word not in SERVICES] == []


def test_a_worker_is_started_again_and_has_time_to_end() -> None:
    for service in WORKERS:
        assert SERVICES[service]["restart"] == "unless-stopped"
        assert int(SERVICES[service]["stop_grace_period"].removesuffix("s")) >= 20


def test_nothing_reads_topics_before_they_exist() -> None:
    assert needed("topics") == {"kafka": "service_healthy"}
    assert parse(SERVICES["topics"]["command"]).params["create"] is True
    for service in set(DESKPULSE) - set(ONCE):
        assert needed(service) == {"topics": "service_completed_successfully"}


def test_the_simulator_goes_on_without_end() -> None:
    options = parse(SERVICES["simulator"]["command"]).params
    assert options["live"] is True
    assert options["duration"] is None


def test_the_image_is_built_once_from_this_repository_and_never_fetched() -> None:
    builders = [name for name, service in SERVICES.items() if "build" in service]
    assert builders == ONCE
    assert (DEPLOY / SERVICES["topics"]["build"]["context"] / "Dockerfile").samefile(ROOT / "Dockerfile")
    assert {name: SERVICES[name]["pull_policy"] for name in DESKPULSE} == {
        name: "build" if name in builders else "never" for name in DESKPULSE
    }


# ---- Kafka ----


def test_kafka_is_the_one_that_the_tests_run() -> None:
    assert SERVICES["kafka"]["image"] == f"apache/kafka:{read_lock().version}"


def test_kafka_works_as_in_the_tests() -> None:
    text = server_properties(Address(1, 9092, 9093), [Address(1, 9092, 9093)], "", {})
    tested = dict(line.split("=", 1) for line in text.splitlines())
    # The image makes a setting of every variable, in this way.
    chosen = {
        name.removeprefix("KAFKA_").lower().replace("_", "."): value for name, value in variables("kafka").items()
    }
    assert set(chosen) >= KAFKA_PLACES
    same = {name: value for name, value in chosen.items() if name not in KAFKA_PLACES}
    assert same == {name: tested.get(name) for name in same}
    copies = {
        name for name in tested if name.endswith(("state.log.min.isr", "topic.min.isr", "log.replication.factor"))
    }
    assert copies | {"offsets.topic.replication.factor", "auto.create.topics.enable"} <= set(same)


def test_kafka_is_found_from_containers_and_from_this_machine() -> None:
    listening, advertised = kafka_listeners("KAFKA_LISTENERS"), kafka_listeners("KAFKA_ADVERTISED_LISTENERS")
    assert set(advertised) == {"PLAINTEXT", "HOST"}
    assert advertised["PLAINTEXT"] == ("kafka", listening["PLAINTEXT"][1])
    assert published("kafka") == (*advertised["HOST"], listening["HOST"][1])
    assert "1@{}:{}".format(*listening["CONTROLLER"]) == variables("kafka")["KAFKA_CONTROLLER_QUORUM_VOTERS"]
    assert variables("kafka")["KAFKA_LOG_DIRS"] in mounts("kafka")


# ---- Prometheus, Alertmanager, Grafana ----


def test_the_files_are_those_that_the_end_to_end_test_runs() -> None:
    run = {DEPLOY / path for path in re.findall(r'DEPLOY / "([^"]+)"', (ROOT / "tests/e2e/stack.py").read_text())}
    prometheus = on_this_machine("prometheus", option("prometheus", "config.file"))
    alertmanager = on_this_machine("alertmanager", option("alertmanager", "config.file"))
    assert {prometheus.parent, alertmanager} == run
    assert prometheus.is_file()
    assert alertmanager.is_file()


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_mounted_is_in_the_repository_and_read_only(service: str) -> None:
    volumes = yaml.safe_load(TEXT)["volumes"]
    for source, read_only in mounts(service).values():
        if source.startswith("."):
            assert (DEPLOY / source).exists()
            assert read_only
        else:
            assert source in volumes


def test_prometheus_scrapes_these_workers() -> None:
    (entry,) = yaml.safe_load((DEPLOY / "prometheus/targets/workers.yml").read_text())
    assert entry["targets"] == [f"{name}:{variables(name)['DESKPULSE_HTTP__PORT']}" for name in WORKERS]
    assert {published(name)[2] for name in WORKERS} == {
        int(variables(name)["DESKPULSE_HTTP__PORT"]) for name in WORKERS
    }


def test_prometheus_scrapes_this_gateway() -> None:
    (entry,) = yaml.safe_load((DEPLOY / "prometheus/targets/gateways.yml").read_text())
    assert entry["targets"] == [f"{name}:{load_settings(variables(name)).gateway.metrics_port}" for name in GATEWAYS]


def test_the_gateway_has_a_hook_a_port_and_the_topics_that_it_needs() -> None:
    (name,) = GATEWAYS
    settings = load_settings(variables(name))
    assert list(hooks_of(settings, Decoder(Limits()))) == ["own"]
    assert published(name)[2] == settings.gateway.port
    assert settings.gateway.host == settings.gateway.metrics_host == "0.0.0.0"
    assert SERVICES[name]["healthcheck"]["test"][-1] == str(settings.gateway.metrics_port)
    assert int(SERVICES[name]["stop_grace_period"].removesuffix("s")) > settings.gateway.drain_seconds
    made = {spec.name for spec in planned_topics(load_settings(variables("topics")))}
    assert {spec.name for spec in planned_topics(settings)} == made


def test_the_workers_answer_to_the_names_that_prometheus_calls_them() -> None:
    for name in WORKERS:
        settings = load_settings(
            {"DESKPULSE_HTTP__ALLOWED_HOSTS": variables(name)["DESKPULSE_HTTP__ALLOWED_HOSTS"]}
        ).http
        assert AllowedHosts(settings.allowed_hosts, settings.host).allows(name)


def test_alerts_go_to_this_alertmanager_and_on_to_the_pager() -> None:
    (entry,) = yaml.safe_load((DEPLOY / "prometheus/targets/alertmanagers.yml").read_text())
    assert entry["targets"] == [f"alertmanager:{published('alertmanager')[2]}"]
    (webhook,) = re.findall(
        r"- url: &webhook http://([^/\s]+)/", (DEPLOY / "alertmanager/alertmanager.yml").read_text()
    )
    assert SERVICES["pager"]["network_mode"] == "service:alertmanager"
    *_, script, address = SERVICES["pager"]["command"]
    assert on_this_machine("pager", script) == DEPLOY / "pager.py"
    assert address == webhook


@pytest.mark.parametrize("service", ["prometheus", "alertmanager"])
def test_links_in_alerts_can_be_opened(service: str) -> None:
    host, port, _ = published(service)
    assert option(service, "web.external-url") == f"http://{host}:{port}/"


def test_grafana_finds_its_provisioning_dashboards_and_prometheus() -> None:
    provisioning = on_this_machine("grafana", "/etc/grafana/provisioning")
    sources = [yaml.safe_load(path.read_text()) for path in sorted((provisioning / "datasources").glob("*.y*ml"))]
    urls = [source["url"] for file in sources for source in file["datasources"] if source["type"] == "prometheus"]
    assert urls == [f"http://prometheus:{published('prometheus')[2]}"]
    providers = [yaml.safe_load(path.read_text()) for path in sorted((provisioning / "dashboards").glob("*.y*ml"))]
    (folder,) = [provider["options"]["path"] for file in providers for provider in file["providers"]]
    assert on_this_machine("grafana", folder) == DEPLOY / "grafana/dashboards"
    home = on_this_machine("grafana", variables("grafana")["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert json.loads(home.read_text())["panels"]


def test_grafana_is_of_the_version_that_the_dashboards_are_made_for() -> None:
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]["dev"]
    (sdk,) = [package for package in packages if package.startswith("grafana-foundation-sdk==")]
    minor = re.fullmatch(r".*!(\d+\.\d+)\.\d+", sdk)
    assert minor is not None
    assert SERVICES["grafana"]["image"].startswith(f"grafana/grafana:{minor[1]}.")


def test_grafana_is_read_without_login_and_reports_nothing() -> None:
    chosen = variables("grafana")
    assert (chosen["GF_AUTH_ANONYMOUS_ENABLED"], chosen["GF_AUTH_ANONYMOUS_ORG_ROLE"]) == ("true", "Viewer")
    assert chosen["GF_PLUGINS_PREINSTALL_DISABLED"] == "true"
    assert {chosen[name] for name in chosen if name.startswith("GF_ANALYTICS_")} == {"false"}


# ---- all of them ----


@pytest.mark.parametrize("service", SERVICES)
def test_images_are_pinned_by_full_version(service: str) -> None:
    if service not in DESKPULSE:
        assert re.fullmatch(r"[a-z/]+:v?\d+\.\d+\.\d+(-slim-[a-z]+)?", SERVICES[service]["image"])


def test_python_is_the_one_of_our_own_image() -> None:
    assert f"FROM {SERVICES['pager']['image']}\n" in DOCKERFILE


@pytest.mark.parametrize("service", SERVICES)
def test_ports_are_published_on_loopback_only(service: str) -> None:
    if "ports" in SERVICES[service]:
        assert published(service)[0] == "127.0.0.1"


def test_ports_can_be_changed_and_do_not_collide() -> None:
    outside = [published(name)[1] for name, service in SERVICES.items() if "ports" in service]
    assert len(outside) == len(set(outside)) == 7
    entries = [entry for service in yaml.safe_load(TEXT)["services"].values() for entry in service.get("ports", ())]
    assert [entry for entry in entries if not re.fullmatch(r"127\.0\.0\.1:\$\{\w+_PORT:-\d+\}:\d+", entry)] == []


@pytest.mark.parametrize("service", SERVICES)
def test_health_is_looked_at_and_what_ends_is_started_again(service: str) -> None:
    chosen = SERVICES[service]
    assert chosen["restart"] == ("no" if service in ONCE else "unless-stopped")
    if service in WORKERS:
        assert "healthcheck" not in chosen  # the image's own
    elif service in GATEWAYS:
        assert chosen["healthcheck"]["test"][:4] == ["CMD", "python", "-m", "stream.edge.serve.access.self_check"]
    elif service in DESKPULSE:
        assert chosen["healthcheck"] == {"disable": True}  # the image's asks a worker
    else:
        assert chosen["healthcheck"]["test"][0] == "CMD"
    for name, condition in needed(service).items():
        assert (condition == "service_completed_successfully") == (name in ONCE)
        assert condition != "service_healthy" or "test" in SERVICES[name]["healthcheck"]


@pytest.mark.parametrize("service", SERVICES)
def test_no_service_may_more_than_it_needs(service: str) -> None:
    chosen = SERVICES[service]
    assert chosen["cap_drop"] == ["ALL"]
    assert chosen["security_opt"] == ["no-new-privileges:true"]
    assert chosen["init"] is True
    assert chosen["read_only"] is (service != "kafka")
    # A worker, and Grafana, end at once where there is no temporary folder.
    assert chosen.get("tmpfs") == (["/tmp"] if service in (*DESKPULSE, "grafana") else None)


def test_the_readme_names_every_address_and_every_variable() -> None:
    told = set(re.findall(r"`([A-Z_\d]+)`", README))
    assert {name for name, _ in VARIABLE.findall(TEXT)} - told == set()
    addresses = {":".join(map(str, published(name)[:2])) for name, service in SERVICES.items() if "ports" in service}
    assert {address for address in addresses if address not in README} == set()


def test_compose_accepts_it() -> None:
    compose = next(
        (command for command in (["docker", "compose"], ["docker-compose"]) if version(command) >= (2, 24)), None
    )
    if compose is None:
        pytest.skip("docker compose 2.24 or later is not installed (Debian 12 has only 1.29)")
    command = [*compose, "--file", str(DEPLOY / "compose.yaml"), "config", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS)
    assert (done.returncode, done.stderr) == (0, "")


def version(compose: list[str]) -> tuple[int, ...]:
    """Its version; nothing where it is not installed."""
    if shutil.which(compose[0]) is None:
        return ()
    told = subprocess.run(
        [*compose, "version", "--short"], capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS
    )
    return tuple(map(int, re.findall(r"\d+", told.stdout)[:2])) if told.returncode == 0 else ()
