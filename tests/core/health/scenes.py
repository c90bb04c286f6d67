"""Ports for the rules of health: a good one in good surroundings, and whatever can be wrong with either."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from agent.core.control_pilot import PilotState
from agent.core.crash_loop import CrashLoop
from agent.core.explain.scene import NetworkState
from agent.core.health.model import CertificateEnd, Flap, PortSeen, Silent, StorageSeen, Surroundings
from agent.core.limits import LimitSource
from agent.core.session.events import (
    AvailabilityRequested,
    FaultObserved,
    LimitChanged,
    StartRequested,
)
from agent.core.session.model import Session
from agent.core.time import Instant
from agent.core.visits.model import Attempt, Outcome
from tests.core.session.station import CARD, RecordingStation

CONNECTED = NetworkState(configured=True, connected=True, registration="Accepted", host="csms.example", identity="CP-1")
AWAY = NetworkState(configured=True, is_missed=True, cause="the name is not known", host="csms.example")
FAILED_START = Attempt(port=1, start=Outcome.FAILED, code="contactor.no_close")
CLOSED = replace(AWAY, lets_anybody_in=False)
LOOP = CrashLoop(
    starts=4,
    since=Instant(100.0),
    within_s=90.0,
    last="ended by an exception in agent/store/writer.py:90 (work): OperationalError: disk I/O error",
    died_of="OperationalError",
)
GOOD_STORAGE = StorageSeen(free_mb=9_000.0, all_mb=30_000.0, worn_percent=10, pre_eol="normal")


def around(now: Instant, **changes: Any) -> Surroundings:
    """An hour after the start, everything is as it should be."""
    good = Surroundings(now=now, network=CONNECTED, runs_s=3600.0, storage=GOOD_STORAGE)
    return replace(good, **changes)


def seen(station: RecordingStation, **changes: Any) -> PortSeen:
    return PortSeen(session=station.session, around=around(station.now, **changes))


def charging() -> RecordingStation:
    station = RecordingStation()
    station.plug_in(PilotState.B)
    station.feed(StartRequested(token=CARD, authorize=False))
    station.advance(1.0)
    station.pilot_is(PilotState.C)
    station.advance(1.0)
    return station


def idle() -> RecordingStation:
    return RecordingStation()


def with_fault(id: str, station: RecordingStation | None = None) -> RecordingStation:
    found = station or idle()
    found.feed(FaultObserved(id=id, present=True))
    return found


def limited(source: LimitSource, current_a: float) -> RecordingStation:
    station = idle()
    station.feed(LimitChanged(source=LimitSource.HARDWARE, current_a=32.0, detail="rated_current_a"))
    station.feed(LimitChanged(source=source, current_a=current_a, detail="some key"))
    return station


def out_of_service() -> RecordingStation:
    station = idle()
    station.feed(AvailabilityRequested(operative=False))
    return station


def lost(station: RecordingStation, **changes: Any) -> PortSeen:
    found = seen(station)
    return replace(found, session=replace(found.session, **changes))


def certificate(days: int) -> CertificateEnd:
    return CertificateEnd(kind="charger", subject="CP-1", days=days, ends_ms=0)


EXAMPLES: Mapping[tuple[str, str], Callable[[], PortSeen]] = {
    ("store.failed", "down"): lambda: seen(idle(), storage=replace(GOOD_STORAGE, is_read_only=True)),
    ("program.stuck", "down"): lambda: seen(idle(), overdue=("connector 1",)),
    ("board.silent", "down"): lambda: lost(idle(), board_lost=True),
    ("fault.*", "down"): lambda: seen(with_fault("contactor.welded")),
    ("limit.*", "down"): lambda: seen(limited(LimitSource.THERMAL, 0.0)),
    ("out_of_service", "down"): lambda: seen(out_of_service()),
    ("firmware.waits", "down"): lambda: seen(out_of_service(), firmware_waits=True),
    ("network.closed", "down"): lambda: seen(idle(), network=CLOSED),
    ("fault.*", "degraded"): lambda: seen(with_fault("cp.leak")),
    ("limit.*", "degraded"): lambda: seen(limited(LimitSource.FAILSAFE, 10.0)),
    ("start.failed", "degraded"): lambda: replace(seen(idle()), failed_start=FAILED_START),
    ("meter.silent", "degraded"): lambda: lost(idle(), meter_lost_since=Instant(1.0)),
    ("network.offline", "degraded"): lambda: seen(idle(), network=AWAY),
    ("network.not_accepted", "degraded"): lambda: seen(idle(), network=replace(CONNECTED, registration="Pending")),
    ("clock.unknown", "degraded"): lambda: replace(
        seen(idle()), around=around(Instant(5000.0, None, "b"), network=CONNECTED)
    ),
    ("clock.wrong", "degraded"): lambda: seen(idle(), clock_offset_s=-60.0),
    ("certificate.ended", "degraded"): lambda: seen(idle(), certificates=(certificate(-1),)),
    ("certificate.ends", "degraded"): lambda: seen(idle(), certificates=(certificate(14),)),
    ("storage.low", "degraded"): lambda: seen(idle(), storage=replace(GOOD_STORAGE, free_mb=199.0)),
    ("storage.worn", "degraded"): lambda: seen(idle(), storage=replace(GOOD_STORAGE, worn_percent=90)),
    ("queue.filling", "degraded"): lambda: seen(idle(), queue_fill=0.8),
    ("flapping.*", "degraded"): lambda: seen(idle(), flaps=(Flap(port=1, what="meter", count=5),)),
    ("crash_loop", "degraded"): lambda: seen(idle(), crash_loop=LOOP),
    ("device.silent", "degraded"): lambda: seen(idle(), silent=(Silent(name="token_reader", detail="unplugged"),)),
}
"""One port for each rule, of which nothing else is wrong."""


def worse(found: PortSeen) -> Mapping[str, PortSeen]:
    """The same port with one more thing wrong, by what that is."""
    near = found.around
    shared: Mapping[str, Surroundings] = {
        "full disk": replace(near, storage=replace(near.storage, free_mb=1.0)),
        "low disk": replace(near, storage=replace(near.storage, free_mb=min(150.0, near.storage.free_mb or 150.0))),
        "worn": replace(near, storage=replace(near.storage, pre_eol="urgent")),
        "offline": replace(near, network=AWAY),
        "nobody may charge offline": replace(near, network=replace(near.network, lets_anybody_in=False)),
        "certificate": replace(near, certificates=(*near.certificates, certificate(3))),
        "stuck": replace(near, overdue=(*near.overdue, "limits")),
        "queue": replace(near, queue_fill=1.0),
        "flap": replace(near, flaps=(*near.flaps, Flap(port=None, what="link", count=9))),
        "wrong clock": replace(near, clock_offset_s=3600.0),
        "crashes": replace(near, crash_loop=LOOP),
        "silent": replace(near, silent=(*near.silent, Silent(name="sensor"))),
        "no clock": replace(near, now=replace(near.now, utc_ms=None)),
    }
    own: Mapping[str, Session] = {
        "board": replace(found.session, board_lost=True),
        "meter": replace(found.session, meter_lost_since=found.session.meter_lost_since or Instant(1.0)),
        "record": replace(found.session, record_again_at=1.0, record_refused=True),
    }
    return {name: replace(found, around=one) for name, one in shared.items()} | {
        name: replace(found, session=one) for name, one in own.items()
    }
