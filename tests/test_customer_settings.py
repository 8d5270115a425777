"""Settings of customers and of privacy: what is refused, with the words that say what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.errors import ConfigError
from stream.rules import customer_rules_of, passing_rules_of
from stream.settings import Settings, load_settings
from tests.test_settings import toml

KEY = "of nobody's business"


def refused(**given: str) -> str:
    with pytest.raises(ConfigError) as error:
        load_settings({f"DESKPULSE_{name}": value for name, value in given.items()})
    return str(error.value)


def test_customers_are_off_and_their_amounts_are_in_euros_unless_somebody_says_so() -> None:
    assert not Settings().customers
    assert customer_rules_of(Settings()).currencies == {"EUR": 1_000_000_000}
    assert load_settings({"DESKPULSE_CUSTOMERS__ENABLED": "true"}).customers


def test_rates_are_exact_and_the_reporting_currency_is_worth_itself(tmp_path: Path) -> None:
    given = {"DESKPULSE_CUSTOMERS__CURRENCY": "CHF", "DESKPULSE_CUSTOMERS__RATES": "USD=0.8765, IDR=0.000053,CHF=2"}
    currencies = customer_rules_of(load_settings(given)).currencies
    assert currencies == {"USD": 876_500_000, "IDR": 53_000, "CHF": 1_000_000_000}
    file = toml(tmp_path, "[customers]\nrates = ['USD=1.5']\n")
    assert customer_rules_of(load_settings({}, file)).currencies["USD"] == 1_500_000_000


@pytest.mark.parametrize(
    ("rates", "part"),
    [
        ("USD", "'USD' is not currency=rate, such as USD=0.92"),
        ("usd=1", "'usd=1' is not currency=rate"),
        ("USD=-1", "is not currency=rate"),
        ("USD=1e3", "is not currency=rate"),
        ("USD=0.0", "'USD=0.0': a rate must be more than 0"),
        ("USD=1,USD=2", "USD is there twice"),
        ("USD=0.0000000001", "up to 9 digits before and behind the point"),
    ],
)
def test_a_wrong_rate_is_refused(rates: str, part: str) -> None:
    message = refused(CUSTOMERS__RATES=rates)
    assert message.startswith("DESKPULSE_CUSTOMERS__RATES=")
    assert part in message


def test_a_wrong_currency_is_refused() -> None:
    message = refused(CUSTOMERS__CURRENCY="euro")
    assert message == "DESKPULSE_CUSTOMERS__CURRENCY='euro': allowed: three capital letters"


def test_a_hash_needs_a_key_that_is_never_shown() -> None:
    message = refused(PRIVACY__CUSTOMERS="hash")
    assert message == "DESKPULSE_PRIVACY__KEY (not set): has 0 characters; privacy.customers is hash: give 16 or more"
    message = refused(PRIVACY__CUSTOMERS="hash", PRIVACY__KEY="too short")
    assert "too short" not in message
    assert "has 9 characters" in message
    rules = customer_rules_of(load_settings({"DESKPULSE_PRIVACY__CUSTOMERS": "hash", "DESKPULSE_PRIVACY__KEY": KEY}))
    assert (rules.ids, rules.key) == ("hash", KEY.encode())


def test_nobody_is_left_to_count_where_ids_are_dropped() -> None:
    message = refused(PRIVACY__CUSTOMERS="drop", CUSTOMERS__ENABLED="true")
    assert message == (
        "DESKPULSE_PRIVACY__CUSTOMERS='drop': is drop, and customers.enabled is on: nobody is left to count; choose "
        "keep or hash"
    )


def test_a_target_or_a_benchmark_of_customers_needs_customers(tmp_path: Path) -> None:
    assert refused(TARGETS__CUSTOMER_CHURN_RATIO="0.1", TARGETS__CSAT_RATIO="0.9") == (
        "DESKPULSE_TARGETS__CUSTOMER_CHURN_RATIO='0.1': customers are not counted, so nothing would be judged by it; "
        "set customers.enabled, or leave it out"
    )
    table = "[benchmarks.telecoms]\nmetric = 'customer_churn'\nvalue = 0.2\nsource = 'A survey of 2025'\n"
    with pytest.raises(ConfigError) as error:
        load_settings({}, toml(tmp_path, table))
    assert str(error.value) == (
        "benchmarks.telecoms.metric='customer_churn': customers are not counted, so nothing would stand beside it; set "
        "customers.enabled, or leave it out"
    )
    counted = {"DESKPULSE_CUSTOMERS__ENABLED": "true", "DESKPULSE_TARGETS__CUSTOMER_CHURN_RATIO": "0.1"}
    settings = load_settings(counted, toml(tmp_path, table))
    assert settings.targets.chosen.value("customer_churn", {"tier": "gold"}) == 0.1
    assert [one.name for one in settings.chosen_benchmarks] == ["telecoms"]
    assert load_settings({"DESKPULSE_TARGETS__CUSTOMER_CHURN_RATIO": "0"})


def test_what_is_passed_on_keeps_its_ids() -> None:
    given = load_settings({"DESKPULSE_PRIVACY__CUSTOMERS": "hash", "DESKPULSE_PRIVACY__KEY": KEY})
    assert (passing_rules_of(given).ids, passing_rules_of(given).key) == ("keep", b"")
