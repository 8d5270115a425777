"""The scorer: which texts it reads, what of them, and that nothing of a text gets out."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.errors import ConfigError
from stream.sentiment.english import is_english
from stream.sentiment.own_words import MOST_CHARACTERS, own_words
from stream.sentiment.scorer import English, scorer_of
from stream.settings import Settings, load_settings

PLANTED = "Mustermann-4711x"


def score(text: object) -> float | None:
    scorer = scorer_of("vader")
    assert scorer is not None
    return scorer(text)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("Thank you so much, this works great now!", 0.5, 1),
        ("This is the worst support ever. I hate that it broke again and I am very angry.", -1, -0.5),
        ("You have the invoice from Monday.", -0.05, 0.05),
        ("It\u2019s still not good, and you didn\u2019t help.", -1, -0.05),
    ],
)
def test_english_is_scored(text: str, low: float, high: float) -> None:
    found = score(text)
    assert found is not None
    assert low <= found <= high


@pytest.mark.parametrize(
    "text",
    [
        "Das ist eine Katastrophe, ich bin sehr verärgert und will mein Geld zurück. Die Bestellung war bad!",
        "C'est un désastre, je suis furieux, ce produit est terrible et je veux un remboursement, mais vite.",
        "Esto es terrible, no funciona y estoy muy enfadado. Quiero hablar con una persona de verdad.",
        "Dit is verschrikkelijk, het was al de derde keer en we willen ons geld terug. Wat is er met jullie?",
        "Questo servizio e pessimo, non funziona e sono molto arrabbiato, voglio un rimborso.",
        "Isto e terrivel, nao funciona e estou muito zangado. Eu quero o meu dinheiro de volta.",
        "To jest straszne, my nie mamy internetu i nikt nie pomaga, a obsluga jest fatalna.",
        "Det er forfærdeligt, jeg vil have mine penge tilbage, for det virker ikke, og her er ingen hjælp.",
        "Este groaznic, nu are cum sa functioneze si sunt foarte suparat.",
        "이 제품은 정말 최악이에요. 환불해 주세요.",
        "太糟糕了,我要退款。",
        "",
        " \n",
        "1234 5678",
        "Super!",
        None,
        17,
        {"body": "the worst"},
    ],
)
def test_what_is_no_english_text_has_no_score(text: object) -> None:
    assert score(text) is None


def test_of_a_mail_only_what_its_writer_wrote_is_read() -> None:
    mail = "<div>It works, thank you.</div>\n-- \nthe worst company\n"
    assert own_words(mail) == "It works, thank you."
    for quote in ("On Monday, Ann wrote:", "-----Original Message-----", "________________", "From: Ann"):
        assert own_words(f"It works.\n> awful\n{quote}\nYou are awful and the worst.") == "It works."
    assert own_words("see https://awful.example/worst?q=the and ann@example.org") == "see and"
    assert len(own_words("the worst " * 100_000)) == MOST_CHARACTERS


@given(st.text())
def test_any_text_has_a_number_or_none(text: str) -> None:
    found = score(f"the {text}")
    assert found is None or -1 <= found <= 1
    assert str(found) != "-0.0"
    is_english(text)


def test_what_the_library_raises_is_told_nobody(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    def fails(text: str) -> dict[str, Any]:
        raise ValueError(f"cannot read {text}")

    assert English(fails)(f"the worst, says {PLANTED}") is None
    for odd in ({"compound": float("nan")}, {"compound": 7}, {"compound": PLANTED}, {}):
        assert English(lambda _, odd=odd: odd)("the worst") is None  # type: ignore[misc]  # mypy and defaults of lambdas
    assert PLANTED not in "".join(capsys.readouterr()) + caplog.text


def test_none_is_usual_and_needs_no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vaderSentiment.vaderSentiment", None)
    assert Settings().sentiment.scorer == "none"
    assert scorer_of("none") is None


def test_without_its_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vaderSentiment.vaderSentiment", None)
    with pytest.raises(ConfigError) as told:
        scorer_of("vader")
    assert "sentiment.scorer='vader': its library is not installed; install deskpulse[sentiment]" in str(told.value)


def test_another_name_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"DESKPULSE_SENTIMENT__SCORER='guess': allowed: one of none, vader"):
        load_settings({"DESKPULSE_SENTIMENT__SCORER": "guess"})
