"""Operative or not, reserved for whom, and the status that is shown: its legal changes, how long it has to last."""

from __future__ import annotations

from collections import deque
from enum import Enum

from agent.core.faults.model import Reaction
from agent.core.identity import ConnectorId, IdToken
from agent.core.time import Instant
from agent.values import frozen


class ConnectorStatus(Enum):
    """What a connector is to its users; OCPP 1.6's nine words, of which 2.0.1's five are a projection."""

    AVAILABLE = "Available"
    PREPARING = "Preparing"
    CHARGING = "Charging"
    SUSPENDED_EV = "SuspendedEV"
    SUSPENDED_EVSE = "SuspendedEVSE"
    FINISHING = "Finishing"
    RESERVED = "Reserved"
    UNAVAILABLE = "Unavailable"
    FAULTED = "Faulted"


@frozen(kw_only=True)
class StatusReport:
    """A status as it is told. `connector` None is the station. `fault_ids`: present faults, most severe first."""

    connector: ConnectorId | None
    status: ConnectorStatus
    at: Instant
    fault_ids: tuple[str, ...] = ()
    info: str = ""


def station_status(*, operative: bool, reaction: Reaction = Reaction.NONE) -> ConnectorStatus:
    """The station's own status, not derived from its connectors' (ocpp16.md section 3): never one of a charge.

    `reaction` is the strongest one of the faults of the station as a whole.
    """
    if reaction in (Reaction.OPEN, Reaction.X1, Reaction.BLOCK):
        return ConnectorStatus.FAULTED
    return ConnectorStatus.AVAILABLE if operative else ConnectorStatus.UNAVAILABLE


_S = ConnectorStatus
_IN_USE = (_S.CHARGING, _S.SUSPENDED_EV, _S.SUSPENDED_EVSE)

LEGAL: dict[ConnectorStatus, tuple[ConnectorStatus, ...]] = {
    _S.AVAILABLE: (_S.PREPARING, *_IN_USE, _S.RESERVED, _S.UNAVAILABLE, _S.FAULTED),
    _S.PREPARING: (_S.AVAILABLE, *_IN_USE, _S.FINISHING, _S.FAULTED),
    _S.CHARGING: (_S.FINISHING, _S.AVAILABLE, _S.SUSPENDED_EV, _S.SUSPENDED_EVSE, _S.UNAVAILABLE, _S.FAULTED),
    _S.SUSPENDED_EV: (_S.FINISHING, _S.AVAILABLE, _S.CHARGING, _S.SUSPENDED_EVSE, _S.UNAVAILABLE, _S.FAULTED),
    _S.SUSPENDED_EVSE: (_S.FINISHING, _S.AVAILABLE, _S.CHARGING, _S.SUSPENDED_EV, _S.UNAVAILABLE, _S.FAULTED),
    _S.FINISHING: (_S.PREPARING, _S.AVAILABLE, _S.UNAVAILABLE, _S.FAULTED),
    _S.RESERVED: (_S.PREPARING, _S.AVAILABLE, _S.UNAVAILABLE, _S.FAULTED),
    _S.UNAVAILABLE: (_S.AVAILABLE, _S.PREPARING, *_IN_USE, _S.FAULTED),
    _S.FAULTED: (_S.AVAILABLE, _S.PREPARING, *_IN_USE, _S.FINISHING, _S.RESERVED, _S.UNAVAILABLE),
}
"""The transitions OCPP 1.6 allows (table of ocpp16.md section 3). The order is the preference on the way through."""


def way_to(before: ConnectorStatus | None, after: ConnectorStatus) -> tuple[ConnectorStatus, ...]:
    """The statuses to tell, in order, to get legally from `before` to `after`; the last one is `after`.

    A change the table forbids goes through intermediate statuses, e.g. Preparing, Available, Unavailable. Faulted is
    never used as one: it would alarm somebody. `before` None is a status nobody was told yet.
    """
    if before is None or after in LEGAL[before]:
        return (after,)
    return () if before is after else _WAYS[before, after]


def _shortest_way(before: ConnectorStatus, after: ConnectorStatus) -> tuple[ConnectorStatus, ...]:
    ways: deque[tuple[ConnectorStatus, ...]] = deque([()])
    while ways:
        way = ways.popleft()
        for step in LEGAL[way[-1] if way else before]:
            if step is after:
                return (*way, step)
            if step is not _S.FAULTED and step not in way:
                ways.append((*way, step))
    raise AssertionError(f"no way from {before} to {after}")


_WAYS = {
    (before, after): _shortest_way(before, after)
    for before in ConnectorStatus
    for after in ConnectorStatus
    if before is not after and after not in LEGAL[before]
}


@frozen
class StatusDebounce:
    """Tells a status once it has lasted (MinimumStatusDuration), and what concerns faults at once.

    `told` is the last one told, `waiting` the present one while it is not told; its `at` is when it began.
    """

    told: StatusReport | None = None
    waiting: StatusReport | None = None

    def follow(self, report: StatusReport) -> StatusDebounce:
        """The present status is `report`."""
        if self.told is not None and _same(self.told, report):
            return self if self.waiting is None else StatusDebounce(self.told)
        if self.waiting is not None and _same(self.waiting, report):
            return self
        return StatusDebounce(self.told, report)

    def due_at(self, minimum_s: float) -> float | None:
        """Monotonic seconds at which the waiting status is to be told; None where nothing waits.

        A first status, and one that brings or removes a fault, does not wait (ocpp16.md section 3).
        """
        if self.waiting is None:
            return None
        urgent = self.told is None or self.told.fault_ids != self.waiting.fault_ids
        return self.waiting.at.monotonic_s + (0.0 if urgent or self.waiting.status is _S.FAULTED else minimum_s)

    def tell(self, minimum_s: float, now: Instant) -> tuple[StatusDebounce, tuple[StatusReport, ...]]:
        """What is to be told now, legal intermediate statuses included, and the value after that."""
        due_at, waiting = self.due_at(minimum_s), self.waiting
        if waiting is None or due_at is None or now.monotonic_s < due_at:
            return self, ()
        before = self.told.status if self.told else None
        between = tuple(
            StatusReport(connector=waiting.connector, status=status, at=waiting.at)
            for status in way_to(before, waiting.status)[:-1]
        )
        return StatusDebounce(waiting), (*between, waiting)


def _same(one: StatusReport, other: StatusReport) -> bool:
    return one.status is other.status and one.fault_ids == other.fault_ids and one.info == other.info


@frozen(kw_only=True)
class Reservation:
    """A place kept for somebody (ocpp16.md section 10). `connector` None: any of the station's, OCPP 1.6's connector 0.

    `expires_ms`: UTC milliseconds.
    """

    id: int
    connector: ConnectorId | None
    token: IdToken
    expires_ms: int
    group: IdToken | None = None

    def is_for(self, token: IdToken, group: IdToken | None) -> bool:
        """Whether `token`, of `group` as far as that is known, may use it."""
        return token == self.token or (self.group is not None and self.group in (token, group))

    def may_be_for(self, token: IdToken) -> bool:
        """Whether it could be, once the group of `token` is known."""
        return self.group is not None or token == self.token

    @property
    def words(self) -> str:
        """Why somebody else may not charge, for people."""
        place = "the connector" if self.connector is not None else "the last free connector"
        return f"{place} is reserved for {self.token.masked}"

    def is_over(self, now: Instant) -> bool:
        """Its date has come. Without a trusted clock nobody can say so, and it stays."""
        return now.utc_ms is not None and now.utc_ms >= self.expires_ms


@frozen(kw_only=True)
class Bookings:
    """What one connector has to know of the reservations of the station.

    `own` names this very connector. `anywhere` are those for any: they bind this one only where it is needed for them
    (`is_needed`), and whoever holds one uses it up wherever they charge.
    """

    own: Reservation | None = None
    anywhere: tuple[Reservation, ...] = ()
    is_needed: bool = False

    @property
    def binding(self) -> tuple[Reservation, ...]:
        """Nobody but who holds one of these may charge here; empty: everybody may."""
        if self.own is not None:
            return (self.own,)
        return self.anywhere if self.is_needed else ()

    def used_by(self, token: IdToken, group: IdToken | None) -> Reservation | None:
        """The reservation that a charge with `token` here would use up."""
        known = self.anywhere if self.own is None else (self.own,)
        return next((one for one in known if one.is_for(token, group)), None)

    def refuses(self, token: IdToken, group: IdToken | None) -> Reservation | None:
        """The reservation that keeps `token` from charging here; None where none does."""
        is_let_in = not self.binding or self.used_by(token, group) is not None
        return None if is_let_in else self.binding[0]

    def refuses_whatever_the_group(self, token: IdToken) -> Reservation | None:
        """The same before the group is known: only where no group could make a difference."""
        may_be = any(one.may_be_for(token) for one in self.binding)
        return None if may_be or not self.binding else self.binding[0]

    def without(self, id: int) -> Bookings:
        """These, but for one that was used up."""
        own = None if self.own is not None and self.own.id == id else self.own
        anywhere = tuple(one for one in self.anywhere if one.id != id)
        return Bookings(own=own, anywhere=anywhere, is_needed=self.is_needed)


NO_BOOKINGS = Bookings()
