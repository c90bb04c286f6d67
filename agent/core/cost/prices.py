"""Prices and what is written about them. Money is a whole number of millionths of the currency, never a float.

The vocabulary of OCPP's application note on prices (California), which 1.6 carries by DataTransfer and 2.0.1 in
CostUpdated and personal messages; nothing here knows which of them it came by.
"""

from __future__ import annotations

from agent.values import frozen

MILLION = 1_000_000
MOST_DECIMALS = 6
"""Of an amount as it is shown; there are no more in a `Money`."""

Money = int
"""Millionths of the currency."""


@frozen(kw_only=True)
class ChargingPrice:
    """While the car charges: per kWh, per hour, and once at the start."""

    kwh: Money = 0
    hour: Money = 0
    flat: Money = 0


@frozen(kw_only=True)
class IdlePrice:
    """While the car is connected and takes nothing: per hour, after so many minutes of grace."""

    hour: Money = 0
    grace_min: int = 0


@frozen(kw_only=True)
class NextPeriod:
    """Other prices from `at_ms` on, UTC milliseconds. None: this one does not change."""

    at_ms: int
    charging: ChargingPrice | None = None
    idle: IdlePrice | None = None


@frozen(kw_only=True)
class PriceTexts:
    """One text in several languages: `text` for everybody, `others` as pairs of a language (RFC 5646) and a text."""

    text: str
    others: tuple[tuple[str, str], ...] = ()

    def in_language(self, language: str) -> str:
        """The text for a reader of `language`: its own, else that of its main language ("de" for "de-CH"), else `text`.

        Languages are compared without regard to case. A text for another region of the language comes before `text`.
        """
        wanted = language.casefold()
        known = {name.casefold(): text for name, text in reversed(self.others)}
        main = wanted.partition("-")[0]
        sisters = (text for name, text in known.items() if name.partition("-")[0] == main)
        return known.get(wanted) or known.get(main) or next(sisters, self.text)


@frozen(kw_only=True)
class DefaultPrice:
    """What holds for everybody: the text, the one for times without the network, and prices to reckon with then."""

    texts: PriceTexts = PriceTexts(text="")
    offline: PriceTexts = PriceTexts(text="")
    charging: ChargingPrice | None = None

    def said(self, *, is_online: bool) -> PriceTexts:
        """The texts to show; the usual ones where there are none for times without the network."""
        return self.texts if is_online or not self.offline.text else self.offline


def money_text(amount: Money, decimals: int) -> str:
    """`amount` with so many decimals, 0 to MOST_DECIMALS, rounded half up: 3.310."""
    unit = 10 ** (MOST_DECIMALS - decimals)
    whole, rest = divmod((amount + unit // 2) // unit, 10**decimals)
    return f"{whole}.{rest:0{decimals}d}" if decimals else str(whole)
