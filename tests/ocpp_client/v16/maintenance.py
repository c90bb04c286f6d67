"""A `MaintenancePort` that records what it is asked to do."""

from __future__ import annotations

from dataclasses import dataclass, field

from agent.core.maintenance.updates import FirmwareNotice, FirmwareState, UpdateRequest, UpdateVerdict
from agent.core.maintenance.uploads import UploadAnswer, UploadNotice, UploadRequest, UploadState, UploadVerdict


@dataclass
class RecordingMaintenance:
    """`asked` is everything it was asked to do, in order."""

    uploads: UploadVerdict = UploadVerdict.ACCEPTED
    updates: UpdateVerdict = UpdateVerdict.ACCEPTED
    file_name: str = "diagnostics-CP-1.tar.gz"
    objection: str = ""
    upload_state: UploadState = UploadState.IDLE
    firmware_state: FirmwareState = FirmwareState.IDLE
    asked: list[UploadRequest | UpdateRequest] = field(default_factory=list)

    async def upload(self, request: UploadRequest) -> UploadAnswer:
        self.asked.append(request)
        return UploadAnswer(verdict=self.uploads, file_name=self.file_name)

    async def update(self, request: UpdateRequest) -> UpdateVerdict:
        self.asked.append(request)
        return self.updates

    def objection_to_update(self, *, is_signed: bool) -> str:
        return self.objection

    def upload_notice(self, *, is_log: bool) -> UploadNotice:
        is_idle = self.upload_state is UploadState.IDLE
        return UploadNotice(state=self.upload_state, is_log=is_log, request_id=None if is_idle or not is_log else 7)

    def firmware_notice(self, *, is_signed: bool) -> FirmwareNotice:
        is_idle = self.firmware_state is FirmwareState.IDLE
        number = None if is_idle or not is_signed else 7
        return FirmwareNotice(state=self.firmware_state, is_signed=is_signed, request_id=number)
