"""Files and firmware over 1.6: what is asked for, what is refused, and the words that are told."""

from __future__ import annotations

import asyncio

import pytest

from agent.core.maintenance.updates import FirmwareNotice, FirmwareState, Signed, UpdateRequest, UpdateVerdict
from agent.core.maintenance.uploading import DEFAULT_INTERVAL_S, DEFAULT_RETRIES
from agent.core.maintenance.uploads import LogKind, UploadNotice, UploadRequest, UploadState, UploadVerdict
from agent.errors import PeerViolation
from agent.ocpp_client.adapter import Payload, WireCall
from agent.ocpp_client.rpc.calls import Answer, Refusal, Silence
from agent.ocpp_client.station.noticing import NoticesPort, Noticing
from agent.ocpp_client.v16.notices import ASKED_WORDS, FIRMWARE_WORDS, notification, triggered
from tests.ocpp_client.v16.maintenance import RecordingMaintenance
from tests.ocpp_client.v16.station import Bench, faults_of

NOON, NOON_MS = "2026-09-21T14:13:20Z", 1_790_000_000_000
LOG: Payload = {"logType": "SecurityLog", "requestId": 7, "log": {"remoteLocation": "https://h/in/"}}
FIRMWARE: Payload = {
    "location": "https://h/fw",
    "retrieveDateTime": NOON,
    "signingCertificate": "pem",
    "signature": "c2ln",
}


def asked_of(bench: Bench) -> list[UploadRequest | UpdateRequest]:
    assert bench.maintenance is not None
    return bench.maintenance.asked


def with_port(**traits: object) -> Bench:
    return Bench(maintenance=RecordingMaintenance(**traits))  # type: ignore[arg-type]


# GetDiagnostics


def test_diagnostics_are_promised_by_name() -> None:
    bench = Bench()
    asked = {"location": "ftp://h/", "retries": 0, "retryInterval": 5, "startTime": NOON, "stopTime": NOON}

    assert bench.command("GetDiagnostics", asked).payload == {"fileName": "diagnostics-CP-1.tar.gz"}
    assert asked_of(bench) == [
        UploadRequest(
            kind=LogKind.DIAGNOSTICS,
            location="ftp://h/",
            retries=0,
            retry_interval_s=5,
            oldest_ms=NOON_MS,
            latest_ms=NOON_MS,
        )
    ]


def test_what_the_network_leaves_open_is_decided_here() -> None:
    bench = Bench()
    bench.command("GetDiagnostics", {"location": "ftp://h/"})
    [asked] = asked_of(bench)

    assert (asked.retries, asked.retry_interval_s) == (DEFAULT_RETRIES, DEFAULT_INTERVAL_S)


def test_without_a_file_no_name_is_given() -> None:
    assert with_port(file_name="").command("GetDiagnostics", {"location": "ftp://h/"}).payload == {}


@pytest.mark.parametrize(
    ("action", "payload"),
    [
        ("GetDiagnostics", {"location": "ftp://h/", "startTime": "yesterday"}),
        ("GetLog", LOG | {"log": {"remoteLocation": "https://h/", "latestTimestamp": "x"}}),
        ("UpdateFirmware", {"location": "https://h/", "retrieveDate": "soon"}),
        ("SignedUpdateFirmware", {"requestId": 1, "firmware": FIRMWARE | {"installDateTime": "x"}}),
    ],
)
def test_a_time_that_is_none_is_refused_and_nothing_begins(action: str, payload: Payload) -> None:
    bench = Bench()

    with pytest.raises(PeerViolation, match="is no time"):
        bench.command(action, payload)
    assert asked_of(bench) == []


@pytest.mark.parametrize(
    ("action", "payload"),
    [
        ("GetDiagnostics", {"location": "ftp://h/"}),
        ("GetLog", LOG),
        ("UpdateFirmware", {"location": "https://h/", "retrieveDate": NOON}),
        ("SignedUpdateFirmware", {"requestId": 1, "firmware": FIRMWARE}),
        ("TriggerMessage", {"requestedMessage": "FirmwareStatusNotification"}),
        ("ExtendedTriggerMessage", {"requestedMessage": "LogStatusNotification"}),
    ],
)
def test_a_charger_without_files_does_not_support_them(action: str, payload: Payload) -> None:
    with pytest.raises(PeerViolation) as refused:
        Bench(maintenance=None).command(action, payload)

    assert refused.value.code == "NotSupported"


# GetLog


@pytest.mark.parametrize("verdict", [UploadVerdict.ACCEPTED, UploadVerdict.ACCEPTED_CANCELED])
def test_a_log_is_promised_by_name_under_its_request_id(verdict: UploadVerdict) -> None:
    bench = with_port(uploads=verdict, file_name="security.txt")

    assert bench.command("GetLog", LOG).payload == {"status": verdict.value, "filename": "security.txt"}
    [asked] = asked_of(bench)
    assert isinstance(asked, UploadRequest)
    assert (asked.kind, asked.request_id, asked.location) == (LogKind.SECURITY, 7, "https://h/in/")


def test_a_log_that_will_not_come_has_no_name() -> None:
    bench = with_port(uploads=UploadVerdict.REJECTED, file_name="")

    assert bench.command("GetLog", LOG).payload == {"status": "Rejected"}


# Firmware


def test_an_order_without_a_signature_is_passed_on() -> None:
    bench = Bench()
    bench.command("UpdateFirmware", {"location": "https://h/fw", "retrieveDate": NOON, "retries": 1})
    [asked] = asked_of(bench)

    assert isinstance(asked, UpdateRequest)
    assert (asked.location, asked.retrieve_at_ms, asked.retries, asked.signed) == ("https://h/fw", NOON_MS, 1, None)


def test_an_order_that_is_not_taken_is_an_error_and_no_promise() -> None:
    bench = with_port(objection="only signed orders are taken here")

    with pytest.raises(PeerViolation, match="signed orders") as refused:
        bench.command("UpdateFirmware", {"location": "https://h/fw", "retrieveDate": NOON})
    assert refused.value.code == "NotSupported"
    assert asked_of(bench) == []


@pytest.mark.parametrize("verdict", list(UpdateVerdict))
def test_a_signed_order_is_answered_by_what_became_of_it(verdict: UpdateVerdict) -> None:
    bench = with_port(updates=verdict)
    asked = {"requestId": 9, "firmware": FIRMWARE | {"installDateTime": NOON}}

    assert bench.status_of("SignedUpdateFirmware", asked) == verdict.value
    [order] = asked_of(bench)
    assert isinstance(order, UpdateRequest)
    assert (order.request_id, order.install_at_ms) == (9, NOON_MS)
    assert order.signed == Signed(certificate="pem", signature="c2ln")


def test_a_signed_order_that_nobody_can_carry_out_is_not_supported_and_no_promise() -> None:
    bench = with_port(objection="no installer yet")

    with pytest.raises(PeerViolation, match="no installer") as refused:
        bench.command("SignedUpdateFirmware", {"requestId": 9, "firmware": FIRMWARE})
    assert refused.value.code == "NotSupported"
    assert asked_of(bench) == []


# Words


@pytest.mark.parametrize("request_id", [None, 7])
@pytest.mark.parametrize("is_log", [True, False])
@pytest.mark.parametrize("state", list(UploadState))
def test_every_word_of_an_upload_is_one_of_1_6(state: UploadState, is_log: bool, request_id: int | None) -> None:
    notice = UploadNotice(state=state, is_log=is_log, request_id=request_id)
    for call in (notification(notice), triggered(notice)):
        assert call is None or faults_of(call.action, call.payload) == []


@pytest.mark.parametrize("is_signed", [True, False])
@pytest.mark.parametrize("state", list(FirmwareState))
def test_every_word_of_an_update_is_one_of_1_6(state: FirmwareState, is_signed: bool) -> None:
    notice = FirmwareNotice(state=state, is_signed=is_signed, request_id=7)
    for call in (notification(notice), triggered(notice)):
        assert call is None or faults_of(call.action, call.payload) == []


@pytest.mark.parametrize(
    ("action", "wanted", "sent"),
    [
        (
            "TriggerMessage",
            "DiagnosticsStatusNotification",
            WireCall("DiagnosticsStatusNotification", {"status": "Idle"}),
        ),
        ("TriggerMessage", "FirmwareStatusNotification", WireCall("FirmwareStatusNotification", {"status": "Idle"})),
        ("ExtendedTriggerMessage", "LogStatusNotification", WireCall("LogStatusNotification", {"status": "Idle"})),
        (
            "ExtendedTriggerMessage",
            "FirmwareStatusNotification",
            WireCall("SignedFirmwareStatusNotification", {"status": "Idle"}),
        ),
    ],
)
def test_a_network_that_asks_is_told_that_nothing_is_under_way(action: str, wanted: str, sent: WireCall) -> None:
    assert Bench().command(action, {"requestedMessage": wanted}).then == (sent,)


def test_a_network_that_asks_is_told_the_number_of_what_is_under_way() -> None:
    bench = with_port(firmware_state=FirmwareState.INSTALL_SCHEDULED, upload_state=UploadState.UPLOADING)

    [firmware] = bench.command("ExtendedTriggerMessage", {"requestedMessage": "FirmwareStatusNotification"}).then
    [log] = bench.command("ExtendedTriggerMessage", {"requestedMessage": "LogStatusNotification"}).then
    assert firmware.payload == {"status": "InstallScheduled", "requestId": 7}
    assert log.payload == {"status": "Uploading", "requestId": 7}


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (FirmwareState.DOWNLOAD_SCHEDULED, "Idle"),
        (FirmwareState.SIGNATURE_VERIFIED, "Downloaded"),
        (FirmwareState.INSTALL_SCHEDULED, "Downloaded"),
        (FirmwareState.INSTALL_REBOOTING, "Installing"),
    ],
)
def test_a_network_that_asks_by_the_plain_message_is_told_the_last_word_that_one_has(
    state: FirmwareState, word: str
) -> None:
    bench = with_port(firmware_state=state)

    [told] = bench.command("TriggerMessage", {"requestedMessage": "FirmwareStatusNotification"}).then
    assert told == WireCall("FirmwareStatusNotification", {"status": word})


def test_every_state_that_the_plain_message_never_tells_has_a_word_for_a_network_that_asks() -> None:
    wordless = {state for state, word in FIRMWARE_WORDS.items() if word is None}

    assert wordless - set(ASKED_WORDS) == {FirmwareState.DOWNLOAD_SCHEDULED}


# The queue


class Notices:
    """A `NoticesPort` in memory."""

    def __init__(self, *waiting: UploadNotice) -> None:
        self.waiting = list(waiting)

    def next_notice(self) -> UploadNotice | None:
        return self.waiting[0] if self.waiting else None

    async def notice_told(self, notice: object) -> None:
        if self.waiting[:1] == [notice]:
            self.waiting.pop(0)


class Words:
    def notice(self, notice: object) -> WireCall | None:
        assert isinstance(notice, UploadNotice)
        return notification(notice)


FIRST, SECOND = UploadNotice(state=UploadState.UPLOADING), UploadNotice(state=UploadState.UPLOADED)
WORDLESS = UploadNotice(state=UploadState.CANCELED)


def noticing(*waiting: UploadNotice) -> tuple[Noticing, Notices]:
    notices = Notices(*waiting)
    port: NoticesPort = notices
    return Noticing(Words(), port), notices


@pytest.mark.parametrize("outcome", [Answer({}), Refusal("NotSupported"), Refusal("InternalError")])
def test_a_notice_is_told_once_also_where_the_answer_is_an_error(outcome: Answer | Refusal) -> None:
    async def told() -> None:
        teller, notices = noticing(FIRST, SECOND)
        turn = await teller.turn(0.0)
        assert turn is not None
        await teller.took(turn, outcome, 1.0, 60.0)

        assert notices.waiting == [SECOND]
        await teller.took(turn, outcome, 2.0, 60.0)
        assert notices.waiting == [SECOND]

    asyncio.run(told())


def test_a_notice_without_an_answer_waits_longer_each_time_and_holds_nobody_up() -> None:
    async def told() -> None:
        teller, notices = noticing(FIRST)
        turn = await teller.turn(0.0)
        assert turn is not None
        await teller.took(turn, Silence(), 30.0, 60.0)
        assert (await teller.turn(89.0), teller.wake_at_s()) == (None, 90.0)
        assert await teller.turn(90.0) == turn
        await teller.took(turn, Silence(), 100.0, 60.0)
        assert teller.wake_at_s() == 220.0

        teller.connected()
        assert await teller.turn(101.0) == turn
        assert notices.waiting == [FIRST]

    asyncio.run(told())


def test_a_notice_without_a_word_in_this_version_is_settled_unsent() -> None:
    async def told() -> None:
        teller, notices = noticing(WORDLESS, SECOND)
        turn = await teller.turn(0.0)

        assert turn is not None
        assert (turn.about, notices.waiting) == (SECOND, [SECOND])

    asyncio.run(told())
