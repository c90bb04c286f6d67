"""Commands that send one CALL to a charger and answer with what it answered.

Each takes `charger` (the only connected one by default). A CALLERROR is an answer too: `call_error` names its code.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from tools.csms import queries
from tools.csms.arguments import Arguments, BadCommand
from tools.csms.moments import utc_now, wire_time
from tools.csms.server import CentralSystem
from tools.csms.verbs.verb import Outcome, Verb

DEMO_PROFILE_ID = 1
MOST_A = 1000
PURPOSES = ("TxDefaultProfile", "TxProfile", "ChargePointMaxProfile")

Prepare = Callable[[CentralSystem, Arguments], tuple[str, dict[str, Any]]]
"""Reads the arguments and says which action to send with which payload."""


def sends(prepare: Prepare) -> Callable[[CentralSystem, Arguments], Awaitable[Outcome]]:
    async def carry_out(system: CentralSystem, arguments: Arguments) -> Outcome:
        station = system.station(arguments.optional_text("charger"))
        action, payload = prepare(system, arguments)
        arguments.finish()
        answer = await station.ask(action, payload)
        outcome: Outcome = {"answer": answer.payload}
        if answer.error_code is not None:
            outcome["call_error"] = {"code": answer.error_code, "description": answer.error_description}
        if answer.schema_problem is not None:
            outcome["schema_problem"] = answer.schema_problem
        return outcome

    return carry_out


def _with(payload: dict[str, Any], **optional: object) -> dict[str, Any]:
    """The payload and those optional fields that have a value."""
    return payload | {name: value for name, value in optional.items() if value is not None}


def remote_start(system: CentralSystem, arguments: Arguments) -> tuple[str, dict[str, Any]]:
    payload = {"idTag": arguments.text("token", "REMOTE")}
    return "RemoteStartTransaction", _with(payload, connectorId=arguments.optional_whole("connector"))


def remote_stop(system: CentralSystem, arguments: Arguments) -> tuple[str, dict[str, Any]]:
    transaction_id = arguments.optional_whole("transaction")
    if transaction_id is None:
        running = queries.transactions(system.record, open_only=True)
        if len(running) != 1:
            raise BadCommand(f"say which transaction: {len(running)} are running")
        transaction_id = int(running[0]["id"])
    return "RemoteStopTransaction", {"transactionId": transaction_id}


def limit(system: CentralSystem, arguments: Arguments) -> tuple[str, dict[str, Any]]:
    amps = arguments.number("amps")
    if not 0 <= amps <= MOST_A:
        raise BadCommand(f"amps: {amps:g} is no current that a charger knows; write 0 to {MOST_A}")
    schedule = {
        "chargingRateUnit": "A",
        # one decimal is what the schema allows
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": round(amps, 1)}],
    }
    profile = {
        "chargingProfileId": arguments.whole("profile", DEMO_PROFILE_ID),
        "stackLevel": arguments.whole("stack_level", 0),
        "chargingProfilePurpose": arguments.choice("purpose", PURPOSES, PURPOSES[0]),
        "chargingProfileKind": "Relative",
        "chargingSchedule": _with(schedule, duration=arguments.optional_whole("duration_s")),
    }
    profile = _with(profile, transactionId=arguments.optional_whole("transaction"))
    return "SetChargingProfile", {"connectorId": arguments.whole("connector", 1), "csChargingProfiles": profile}


def clear_limit(system: CentralSystem, arguments: Arguments) -> tuple[str, dict[str, Any]]:
    return "ClearChargingProfile", _with({}, id=arguments.optional_whole("profile"))


def composite_schedule(system: CentralSystem, arguments: Arguments) -> tuple[str, dict[str, Any]]:
    payload = {"connectorId": arguments.whole("connector", 1), "duration": arguments.whole("duration_s", 3600)}
    return "GetCompositeSchedule", _with(payload, chargingRateUnit=arguments.optional_text("unit"))


def change_availability(system: CentralSystem, arguments: Arguments) -> tuple[str, dict[str, Any]]:
    wanted = "Operative" if arguments.flag("operative") else "Inoperative"
    return "ChangeAvailability", {"connectorId": arguments.whole("connector", 0), "type": wanted}


def get_configuration(system: CentralSystem, arguments: Arguments) -> tuple[str, dict[str, Any]]:
    return "GetConfiguration", _with({}, key=arguments.texts("keys") or None)


def change_configuration(system: CentralSystem, arguments: Arguments) -> tuple[str, dict[str, Any]]:
    return "ChangeConfiguration", {"key": arguments.text("key"), "value": arguments.text("value")}


def trigger(system: CentralSystem, arguments: Arguments) -> tuple[str, dict[str, Any]]:
    payload = {"requestedMessage": arguments.text("message")}
    return "TriggerMessage", _with(payload, connectorId=arguments.optional_whole("connector"))


def reset(system: CentralSystem, arguments: Arguments) -> tuple[str, dict[str, Any]]:
    return "Reset", {"type": arguments.choice("kind", ("Soft", "Hard"), "Soft")}


def unlock(system: CentralSystem, arguments: Arguments) -> tuple[str, dict[str, Any]]:
    return "UnlockConnector", {"connectorId": arguments.whole("connector", 1)}


def clear_cache(system: CentralSystem, arguments: Arguments) -> tuple[str, dict[str, Any]]:
    return "ClearCache", {}


def list_version(system: CentralSystem, arguments: Arguments) -> tuple[str, dict[str, Any]]:
    return "GetLocalListVersion", {}


def send_list(system: CentralSystem, arguments: Arguments) -> tuple[str, dict[str, Any]]:
    """`tokens` to the status each gets, null takes it off; `parents` gives some of them a parent."""
    words, parents = arguments.mapping("tokens"), arguments.mapping("parents")
    expiry = arguments.optional_text("expires")
    entries = [
        {"idTag": token, "idTagInfo": _with({"status": word}, parentIdTag=parents.get(token), expiryDate=expiry)}
        if word is not None
        else {"idTag": token}
        for token, word in words.items()
    ]
    kind = arguments.choice("kind", ("Full", "Differential"), "Differential")
    payload = {"listVersion": arguments.whole("version"), "updateType": kind}
    return "SendLocalList", _with(payload, localAuthorizationList=entries or None)


def reserve(system: CentralSystem, arguments: Arguments) -> tuple[str, dict[str, Any]]:
    """For `minutes` by the central system's own clock, or `until` a time as it is told."""
    ends = utc_now(system.behaviour.clock_offset_s) + timedelta(minutes=arguments.number("minutes", 15.0))
    payload = {
        "connectorId": arguments.whole("connector", 1),
        "expiryDate": arguments.text("until", wire_time(ends)),
        "idTag": arguments.text("token"),
        "reservationId": arguments.whole("reservation", 1),
    }
    return "ReserveNow", _with(payload, parentIdTag=arguments.optional_text("parent"))


def cancel_reservation(system: CentralSystem, arguments: Arguments) -> tuple[str, dict[str, Any]]:
    return "CancelReservation", {"reservationId": arguments.whole("reservation", 1)}


def data_transfer(system: CentralSystem, arguments: Arguments) -> tuple[str, dict[str, Any]]:
    payload = {"vendorId": arguments.text("vendor")}
    words = {"messageId": arguments.optional_text("message"), "data": arguments.optional_text("text")}
    return "DataTransfer", _with(payload, **words)


def call(system: CentralSystem, arguments: Arguments) -> tuple[str, dict[str, Any]]:
    return arguments.text("action"), arguments.mapping("payload")


VERBS = (
    Verb("remote_start", "token=REMOTE connector=", "RemoteStartTransaction", sends(remote_start)),
    Verb("remote_stop", "transaction=", "RemoteStopTransaction, of the running one by default", sends(remote_stop)),
    Verb(
        "limit",
        "amps=A connector=1 purpose=TxDefaultProfile profile=1 stack_level=0 transaction= duration_s=",
        "SetChargingProfile with one period",
        sends(limit),
    ),
    Verb("clear_limit", "profile=", "ClearChargingProfile, all by default", sends(clear_limit)),
    Verb(
        "composite_schedule",
        "connector=1 duration_s=3600 unit=A|W",
        "GetCompositeSchedule, connector 0 is the station",
        sends(composite_schedule),
    ),
    Verb("change_availability", "operative=true|false connector=0", "ChangeAvailability", sends(change_availability)),
    Verb("get_configuration", 'keys=["…"]', "GetConfiguration, everything by default", sends(get_configuration)),
    Verb("change_configuration", "key=… value=…", "ChangeConfiguration", sends(change_configuration)),
    Verb("trigger", "message=… connector=", "TriggerMessage", sends(trigger)),
    Verb("reset", "kind=soft|hard", "Reset", sends(reset)),
    Verb("unlock", "connector=1", "UnlockConnector", sends(unlock)),
    Verb("clear_cache", "", "ClearCache", sends(clear_cache)),
    Verb("list_version", "", "GetLocalListVersion", sends(list_version)),
    Verb(
        "send_list",
        'version=N kind=Differential|Full tokens={"…": "Accepted"|null} parents={"…": "…"} expires=',
        "SendLocalList",
        sends(send_list),
    ),
    Verb("reserve", "token=… connector=1 reservation=1 minutes=15 until= parent=", "ReserveNow", sends(reserve)),
    Verb("cancel_reservation", "reservation=1", "CancelReservation", sends(cancel_reservation)),
    Verb("data_transfer", "vendor=… message= text=", "DataTransfer", sends(data_transfer)),
    Verb("call", "action=… payload={…}", "any CALL, unchecked", sends(call)),
)
