"""Prices as JSON writes them, read into whole numbers: what configuration keys and messages have in common.

Everything comes from outside and is checked here, once. What is no price is a ValueError in words that begin with the
name of the field.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from agent.core.cost.prices import MILLION, ChargingPrice, IdlePrice, Money, PriceTexts

if TYPE_CHECKING:
    from decimal import Decimal

LONGEST_JSON = 16_384
"""Characters; a dozen languages with long texts take half of it."""
LONGEST_TEXT = 1000
MOST_LANGUAGES = 30
MOST_MONEY = 1_000_000_000
"""Of a currency's unit, and there are small ones. Above it something is wrong."""
MOST_GRACE_MIN = 7 * 24 * 60

Fields = dict[str, Any]


def no_price(why: str) -> ValueError:
    """What is raised here; `why` begins with the name of the field."""
    return ValueError(why)


def read_json(text: object) -> Fields:
    """The object that `text` writes; its broken numbers are Decimals, so that no cent is lost on the way."""
    # Here, not above: a third of a megabyte that a charger without prices does not need.
    from decimal import Decimal, InvalidOperation

    if not isinstance(text, str) or not text.strip():
        raise no_price("data: there is none; write a JSON object as a text")
    if len(text) > LONGEST_JSON:
        raise no_price(f"data: {len(text)} characters are more than {LONGEST_JSON}")
    try:
        found = json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)
    except (ValueError, RecursionError, InvalidOperation):
        raise no_price("data: is no JSON") from None
    return as_fields(found, "data")


def as_fields(value: object, name: str) -> Fields:
    """`value`, which must be an object."""
    if not isinstance(value, dict):
        raise no_price(f"{name}: an object is needed")
    return value


def read_money(fields: Fields, name: str, default: Money | None = None) -> Money:
    """An amount that is not below 0, rounded to a millionth; `default` where it is absent."""
    if fields.get(name) is None and default is not None:
        return default
    return int((read_number(fields, name, MOST_MONEY) * MILLION).to_integral_value())


def read_number(fields: Fields, name: str, most: int) -> Decimal:
    """A number from 0 to `most`."""
    from decimal import Decimal

    value = fields.get(name)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise no_price(f"{name}: a number is needed, written with a point and without quotes")
    if not 0 <= value <= most:
        raise no_price(f"{name}: must lie between 0 and {most}")
    return Decimal(value)


def read_charging_price(value: object, name: str) -> ChargingPrice:
    """What is absent costs nothing."""
    fields = as_fields(value, name)
    return ChargingPrice(
        kwh=read_money(fields, "kWhPrice", 0),
        hour=read_money(fields, "hourPrice", 0),
        flat=read_money(fields, "flatFee", 0),
    )


def read_idle_price(value: object, name: str) -> IdlePrice:
    """What is absent costs nothing."""
    fields = as_fields(value, name)
    grace = read_number(fields, "graceMinutes", MOST_GRACE_MIN) if fields.get("graceMinutes") is not None else 0
    return IdlePrice(hour=read_money(fields, "hourPrice", 0), grace_min=int(grace))


def read_text(fields: Fields, name: str, *, longest: int = LONGEST_TEXT) -> str:
    """A text that can be shown, "" where it is absent."""
    value = fields.get(name, "")
    if not isinstance(value, str):
        raise no_price(f"{name}: a text is needed")
    if len(value) > longest:
        raise no_price(f"{name}: {len(value)} characters are more than {longest}")
    if not all(line.isprintable() for line in value.split("\n")):
        raise no_price(f"{name}: holds characters that cannot be shown")
    return value


def read_texts(fields: Fields) -> PriceTexts | None:
    """`priceText` and, in other languages, `priceTextExtra`; None where there is neither."""
    others = fields.get("priceTextExtra", [])
    if not isinstance(others, list) or len(others) > MOST_LANGUAGES:
        raise no_price(f"priceTextExtra: a list of at most {MOST_LANGUAGES} texts is needed")
    read = tuple(_in_a_language(as_fields(one, "priceTextExtra")) for one in others)
    text = read_text(fields, "priceText")
    return PriceTexts(text=text or read[0][1], others=read) if text or read else None


def _in_a_language(fields: Fields) -> tuple[str, str]:
    form = read_text(fields, "format", longest=20) or "UTF8"
    if form.upper() not in ("UTF8", "ASCII"):
        raise no_price(f"format: {form} is not shown here; write UTF8")
    language, content = read_text(fields, "language", longest=35), read_text(fields, "content")
    if not language or not content:
        raise no_price("priceTextExtra: language and content are needed")
    return language, content


def _refuse_constant(word: str) -> object:
    raise ValueError(word)
