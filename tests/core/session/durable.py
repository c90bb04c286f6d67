"""What outlives a restart of the program: transactions, availability, latched faults; refuses what must never be."""

from __future__ import annotations

from dataclasses import dataclass, field

from agent.core.facts import OpenTransaction, TransactionStarted, TransactionStopped
from agent.core.faults.register import LatchedFault
from agent.core.identity import IdToken, PlugIdentity, TransactionKey
from agent.core.schedule.profile import ChargingProfile
from agent.core.session.effects import (
    RecordAvailability,
    RecordCheckpoint,
    RecordJudgement,
    RecordPlug,
    RecordStart,
    RecordStop,
    RecordStopDecision,
    SessionEffect,
)
from agent.core.time import Instant


@dataclass
class Row:
    """One transaction as the store holds it."""

    started: TransactionStarted
    plug: PlugIdentity | None
    kernel_boot_id: str
    registers_wh: list[int]
    last_at: Instant
    decision: RecordStopDecision | None = None
    stops: list[TransactionStopped] = field(default_factory=list)
    group: IdToken | None = None
    deauthorized: bool = False
    refused_at_wh: int | None = None
    profile: ChargingProfile | None = None

    def found(self) -> OpenTransaction:
        """As the program finds it after a restart."""
        return OpenTransaction(
            key=self.started.key,
            connector=self.started.connector,
            token=self.started.token,
            started_at=self.started.at,
            start_wh=self.started.register_wh,
            last_wh=self.registers_wh[-1],
            last_at=self.last_at,
            signed=self.started.signed,
            plug=self.plug,
            kernel_boot_id=self.kernel_boot_id,
            stop_requested=self.decision.reason if self.decision else None,
            stop_token=self.decision.token if self.decision else None,
            group=self.group,
            deauthorized=self.deauthorized,
            refused_at_wh=self.refused_at_wh,
        )

    def check_register(self, register_wh: int, meter_wh: float) -> None:
        assert register_wh >= self.registers_wh[-1], "a register fell"
        assert register_wh <= meter_wh, "a register above the meter's"


class Durable:
    """A store that cannot fail; whoever wants a failure does not come here."""

    def __init__(self) -> None:
        self.rows: dict[TransactionKey, Row] = {}
        self.operative = True
        self.latched: tuple[LatchedFault, ...] = ()
        self.network_limit_a: dict[TransactionKey, float | None] = {}
        """The network's last word on each charge: the profile it brought, until the network says something else."""

    def keep(self, effect: SessionEffect, meter_wh: float, now: Instant) -> None:
        match effect:
            case RecordStart(fact=fact, plug=plug, profile=profile):
                assert fact.key not in self.rows, "a start was recorded twice"
                assert not self.open_rows(), "a second transaction began beside an open one"
                assert fact.register_wh <= meter_wh
                assert profile is None or (profile.transaction, profile.connector) == (fact.key, fact.connector)
                assert fact.signed is None or not fact.unsigned_because
                self.rows[fact.key] = Row(fact, plug, now.boot_id, [fact.register_wh], now, profile=profile)
                self.network_limit_a[fact.key] = None if profile is None else profile.periods[0].limit
            case RecordStopDecision(key=key):
                assert not self.rows[key].stops
                self.rows[key].decision = effect
            case RecordCheckpoint(key=key, register_wh=register_wh, at=at):
                self.rows[key].check_register(register_wh, meter_wh)
                self.rows[key].registers_wh.append(register_wh)
                self.rows[key].last_at = at
            case RecordPlug(key=key, plug=plug):
                self.rows[key].plug = plug
            case RecordJudgement(key=key, group=group, deauthorized=deauthorized, refused_at_wh=refused_at_wh):
                assert not self.rows[key].stops
                self.rows[key].group, self.rows[key].deauthorized = group, deauthorized
                self.rows[key].refused_at_wh = refused_at_wh
            case RecordStop(fact=fact):
                row = self.rows[fact.key]
                assert not row.stops, "a stop was recorded twice"
                row.check_register(fact.register_wh, meter_wh)
                was_begun = row.started.signed is not None
                assert was_begun == bool(fact.signed is not None or fact.unsigned_because), "an end nobody accounts for"
                row.stops.append(fact)
            case RecordAvailability(operative):
                self.operative = operative
            case _:
                raise AssertionError(f"{effect} is no record")

    def open_rows(self) -> list[Row]:
        return [row for row in self.rows.values() if not row.stops]

    def stops(self) -> list[TransactionStopped]:
        return [stop for row in self.rows.values() for stop in row.stops]
