"""Faults as StatusNotification tells them: errorCode, vendorErrorCode and a few words (faults.md section 2)."""

from __future__ import annotations

from agent.core.availability import ConnectorStatus, StatusReport
from agent.core.faults.catalogue import fault_kind
from agent.core.faults.model import FaultKind
from agent.values import frozen

NO_ERROR = "NoError"
OTHER_ERROR = "OtherError"
MREC_VENDOR = "https://chargex.inl.gov"
"""Whose codes the column `mrec` of the catalogue holds."""
OWN_VENDOR = "evse-agent"
"""Whose codes the ids of the catalogue are."""
TOLD = "fault"
"""The catalogue's policy for what a central system hears of; the others stay with the charger or go other ways."""
LONGEST_INFO = 50


@frozen(kw_only=True)
class ErrorWords:
    """The part of a StatusNotification that is about faults. Empty means left out."""

    error_code: str = NO_ERROR
    vendor_error_code: str = ""
    vendor_id: str = ""
    info: str = ""


def error_words(report: StatusReport) -> ErrorWords:
    """What to say of the faults of `report`: of several the most severe, since there is room for one.

    Beside a status that works the errorCode stays NoError, because widespread central systems take any other for a
    failed charger (csms-expectations.md section 5); the fault is named by vendorErrorCode and info alone. Nobody
    charges at the station as a whole (connector 0): its code is told as it is.
    """
    fault = _worst(report)
    if fault is None:
        return ErrorWords(info=report.info[:LONGEST_INFO])
    code = fault.ocpp16_error_code if fault.ocpp16_error_code not in ("", NO_ERROR) else OTHER_ERROR
    return ErrorWords(
        error_code=code if report.status is ConnectorStatus.FAULTED or report.connector is None else NO_ERROR,
        vendor_error_code=fault.mrec or fault.id,
        vendor_id=MREC_VENDOR if fault.mrec else OWN_VENDOR,
        info=f"{fault.id} {report.info}".strip()[:LONGEST_INFO],
    )


def _worst(report: StatusReport) -> FaultKind | None:
    """The first fault that is meant for the network; a Faulted status names its reason in any case."""
    kinds = [fault_kind(id) for id in report.fault_ids]
    told = next((kind for kind in kinds if kind.ocpp16_policy == TOLD), None)
    if told is None and kinds and report.status is ConnectorStatus.FAULTED:
        return kinds[0]
    return told
