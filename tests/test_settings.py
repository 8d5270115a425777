"""Settings: defaults, a file and the environment make one checked value; problems are told all at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from stream.errors import ConfigError
from stream.settings import KafkaSettings, Settings, TopicSettings, WindowSettings, load, load_settings
from stream.settings.catalogue import fields, text_of, value_at
from stream.settings.reference import as_env, as_toml


def toml(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "deskpulse.toml"
    file.write_text(text, encoding="utf-8")
    return file


def problems(environ: dict[str, str], file: Path | None = None) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_settings(environ, file)
    return str(caught.value).splitlines()


def problem(environ: dict[str, str], file: Path | None = None) -> str:
    lines = problems(environ, file)
    assert len(lines) == 1, lines
    return lines[0]


def test_nothing_given_is_the_defaults() -> None:
    assert load_settings({}) == Settings()
    assert Settings().kafka.bootstrap_servers == "127.0.0.1:9092"
    assert Settings().windows.rolling == ("5m", "15m", "1h", "24h", "7d", "30d")
    assert Settings().group_by.names == ("all", "channel", "team", "priority", "channel_team")
    assert Settings().topic_names["changelog"] == "deskpulse-state-changelog"


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError):
        Settings().http.port = 1  # type: ignore[misc]  # that it cannot be set is the point


def test_the_environment_wins_over_the_file_and_the_file_over_defaults(tmp_path: Path) -> None:
    file = toml(tmp_path, "[http]\nport = 1111\nhost = '0.0.0.0'\n")
    loaded = load({"DESKPULSE_HTTP__PORT": "2222"}, file)
    assert (loaded.settings.http.port, loaded.settings.http.host) == (2222, "0.0.0.0")
    assert loaded.origins["http", "port"] == "environment"
    assert loaded.origins["http", "host"] == "file"
    assert loaded.origins["http", "enabled"] == "default"


def test_a_variable_may_name_the_file_and_the_option_wins_over_it(tmp_path: Path) -> None:
    file = toml(tmp_path, "clock = 'event'\n")
    assert load_settings({"DESKPULSE_CONFIG": str(file)}).clock == "event"
    other = tmp_path / "other.toml"
    other.write_text("")
    assert load_settings({"DESKPULSE_CONFIG": str(file)}, other).clock == "wall"


def test_lists_are_comma_separated_in_the_environment_and_arrays_in_a_file(tmp_path: Path) -> None:
    file = toml(tmp_path, "[group_by]\nnames = ['all', 'team']\n[kafka]\nbootstrap_servers = ['a:1', 'b:2']\n")
    settings = load_settings({"DESKPULSE_WINDOWS__ROLLING": "5m, 1h,"}, file)
    assert settings.windows.rolling_seconds == {"5m": 300, "1h": 3600}
    assert settings.group_by.fields == {"all": (), "team": ("team",)}
    assert settings.kafka.addresses == ("a:1", "b:2")


def test_all_problems_are_told_at_once_each_by_the_name_the_user_wrote(tmp_path: Path) -> None:
    file = toml(tmp_path, "clck = 'wall'\n[http]\nport = 70000\n")
    assert problems({"DESKPULSE_PIPELINE__ON_GAP": "ignore", "DESKPULSE_HTTP_HOST": "x"}, file) == [
        f"clck ({file}): no such setting; did you mean clock?",
        "DESKPULSE_HTTP_HOST: no such setting; did you mean DESKPULSE_HTTP__HOST?",
        "DESKPULSE_PIPELINE__ON_GAP='ignore': allowed: one of stop, count",
        f"http.port=70000 ({file}): allowed: whole number from 0 to 65535",
    ]


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("DESKPULSE_KAFKA__BOOTSTRAP_SERVER", "DESKPULSE_KAFKA__BOOTSTRAP_SERVERS"),
        ("DESKPULSE_BOOTSTRAP_SERVERS", "DESKPULSE_KAFKA__BOOTSTRAP_SERVERS"),
        ("deskpulse_clock", "DESKPULSE_CLOCK"),
        ("DESKPULSE_HTTP_PORT", "DESKPULSE_HTTP__PORT"),
    ],
)
def test_a_misspelt_variable_is_an_error_with_a_suggestion(wrong: str, meant: str) -> None:
    assert problem({wrong: "x"}) == f"{wrong}: no such setting; did you mean {meant}?"


def test_a_variable_like_no_other_points_to_the_list() -> None:
    assert problem({"DESKPULSE_QQQQQQ": "x"}) == "DESKPULSE_QQQQQQ: no such setting; `deskpulse settings` lists all"


def test_variables_of_others_and_of_a_kubernetes_service_are_left_alone() -> None:
    environ = {
        "PATH": "/bin",
        "DESKPULSE_TRACEBACK": "1",
        "DESKPULSE_SERVICE_HOST": "10.0.0.1",
        "DESKPULSE_SERVICE_PORT_HTTP": "8087",
        "DESKPULSE_PORT": "tcp://10.0.0.1:8087",
        "DESKPULSE_PORT_8087_TCP_ADDR": "10.0.0.1",
        "DESKPULSE_METRICS_PORT": "tcp://10.0.0.1:8087",
    }
    assert load_settings(environ) == Settings()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("clock = [", "not TOML"),
        ("kafka = 3", "kafka ({file}): is a section; write [kafka] with its settings below"),
        ("[kafka.more]\nx = 1", "kafka.more ({file}): no such setting"),
        ("[topics]\npartitions = true", "topics.partitions=True ({file}): allowed: whole number of partitions"),
        ("[windows]\nrolling = [5]", "windows.rolling=[5] ({file}): allowed: comma separated"),
    ],
)
def test_a_wrong_file_is_told_with_its_name(tmp_path: Path, text: str, expected: str) -> None:
    file = toml(tmp_path, text)
    line = problem({}, file)
    assert expected.format(file=file) in line
    assert str(file) in line


def test_a_file_as_some_editors_write_it(tmp_path: Path) -> None:
    file = tmp_path / "deskpulse.toml"
    file.write_bytes(b'\xef\xbb\xbf[[sla]]\nname = "one"\nfirst_reply_seconds = 900\nvalid_from = 2026-03-01\n')
    assert load_settings({}, file).sla[0].valid_from == "2026-03-01"
    file.write_bytes("[targets]".encode("utf-16"))
    assert f"config file {file}: not UTF-8 at byte 0; save it as UTF-8" in problem({}, file)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    assert "No such file" in problem({}, tmp_path / "none.toml")


@pytest.mark.parametrize("servers", ["a:9092", "a:1,b:2", "[::1]:9092", "kafka-0.kafka.svc.cluster.local:9092"])
def test_broker_addresses_that_are_right(servers: str) -> None:
    assert KafkaSettings(bootstrap_servers=servers).addresses == tuple(servers.split(","))


@pytest.mark.parametrize(
    "servers", ["", "a", "a:", ":1", "a:0", "a:65536", "a:1,b", "::1:9092", "a b:1", "kafka://a:1"]
)
def test_broker_addresses_that_are_wrong(servers: str) -> None:
    line = problem({"DESKPULSE_KAFKA__BOOTSTRAP_SERVERS": servers})
    assert line.startswith("DESKPULSE_KAFKA__BOOTSTRAP_SERVERS=")
    assert "host:port" in line or "port from 1 to 65535" in line


def test_a_login_needs_name_and_password() -> None:
    assert problems({"DESKPULSE_KAFKA__SECURITY_PROTOCOL": "SASL_PLAINTEXT"}) == [
        "DESKPULSE_KAFKA__SASL_USERNAME (not set): is needed with kafka.security_protocol SASL_PLAINTEXT",
        "DESKPULSE_KAFKA__SASL_PASSWORD (not set): is needed with kafka.security_protocol SASL_PLAINTEXT",
    ]


def test_certificates_without_encryption_are_an_error_and_so_is_a_key_alone(tmp_path: Path) -> None:
    file = tmp_path / "file.pem"
    file.write_text("")
    assert "would not be used" in problem({"DESKPULSE_KAFKA__SSL_CA_FILE": str(file)})
    key_only = {"DESKPULSE_KAFKA__SECURITY_PROTOCOL": "SSL", "DESKPULSE_KAFKA__SSL_KEY_FILE": str(file)}
    assert "SSL_CERT_FILE (not set): is needed" in problem(key_only)


def test_a_file_that_does_not_exist_is_an_error_and_an_empty_name_is_none() -> None:
    line = problem({"DESKPULSE_KAFKA__SSL_CA_FILE": "/nowhere/ca.pem"})
    assert line == "DESKPULSE_KAFKA__SSL_CA_FILE='/nowhere/ca.pem': allowed: a file that can be read"
    assert load_settings({"DESKPULSE_KAFKA__SSL_CA_FILE": ""}).kafka.ssl_ca_file is None


def test_a_heartbeat_comes_three_times_in_a_session_timeout() -> None:
    line = problem({"DESKPULSE_KAFKA__SESSION_TIMEOUT_SECONDS": "3"})
    assert line == (
        "DESKPULSE_KAFKA__HEARTBEAT_INTERVAL_SECONDS (not set): must be under a third of "
        "kafka.session_timeout_seconds (3)"
    )


def test_a_transaction_may_take_two_commit_intervals() -> None:
    environ = {
        "DESKPULSE_PIPELINE__COMMIT_INTERVAL_SECONDS": "2",
        "DESKPULSE_PIPELINE__TRANSACTION_TIMEOUT_SECONDS": "3",
    }
    assert problem(environ).startswith("DESKPULSE_PIPELINE__TRANSACTION_TIMEOUT_SECONDS='3': must be at least twice")


@pytest.mark.parametrize("rolling", ["1m", "7m", "65m", "24h", "25h", "400d", "5m,1h,30d"])
def test_windows_that_are_whole_panes(rolling: str) -> None:
    assert load_settings({"DESKPULSE_WINDOWS__ROLLING": rolling}).windows.rolling == tuple(rolling.split(","))


@pytest.mark.parametrize(
    ("rolling", "expected"),
    [
        ("61m", "'61m' is not a multiple of its 300 s panes; give 60m or 65m"),
        ("1441m", "'1441m' is not a multiple of its 3600 s panes; give 24h or 25h"),
        ("401d", "'401d' is longer than 400d, the longest window"),
        ("60m,1h", "'1h' is there twice (also as '60m')"),
        ("0m", "'0m' is not a whole number followed by m, h or d, such as 15m, 24h or 30d"),
        ("90s", "'90s' is not a whole number"),
        ("1.5h", "'1.5h' is not a whole number"),
    ],
)
def test_windows_that_are_not(rolling: str, expected: str) -> None:
    assert f"DESKPULSE_WINDOWS__ROLLING={rolling!r}: {expected}" in problem({"DESKPULSE_WINDOWS__ROLLING": rolling})


def test_some_window_must_be_left() -> None:
    environ = {"DESKPULSE_WINDOWS__ROLLING": "", "DESKPULSE_WINDOWS__TODAY": "false"}
    assert "is empty" in problem(environ)
    assert load_settings({**environ, "DESKPULSE_WINDOWS__TOTAL": "true"}).windows.rolling == ()


@pytest.mark.parametrize(
    "zone", ["Europe", "Mars/Olympus", "../etc/passwd", "", "localtime", "Factory", "right/UTC", "posix/Europe/Berlin"]
)
def test_a_time_zone_is_a_name_of_the_iana_data(zone: str) -> None:
    assert "is not a name of the IANA time zone data" in problem({"DESKPULSE_WINDOWS__TIME_ZONE": zone})
    assert WindowSettings(time_zone="Europe/Berlin").zone.key == "Europe/Berlin"


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("team_channel", "did you mean 'channel_team'?"),
        ("all,agent", "'agent' is not all, nor channel, team, priority"),
        ("all_team", "'all_team' is not all"),
        ("team_team", "'team_team' is not all"),
        ("team,team", "'team' is there twice"),
        ("", "at least one group is needed"),
    ],
)
def test_groups_that_are_wrong(names: str, expected: str) -> None:
    assert expected in problem({"DESKPULSE_GROUP_BY__NAMES": names})


def test_every_topic_has_its_own_name() -> None:
    environ = {"DESKPULSE_APPLICATION_ID": "x", "DESKPULSE_TOPICS__FACTS": "x-state-changelog"}
    assert problem(environ) == (
        "DESKPULSE_TOPICS__CHANGELOG (not set): is the topic of topics.facts too; give each its own"
    )


def test_the_changelog_belongs_to_the_application_unless_named() -> None:
    assert Settings(application_id="demo").topic_names["changelog"] == "demo-state-changelog"
    assert Settings(topics=TopicSettings(changelog="mine")).topic_names["changelog"] == "mine"


@pytest.mark.parametrize("value", ["-1", "nan", "inf", "1e9", "", "ten"])
def test_numbers_have_bounds(value: str) -> None:
    line = problem({"DESKPULSE_DEFINITIONS__CLOCK_SKEW_SECONDS": value})
    assert line.endswith("allowed: number of seconds from 0 to 3600")


@pytest.mark.parametrize("field", fields(), ids=lambda field: field.key)
def test_every_setting_is_described_and_its_default_is_allowed(field: object) -> None:
    from stream.settings.catalogue import Field

    assert isinstance(field, Field)
    assert field.meaning.endswith("."), "the meaning is a sentence"
    assert field.allowed
    assert value_at(load_settings({field.variable: text_of(field.default)}), field.path) == field.default


def test_the_files_to_start_from_can_be_given_back(tmp_path: Path) -> None:
    given = load({"DESKPULSE_WINDOWS__ROLLING": "5m,1h", "DESKPULSE_CLOCK": "event", "DESKPULSE_HTTP__ENABLED": "no"})
    file = toml(tmp_path, as_toml(given))
    assert load_settings({}, file) == given.settings
    lines = [line for line in as_env(given).splitlines() if line and not line.startswith("#")]
    assert load_settings(dict(line.split("=", 1) for line in lines)) == given.settings


def test_what_is_at_its_default_is_commented_out() -> None:
    assert not [line for line in as_env(load({})).splitlines() if line and not line.startswith("#")]
    uncommented = "\n".join(line.removeprefix("#") if "__" in line else line for line in as_env(load({})).splitlines())
    lines = [line for line in uncommented.splitlines() if line.startswith("DESKPULSE_")]
    assert load_settings(dict(line.split("=", 1) for line in lines)) == Settings()


def test_a_prefix_stands_before_all_that_an_installation_writes() -> None:
    named = load_settings({"DESKPULSE_TOPICS__PREFIX": "green.", "DESKPULSE_TOPICS__FACTS": "facts"})
    assert named.installation == "green.deskpulse"
    assert named.topic_names == {
        "tickets": "support.tickets.v1",
        "surveys": "support.surveys.v1",
        "customers": "support.customers.v1",
        "facts": "green.facts",
        "partials": "green.deskpulse-partials",
        "metrics": "green.support.metrics.v1",
        "alerts": "green.support.alerts.v1",
        "dead_letter": "green.support.dead-letter.v1",
        "changelog": "green.deskpulse-state-changelog",
        "customer_events": "green.deskpulse-customer-events",
        "doorbells": "green.deskpulse-doorbells",
        "cursors": "green.deskpulse-cursors",
    }


def test_a_name_that_is_too_long_with_the_prefix_is_told() -> None:
    with pytest.raises(ConfigError, match=r"TOPICS__FACTS.*more than 249 characters"):
        load_settings({"DESKPULSE_TOPICS__PREFIX": "p" * 100, "DESKPULSE_TOPICS__FACTS": "f" * 150})
