"""What we tell besides facts, and what the network answers, well-formed or not."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.facts import MeterReadings, QueuedFact, StopReason, TransactionSampled, TransactionStarted
from agent.core.facts import TransactionStopped as Stopped
from agent.core.identity import IdToken
from agent.core.quantities import ReadingContext
from agent.core.session.events import AuthorizationStatus
from agent.errors import PeerViolation
from agent.ocpp_client.adapter import FactAnswer, Payload, Registration
from agent.ocpp_client.ports import AuthorizationAnswer, StationIdentity
from tests.ocpp_client.v16.station import CARD, KEY, NOON_MS, NOW, ONE, Bench, payload_of

ACCEPTED = AuthorizationAnswer(status=AuthorizationStatus.ACCEPTED)
START = QueuedFact(seq=1, fact=TransactionStarted(key=KEY, connector=ONE, at=NOW, token=CARD, register_wh=0))
STOP = QueuedFact(
    seq=2, fact=Stopped(key=KEY, connector=ONE, at=NOW, register_wh=0, reason=StopReason.LOCAL, token=CARD)
)
SAMPLE = QueuedFact(
    seq=3,
    fact=TransactionSampled(
        key=KEY, connector=ONE, readings=MeterReadings(at=NOW, context=ReadingContext.PERIODIC, readings=())
    ),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=5,
)
FIELDS = st.sampled_from(
    ["status", "currentTime", "interval", "idTagInfo", "transactionId", "parentIdTag", "expiryDate"]
)
ANSWERS = st.recursive(
    st.dictionaries(FIELDS, JSON, max_size=4), lambda inner: st.dictionaries(FIELDS, inner | JSON, max_size=4)
)


@pytest.mark.parametrize("status", list(Registration))
def test_a_boot_is_answered_with_a_status_an_interval_and_a_time(status: Registration) -> None:
    answer = {"status": status.value, "interval": 300, "currentTime": "2026-09-21T14:13:20Z"}

    read = Bench().adapter.read_boot(answer)

    assert (read.status, read.interval_s, read.utc_ms) == (status, 300, NOON_MS)


@pytest.mark.parametrize(
    ("answer", "interval_s"),
    [({}, 0), ({"interval": -5}, 0), ({"interval": 30.0}, 30), ({"interval": "30"}, 0), ({"interval": True}, 0)],
)
def test_a_boot_answer_without_a_usable_interval_leaves_it_to_us(answer: Payload, interval_s: int) -> None:
    read = Bench().adapter.read_boot({"status": "accepted", **answer})

    assert (read.status, read.interval_s, read.utc_ms) == (Registration.ACCEPTED, interval_s, None)


@pytest.mark.parametrize("answer", [{}, {"status": "Maybe"}, {"status": None}, {"status": {}}])
def test_a_boot_answer_without_a_status_is_a_violation(answer: Payload) -> None:
    with pytest.raises(PeerViolation):
        Bench().adapter.read_boot(answer)


def test_a_heartbeat_tells_the_time() -> None:
    adapter = Bench().adapter

    assert adapter.read_heartbeat({"currentTime": "2026-09-21T14:13:20.000000+00:00"}) == NOON_MS
    assert adapter.read_heartbeat({"currentTime": "soon"}) is None
    assert adapter.read_heartbeat({}) is None


@pytest.mark.parametrize("status", ["Accepted", "Blocked", "Expired", "Invalid", "ConcurrentTx"])
def test_an_authorisation_is_read_with_group_and_expiry(status: str) -> None:
    judged = {"status": status, "parentIdTag": "FLEET", "expiryDate": "2026-09-21T14:13:20Z"}

    read = Bench().adapter.read_authorize({"idTagInfo": judged})

    assert read == AuthorizationAnswer(status=AuthorizationStatus(status), group=IdToken("FLEET"), expires_ms=NOON_MS)


def test_a_status_nobody_knows_lets_nobody_in() -> None:
    read = Bench().adapter.read_authorize({"idTagInfo": {"status": "Unreachable"}})

    assert read.status is AuthorizationStatus.INVALID


@pytest.mark.parametrize("answer", [{}, {"idTagInfo": {}}, {"idTagInfo": "Accepted"}, {"idTagInfo": {"status": 1}}])
def test_an_authorisation_without_a_status_is_a_violation(answer: Payload) -> None:
    with pytest.raises(PeerViolation):
        Bench().adapter.read_authorize(answer)


@pytest.mark.parametrize("remote_id", [0, -1, 42, 1_900_000_000_000])
def test_a_start_brings_the_networks_id_of_any_sign(remote_id: int) -> None:
    answer = {"transactionId": remote_id, "idTagInfo": {"status": "Accepted"}}

    assert Bench().adapter.read_fact(START, answer) == FactAnswer(remote_id=remote_id, judged=ACCEPTED)


def test_a_start_may_be_refused_and_still_has_its_id() -> None:
    read = Bench().adapter.read_fact(START, {"transactionId": 0, "idTagInfo": {"status": "ConcurrentTx"}})

    assert read.remote_id == 0
    assert read.judged is not None
    assert read.judged.status is AuthorizationStatus.CONCURRENT_TX


@pytest.mark.parametrize("remote_id", [None, "7", True, 1.5, float("inf"), 2**63, [], {}])
def test_a_start_without_a_usable_id_is_a_violation(remote_id: object) -> None:
    with pytest.raises(PeerViolation):
        Bench().adapter.read_fact(START, {"transactionId": remote_id, "idTagInfo": {"status": "Accepted"}})


def test_a_start_without_a_word_on_the_token_still_has_its_id() -> None:
    assert Bench().adapter.read_fact(START, {"transactionId": 7}) == FactAnswer(remote_id=7)


@pytest.mark.parametrize(("answer", "judged"), [({}, None), ({"idTagInfo": {"status": "Accepted"}}, ACCEPTED)])
def test_a_stop_may_bring_a_word_on_the_token(answer: Payload, judged: AuthorizationAnswer | None) -> None:
    assert Bench().adapter.read_fact(STOP, answer) == FactAnswer(judged=judged)


def test_a_sample_brings_nothing() -> None:
    assert Bench().adapter.read_fact(SAMPLE, {"transactionId": 7}) == FactAnswer()


@given(ANSWERS)
def test_no_answer_of_any_shape_is_more_than_a_violation(answer: Payload) -> None:
    adapter = Bench().adapter
    readers: list[Callable[[Payload], object]] = [adapter.read_boot, adapter.read_heartbeat, adapter.read_authorize]
    readers += [partial(adapter.read_fact, queued) for queued in (START, STOP, SAMPLE)]

    for read in readers:
        try:
            read(answer)
        except PeerViolation as violation:
            assert violation.code in ("ProtocolError", "PropertyConstraintViolation")


def test_an_answer_is_checked_and_its_fault_named() -> None:
    adapter = Bench().adapter

    assert adapter.check_answer("Heartbeat", {"currentTime": "2026-09-21T14:13:20Z"}) is None
    assert adapter.check_answer("Heartbeat", {}) == "payload must contain currentTime"
    assert adapter.check_answer("Authorize", {"idTagInfo": {"status": "No"}}) == (
        "idTagInfo.status must be one of Accepted, Blocked, Expired, Invalid, ConcurrentTx"
    )


def test_a_boot_tells_what_is_known_and_no_more() -> None:
    identity = StationIdentity(vendor="Quay Electric", model="QE-2", firmware_version="1.0")

    assert payload_of(Bench().adapter.boot(identity)) == {
        "chargePointVendor": "Quay Electric",
        "chargePointModel": "QE-2",
        "firmwareVersion": "1.0",
    }


@given(st.builds(StationIdentity, vendor=st.text(min_size=1), model=st.text(min_size=1), serial_number=st.text()))
def test_names_of_any_length_fit_into_a_boot(identity: StationIdentity) -> None:
    payload_of(Bench().adapter.boot(identity))


def test_heartbeat_and_authorisation_fit_their_schemas() -> None:
    adapter = Bench().adapter

    assert payload_of(adapter.heartbeat()) == {}
    assert payload_of(adapter.authorize(CARD)) == {"idTag": CARD.value}
