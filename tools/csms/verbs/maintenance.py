"""Commands about files and firmware: diagnostics, logs, updates."""

from __future__ import annotations

from typing import Any

from tools.csms.arguments import Arguments
from tools.csms.moments import utc_now, wire_time
from tools.csms.server import CentralSystem
from tools.csms.verbs.calls import sends
from tools.csms.verbs.verb import Verb

LOG_TYPES = ("DiagnosticsLog", "SecurityLog")


def _tries(arguments: Arguments) -> dict[str, Any]:
    """What all four messages say about trying again; the charger decides what is left out."""
    given = {"retries": arguments.optional_whole("retries"), "retryInterval": arguments.optional_whole("retry_s")}
    return {name: value for name, value in given.items() if value is not None}


def _times(arguments: Arguments, **names: str) -> dict[str, Any]:
    """Each argument under the message's name, where it is given."""
    found = {wire: arguments.optional_text(name) for name, wire in names.items()}
    return {wire: text for wire, text in found.items() if text is not None}


def get_diagnostics(system: CentralSystem, arguments: Arguments) -> tuple[str, dict[str, Any]]:
    times = _times(arguments, since="startTime", until="stopTime")
    return "GetDiagnostics", {"location": arguments.text("location")} | times | _tries(arguments)


def get_log(system: CentralSystem, arguments: Arguments) -> tuple[str, dict[str, Any]]:
    times = _times(arguments, since="oldestTimestamp", until="latestTimestamp")
    payload = {
        "logType": arguments.choice("kind", LOG_TYPES, LOG_TYPES[0]),
        "requestId": arguments.whole("request", 1),
        "log": {"remoteLocation": arguments.text("location")} | times,
    }
    return "GetLog", payload | _tries(arguments)


def update_firmware(system: CentralSystem, arguments: Arguments) -> tuple[str, dict[str, Any]]:
    payload = {"location": arguments.text("location"), "retrieveDate": arguments.text("at", wire_time(utc_now()))}
    return "UpdateFirmware", payload | _tries(arguments)


def signed_update_firmware(system: CentralSystem, arguments: Arguments) -> tuple[str, dict[str, Any]]:
    firmware = {
        "location": arguments.text("location"),
        "retrieveDateTime": arguments.text("at", wire_time(utc_now())),
        "signingCertificate": arguments.text("certificate"),
        "signature": arguments.text("signature"),
    }
    times = _times(arguments, install_at="installDateTime")
    payload = {"requestId": arguments.whole("request", 1), "firmware": firmware | times}
    return "SignedUpdateFirmware", payload | _tries(arguments)


VERBS = (
    Verb("get_diagnostics", "location=URL since= until= retries= retry_s=", "GetDiagnostics", sends(get_diagnostics)),
    Verb(
        "get_log",
        "location=URL kind=DiagnosticsLog|SecurityLog request=1 since= until= retries= retry_s=",
        "GetLog",
        sends(get_log),
    ),
    Verb(
        "update_firmware",
        "location=URL at=TIME retries= retry_s=",
        "UpdateFirmware, now by default",
        sends(update_firmware),
    ),
    Verb(
        "signed_update_firmware",
        "location=URL certificate=PEM signature=BASE64 request=1 at=TIME install_at= retries= retry_s=",
        "SignedUpdateFirmware, now by default",
        sends(signed_update_firmware),
    ),
)
