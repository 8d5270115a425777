"""Tables [[alerts.ratios]]: what is wrong stops at start, and what is right becomes a rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.errors import ConfigError
from stream.rules import metrics_of, ratio_rules_of, spike_rule_of
from stream.settings import Settings, load_settings

RIGHT = {"name": '"csat_drop"', "row": '"csat_top_two_box"', "bad": '"lower"'}


def load(folder: Path, *tables: dict[str, str], more: str = "") -> Settings:
    file = folder / "deskpulse.toml"
    texts = ["[[alerts.ratios]]\n" + "".join(f"{key} = {value}\n" for key, value in table.items()) for table in tables]
    file.write_text("".join(texts) + more)
    return load_settings({"DESKPULSE_CONFIG": str(file)})


def test_by_default_no_ratio_is_watched_and_abandonment_is_as_ever() -> None:
    assert ratio_rules_of(Settings()) == ()
    assert spike_rule_of(Settings()).critical_ratio == 3.0


def test_a_table_becomes_a_rule(tmp_path: Path) -> None:
    reopened = {
        "name": '"reopened"',
        "row": '"reopened_of_resolved"',
        "bad": '"higher"',
        "factor": "1.5",
        "min_count": "30",
        "look_back_hours": "72",
    }
    csat, more = ratio_rules_of(load(tmp_path, RIGHT, reopened))
    assert (csat.name, csat.definition, csat.is_lower_bad) == ("csat_drop", "csat_top_two_box@2", True)
    assert (csat.numerator, csat.denominator, csat.fact) == (("csat_top_box",), ("csat_score",), "csat")
    assert (csat.multiples, csat.look_back_seconds) == ((2.0, 4.0, 8.0), 86_400)
    assert (more.is_lower_bad, more.fact, more.min_count, more.look_back_seconds) == (False, "reopening", 30, 259_200)
    assert more.multiples == (1.5, 2.25, 3.375)


def test_what_a_watched_ratio_is_made_of_is_kept_though_its_metric_is_off(tmp_path: Path) -> None:
    settings = load(tmp_path, RIGHT, more="[metrics.csat]\nenabled = false\n")
    assert "csat" in {metric.name for metric in metrics_of(settings)}
    off = load(tmp_path, RIGHT, more="[metrics.csat]\nenabled = false\n[alerts]\nenabled = false\n")
    assert "csat" not in {metric.name for metric in metrics_of(off)}
    assert ratio_rules_of(off) == ()


def test_a_ratio_of_customers_is_in_no_group_of_alerts(tmp_path: Path) -> None:
    churn = RIGHT | {"name": '"churn"', "row": '"left_of_beginning"', "bad": '"higher"'}
    with pytest.raises(ConfigError) as error:
        load(tmp_path, RIGHT, churn, more="[customers]\nenabled = true\n")
    told = str(error.value)
    assert told.startswith(
        "alerts.ratios.2.row='left_of_beginning': it is about customers, who are in no group of alerts; allowed: "
    )
    allowed = told.partition("allowed: ")[2].split(", ")
    assert "csat_top_two_box" in allowed
    assert "left_of_beginning" not in allowed
    assert ratio_rules_of(load(tmp_path, RIGHT, more="[customers]\nenabled = true\n"))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (
            {"row": '"csat_mean"'},
            r"ratios\.1\.row='csat_mean': it is a mean, no ratio; allowed: .*csat_top_two_box",
        ),
        ({"row": '"created_not_solved"'}, r"row='created_not_solved': it is a level, no ratio; allowed: "),
        ({"row": '"csat"'}, r"alerts\.ratios\.1\.row='csat': there is no such definition; allowed: .*reopened_of_reso"),
        (
            {"row": '"answered_of_sent"'},
            r'ratios\.1\.bad="lower": what is newest in answered_of_sent is not dec',
        ),
        ({"row": '"promises_at_least"'}, r'bad="lower": what is newest in promises_at_least is not dec'),
        ({"bad": '"worse"'}, r"alerts\.ratios\.1\.bad='worse' .*'higher' or 'lower'"),
        ({"factor": "1"}, r"alerts\.ratios\.1\.factor=1 .*1\.1"),
        ({"min_count": "1"}, r"alerts\.ratios\.1\.min_count=1 .*greater than or equal to 2"),
        ({"look_back_hours": "200"}, r"alerts\.ratios\.1\.look_back_hours=200 .*168"),
        ({"name": '"CSAT drop"'}, r"alerts\.ratios\.1\.name='CSAT drop'"),
        ({"ratio": "3"}, r"alerts\.ratios\.1\.ratio .*no such setting; there are name, row, bad, factor"),
    ],
)
def test_a_wrong_table_stops_at_start_and_says_what_is_allowed(
    tmp_path: Path, wrong: dict[str, str], sentence: str
) -> None:
    with pytest.raises(ConfigError, match=sentence):
        load(tmp_path, RIGHT | wrong)


@pytest.mark.parametrize("missing", ["name", "row", "bad"])
def test_what_has_no_default_has_to_be_said(tmp_path: Path, missing: str) -> None:
    with pytest.raises(ConfigError, match=rf"alerts\.ratios\.1\.{missing} .* is not set"):
        load(tmp_path, {key: value for key, value in RIGHT.items() if key != missing})


def test_two_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"alerts\.ratios\.2\.name='csat_drop': there is one of this name already"):
        load(tmp_path, RIGHT, RIGHT)
