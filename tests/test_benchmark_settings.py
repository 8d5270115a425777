"""Tables [benchmarks.<name>]: what is wrong stops at start, and what is right stands beside its number."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.domain.benchmarks import Benchmark
from stream.errors import ConfigError
from stream.settings import Settings, load_settings

RIGHT = {"metric": '"csat"', "value": "0.744", "source": '"a survey of 2025"'}


def load(folder: Path, *tables: dict[str, str], names: tuple[str, ...] = ("us", "uk", "eu")) -> Settings:
    file = folder / "deskpulse.toml"
    texts = (
        f"[benchmarks.{name}]\n" + "".join(f"{key} = {value}\n" for key, value in table.items())
        for name, table in zip(names, tables, strict=False)
    )
    file.write_text("".join(texts))
    return load_settings({"DESKPULSE_CONFIG": str(file)})


def test_there_is_none_by_default() -> None:
    assert Settings().chosen_benchmarks == ()


def test_a_table_becomes_a_benchmark_in_the_order_of_the_board(tmp_path: Path) -> None:
    points = {"metric": '"nps"', "value": "-12.5", "source": '"ours"'}
    wait = {"metric": '"first_response_time"', "value": "7200", "source": '"ours"'}
    assert load(tmp_path, points, RIGHT, wait).chosen_benchmarks == (
        Benchmark("eu", "first_response_time", 7200.0, "ours"),
        Benchmark("uk", "csat", 0.744, "a survey of 2025"),
        Benchmark("us", "nps", -12.5, "ours"),
    )


def test_one_number_may_have_several(tmp_path: Path) -> None:
    assert [one.name for one in load(tmp_path, RIGHT, RIGHT).chosen_benchmarks] == ["uk", "us"]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"metric": '"cast"'}, r"benchmarks\.us\.metric='cast' \(.*\): there is no such headline; allowed: service_"),
        ({"value": "74.4"}, r"benchmarks\.us\.value=74\.4 \(.*\): csat is in ratio; allowed: 0 to 1"),
        ({"value": "-0.1"}, r"csat is in ratio; allowed: 0 to 1"),
        ({"value": "nan"}, r"csat is in ratio; allowed: 0 to 1"),
        ({"value": "true"}, r"true and false are not allowed"),
        ({"metric": '"nps"', "value": "-100.5"}, r"nps is in points; allowed: -100 to 100"),
        ({"source": '""'}, r"benchmarks\.us\.source='' .*one line of 1 to 300 characters"),
        ({"source": '"a\\nb"'}, r"one line of 1 to 300 characters"),
        ({"source": '"' + "a" * 301 + '"'}, r"one line of 1 to 300 characters"),
        ({"color": '"red"'}, r"benchmarks\.us\.color \(.*\): no such setting; there are metric, value, source"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, changed: dict[str, str], reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        load(tmp_path, {**RIGHT, **changed})


@pytest.mark.parametrize("missing", ["metric", "value", "source"])
def test_what_is_missing_is_told(tmp_path: Path, missing: str) -> None:
    with pytest.raises(ConfigError, match=rf"benchmarks\.us\.{missing} \(.*\) is not set"):
        load(tmp_path, {key: value for key, value in RIGHT.items() if key != missing})


def test_a_name_that_is_no_label_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"benchmarks\.a\.b|allowed in a name"):
        load(tmp_path, RIGHT, names=('"United States"',))
