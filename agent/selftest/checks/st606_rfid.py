"""ST606 rfid: two cards, the first of them twice.

Of the cards nothing is kept but which of them were alike: an id of four bytes is found from its hash in seconds.
"""

from __future__ import annotations

from agent.core.commissioning.model import Measured, Outcome, broken, failed, not_applicable, passed
from agent.core.identity import IdToken
from agent.errors import DriverError
from agent.selftest.bench import Bench
from agent.selftest.contacts import PATIENCE

VERSION = 1
CAUSE = "reader.failed"
WITHIN_S = 30.0
ORDER = ("the first card", "the second card", "the first card again")
NO_CARD = (
    "Hold the card flat on the reader for a second. If it stays deaf, check the reader's plug, its supply and the "
    "port in the board file."
)


async def run(bench: Bench) -> Outcome:
    cards: list[IdToken] = []
    measured: list[Measured] = []
    try:
        for what in ORDER:
            await bench.person.tell(f"Hold {what} before the reader.")
            asked_at = bench.now()
            card = await bench.card(WITHIN_S)
            waited_s = round(bench.now().since(asked_at), 1)
            if card is None:
                return failed(f"Nothing was read of {what} within {WITHIN_S:g} s.", NO_CARD, *measured, cause=CAUSE)
            measured.append(Measured(name=what, value=waited_s, unit="s", high=WITHIN_S, source=PATIENCE))
            cards.append(card)
    except LookupError:
        return not_applicable("This charger has no card reader.")
    except DriverError as error:
        return failed(f"The reader is away: {error.what}.", "Check its plug, its supply and its port.", cause=CAUSE)
    return _judged(cards, tuple(measured))


def _judged(cards: list[IdToken], measured: tuple[Measured, ...]) -> Outcome:
    first, second, again = cards
    if any(card.is_random for card in cards):
        hint = "Repeat with two cards: a telephone draws a new number each time, and nobody can be known by it."
        return broken("A telephone was read, or a card that draws its number.", hint)
    if first != again:
        says = "The first card was read as another one the second time."
        hint = "Repeat with one card at a time, the other far away. If it stays so, replace the reader."
        return failed(says, hint, *measured, cause=CAUSE)
    if first == second:
        says = "Both cards were read as one and the same."
        hint = "Repeat with two cards that differ. If they do, the reader cuts their numbers: check its settings."
        return failed(says, hint, *measured, cause=CAUSE)
    evidence = {"alike": [1, 2, 1], "characters": [len(card.value) for card in cards]}
    return passed("Both cards were read, and told apart.", *measured, evidence=evidence)
