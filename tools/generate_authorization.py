"""Writes docs/authorization.md: who may charge, from the very functions that decide it.

`python -m tools.generate_authorization` writes; with `--check` it only says that the page is stale and exits 1. Every
cell is the outcome of a call, in all combinations of the switches that its table names.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

from agent.core.authorization import AuthorizationPolicy, after_asking, before_asking
from agent.core.availability import NO_BOOKINGS, Bookings, Reservation
from agent.core.control_pilot import PilotState
from agent.core.identity import ConnectorId, IdToken, TransactionKey
from agent.core.session.effects import RequestAuthorization
from agent.core.session.events import (
    AuthorizationDecided,
    AuthorizationStatus,
    SessionEvent,
    StartRequested,
    TokenPresented,
)
from agent.core.session.model import Session, SessionPhase, SessionSettings
from agent.core.session.step import initial, step
from agent.core.time import Instant

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/authorization.md"

NOW = Instant(1_000.0, 1_800_000_000_000, "boot")
CARD, HOLDER = IdToken("04A1B2C3"), IdToken("04D4E5F6")
FAMILY = IdToken("FAMILY")
SWITCH = ("false", "true")

Rows = Iterable[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Said:
    """A word on a token, as the store keeps it."""

    status: AuthorizationStatus = AuthorizationStatus.ACCEPTED
    group: IdToken | None = None
    expires_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Known:
    listed: Said | None = None
    kept: Said | None = None
    cached: Said | None = None


GOOD, BLOCKED = Said(), Said(AuthorizationStatus.BLOCKED)
PAST, UNTIL = Said(expires_ms=NOW.utc_ms), Said(expires_ms=(NOW.utc_ms or 0) + 1)
WORDS: Mapping[str, tuple[Known, Instant]] = {
    "accepts": (Known(cached=GOOD), NOW),
    "accepts up to a date to come": (Known(cached=UNTIL), NOW),
    "accepts up to a date, and the clock is not trusted": (Known(cached=UNTIL), Instant(1_000.0)),
    "accepted up to a date that is past": (Known(cached=PAST), NOW),
    "refuses": (Known(cached=BLOCKED), NOW),
    "says nothing": (Known(), NOW),
}
"""What the word that counts may be. Where it stands makes no difference any more, which the first table shows."""


def which_word_counts() -> Rows:
    """Each place says something of its own, so that the outcome tells whose word it was."""
    places = {
        "the network's list": ("listed", Said(AuthorizationStatus.BLOCKED)),
        "the list of this charger": ("kept", Said(AuthorizationStatus.EXPIRED)),
        "the cache": ("cached", Said(AuthorizationStatus.CONCURRENT_TX)),
    }
    names = {said.status: name for name, (_, said) in places.items()}
    for present in product((True, False), repeat=len(places)):
        there = [place for place, is_there in zip(places.values(), present, strict=True) if is_there]
        known = Known(**dict(there))
        outcomes = []
        for list_enabled, cache_enabled in product((True, False), repeat=2):
            policy = AuthorizationPolicy(list_enabled=list_enabled, cache_enabled=cache_enabled)
            decided = before_asking(CARD, known, policy, NOW, online=False)
            assert decided is not None
            outcomes.append(names.get(decided.status, "none"))
        yield (*("yes" if is_there else "–" for is_there in present), *outcomes)


def while_connected() -> Rows:
    """Whether the network is asked at all."""
    for words, (known, now) in WORDS.items():
        outcomes = []
        for pre_authorize in (False, True):
            policy = AuthorizationPolicy(pre_authorize=pre_authorize)
            decided = before_asking(CARD, known, policy, now, online=True)
            outcomes.append("the network is asked" if decided is None else _outcome(decided))
        yield (words, *outcomes)


def without_an_answer() -> Rows:
    """The same while the network is away, and after it was asked and gave no answer."""
    for words, (known, now) in WORDS.items():
        outcomes = []
        for offline, strangers in product((True, False), repeat=2):
            policy = AuthorizationPolicy(authorize_offline=offline, allow_unknown_offline=strangers)
            away = before_asking(CARD, known, policy, now, online=False)
            silent = after_asking(CARD, known, policy, now, answer=None)
            assert away is not None and (away.status, away.group) == (silent.status, silent.group)
            outcomes.append(_outcome(away))
        yield (words, *outcomes)


def with_an_answer() -> Rows:
    """The network's word counts whatever is known here."""
    for status in AuthorizationStatus:
        outcomes = {
            _outcome(after_asking(CARD, known, AuthorizationPolicy(), now, answer=Said(status)))
            for known, now in WORDS.values()
        }
        yield f"`{status.value}`", outcomes.pop() if len(outcomes) == 1 else "no answer: the table above"


def at_a_connector() -> Rows:
    """What a presentation or a request to start does at once, and once the network has accepted the token."""
    free = Reservation(id=1, connector=ConnectorId(1), token=CARD, expires_ms=2 * (NOW.utc_ms or 0))
    reservations: Mapping[str, Bookings] = {
        "nobody": NO_BOOKINGS,
        "this token": Bookings(own=free),
        "another token": Bookings(own=replace(free, token=HOLDER)),
        "another token and its group": Bookings(own=replace(free, token=HOLDER, group=FAMILY)),
        "another token anywhere, and enough is free": Bookings(anywhere=(replace(free, connector=None, token=HOLDER),)),
        "another token anywhere, and this is the last free one": Bookings(
            anywhere=(replace(free, connector=None, token=HOLDER),), is_needed=True
        ),
    }
    events: tuple[SessionEvent, ...] = (
        TokenPresented(CARD),
        StartRequested(token=CARD, authorize=True),
        StartRequested(token=CARD, authorize=False),
    )
    for words, bookings in reservations.items():
        yield (words, *(_at_a_connector(bookings, event) for event in events))


def _at_a_connector(bookings: Bookings, event: SessionEvent) -> str:
    session = _with_a_car(bookings)
    first = step(session, event, NOW, _Keys())
    if not any(isinstance(effect, RequestAuthorization) for effect in first.effects):
        return "starts at once" if first.session.token == CARD else "refused at once"
    outcomes = []
    for group in (None, FAMILY):
        decided = AuthorizationDecided(token=CARD, status=AuthorizationStatus.ACCEPTED, group=group)
        is_in = step(first.session, decided, NOW, _Keys()).session.token == CARD
        outcomes.append(is_in)
    if all(outcomes):
        return "asks, then starts"
    return "asks, then starts if it is of the group" if outcomes[1] else "asks, then refuses"


def _with_a_car(bookings: Bookings) -> Session:
    session = initial(ConnectorId(1), SessionSettings(), NOW)
    return replace(session, phase=SessionPhase.PLUGGED, pilot=PilotState.B, board_heard=True, bookings=bookings)


class _Keys:
    def transaction_key(self) -> TransactionKey:
        return TransactionKey("key")


def _outcome(decided: AuthorizationDecided) -> str:
    """In words. Unreachable is the charger's own: nobody could be asked and no rule lets the token in."""
    if decided.status is AuthorizationStatus.ACCEPTED:
        return "**starts**"
    return f"refused ({decided.status.value})"


_HEAD = """# Who may charge

Generated by `python -m tools.generate_authorization` from `agent/core/authorization.py` and `agent/core/session/`; edit
those, not this page. Each cell is the outcome of a call of the function that decides it in the charger.

Free vending (`authorization = "free"` in the site file) comes first: whoever plugs in may charge. Otherwise a token is
judged in this order. One word on it that is known here counts, the first there is of: the list that the network sends
(SendLocalList), the list a person keeps at this charger (`evsectl token add`), the cache of what the network said.
Then the network is asked, unless that word is enough. Where it gives no answer the rules for times without a network
decide. Last, a reservation may keep the connector for somebody else.

What the network answers is cached, for this token and no other, unless the token is on one of the lists, was drawn at
random by a phone, or AuthorizationCacheEnabled is false. Nothing is cached of a stranger who was let in before the
network has answered. A full cache of 1,000 forgets refused and expired tokens first, then those heard of longest ago.
"""

_CONNECTED = """
## While the network is connected

By the word that counts. "The network is asked" means that its answer decides, below.
"""

_AWAY = """
## While the network is away, or gave no answer

An error or a time-out of Authorize counts as no answer. What is switched off under "which word counts" says nothing.
"""

_ANSWER = """
## When the network has answered

Whatever is known here.
"""

_CONNECTOR = """
## At the connector: reservations and remote starts

A car is plugged in and nobody was accepted. "Asks" is all of the above; the outcome is that of an accepted token.
A reservation for any connector binds the last free one only. A remote start is answered Rejected where the table says
"refused at once".
"""

_AFTER = """
## After the start

The answer to StartTransaction may refuse the token all the same. With StopTransactionOnInvalidId the transaction is
stopped (DeAuthorized), and on a socket the plug stays locked until the token is shown again; without it the charge is
paused (SuspendedEVSE) until somebody stops it. The token that began a charge ends it, and so does one of the same
group (parentIdTag) after the rules above.
"""


def page() -> str:
    """Text of docs/authorization.md."""
    return "".join(_parts())


def _parts() -> Iterator[str]:
    yield _HEAD
    yield "\n## Which word counts\n\n"
    heads = [f"LocalAuthListEnabled {a}, AuthorizationCacheEnabled {b}" for a in SWITCH[::-1] for b in SWITCH[::-1]]
    places = ("on the network's list", "on the list of this charger", "in the cache")
    yield _table((*places, *heads), which_word_counts())
    yield _CONNECTED
    yield "\n" + _table(("the word", *(f"LocalPreAuthorize {value}" for value in SWITCH)), while_connected())
    yield _AWAY
    both = [f"LocalAuthorizeOffline {a}, AllowOfflineTxForUnknownId {b}" for a in SWITCH[::-1] for b in SWITCH[::-1]]
    yield "\n" + _table(("the word", *both), without_an_answer())
    yield _ANSWER
    yield "\n" + _table(("the network says", "so"), with_an_answer())
    yield _CONNECTOR
    asked = [f"remote start, AuthorizeRemoteTxRequests {value}" for value in SWITCH[::-1]]
    yield "\n" + _table(("reserved for", "a card is shown", *asked), at_a_connector())
    yield _AFTER


def _table(head: tuple[str, ...], rows: Rows) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main(arguments: list[str]) -> int:
    """Exit code 1 only with `--check` and a stale page."""
    text = page()
    is_stale = not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text
    if not is_stale:
        return 0
    print(f"{PAGE.relative_to(ROOT)} {'is stale' if '--check' in arguments else 'written'}")
    if "--check" in arguments:
        return 1
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
