"""What the charger is doing now."""

from __future__ import annotations

from typing import TypedDict

from agent.core.availability import ConnectorStatus
from agent.core.control_pilot import ContactorState, PilotState
from agent.core.limits import LimitSource
from agent.core.session.model import SessionPhase
from tools.schemas.answers.board import BoardState
from tools.schemas.words import At, Count, FaultBody, Port


class SilentDevice(TypedDict):
    """One that does not answer."""

    name: str
    detail: str


class Station(TypedDict):
    """Who this charger is, and what is wrong with the program itself."""

    serial_number: str
    serial_by_label: bool
    """typed off its label"""
    vendor: str
    model: str
    version: str
    started: At | None
    clock_trusted: bool
    notices: list[str]
    vitals_overdue: list[str]
    """vital parts that make no progress"""
    devices_silent: list[SilentDevice]


class Network(TypedDict):
    """The central system as it is seen."""

    configured: bool
    connected: bool
    since: At | None
    cause: str
    """why it is not connected"""
    registration: str
    host: str
    identity: str
    """the charger's name there"""
    queued_facts: Count
    unanswered_facts: Count
    last_answer_s: float | None


class Limit(TypedDict):
    """The lowest."""

    current_a: float
    source: LimitSource | None
    """null: nobody"""
    detail: str


class Transaction(TypedDict):
    """The one that runs."""

    key: str
    token: str
    """its last characters"""
    started: At | None
    start_wh: int
    energy_wh: int | None


class Reservation(TypedDict):
    """One that keeps others away."""

    id: int
    any_connector: bool
    token: str
    """its last characters"""
    group: str | None
    """its last characters"""
    ends_in_s: int | None
    """null: the time of day is not known"""


class Connector(TypedDict):
    """What it shows, what it offers, what its meter says, what is wrong; null: not known."""

    connector: Port
    status: ConnectorStatus
    info: str
    phase: SessionPhase
    since: At | None
    pilot: PilotState
    pilot_high_v: float | None
    pilot_board: BoardState | None
    contactor: ContactorState
    offered_a: float
    limit: Limit
    register_wh: int | None
    power_w: float | None
    currents_a: list[float | None] | None
    """by phase"""
    voltages_v: list[float | None] | None
    """by phase"""
    sample_age_s: float | None
    transaction: Transaction | None
    reservations: list[Reservation]
    faults: list[FaultBody]


class Status(TypedDict):
    """Everything at a glance."""

    station: Station
    network: Network
    connectors: list[Connector]


ANSWERS = {"": Status}
