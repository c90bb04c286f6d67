"""The charger at one moment, as the JSON of `status` and `watch`. Unknown is null, never 0."""

from __future__ import annotations

from typing import Any

from agent.control.moments import told
from agent.control.ports import BoardState, NetworkState, StationPort
from agent.core.control_pilot import PilotState
from agent.core.faults.model import Fault
from agent.core.identity import ConnectorId
from agent.core.limits import Limits
from agent.core.quantities import MeterSample
from agent.core.session.model import Session
from agent.core.session.status import connector_status
from agent.core.time import Instant


def network_body(network: NetworkState, now: Instant) -> dict[str, Any]:
    """The central system as it is seen."""
    return {
        "configured": network.configured,
        "connected": network.connected,
        "since": told(network.since, now),
        "cause": network.cause,
        "registration": network.registration,
        "host": network.host,
        "identity": network.identity,
        "queued_facts": network.queued_facts,
        "unanswered_facts": network.unanswered_facts,
        "last_answer_s": network.last_answer_s,
    }


def connector_body(station: StationPort, connector: ConnectorId) -> dict[str, Any]:
    """One connector: what it shows, what it offers, what the meter says, what is wrong."""
    session, board, now = station.session(connector), station.board(connector), station.now()
    status, words = connector_status(session)
    return {
        "connector": int(connector),
        "status": status.value,
        "info": words,
        "phase": session.phase.value,
        "since": told(session.phase_since, now),
        "pilot": PilotState.F.value if board and board.shows_f else session.pilot.value,
        "pilot_high_v": board.high_v if board else None,
        "pilot_board": board_body(board),
        "contactor": session.contactor.value,
        "offered_a": session.encoded_a,
        "limit": _limit(session.limits),
        "register_wh": session.last_register_wh,
        **_sample(session.last_sample, now),
        "transaction": _transaction(session, now),
        "reservations": _reservations(session, now),
        "faults": [fault_body(fault, now) for fault in session.faults.faults],
    }


def board_body(board: BoardState | None) -> dict[str, Any] | None:
    """What the pilot board says of itself beside the pilot; null where it does not answer."""
    if board is None or not board.answering:
        return None
    return {
        "waits_for": board.waits_for,
        "live_phases": list(board.live_phases),
        "lock": board.lock,
        "cable_a": board.cable_a,
        "limit_a": board.limit_a,
        "testing": board.testing,
        "firmware_version": board.firmware_version,
        "capabilities": list(board.capabilities),
    }


def _limit(limits: Limits) -> dict[str, Any]:
    effective = limits.effective()
    source = effective.source.value if effective.source else None
    return {"current_a": effective.current_a, "source": source, "detail": effective.detail}


def _sample(sample: MeterSample | None, now: Instant) -> dict[str, Any]:
    if sample is None:
        return {"power_w": None, "currents_a": None, "voltages_v": None, "sample_age_s": None}
    return {
        "power_w": sample.power_w,
        "currents_a": list(sample.currents_a),
        "voltages_v": list(sample.voltages_v),
        "sample_age_s": round(now.since(sample.at), 1),
    }


def _transaction(session: Session, now: Instant) -> dict[str, Any] | None:
    transaction = session.transaction
    if transaction is None:
        return None
    register_wh = session.last_register_wh
    return {
        "key": transaction.key,
        "token": transaction.token.masked,
        "started": told(transaction.started_at, now),
        "start_wh": transaction.start_wh,
        "energy_wh": None if register_wh is None else register_wh - transaction.start_wh,
    }


def _reservations(session: Session, now: Instant) -> list[dict[str, Any]]:
    """Those that keep others away from this connector. `ends_in_s` is null while the time of day is not known."""
    return [
        {
            "id": one.id,
            "any_connector": one.connector is None,
            "token": one.token.masked,
            "group": one.group.masked if one.group else None,
            "ends_in_s": None if now.utc_ms is None else max(0, one.expires_ms - now.utc_ms) // 1000,
        }
        for one in session.bookings.binding
    ]


def fault_body(fault: Fault, now: Instant) -> dict[str, Any]:
    """One fault that is present: what it is, since when, and what to do."""
    return {
        "id": fault.kind.id,
        "severity": fault.kind.severity.value,
        "meaning": fault.kind.meaning,
        "since": told(fault.first_seen, now),
        "count": fault.count,
        "evidence": dict(fault.evidence),
        "remedy": fault.kind.remedy,
    }
