"""What the network may ask for in files, firmware and questions about the charger; `app.py` passes the real one in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from agent.core.maintenance.updates import FirmwareNotice, UpdateRequest, UpdateVerdict
from agent.core.maintenance.uploads import UploadAnswer, UploadNotice, UploadRequest


class MaintenancePort(Protocol):
    """Nothing here waits for the network. What is async is durable when it returns, and raises StoreError."""

    async def upload(self, request: UploadRequest) -> UploadAnswer: ...

    async def update(self, request: UpdateRequest) -> UpdateVerdict: ...

    def objection_to_update(self, *, is_signed: bool) -> str:
        """Why no order of this kind is taken at all, as a sentence; "" where one is."""
        ...

    def upload_notice(self, *, is_log: bool) -> UploadNotice:
        """How the present upload is, for a network that asks."""
        ...

    def firmware_notice(self, *, is_signed: bool) -> FirmwareNotice: ...


class SupportAnswer(Protocol):
    """`known` false: there is no such verb. `done` false: `body["reason"]` says why nothing was done."""

    @property
    def body(self) -> Mapping[str, Any]: ...

    @property
    def done(self) -> bool: ...

    @property
    def known(self) -> bool: ...


class SupportPort(Protocol):
    async def asked(self, verb: str, data: str | None) -> SupportAnswer:
        """`data` is JSON of the arguments, or nothing. Answers within two seconds, and never fails."""
        ...
