"""A day of a charger with a central system of other people's making, which checks every frame by schemas of its own.

`ocpp-rpc` (Node, MIT) shares no code with the `ocpp` package that the bench is built on, nor with the agent: another
language, another websocket, another validator (ajv, with formats), and its own copy of the published schemas, those of
the security whitepaper among them. The charger is the whole agent in its simulated world.
"""

from __future__ import annotations

import asyncio
import json
import re
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from agent.ocpp_client.v16.adapter import KNOWN_ACTIONS
from firmware_sim import virtual_loop
from tests.peers.peer import HERE, Peer, missing
from tests.simulation.maintenance import LONG_AGO, SITE, image
from tests.simulation.maker import Maker
from tests.simulation.stage import BAD_CARD, CARD, OTHER_CARD, Charger
from tests.transfer.servers import Web, web_server
from tools import ocpp16
from tools.csms.authority import Authority
from tools.simulate.room import NOTHING
from tools.simulate.run import Options, Stage

KEY = "a-key-of-20-letters!"
STATUSES = {
    "Available", "Preparing", "Charging", "SuspendedEV", "SuspendedEVSE", "Finishing", "Reserved", "Unavailable",
    "Faulted",
}  # fmt: skip
"""All of 1.6."""
UNTIL = "2027-01-15T18:00:00Z"


class Day:
    """A charger, its peer, a server for files, and what was agreed between them."""

    def __init__(self, peer: Peer, charger: Charger, web: Web, maker: Maker) -> None:
        self.peer = peer
        self.heard = peer.heard
        self.charger = charger
        self.web = web
        self.maker = maker
        self.answered: set[str] = set()

    async def ask(self, action: str, **payload: Any) -> dict[str, Any]:
        """A command; its answer has passed the schema."""
        answer = await self.peer.call(action, **payload)
        self.answered.add(action)
        return answer

    async def accepted(self, action: str, **payload: Any) -> None:
        assert (await self.ask(action, **payload))["status"] == "Accepted", f"{action} {payload}"

    async def set(self, **keys: object) -> None:
        for key, value in keys.items():
            await self.accepted("ChangeConfiguration", key=key, value=str(value))

    async def trigger(self, action: str, message: str, **more: Any) -> None:
        await self.accepted(action, requestedMessage=message, **more)
        await self.charger.passes(3)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Raises TimeoutError after ten minutes, which is longer than any wait between two tries to connect."""
        async with asyncio.timeout(600):
            while not condition():
                await self.charger.passes(5)

    def begun(self) -> list[dict[str, Any]]:
        return self.heard.calls("StartTransaction")

    def ended(self) -> list[dict[str, Any]]:
        return self.heard.calls("StopTransaction")


@asynccontextmanager
async def day(folder: Path, web: Web, **behaviour: Any) -> AsyncIterator[Day]:
    """A charger with a lockable socket, booting, beside the peer that was told how to behave."""
    maker = Maker(folder)
    site = f'[tls]\nmanufacturer_root_file = "{maker.root_file}"\n{SITE}accept_unsigned_orders = true\n'
    async with AsyncExitStack() as stack:
        peer = Peer(folder)
        await peer.open()
        stack.push_async_callback(peer.close)
        peer.behave(refused=[BAD_CARD], **behaviour)
        options = Options(board="sim-socket", more_site=site)
        stage = await Stage.set_up(NOTHING, options, folder, stack, url=peer.url)
        yield Day(peer, Charger(stage), web, maker)
        assert stage.breaches() == []
        await stage.charger.stop()


def live(story: Callable[[Day], Awaitable[None]], **behaviour: Any) -> Day:
    """Tell a story; the peer may have found no frame wrong."""

    async def whole(folder: Path, web: Web) -> Day:
        async with day(folder, web, **behaviour) as one:
            await story(one)
        assert one.heard.wrong == []
        return one

    with tempfile.TemporaryDirectory(prefix="evse-peer-") as folder, web_server() as web:
        return virtual_loop.run(whole(Path(folder), web))


# The hours of the day.


async def boots_pending(day: Day) -> None:
    """The central system looks around and sets what it wants, and only then takes the charger in."""
    await day.charger.passes(3)
    assert len((await day.ask("GetConfiguration"))["configurationKey"]) > 40
    measurands = "Energy.Active.Import.Register,Power.Active.Import,Current.Import,Voltage,Current.Offered,Frequency"
    await day.set(MeterValueSampleInterval=20, ClockAlignedDataInterval=60, HeartbeatInterval=120)
    await day.set(MeterValuesSampledData=measurands, MeterValuesAlignedData=measurands)
    await day.set(StopTxnSampledData=measurands, StopTxnAlignedData=measurands)
    assert day.heard.actions("from") == {"BootNotification"}
    day.peer.behave(registration="Accepted")
    await day.charger.passes(15)
    assert "StatusNotification" in day.heard.actions("from")


async def logs_in(day: Day) -> None:
    """A key in hexadecimal digits, its octets in each reconnection; where they are wrong, no connection. Profile 1."""
    assert not day.heard.lines[0]["hasPassword"]
    await day.set(AuthorizationKey=KEY.encode().hex())
    day.peer.behave(password=KEY)
    await day.charger.passes(30)
    await day.set(SecurityProfile=1)
    await day.charger.passes(30)
    day.peer.behave(password="somebody else's key!")
    day.peer.drop()
    await day.charger.passes(60)
    day.peer.behave(password=KEY)
    await day.until(lambda: day.heard.lines[-1]["what"] == "connected")

    told = [line for line in day.heard.lines if line["what"] in ("admitted", "refused")]
    assert [line["what"] for line in told[:3]] == ["admitted"] * 3, "at first, with the key, with the profile"
    assert {line["what"] for line in told[3:-1]} == {"refused"}
    assert told[-1]["what"] == "admitted" and all(line["hasPassword"] for line in told[1:])
    assert {(line["identity"], line["endpoint"], *line["protocols"]) for line in told} == {
        ("SIM-1", "/ocpp/deep", "ocpp1.6")
    }


async def is_given_lists_and_reservations(day: Day) -> None:
    entries = [{"idTag": CARD, "idTagInfo": {"status": "Accepted", "parentIdTag": "FAMILY"}}]
    await day.accepted("SendLocalList", listVersion=1, updateType="Full", localAuthorizationList=entries)
    more = [{"idTag": OTHER_CARD, "idTagInfo": {"status": "Accepted", "expiryDate": UNTIL}}, {"idTag": "GONE"}]
    await day.accepted("SendLocalList", listVersion=2, updateType="Differential", localAuthorizationList=more)
    assert await day.ask("GetLocalListVersion") == {"listVersion": 2}
    await day.accepted("ClearCache")
    reservation = {"connectorId": 1, "expiryDate": UNTIL, "idTag": CARD}
    await day.accepted("ReserveNow", reservationId=7, **reservation)
    await day.charger.passes(5)
    await day.accepted("CancelReservation", reservationId=7)
    await day.charger.passes(5)
    await day.accepted("ReserveNow", reservationId=8, **reservation)
    await day.charger.passes(5)


async def charges_under_profiles(day: Day) -> None:
    """A reserved charge that the network limits, pauses and looks at, and that the car interrupts."""
    charger = day.charger
    await charger.plug_in()
    await charger.swipe(BAD_CARD)
    await charger.swipe(CARD)
    await charger.passes(60)
    assert [start["reservationId"] for start in day.begun()] == [8]
    await day.accepted("SetChargingProfile", connectorId=1, csChargingProfiles=_profile(1, 10.5, transactionId=1))
    schedule = await day.ask("GetCompositeSchedule", connectorId=1, duration=7200, chargingRateUnit="W")
    assert schedule["status"] == "Accepted"
    await charger.passes(120)
    await day.accepted("SetChargingProfile", connectorId=1, csChargingProfiles=_profile(1, 0, transactionId=1))
    await charger.passes(60)
    await day.accepted("ClearChargingProfile", id=1)
    await charger.passes(120)
    await charger.world("suspend", connector=1)
    await charger.passes(30)
    await charger.world("resume", connector=1)
    await charger.passes(60)
    for message in (
        "BootNotification", "Heartbeat", "StatusNotification", "MeterValues", "DiagnosticsStatusNotification",
        "FirmwareStatusNotification",
    ):  # fmt: skip
        await day.trigger("TriggerMessage", message)
    await _leave(charger)
    contexts = {value["context"] for one in day.ended()[0]["transactionData"] for value in one["sampledValue"]}
    assert contexts == {"Transaction.Begin", "Sample.Periodic", "Sample.Clock", "Transaction.End"}


def _profile(number: int, limit_a: float, **more: Any) -> dict[str, Any]:
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit_a}]}
    traits = {"chargingProfilePurpose": "TxProfile", "chargingProfileKind": "Relative", "chargingSchedule": schedule}
    return {"chargingProfileId": number, "stackLevel": 1} | traits | more


async def is_driven_from_afar(day: Day) -> None:
    charger = day.charger
    await day.accepted("RemoteStartTransaction", connectorId=1, idTag=OTHER_CARD, chargingProfile=_profile(2, 12))
    await charger.plug_in()
    await charger.passes(60)
    await day.accepted("RemoteStopTransaction", transactionId=len(day.begun()))
    await charger.passes(10)
    assert (await day.ask("UnlockConnector", connectorId=1))["status"] == "Unlocked"
    await charger.world("plug_out", connector=1)
    await charger.passes(5)
    await day.accepted("ChangeAvailability", connectorId=1, type="Inoperative")
    await charger.passes(5)
    await day.accepted("ChangeAvailability", connectorId=1, type="Operative")
    assert (await day.ask("DataTransfer", vendorId="nobody", data="{}"))["status"] == "UnknownVendorId"
    await charger.world("fault", name="estop", connector=1)
    await charger.passes(10)
    await charger.world("heal", name="estop", connector=1)
    await charger.passes(10)
    assert [stop["reason"] for stop in day.ended()[1:]] == ["Remote"]
    await day.accepted("Reset", type="Soft")
    await charger.passes(60)


async def outlives_its_central_system(day: Day) -> None:
    """It dies during a charge. That charge ends, another one comes and goes, and all of it is told afterwards, once."""
    charger, ledger = day.charger, day.charger.agent.station.store.ledger
    await charger.charge()
    await charger.passes(60)
    told = len(day.begun()), len(day.ended())
    day.peer.kill()
    await charger.passes(60)
    await _leave(charger)
    await charger.charge()
    await charger.passes(120)
    await _leave(charger)
    assert ledger.queued() > 10
    day.peer.behave(transaction=100)
    back = day.peer.moment()
    day.peer.start()
    await day.until(lambda: ledger.queued() == 0)

    [start], [first, second] = day.begun()[told[0] :], day.ended()[told[1] :]
    assert first["timestamp"] < start["timestamp"] < second["timestamp"] < back
    assert (first["transactionId"], second["transactionId"]) == (told[0], 101)
    assert start["meterStart"] == first["meterStop"] < second["meterStop"]


async def _leave(charger: Charger) -> None:
    """The card again, and the cable out."""
    await charger.swipe(CARD)
    await charger.passes(10)
    await charger.world("plug_out", connector=1)
    await charger.passes(10)


async def sends_files_and_takes_firmware(day: Day) -> None:
    charger, web = day.charger, day.web
    content = image()
    web.files["/fw"] = content
    assert (await day.ask("GetDiagnostics", location=web.url("/in/")))["fileName"]
    await charger.passes(20)
    log = {"remoteLocation": web.url("/in/"), "oldestTimestamp": LONG_AGO}
    await day.accepted("GetLog", logType="SecurityLog", requestId=3, log=log)
    await charger.passes(20)
    assert await day.ask("UpdateFirmware", location=web.url("/fw"), retrieveDate=LONG_AGO) == {}
    await charger.passes(180)
    firmware = {"location": web.url("/fw"), "retrieveDateTime": LONG_AGO, "signingCertificate": day.maker.certificate}
    signed = {"firmware": firmware | {"signature": day.maker.sign(content)}, "requestId": 4}
    await day.accepted("SignedUpdateFirmware", **signed)
    await charger.passes(180)
    assert day.heard.words("DiagnosticsStatusNotification") == ["Idle", "Uploading", "Uploaded"]
    assert day.heard.words("LogStatusNotification") == ["Uploading", "Uploaded"]
    assert day.heard.words("FirmwareStatusNotification")[-1] == "Installed"
    assert day.heard.words("SignedFirmwareStatusNotification")[-1] == "Installed"


async def renews_its_certificates(day: Day) -> None:
    authority, former = Authority(), Authority("an authority of former times")
    root = {"certificateType": "CentralSystemRootCertificate"}
    await day.accepted("InstallCertificate", certificate=former.root_pem, **root)
    [known] = (await day.ask("GetInstalledCertificateIds", **root))["certificateHashData"]
    await day.accepted("InstallCertificate", certificate=authority.root_pem, **root)
    await day.trigger("ExtendedTriggerMessage", "SignChargePointCertificate")
    [request] = day.heard.calls("SignCertificate")
    await day.accepted("CertificateSigned", certificateChain=authority.sign(request["csr"]))
    await day.charger.passes(30)  # it comes back with the new one
    await day.accepted("DeleteCertificate", certificateHashData=known)
    [left] = (await day.ask("GetInstalledCertificateIds", **root))["certificateHashData"]
    assert left != known
    for message in (
        "BootNotification", "LogStatusNotification", "FirmwareStatusNotification", "Heartbeat", "MeterValues",
        "StatusNotification",
    ):  # fmt: skip
        await day.trigger("ExtendedTriggerMessage", message)


# What is proven.


@pytest.fixture
def peer_is_there() -> None:
    if why := missing():
        pytest.skip(why)


@pytest.mark.usefixtures("peer_is_there")
def test_every_frame_of_a_day_passes_the_schemas_of_a_second_central_system() -> None:
    async def story(day: Day) -> None:
        await boots_pending(day)
        await logs_in(day)
        await is_given_lists_and_reservations(day)
        await charges_under_profiles(day)
        await is_driven_from_afar(day)
        await outlives_its_central_system(day)
        await sends_files_and_takes_firmware(day)
        await renews_its_certificates(day)

    lived = live(story, registration="Pending", interval=10)

    ours = {row.action for row in ocpp16.rows() if row.code and not row.is_command}
    assert lived.heard.actions("from") == ours
    assert lived.answered == KNOWN_ACTIONS
    assert set(lived.heard.words("StatusNotification")) == STATUSES
    errors = [frame for _, frame in lived.heard.frames if frame[0] not in (2, 3)]
    assert errors == []


FAULTY = {
    "a status that is none": ("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Asleep"}),
    "a field too many": ("Heartbeat", {"why": "not"}),
    "a token of 21 letters": ("Authorize", {"idTag": "x" * 21}),
    "a day that no year has": ("SecurityEventNotification", {"type": "x", "timestamp": "2027-02-30T08:00:00Z"}),
    "an event of 51 letters": ("SecurityEventNotification", {"type": "x" * 51, "timestamp": UNTIL}),
}


@pytest.mark.usefixtures("peer_is_there")
def test_the_second_central_system_tells_every_frame_that_is_wrong(tmp_path: Path) -> None:
    """Else that it found none would prove nothing."""

    async def story() -> None:
        peer = Peer(tmp_path)
        await peer.open()
        try:
            async with connect(f"{peer.url}/CP-1", subprotocols=["ocpp1.6"]) as socket:  # type: ignore[list-item]
                for number, (action, payload) in enumerate(FAULTY.values()):
                    await socket.send(json.dumps([2, str(number), action, payload]))
                    assert json.loads(await socket.recv())[0] == 4
                    assert len(peer.heard.wrong) == number + 1, f"{action} {payload}"
                await socket.send(json.dumps([2, "0", "Heartbeat", {}]))
                await socket.recv()
                assert "message id" in peer.heard.wrong[-1], "it was used before"
            peer.behave(password=KEY)
            with pytest.raises(InvalidStatus):
                await connect(f"{peer.url}/CP-1", subprotocols=["ocpp1.6"])  # type: ignore[list-item]
        finally:
            await peer.close()

    virtual_loop.run(story())


def test_what_is_fetched_for_the_peer_is_known_by_its_hash_and_by_no_address() -> None:
    text = (HERE / "package-lock.json").read_text()
    packages = {name: one for name, one in json.loads(text)["packages"].items() if name}

    assert packages
    assert [name for name, one in packages.items() if not one["integrity"].startswith("sha512-")] == []
    assert not re.search(r'"resolved"|registry', text), "npm install with tests/peers/.npmrc writes it without"
