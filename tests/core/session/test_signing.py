"""What the meter signs of a charge: before power, after the end, over a restart; what is said where it does not."""

from __future__ import annotations

import pytest

from agent.core.control_pilot import PilotState
from agent.core.facts import StopReason
from agent.core.identity import IdToken, TransactionKey
from agent.core.session.effects import PermitPower, RecordStart, RecordStop, SignBegin, SignEnd
from agent.core.session.events import StopRequested, TokenPresented
from agent.core.session.model import SessionPhase, SessionSettings, StopStage
from agent.core.signatures import Signature, SignedIdentity, SignedValue, identification
from tests.core.session.charger import BOARD_OPENS_AFTER_S
from tests.core.session.station import CARD, RecordingStation

REQUIRED = SessionSettings(signature=Signature.REQUIRED, evse_id="DE*ABC*E1*1")
WHEN_AVAILABLE = SessionSettings(signature=Signature.WHEN_AVAILABLE)
KEY = TransactionKey("tx-1")
POWER = PermitPower(True)
OPENS_S = BOARD_OPENS_AFTER_S


def begun(settings: SessionSettings, *, signs: bool = True, seconds: float = 5.0) -> RecordingStation:
    """A car is there, a card was shown, and so much time has passed."""
    station = RecordingStation(settings)
    station.meter_signs = signs
    station.plug_in()
    station.feed(TokenPresented(CARD))
    station.advance(seconds)
    station.pilot_is(PilotState.C)
    return station


def ended(station: RecordingStation, seconds: float = OPENS_S + 3.0) -> RecordingStation:
    station.feed(StopRequested(reason=StopReason.REMOTE))
    station.advance(seconds)
    return station


def told(station: RecordingStation, name: str) -> list[dict[str, object]]:
    return [dict(news.fields) for news in station.news if news.name == name]


def test_a_begin_is_signed_before_its_record_and_so_before_power() -> None:
    station = begun(REQUIRED)

    steps = [effect for effect in station.performed if isinstance(effect, SignBegin | RecordStart) or effect == POWER]
    assert [type(effect) for effect in steps] == [SignBegin, RecordStart, PermitPower]
    (row,) = station.open_rows()
    assert row.started.signed is not None
    assert row.started.signed.agrees_with(row.started.register_wh)


def test_the_order_names_the_card_and_the_place() -> None:
    station = begun(REQUIRED)

    (order,) = [effect for effect in station.performed if isinstance(effect, SignBegin)]
    assert (order.identification.data, order.identification.place) == (CARD.value, "DE*ABC*E1*1")


def test_an_end_is_signed_once_nothing_flows_and_is_in_its_record() -> None:
    station = begun(REQUIRED)
    station.advance(60)
    ended(station)

    (stop,) = station.stops()
    assert stop.signed is not None
    assert stop.signed.signed_wh == stop.register_wh
    kinds = [type(effect) for effect in station.performed if isinstance(effect, SignEnd | RecordStop)]
    assert kinds == [SignEnd, RecordStop]


def test_nobody_charges_where_a_signature_is_required_and_not_given() -> None:
    station = begun(REQUIRED, signs=False, seconds=40.0)

    assert station.rows == {}
    assert not station.has_permission()
    assert station.session.phase is SessionPhase.PLUGGED
    assert station.session.refusal is not None
    assert "no signed start" in station.session.refusal.why
    assert "it does not sign" in station.session.refusal.why
    assert "meter.signature" in station.session.faults.ids


def test_the_fault_goes_with_the_next_signature() -> None:
    station = begun(REQUIRED, signs=False, seconds=40.0)
    station.meter_signs = True
    station.feed(TokenPresented(CARD))
    station.advance(30)

    assert station.session.faults.ids == ()
    assert station.session.phase is SessionPhase.CHARGING


def test_where_it_is_only_wanted_a_charge_begins_without_after_its_time_and_says_so() -> None:
    station = begun(WHEN_AVAILABLE, signs=False, seconds=11.0)
    assert station.open_rows() == []
    station.advance(3)

    (row,) = station.open_rows()
    assert row.started.signed is None
    assert row.started.unsigned_because == "it does not sign"
    assert told(station, "signature.missing") == [
        {"transaction": row.started.key, "edge": "begin", "why": "it does not sign"}
    ]
    assert station.has_permission()


def test_what_was_not_begun_is_not_ended() -> None:
    station = begun(WHEN_AVAILABLE, signs=False, seconds=15.0)
    station.meter_signs = True
    ended(station)

    (stop,) = station.stops()
    assert (stop.signed, stop.unsigned_because) == (None, "")
    assert not any(isinstance(effect, SignEnd) for effect in station.performed)


def test_an_end_that_is_not_given_does_not_keep_a_charge_open() -> None:
    station = begun(REQUIRED)
    station.meter_signs = False
    ended(station, OPENS_S + 10.0)
    assert station.session.pending_stop is not None
    assert station.session.pending_stop.stage is StopStage.SIGNING
    station.advance(5)

    (stop,) = station.stops()
    assert (stop.signed, stop.unsigned_because) == (None, "it does not sign")
    assert [fields["edge"] for fields in told(station, "signature.missing")] == ["end"]


def test_an_end_is_asked_for_again_after_a_refusal() -> None:
    station = begun(REQUIRED)
    station.meter_signs = False
    ended(station, OPENS_S + 3.0)
    station.meter_signs = True
    station.advance(3)

    assert [stop.signed is not None for stop in station.stops()] == [True]


@pytest.mark.parametrize("kernel", [False, True])
def test_an_end_is_signed_after_a_power_cut_too(kernel: bool) -> None:
    station = begun(REQUIRED)
    station.advance(30)
    station.restart(kernel=kernel, down_s=30.0)
    station.unplug()
    station.advance(30)

    (stop,) = station.stops()
    assert stop.signed is not None
    assert stop.unsigned_because == ""


def test_a_power_cut_between_signature_and_record_gives_the_same_end_again() -> None:
    station = begun(REQUIRED)
    station.fails = lambda effect: isinstance(effect, RecordStop)
    ended(station)
    signed = station.signed_end
    station.fails = lambda effect: False
    station.restart(down_s=30.0)
    station.advance(30)

    (stop,) = station.stops()
    assert signed is not None
    assert stop.signed == signed


def test_an_end_that_went_with_the_power_is_said_to_be_missing() -> None:
    station = begun(REQUIRED)
    station.signs_for = None
    station.restart(kernel=True, down_s=30.0)
    station.unplug()
    station.advance(40)

    (stop,) = station.stops()
    assert (stop.signed, stop.unsigned_because) == (None, "it measures something else")


def test_a_signature_that_comes_too_late_is_on_no_record_and_told() -> None:
    station = begun(WHEN_AVAILABLE, seconds=0.1)
    station.signs_in_s = 30.0
    station.unplug()
    station.advance(1)
    station.plug_in()
    station.feed(TokenPresented(CARD))
    station.advance(60)

    assert [row.started.signed for row in station.rows.values()] == [None]
    assert told(station, "signature.late")


def test_a_signed_register_that_is_another_than_the_one_on_record_is_told() -> None:
    station = begun(REQUIRED)
    before = station.signs_for
    assert before is not None
    station.signed_end = SignedValue(
        data="end", encoding="test", method="", public_key="", signed_wh=before.signed_wh + 77
    )
    ended(station)

    (fields,) = told(station, "signature.disagreed")
    assert fields["signed_wh"] == before.signed_wh + 77
    assert fields["register_wh"] == station.stops()[0].register_wh


def test_registers_are_compared_in_the_coarser_of_their_steps() -> None:
    value = SignedValue(data="x", encoding="OCMF", method="", public_key="", signed_wh=10_017, step_wh=10)

    assert value.agrees_with(10_010)
    assert not value.agrees_with(10_020)


def test_without_a_wish_nothing_is_signed() -> None:
    station = ended(begun(SessionSettings()))

    assert not any(isinstance(effect, SignBegin | SignEnd) for effect in station.performed)


@pytest.mark.parametrize(
    ("token", "choice", "kind", "data"),
    [
        (IdToken("04A1B2C3"), SignedIdentity.TOKEN, "ISO14443", "04A1B2C3"),
        (IdToken("04A1B2C3D4"), SignedIdentity.TOKEN, "UNDEFINED", "04A1B2C3D4"),
        (IdToken("Anna", "Central"), SignedIdentity.TOKEN, "CENTRAL", "Anna"),
        (IdToken("04A1B2C3"), SignedIdentity.TRANSACTION, "LOCAL", "tx-1"),
        (IdToken("FREEVEND", "NoAuthorization"), SignedIdentity.TOKEN, "NONE", ""),
    ],
)
def test_who_charges_is_signed_as_the_site_wants_it(
    token: IdToken, choice: SignedIdentity, kind: str, data: str
) -> None:
    who = identification(token, KEY, choice)

    assert (who.kind, who.data) == (kind, data)


@pytest.mark.parametrize("length", [0, 1876])
def test_what_no_message_could_carry_is_no_signed_value(length: int) -> None:
    with pytest.raises(ValueError, match="can be told"):
        SignedValue(data="x" * length, encoding="OCMF", method="", public_key="", signed_wh=1)
