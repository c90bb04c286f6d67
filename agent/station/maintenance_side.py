"""Files and firmware as the network may ask for them: `MaintenancePort` and `NoticesPort` of the OCPP client."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

from agent.config.model import HttpUpload, StationConfig
from agent.core.facts import StopReason
from agent.core.maintenance.notices import Notice
from agent.core.maintenance.updates import FirmwareNotice, FirmwareState, Signed, UpdateRequest, UpdateVerdict
from agent.core.maintenance.uploads import UploadAnswer, UploadNotice, UploadRequest
from agent.core.session.events import AvailabilityRequested
from agent.core.session.model import SessionPhase
from agent.errors import SecurityError
from agent.ids import Ids
from agent.maintenance.ports import Means
from agent.maintenance.updater import Updater
from agent.maintenance.uploader import Uploader
from agent.security.events import SecurityEvent
from agent.security.firmware import objection_to_image, objection_to_signer, sha256_of
from agent.station.diagnostics import Diagnostics, in_thread
from agent.station.installers import folder_of, installer_of
from agent.station.station import Station
from agent.transfer.addresses import Scheme
from agent.transfer.connecting import TransferRules
from agent.transfer.courier import Courier

BYTES_OF_A_MEGABYTE = 1024 * 1024
NO_ROOT = "signed firmware needs the manufacturer's root; check [tls] manufacturer_root_file, or InstallCertificate"
SIGNED_ONLY = "only signed orders are taken here (SignedUpdateFirmware); check [firmware] accept_unsigned_orders"


class Roots(Protocol):
    """Whom the manufacturer vouches for, and the time certificates are judged by."""

    async def manufacturer_roots(self) -> tuple[str, ...]: ...

    def now_ms(self) -> int: ...


class MaintenanceSide:
    """One object a run. `news` is called when there is something to tell the network."""

    def __init__(
        self, station: Station, roots: Roots | None, diagnostics: Diagnostics, ids: Ids, *, news: Callable[[], None]
    ) -> None:
        config = station.config
        self._station = station
        self._has_manufacturer = config.tls.manufacturer_root_file is not None
        means = Means(
            clock=station.clock,
            courier=Courier(transfer_rules(config)),
            shelf=station.store.settings,
            premises=_Premises(station),
            folder=folder_of(config),
            news=news,
        )
        name = config.ocpp.identity if config.ocpp is not None else config.station.serial_number
        self._diagnostics = Uploader("Diagnostics", means, diagnostics.write, station=name, is_log=False)
        self._log = Uploader("Log", means, diagnostics.write, station=name, is_log=True)
        self._updater = Updater(means, installer_of(config), _Trust(roots), ids.message_id)

    def works(self) -> dict[str, Callable[[], Awaitable[None]]]:
        """What goes on for ever, by name. Each by itself: a file that cannot be sent must not end an installation."""
        return {"diagnostics": self._diagnostics.run, "logs": self._log.run, "firmware": self._updater.run}

    # MaintenancePort.

    async def upload(self, request: UploadRequest) -> UploadAnswer:
        return await (self._diagnostics if request.request_id is None else self._log).request(request)

    async def update(self, request: UpdateRequest) -> UpdateVerdict:
        return await self._updater.order(request)

    def objection_to_update(self, *, is_signed: bool) -> str:
        if self._updater.objection:
            return self._updater.objection
        takes_unsigned = self._station.config.firmware.accept_unsigned_orders or not self._has_manufacturer
        return "" if is_signed or takes_unsigned else SIGNED_ONLY

    def upload_notice(self, *, is_log: bool) -> UploadNotice:
        return (self._log if is_log else self._diagnostics).present()

    def firmware_notice(self, *, is_signed: bool) -> FirmwareNotice:
        return self._updater.present(is_signed=is_signed)

    # NoticesPort.

    def next_notice(self) -> Notice | None:
        return self._updater.next_notice() or self._diagnostics.next_notice() or self._log.next_notice()

    async def notice_told(self, notice: Notice) -> None:
        match notice:
            case UploadNotice(is_log=True):
                await self._log.told(notice)
            case UploadNotice():
                await self._diagnostics.told(notice)
            case FirmwareNotice():
                await self._updater.told(notice)


class _Premises:
    """The charger around an update."""

    def __init__(self, station: Station) -> None:
        self._station = station

    def is_free(self) -> bool:
        busy = (SessionPhase.STARTING, SessionPhase.CHARGING, SessionPhase.STOPPING)
        return all(one.transaction is None and one.phase not in busy for one in self._station.sessions())

    def hold(self, is_held: bool) -> None:
        """Not on record: after a restart the connectors are again what the network last said."""
        self._station.is_held = is_held
        for id, connector in self._station.connectors.items():
            operative = not is_held and self._station.store.latches.operative(id)
            connector.post(AvailabilityRequested(operative, is_lasting=False))

    def restart(self) -> None:
        self._station.note_security(SecurityEvent.RESET_OR_REBOOT, "restart into new firmware")
        self._station.deeds.do("restart", lambda: self._station.stop_all_and_end(StopReason.REBOOT))

    def firmware_told(self, state: str, why: str) -> None:
        self._station.tell("firmware.changed", state=state, detail=why)
        event = _SECURITY_EVENTS.get(state)
        if event is not None:
            self._station.note_security(event, why)

    def upload_told(self, state: str, file_name: str, why: str) -> None:
        self._station.tell("upload.ended", state=state, file=file_name, detail=why)


_SECURITY_EVENTS = {
    FirmwareState.INSTALLED.value: SecurityEvent.FIRMWARE_UPDATED,
    FirmwareState.INVALID_SIGNATURE.value: SecurityEvent.INVALID_FIRMWARE_SIGNATURE,
    UpdateVerdict.INVALID_CERTIFICATE.value: SecurityEvent.INVALID_FIRMWARE_CERTIFICATE,
}


class _Trust:
    """Signatures of orders, judged by the manufacturer's roots, in a thread: an image is some hundred megabytes."""

    def __init__(self, roots: Roots | None) -> None:
        self._roots = roots

    async def objection_to_signer(self, signed: Signed) -> str:
        if self._roots is None:
            return NO_ROOT
        try:
            roots, now_ms = await self._roots.manufacturer_roots(), self._roots.now_ms()
            return await in_thread(lambda: objection_to_signer(signed.certificate, roots, now_ms)) or ""
        except SecurityError as error:
            return str(error)

    async def objection_to_image(self, image: Path, signed: Signed) -> str:
        try:
            return (
                await in_thread(lambda: objection_to_image(sha256_of(image), signed.signature, signed.certificate))
                or ""
            )
        except SecurityError as error:
            return str(error)


def transfer_rules(config: StationConfig) -> TransferRules:
    """What the site file allows."""
    transfer = config.transfer
    return TransferRules(
        schemes=tuple(Scheme(scheme.value) for scheme in transfer.schemes),
        may_reach_private=transfer.allow_private_addresses,
        posts=transfer.http_upload is HttpUpload.POST,
        ca_file=transfer.ca_file,
        sftp_known_hosts_file=transfer.sftp_known_hosts_file,
        sftp_key_file=transfer.sftp_key_file,
        sftp_password_file=transfer.sftp_password_file,
        largest_upload_bytes=transfer.largest_upload_mb * BYTES_OF_A_MEGABYTE,
        largest_download_bytes=transfer.largest_download_mb * BYTES_OF_A_MEGABYTE,
    )
