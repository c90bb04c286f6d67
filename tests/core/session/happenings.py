"""What may happen to a session, drawn at random: effects that fail, faults, tokens, settings of a site."""

from __future__ import annotations

from hypothesis import strategies as st

from agent.core.identity import IdToken
from agent.core.schedule.profile import ChargingProfile, ProfileKind, ProfilePurpose, RateUnit, SchedulePeriod
from agent.core.session.effects import (
    OfferCurrent,
    PermitPower,
    RecordAvailability,
    RecordCheckpoint,
    RecordJudgement,
    RecordPlug,
    RecordStart,
    RecordStop,
    RecordStopDecision,
    SetLock,
    SetStanding,
)
from agent.core.session.events import AuthorizationStatus
from agent.core.session.model import SessionSettings
from agent.core.signatures import Signature
from tests.core.session.station import CARD, FAMILY, OTHER_CARD

FALLIBLE = (
    OfferCurrent,
    PermitPower,
    SetLock,
    SetStanding,
    RecordStart,
    RecordStop,
    RecordStopDecision,
    RecordCheckpoint,
    RecordPlug,
    RecordJudgement,
    RecordAvailability,
)
"""What a shell may fail at; the others are told or ordered and do not fail in their step."""

FAULTS = (
    "cp.diode",
    "rcd.dc_trip",
    "contactor.welded",
    "temp.board_stop",
    "mains.overvoltage",
    "safety.emergency_stop",
    "mcu.firmware_mismatch",
    "cp.adc",
    "cp.leak",
    "enclosure.water",
)

tokens = st.sampled_from([CARD, OTHER_CARD, IdToken(CARD.value.lower()), FAMILY])
brought_a = st.sampled_from([None, None, 5.0, 8.0, 20.0])
answers = st.tuples(st.sampled_from(AuthorizationStatus), st.sampled_from([None, FAMILY]))
site_settings = st.builds(
    SessionSettings,
    connection_timeout_s=st.sampled_from([0.0, 30.0, 120.0]),
    stop_on_ev_disconnect=st.booleans(),
    unlock_on_ev_disconnect=st.booleans(),
    stop_on_invalid_id=st.booleans(),
    max_energy_on_invalid_id_wh=st.sampled_from([0, 20]),
    resume_after_restart=st.booleans(),
    free_vend_token=st.sampled_from([None, None, IdToken("FREE")]),
    has_lock=st.booleans(),
    minimum_status_duration_s=st.sampled_from([0.0, 2.0]),
    signature=st.sampled_from([Signature.OFF, Signature.OFF, Signature.WHEN_AVAILABLE, Signature.REQUIRED]),
)


def for_one_charge(limit_a: float) -> ChargingProfile:
    """As it comes with a request to start: bound to no transaction yet."""
    return ChargingProfile(
        id=7,
        connector=None,
        purpose=ProfilePurpose.TX,
        kind=ProfileKind.RELATIVE,
        stack_level=0,
        unit=RateUnit.A,
        periods=(SchedulePeriod(start_s=0, limit=limit_a),),
    )
