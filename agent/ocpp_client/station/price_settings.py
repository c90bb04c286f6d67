"""The settings about prices and what the driver reads, in the names of OCPP 2.0.1 where it has them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone

from agent.core.cost.prices import MOST_DECIMALS, DefaultPrice, PriceTexts
from agent.ocpp_client.station.price_values import no_price, read_charging_price, read_json, read_text
from agent.ocpp_client.station.value_kinds import LONGEST_VALUE, Flag, ValueKind, Whole, Word
from agent.values import frozen

SHOWS_COSTS = "CustomizationCtrlr.CustomImplementationEnabled(org.openchargealliance.costmsg)"
COST_DECIMALS = "TariffCostCtrlr.NumberOfDecimalsForCostValues"
"""Ours, as 1.6 has it."""
CURRENCY = "TariffCostCtrlr.Currency"
DEFAULT_PRICE = "TariffCostCtrlr.DefaultPrice"
"""Ours: 2.0.1 takes it apart into TariffFallbackMessage and OfflineChargingPrice."""
IDLE_FEE_AFTER_STOP = "TariffCostCtrlr.IdleFeeAfterStop"
"""Ours, as 1.6 has it."""
USER_PRICE_WAIT = "TariffCostCtrlr.WaitForUserPrice"
"""Ours."""
LANGUAGE = "DisplayMessageCtrlr.Language"
TIME_OFFSET = "ClockCtrlr.TimeOffset"
NEXT_TRANSITION = "ClockCtrlr.NextTimeOffsetTransitionDateTime"
NEXT_TIME_OFFSET = "ClockCtrlr.TimeOffset(NextTransition)"

LANGUAGES = ("en", "de", "es", "fr", "it", "nl", "zh")
"""In which the default price can be written, a key each. Messages may bring any other language, too."""
MOST_WAIT_MS = 30_000

_OFFSET = re.compile(r"([+-])([01][0-9]):([0-5][0-9])")
_PRICE_FIELDS = frozenset({"priceText", "priceTextOffline", "chargingPrice"})


def default_text(language: str) -> str:
    """The variable that holds the default price's text in `language`."""
    return f"TariffCostCtrlr.TariffFallbackMessage({language})"


@frozen
class PriceObject:
    """DefaultPrice as JSON, possibly empty: a text, one for times without the network, and a price to reckon with.

    Without `has_price` only the texts.
    """

    has_price: bool

    def objection(self, text: str) -> str | None:
        if len(text) > LONGEST_VALUE:
            return f"is longer than {LONGEST_VALUE} characters"
        try:
            self.read(text)
        except ValueError as error:
            return f"is no price: {error}"
        return None

    def read(self, text: str) -> DefaultPrice:
        if not text.strip():
            return DefaultPrice()
        fields = read_json(text)
        known = _PRICE_FIELDS if self.has_price else _PRICE_FIELDS - {"chargingPrice"}
        if unknown := sorted(fields.keys() - known):
            raise no_price(f"{unknown[0][:40]}: there is no such field here")
        said = read_text(fields, "priceText")
        if not said:
            raise no_price("priceText: is needed")
        price = fields.get("chargingPrice")
        return DefaultPrice(
            texts=PriceTexts(text=said),
            offline=PriceTexts(text=read_text(fields, "priceTextOffline")),
            charging=None if price is None else read_charging_price(price, "chargingPrice"),
        )


@frozen
class Currency:
    """Three capitals (ISO 4217), or nothing."""

    def objection(self, text: str) -> str | None:
        is_code = len(text) == 3 and text.isascii() and text.isalpha() and text.isupper()
        return None if not text or is_code else "is not three capitals; write for example USD"


@frozen
class Offset:
    """How far the time at the charger is ahead of UTC: `+01:00`. May be empty."""

    def objection(self, text: str) -> str | None:
        return None if not text or _OFFSET.fullmatch(text) else 'is not written as "+01:00"'

    def read(self, text: str) -> timedelta:
        found = _OFFSET.fullmatch(text)
        if found is None:
            return timedelta()
        ahead = timedelta(hours=int(found[2]), minutes=int(found[3]))
        return ahead if found[1] == "+" else -ahead


@frozen
class Moment:
    """A time with its date and zone (RFC 3339). May be empty."""

    def objection(self, text: str) -> str | None:
        if not text:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return 'is no time; write as "2027-03-28T01:00:00Z"'
        return None if moment.tzinfo is not None else 'has no zone; end it with "Z"'

    def read(self, text: str) -> datetime | None:
        return datetime.fromisoformat(text) if text else None


PRICE_VARIABLES: Mapping[str, tuple[ValueKind, str]] = {
    SHOWS_COSTS: (Flag(), "false"),
    COST_DECIMALS: (Whole(0, MOST_DECIMALS), "3"),
    CURRENCY: (Currency(), ""),
    DEFAULT_PRICE: (PriceObject(has_price=True), ""),
    **{default_text(language): (PriceObject(has_price=False), "") for language in LANGUAGES},
    IDLE_FEE_AFTER_STOP: (Flag(), "false"),
    USER_PRICE_WAIT: (Whole(0, MOST_WAIT_MS, "ms"), "5000"),
    LANGUAGE: (Word(LANGUAGES), LANGUAGES[0]),
    TIME_OFFSET: (Offset(), ""),
    NEXT_TRANSITION: (Moment(), ""),
    NEXT_TIME_OFFSET: (Offset(), ""),
}
"""Kind and default of each, as in `settings.VARIABLES`."""


class PriceSettings:
    """The part of `NetworkSettings` that is about prices; `_texts` is the whole's."""

    _texts: dict[str, str]

    @property
    def shows_costs(self) -> bool:
        """This charger has something that the driver reads prices from; else it takes no messages about them."""
        return Flag().read(self._texts[SHOWS_COSTS])

    @property
    def cost_decimals(self) -> int:
        return int(self._texts[COST_DECIMALS])

    @property
    def currency(self) -> str:
        """ISO 4217; "" where nobody said."""
        return self._texts[CURRENCY]

    @property
    def default_price(self) -> DefaultPrice:
        """With its texts in all languages that were written."""
        plain = PriceObject(has_price=True).read(self._texts[DEFAULT_PRICE])
        kind = PriceObject(has_price=False)
        others = [(language, kind.read(self._texts[default_text(language)])) for language in LANGUAGES]
        return DefaultPrice(
            texts=_joined(plain.texts.text, [(language, one.texts.text) for language, one in others]),
            offline=_joined(plain.offline.text, [(language, one.offline.text) for language, one in others]),
            charging=plain.charging,
        )

    @property
    def idle_fee_after_stop(self) -> bool:
        """The network wants to hear when a car leaves after its charge."""
        return Flag().read(self._texts[IDLE_FEE_AFTER_STOP])

    @property
    def user_price_wait_s(self) -> float:
        """How long a charge waits for its price after the network accepted it; 0: not at all."""
        return int(self._texts[USER_PRICE_WAIT]) / 1000

    @property
    def language(self) -> str:
        """Of a driver of whom nothing else is known."""
        return self._texts[LANGUAGE].strip()

    @property
    def zone_at(self) -> Callable[[int], timezone]:
        """The time zone at the charger at a moment, UTC milliseconds; UTC where nobody said."""
        offset, after = Offset().read(self._texts[TIME_OFFSET]), Offset().read(self._texts[NEXT_TIME_OFFSET])
        turns_at = Moment().read(self._texts[NEXT_TRANSITION])
        is_known = turns_at is not None and bool(self._texts[NEXT_TIME_OFFSET])

        def zone(utc_ms: int) -> timezone:
            has_turned = is_known and turns_at is not None and datetime.fromtimestamp(utc_ms // 1000, UTC) >= turns_at
            return timezone(after if has_turned else offset)

        return zone


def _joined(text: str, others: list[tuple[str, str]]) -> PriceTexts:
    written = tuple((language, other) for language, other in others if other)
    return PriceTexts(text=text or (written[0][1] if written else ""), others=written)
