"""Amounts as they are shown, and the text that a reader of a language gets."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis.strategies import integers

from agent.core.cost.prices import MILLION, MOST_DECIMALS, DefaultPrice, PriceTexts, money_text

TEXTS = PriceTexts(text="hello", others=(("de", "hallo"), ("es-MX", "hola"), ("nl-BE", "dag"), ("NL", "hoi")))


@given(integers(0, 10**13), integers(0, MOST_DECIMALS))
def test_an_amount_is_shown_as_decimal_arithmetic_rounds_it(amount: int, decimals: int) -> None:
    expected = (Decimal(amount) / MILLION).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)

    assert money_text(amount, decimals) == f"{expected:f}"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "hallo"),
        ("DE-ch", "hallo"),
        ("es", "hola"),
        ("nl", "hoi"),
        ("nl-be", "dag"),
        ("nl-NL", "hoi"),
        ("fr", "hello"),
        ("", "hello"),
    ],
)
def test_a_reader_gets_the_nearest_language_there_is(language: str, text: str) -> None:
    assert TEXTS.in_language(language) == text


def test_without_the_network_the_usual_text_serves_where_there_is_no_other() -> None:
    both = DefaultPrice(texts=TEXTS, offline=PriceTexts(text="offline"))

    assert both.said(is_online=False).text == "offline"
    assert both.said(is_online=True) == TEXTS
    assert DefaultPrice(texts=TEXTS).said(is_online=False) == TEXTS
