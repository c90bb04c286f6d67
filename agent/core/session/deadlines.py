"""Every time-out of a session with its clause, and the next moment at which time alone changes something."""

from __future__ import annotations

from agent.core.control_pilot import PilotState
from agent.core.faults.register import UNPLUGGED_FOR_S
from agent.core.session.model import Session, SessionPhase, StopStage
from agent.core.session.offer import CONTACTOR_OPENS_WITHIN_S as CONTACTOR_OPENS_WITHIN_S  # noqa: PLC0414 - one of these
from agent.core.session.offer import next_offer, permission_ends_at
from agent.core.signatures import Signature
from agent.core.time import Instant

END_READING_S = 3.0
"""How long a stop waits for a fresh register; after that the last one known is recorded."""
END_READING_AFTER_RESTART_S = 10.0
"""The same for a transaction from before a restart, whose meter may still be starting."""
START_READING_S = 10.0
"""How long a start waits for a register and for its record. Nobody is charged on a made-up register."""
BEGIN_SIGNS_WITHIN_S = 12.0
"""How long a start waits for the meter's signature, which takes a second where all is well (WM3M4C, manual 6.5.9); some
meters were reported to need 30 s in exceptional situations (the OCA's application note, 2.3.1), and are tried again."""
END_SIGNS_WITHIN_S = 12.0
"""The same for an end: it keeps the plug locked and the network waiting, and a second try at least fits in."""
SIGN_AGAIN_S = 1.0
"""After a signature that was not given."""
FRESH_SAMPLE_S = 2.0
"""A register of an open contactor is good for a start this long."""
READ_AGAIN_S = 1.0
"""After a reading that failed."""
READING_TAKES_S = 3.0
"""An answer to ReadMeter that did not come by then is asked for anew."""
RECORD_AGAIN_S = 2.0
"""After a record that failed (store full, slow card): a stop is tried until it is durable."""
ORDER_AGAIN_S = 1.0
"""After an order to the pilot board or the lock that failed: half the lease of a permission."""
METER_SILENCE_S = 60.0
"""How long a running charge goes on without its meter; bounds what a checkpoint may miss."""
CHECKPOINT_S = 62.0
"""Two seconds beyond a minute, so that a sample every minute does the work of a checkpoint at the same moment."""
POWER_UNRECORDED_S = CHECKPOINT_S + METER_SILENCE_S + 8.0
"""How long power is due after the last register on record, whoever is to blame for the next: a full store, or a meter.
A checkpoint was due, the meter fell silent, and eight seconds for noticing that; so silence alone ends as a stop."""
UNRECORDED_S = POWER_UNRECORDED_S + 2 * CONTACTOR_OPENS_WITHIN_S
"""How long power can have flowed after the last register on record until the program was gone and the contactor open:
as long as it was due, and eight seconds each for the opening that followed, and for the lease of a board left alone.
However long the program was away, nothing flowed beyond: so no clock has to say how long that was."""
CHECKPOINT_WH = 200
"""A register is put on record at least this often while charging; a sample on record counts. ocpp16.md section 18
proposes 100 Wh. At 11 kW 200 Wh are a minute: more than a commit a minute would not fit into 1 MB written an hour, and
they only matter where the power is cut and the meter cannot be read afterwards."""
ACKNOWLEDGE_S = 3.0
"""How long an answer to a person is shown."""
AUTHORIZATION_S = 90.0
"""An answer that did not come by then never will; the network's own time-outs are shorter."""
FREE_VEND_AGAIN_S = 60.0
"""Free vending does not knock at a full store every second."""


def connection_timeout_at(session: Session) -> float | None:
    """When waiting for the plug, or for somebody to be accepted, ends (OCPP 1.6 ConnectionTimeOut)."""
    waits = session.phase in (SessionPhase.AUTHORIZED, SessionPhase.PLUGGED)
    free = session.phase is SessionPhase.PLUGGED and session.settings.free_vend_token is not None
    if not waits or free or session.loan is not None or session.settings.connection_timeout_s <= 0:
        return None
    return session.phase_since.monotonic_s + session.settings.connection_timeout_s


def start_ends_at(session: Session) -> float | None:
    """When a start is given up that found no register, no signature, or no place for its record."""
    if session.phase is not SessionPhase.STARTING:
        return None
    signs_s = 0.0 if session.settings.signature is Signature.OFF else BEGIN_SIGNS_WITHIN_S
    return session.phase_since.monotonic_s + START_READING_S + signs_s


def stop_stage_ends_at(session: Session) -> float | None:
    """When the present stage of a stop is given up and the next one begins."""
    stop = session.pending_stop
    if stop is None:
        return None
    match stop.stage:
        case StopStage.OPENING:
            return stop.stage_since.monotonic_s + CONTACTOR_OPENS_WITHIN_S
        case StopStage.READING:
            bound_s = END_READING_S if session.found is None else END_READING_AFTER_RESTART_S
            return stop.stage_since.monotonic_s + bound_s
        case StopStage.SIGNING:
            return stop.stage_since.monotonic_s + END_SIGNS_WITHIN_S
        case StopStage.RECORDING:
            return None


def signing_wakes_at(session: Session) -> float | None:
    """When the meter is asked for a signature, or a start does not wait for it any longer."""
    signing = session.signing
    if signing is None or signing.is_over or session.phase not in (SessionPhase.STARTING, SessionPhase.STOPPING):
        return None
    late_at = signing.since.monotonic_s + BEGIN_SIGNS_WITHIN_S
    is_given_up = session.settings.signature is Signature.WHEN_AVAILABLE and session.phase is SessionPhase.STARTING
    times = (signing.ask_at, late_at if is_given_up else None)
    return min((time for time in times if time is not None), default=None)


def meter_silence_ends_at(session: Session) -> float | None:
    """When a charge without its meter is stopped."""
    if session.phase is not SessionPhase.CHARGING or session.meter_lost_since is None:
        return None
    return max(session.meter_lost_since.monotonic_s, session.phase_since.monotonic_s) + METER_SILENCE_S


def unrecorded_power_ends_at(session: Session) -> float | None:
    """When a charge whose register does not get on record is paused."""
    transaction = session.transaction
    if session.phase is not SessionPhase.CHARGING or transaction is None or transaction.is_unrecorded:
        return None
    return transaction.recorded_at.monotonic_s + POWER_UNRECORDED_S


def unplugging_counts_at(session: Session) -> float | None:
    """When state A has lasted long enough to clear what unplugging clears."""
    if session.pilot is not PilotState.A or not session.faults.unplug_clears:
        return None
    return session.pilot_since.monotonic_s + UNPLUGGED_FOR_S


def acknowledgement_ends_at(session: Session) -> float | None:
    """When an answer to a person gives way to the status."""
    return session.acknowledged_at.monotonic_s + ACKNOWLEDGE_S if session.acknowledged is not None else None


def offer_rises_at(session: Session, now: Instant) -> float | None:
    """When more may be offered than now."""
    return next_offer(session, now).due_at


def wake_at(session: Session, now: Instant) -> float | None:
    """The next moment after `now` at which a Tick is wanted, monotonic seconds."""
    if session.recording is not None:
        # The record is durable once the shell comes back; that must not wait for the next event of the world.
        return now.monotonic_s
    times = (
        session.faults.wake_at,
        session.read_again_at,
        session.record_again_at,
        connection_timeout_at(session),
        start_ends_at(session),
        stop_stage_ends_at(session),
        signing_wakes_at(session),
        permission_ends_at(session),
        meter_silence_ends_at(session),
        unrecorded_power_ends_at(session),
        unplugging_counts_at(session),
        offer_rises_at(session, now),
        session.start_not_before,
        session.asked_at.monotonic_s + AUTHORIZATION_S if session.asked is not None else None,
        acknowledgement_ends_at(session),
        session.outputs.status.due_at(session.settings.minimum_status_duration_s),
        session.outputs.retry_at,
    )
    return min((time for time in times if time is not None and time > now.monotonic_s), default=None)
