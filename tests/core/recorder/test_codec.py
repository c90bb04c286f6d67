"""What goes into a recording comes out of it, and nobody can be recognised in it."""

from __future__ import annotations

import typing
from dataclasses import replace

import cbor2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant

from agent.core.faults.catalogue import fault_kind
from agent.core.identity import ConnectorId, IdToken, TransactionKey
from agent.core.recorder.codec import Codec
from agent.core.recorder.schema import Schema, Unreadable, from_plain, schema_of
from agent.core.session.effects import SessionEffect, SignBegin
from agent.core.session.events import AuthorizationDecided, AuthorizationStatus, SessionEvent, TokenPresented
from agent.core.session.model import Session
from agent.core.signatures import Identification
from tests.core.recorder.values import values
from tests.core.session.test_any_session import AnySession

WIDE = settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def there_and_back(hint: object, value: object) -> object:
    """Over CBOR, by codecs that do not know each other."""
    octets = cbor2.dumps(Codec().write(hint, value), canonical=True)
    return Codec().read(hint, cbor2.loads(octets))


@pytest.mark.parametrize("event", typing.get_args(SessionEvent), ids=lambda cls: cls.__name__)
@WIDE
@given(data=st.data())
def test_every_event_comes_back(event: type, data: st.DataObject) -> None:
    value = data.draw(values(event))

    assert there_and_back(SessionEvent, value) == value
    assert repr(there_and_back(SessionEvent, value)) == repr(value)


@pytest.mark.parametrize("effect", typing.get_args(SessionEffect), ids=lambda cls: cls.__name__)
@WIDE
@given(data=st.data())
def test_every_effect_comes_back(effect: type, data: st.DataObject) -> None:
    value = data.draw(values(effect))

    assert there_and_back(SessionEffect, value) == value


class AnyRecordedSession(AnySession):
    """Every session that can be reached comes back, with all that was ordered in its last step."""

    @invariant()
    def it_comes_back(self) -> None:
        session = self.station.session
        back = there_and_back(Session, session)

        assert back == session
        assert isinstance(back, Session)
        assert [_without_who(one) for one in back.outputs.issued] == [
            _without_who(one) for one in session.outputs.issued
        ]


def _without_who(effect: SessionEffect) -> object:
    """Texts lose the ends of tokens, and what is signed loses who it is."""
    return Codec().write(SessionEffect, effect)


TestAnyRecordedSession = AnyRecordedSession.TestCase
TestAnyRecordedSession.settings = settings(max_examples=8, stateful_step_count=30)


def test_a_token_is_veiled_wherever_it_stands() -> None:
    codec = Codec(veil=lambda value: "F" * len(value))
    card = IdToken("04A1B2C3D4")

    plain = [
        codec.write(SessionEvent, TokenPresented(card)),
        codec.write(
            SessionEvent,
            AuthorizationDecided(
                token=card, status=AuthorizationStatus.ACCEPTED, group=card, detail=f"the list knows {card.masked} well"
            ),
        ),
        codec.write(
            SessionEffect,
            SignBegin(
                key=TransactionKey("k"),
                identification=Identification(kind="ISO14443", data=card.value, flags=("RFID_PLAIN",)),
            ),
        ),
    ]

    assert "C3D4" not in repr(plain)
    assert "well" in repr(plain)


def test_a_mask_is_left_out_however_short_the_token() -> None:
    decided = AuthorizationDecided(token=IdToken("AB"), status=AuthorizationStatus.BLOCKED, detail=IdToken("AB").masked)

    assert Codec().write(SessionEvent, decided)[-1] == "…"


# Other versions.


def schema_with(**classes: tuple[str, ...]) -> Schema:
    return replace(schema_of(), classes={**schema_of().classes, **classes})


def test_a_recording_without_a_new_field_is_read_with_its_default() -> None:
    before = tuple(name for name in schema_of().classes["TokenPresented"])
    settings_then = tuple(one for one in schema_of().classes["SessionSettings"] if one != "evse_id")
    then = Codec(written_with=schema_with(SessionSettings=settings_then, TokenPresented=before))
    session = Session(connector=ConnectorId(1))

    plain = then.write(Session, session)

    assert then.read(Session, plain) == session
    assert then.compares_all
    assert len(plain[3]) == len(settings_then)


def test_a_new_field_of_a_class_that_is_new_too_has_its_default() -> None:
    classes = schema_with(FaultRegister=("faults",)).classes
    older = {name: given for name, given in classes.items() if name != "StandingFault"}
    then = Codec(written_with=replace(schema_of(), classes=older))
    session = Session(connector=ConnectorId(1))

    assert then.read(Session, then.write(Session, session)) == session
    assert then.compares_all


def test_a_field_that_is_gone_is_passed_over_where_it_said_nothing() -> None:
    then = Codec(written_with=schema_with(Tick=("colour",)))

    assert then.read(SessionEvent, [then.names.index("Tick"), None]) is not None
    assert not then.compares_all
    with pytest.raises(Unreadable, match=r"Tick\.colour"):
        then.read(SessionEvent, [then.names.index("Tick"), "red"])


def test_what_this_version_does_not_know_is_said_in_a_sentence() -> None:
    then = Codec(written_with=schema_with(Earthquake=()))

    with pytest.raises(Unreadable, match="Earthquake of the recording is unknown to this version"):
        then.read(SessionEvent, [then.names.index("Earthquake")])


def test_the_schema_comes_back() -> None:
    assert from_plain(cbor2.loads(cbor2.dumps(schema_of().as_plain()))) == schema_of()


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=8),
    max_leaves=30,
)


@given(JUNK)
def test_whatever_else_is_read_is_refused_in_a_sentence(junk: object) -> None:
    for hint in (Session, SessionEvent, tuple[SessionEffect, ...]):
        try:
            Codec().read(hint, junk)
        except Unreadable as error:
            assert str(error)


def test_a_fault_comes_back_as_the_row_of_the_catalogue() -> None:
    kind = fault_kind("cp.diode")

    assert there_and_back(type(kind), kind) is kind
