from __future__ import annotations

from pathlib import Path

import pytest

from stream.errors import ConfigError
from stream.replay.plan import Wanted, plan_replay
from stream.settings import load_settings

EMBEDDED = Wanted("run-1", "127.0.0.1:5555", embedded=True)


def test_a_replay_has_the_clock_of_events_total_and_no_horizon() -> None:
    settings = plan_replay({}, None, EMBEDDED).settings
    assert (settings.clock, settings.windows.total, settings.definitions.reopen_horizon_days) == ("event", True, 0)
    assert not settings.http.enabled


def test_all_that_it_makes_in_kafka_carries_its_name() -> None:
    settings = plan_replay({"DESKPULSE_TOPICS__TICKETS": "mine"}, None, EMBEDDED).settings
    assert settings.application_id == "run-1"
    names = settings.topic_names.values()
    assert all(name.startswith("run-1") for name in names)
    assert len(set(names)) == len(names)


def test_what_the_user_sets_stays_and_a_given_horizon_counts(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('[definitions]\nreopen_horizon_days = 14\n[windows]\nrolling = ["1h"]\n')
    given = {"DESKPULSE_DEFINITIONS__SHORT_ABANDON_SECONDS": "5", "DESKPULSE_CLOCK": "wall", "PATH": "/bin"}
    plan = plan_replay(given, file, EMBEDDED)
    assert plan.settings.definitions.reopen_horizon_days == 14
    assert plan.settings.definitions.short_abandon_seconds == ("5",)
    assert plan.settings.windows.rolling == ("1h",)
    assert plan.settings.clock == "event"
    assert plan.environ["PATH"] == "/bin"


def test_a_worker_reads_exactly_the_same_settings(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("[limits]\nmax_segments = 5\n[kafka]\nreplication_factor = 3\n")
    plan = plan_replay({"DESKPULSE_TOPICS__PARTITIONS": "9"}, file, EMBEDDED)
    assert load_settings(plan.environ, file) == plan.settings
    assert plan.settings.limits.max_segments == 5


def test_the_embedded_broker_wants_no_login() -> None:
    login = {
        "DESKPULSE_KAFKA__SECURITY_PROTOCOL": "SASL_PLAINTEXT",
        "DESKPULSE_KAFKA__SASL_USERNAME": "u",
        "DESKPULSE_KAFKA__SASL_PASSWORD": "p",
        "DESKPULSE_KAFKA__REPLICATION_FACTOR": "3",
    }
    kafka = plan_replay(login, None, EMBEDDED).settings.kafka
    assert (kafka.bootstrap_servers, kafka.security_protocol) == ("127.0.0.1:5555", "PLAINTEXT")
    assert kafka.replication_factor == 1
    kafka = plan_replay(login, None, Wanted("run-1", "kafka.test:9092", embedded=False)).settings.kafka
    assert (kafka.bootstrap_servers, kafka.security_protocol) == ("kafka.test:9092", "SASL_PLAINTEXT")
    assert kafka.replication_factor == 3


def test_the_embedded_broker_wants_no_login_whose_password_lies_in_a_file_either(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("p")
    (tmp_path / "d.toml").write_text(f"[kafka]\nsasl_password_file = {str(tmp_path / 'password')!r}\n")
    login = {"DESKPULSE_KAFKA__SECURITY_PROTOCOL": "SASL_PLAINTEXT", "DESKPULSE_KAFKA__SASL_USERNAME": "u"}
    by_variable = {**login, "DESKPULSE_KAFKA__SASL_PASSWORD_FILE": str(tmp_path / "password")}
    for environ, file in ((by_variable, None), (login, tmp_path / "d.toml")):
        plan = plan_replay(environ, file, Wanted("r1", "127.0.0.1:4", embedded=True))
        assert plan.settings.kafka.sasl_password.get_secret_value() == ""
        assert load_settings(plan.environ, file) == plan.settings


def test_partitions_and_a_group_of_ones_own() -> None:
    settings = plan_replay({}, None, Wanted("run-1", "h:1", True, partitions=6, by="team_priority")).settings
    assert settings.topics.partitions == 6
    assert settings.group_by.names[-1] == "team_priority"
    unchanged = plan_replay({}, None, Wanted("run-1", "h:1", True, by="team")).settings
    assert unchanged.group_by.names.count("team") == 1


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (Wanted("run-1", "h:1", True, by="priority_team"), "did you mean 'team_priority'"),
        (Wanted("run-1", "kafka://h:1", False), "host:port"),
    ],
)
def test_what_does_not_fit_is_told(wanted: Wanted, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        plan_replay({}, None, wanted)
