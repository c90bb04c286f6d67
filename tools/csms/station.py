"""What the central system answers a charger: the handlers, on the package's own dispatch."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from tools.csms import prices
from tools.csms.behaviour import Behaviour
from tools.csms.connection import RecordedConnection
from tools.csms.moments import utc_now, wire_time
from tools.csms.package import ANSWER_TIMEOUT_S, PackageChargePoint, answers, call_result, schema_problem
from tools.csms.record import Record
from tools.csms.shape import Frame, FrameKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A charger's answer to our CALL: a payload, or a CALLERROR with its code."""

    payload: dict[str, Any]
    error_code: str | None = None
    error_description: str = ""
    schema_problem: str | None = None


class Station(PackageChargePoint):
    """One connected charger, as the central system sees it. The handlers record and never wait."""

    def __init__(
        self,
        connection: RecordedConnection,
        record: Record,
        behaviour: Behaviour,
        *,
        answer_timeout_s: float = ANSWER_TIMEOUT_S,
    ) -> None:
        super().__init__(connection.identity, connection, answer_timeout_s)
        self.connection = connection
        self._record = record
        self._behaviour = behaviour
        self._calls_taken = 0
        self._asking: list[asyncio.Timeout] = []
        self.requested = ""
        """The latest request for a certificate, PEM."""

    async def serve(self) -> None:
        """Takes frames until the connection is torn or ends, which raises websockets' ConnectionClosed."""
        # What still waits in the buffer of a torn connection was never taken in by the system that crashed.
        try:
            while not self.connection.is_torn:
                frame, text = await self.connection.read()
                await self._take(frame, text)
                await self._record.tell()
        finally:
            self._give_up_asking()

    async def _take(self, frame: Frame, text: str) -> None:
        if self._behaviour.is_deaf:
            return
        match frame.kind:
            case FrameKind.GARBAGE:
                self._record.problem(self.identity, f"garbage: {frame.problem}", text)
            case FrameKind.RESULT | FrameKind.ERROR:
                await self.route(text)
            case FrameKind.CALL:
                await self._take_call(frame, text)

    async def _take_call(self, frame: Frame, text: str) -> None:
        self._calls_taken += 1
        drop_every = self._behaviour.drop_every
        must_drop = drop_every is not None and self._calls_taken >= drop_every
        if must_drop:
            # Closed before the answer leaves, and still taken in below: the charger cannot know which of both happened.
            self.connection.tear()
        if (code := self._behaviour.rejected_actions.get(frame.action)) is not None:
            await self.connection.refuse(frame.message_id, code)
            return
        if problem := await schema_problem(frame.action, frame.payload or {}, answer=False):
            self._record.problem(self.identity, f"{frame.action} breaks its schema", f"{problem} in {text}")
        await self.route(text)

    async def ask(self, action: str, payload: dict[str, Any]) -> Answer:
        """Sends one CALL, whatever its content, and tells the answer; raises LookupError where none comes.

        An answer that breaks its schema is recorded as a problem and returned all the same.
        """
        outcome = await self._exchange_while_connected(action, payload)
        if outcome[0] == 4:
            return Answer(payload={}, error_code=str(outcome[1]), error_description=str(outcome[2]))
        problem = await schema_problem(action, outcome[1], answer=True)
        if problem is not None:
            self._record.problem(self.identity, f"the answer to {action} breaks its schema", problem)
        return Answer(payload=outcome[1], schema_problem=problem)

    async def _exchange_while_connected(self, action: str, payload: dict[str, Any]) -> tuple[Any, ...]:
        try:
            async with asyncio.timeout(None) as patience:
                self._asking.append(patience)
                return await self.exchange(str(uuid4()), action, payload)
        except TimeoutError:
            reason = "the connection ended before" if patience.when() is not None else "timed out waiting for"
            raise LookupError(f"{reason} the answer to {action}") from None
        finally:
            self._asking.remove(patience)

    def _give_up_asking(self) -> None:
        """Nobody will answer any more: whoever waits is told now instead of after the full time-out."""
        now_s = asyncio.get_running_loop().time()
        for patience in self._asking:
            patience.reschedule(now_s)

    def _now(self) -> str:
        return wire_time(utc_now(self._behaviour.clock_offset_s))

    @answers("BootNotification")
    def boot(self, charge_point_vendor: str, charge_point_model: str, **rest: Any) -> Any:
        self._record.booted(
            self.identity,
            vendor=charge_point_vendor,
            model=charge_point_model,
            serial_number=rest.get("charge_point_serial_number", ""),
            firmware_version=rest.get("firmware_version", ""),
        )
        return call_result.BootNotification(
            current_time=self._now(), interval=self._behaviour.boot_interval_s, status=self._behaviour.boot_status
        )

    @answers("Heartbeat")
    def heartbeat(self) -> Any:
        return call_result.Heartbeat(current_time=self._now())

    @answers("Authorize")
    def authorize(self, id_tag: str) -> Any:
        return call_result.Authorize(id_tag_info=self._behaviour.token_word(id_tag))

    @answers("StatusNotification")
    def status(self, connector_id: int, error_code: str, status: str, **rest: Any) -> Any:
        detail = ", ".join(str(rest[key]) for key in ("info", "vendor_error_code") if key in rest)
        self._record.status(
            self.identity,
            connector_id,
            status=status,
            error_code=error_code,
            detail=detail,
            changed_at=rest.get("timestamp", self._now()),
        )
        return call_result.StatusNotification()

    @answers("StartTransaction")
    def start_transaction(
        self, connector_id: int, id_tag: str, meter_start: int, timestamp: str, **_reservation: Any
    ) -> Any:
        status = self._behaviour.token_status(id_tag)
        charge_id = self._record.started(
            self.identity,
            connector_id,
            id_tag=id_tag,
            started_at=timestamp,
            meter_start_wh=meter_start,
            is_accepted=status == "Accepted",
        )
        return call_result.StartTransaction(transaction_id=charge_id, id_tag_info=self._behaviour.token_word(id_tag))

    @answers("StopTransaction")
    def stop_transaction(self, meter_stop: int, timestamp: str, transaction_id: int, **rest: Any) -> Any:
        id_tag = rest.get("id_tag", "")
        self._record.stopped(
            self.identity,
            transaction_id,
            stopped_at=timestamp,
            meter_stop_wh=meter_stop,
            # the standard's default where the field is absent
            reason=rest.get("reason", "Local"),
            id_tag=id_tag,
        )
        self._record.readings(self.identity, 0, transaction_id, rest.get("transaction_data", []))
        judged = self._behaviour.token_word(id_tag) if id_tag else None
        return call_result.StopTransaction(id_tag_info=judged)

    @answers("MeterValues")
    def meter_values(self, connector_id: int, meter_value: list[dict[str, Any]], transaction_id: int = 0) -> Any:
        self._record.readings(self.identity, connector_id, transaction_id, meter_value)
        return call_result.MeterValues()

    @answers("DataTransfer")
    def data_transfer(self, vendor_id: str, message_id: str = "", **_rest: Any) -> Any:
        if vendor_id != prices.VENDOR:
            return call_result.DataTransfer(status="UnknownVendorId")
        return call_result.DataTransfer(status="Accepted" if message_id == prices.UNPLUGGED else "UnknownMessageId")

    @answers("DiagnosticsStatusNotification")
    def diagnostics_status(self, status: str) -> Any:
        return call_result.DiagnosticsStatusNotification()

    @answers("FirmwareStatusNotification")
    def firmware_status(self, status: str) -> Any:
        return call_result.FirmwareStatusNotification()

    @answers("SecurityEventNotification")
    def security_event(self, type: str, timestamp: str, **_rest: Any) -> Any:
        return call_result.SecurityEventNotification()

    @answers("SignCertificate")
    def sign_certificate(self, csr: str) -> Any:
        self.requested = csr
        return call_result.SignCertificate(status="Accepted" if self._behaviour.signs_requests else "Rejected")

    @answers("LogStatusNotification")
    def log_status(self, status: str, **_rest: Any) -> Any:
        return call_result.LogStatusNotification()

    @answers("SignedFirmwareStatusNotification")
    def signed_firmware_status(self, status: str, **_rest: Any) -> Any:
        return call_result.SignedFirmwareStatusNotification()
