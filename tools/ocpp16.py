"""What OCPP 1.6 asks for, beside what the tree holds: messages with their code and tests, keys with who reads them.

The page and the tests about completeness are made of this. The profile of a message is the standard's word (edition 2,
chapter 3.3; the security whitepaper for the last); everything else is read from the source.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

from agent.ocpp_client.schema import module_name
from agent.ocpp_client.station.settings import VARIABLES, NetworkSettings
from agent.ocpp_client.v16 import message
from agent.ocpp_client.v16.adapter import KNOWN_ACTIONS
from agent.security.events import SecurityEvent
from agent.values import frozen

ROOT = Path(__file__).resolve().parent.parent
VERSION = ROOT / "agent/ocpp_client/v16"
DEFINED_IN = tuple(ROOT / f"agent/ocpp_client/station/{name}.py" for name in ("settings", "price_settings"))
"""Where variables are defined, and the properties that read them: being read there is no use of one."""
PAPERS = ROOT / "agent/papers"
"""Made of a sealed report, in a process that knows no variables."""
SECURITY = "security whitepaper"
PROFILES: Mapping[str, str] = {
    "Core": "Authorize BootNotification ChangeAvailability ChangeConfiguration ClearCache DataTransfer "
    "GetConfiguration Heartbeat MeterValues RemoteStartTransaction RemoteStopTransaction Reset StartTransaction "
    "StatusNotification StopTransaction UnlockConnector",
    "FirmwareManagement": "DiagnosticsStatusNotification FirmwareStatusNotification GetDiagnostics UpdateFirmware",
    "LocalAuthListManagement": "GetLocalListVersion SendLocalList",
    "Reservation": "CancelReservation ReserveNow",
    "SmartCharging": "ClearChargingProfile GetCompositeSchedule SetChargingProfile",
    "RemoteTrigger": "TriggerMessage",
    SECURITY: "CertificateSigned DeleteCertificate ExtendedTriggerMessage GetInstalledCertificateIds GetLog "
    "InstallCertificate LogStatusNotification SecurityEventNotification SignCertificate "
    "SignedFirmwareStatusNotification SignedUpdateFirmware",
}


@frozen(kw_only=True)
class Row:
    """One message in one direction. `code` and `tests` are paths from the root; empty where there are none."""

    action: str
    profile: str
    is_command: bool
    """The central system sends it."""
    code: tuple[str, ...]
    tests: tuple[str, ...]


def rows() -> Iterator[Row]:
    """Every message of the standard, by profile."""
    for profile, actions in PROFILES.items():
        for action in actions.split():
            tests = tuple(sorted(_tests_that_say(action)))
            if action in KNOWN_ACTIONS:
                code = (
                    (_path(VERSION / "messages" / f"{module_name(action)}.py"),) if action in message.actions() else ()
                )
                yield Row(action=action, profile=profile, is_command=True, code=code, tests=tests)
            if action not in KNOWN_ACTIONS:
                yield Row(action=action, profile=profile, is_command=False, code=_senders(action), tests=tests)


def _senders(action: str) -> tuple[str, ...]:
    """Files of the version that name a message they make; commands that trigger it name it, too, and do not make it."""
    named = _files_that_say(action, "agent/ocpp_client/v16")
    makers = (path for path in named if "/messages/" not in path and "/_validators/" not in path)
    return tuple(sorted(path for path in makers if not path.endswith("/adapter.py")))


def missing_in_the_standard() -> frozenset[str]:
    """What differs between `PROFILES` and the published schemas; a mistake of this file where it is not empty."""
    published = {file.name.removesuffix(".json") for file in files("ocpp.v16.schemas").iterdir()}
    calls = {name for name in published if not name.endswith("Response")}
    listed = {action for actions in PROFILES.values() for action in actions.split()}
    return frozenset({name for name in calls if not name.startswith("_")} ^ listed)


def _tests_that_say(action: str) -> Iterator[str]:
    return (path for path in _files_that_say(action, "tests") if "/test_" in path)


def _files_that_say(word: str, folder: str) -> list[str]:
    return [path for path, words in _words(folder).items() if word in words]


@cache
def _words(folder: str) -> dict[str, frozenset[str]]:
    """The texts that each file of a folder writes as a whole."""
    found = {}
    for file in sorted((ROOT / folder).rglob("*.py")):
        nodes = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        texts = (node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))
        found[_path(file)] = frozenset(texts)
    return found


# Security events.


@cache
def tellers(event: SecurityEvent) -> tuple[str, ...]:
    """Files of the agent that tell the event: those that name it, but for the table of all events."""
    table = _path(Path(sys.modules[SecurityEvent.__module__].__file__ or ""))
    files = (file for file in sorted((ROOT / "agent").rglob("*.py")) if _path(file) != table)
    return tuple(_path(file) for file in files if f"SecurityEvent.{event.name}" in _names(file))


@cache
def _names(file: Path) -> frozenset[str]:
    """Every `a.b` in a file."""
    nodes = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    attributes = (node for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name))
    return frozenset(ast.unparse(node) for node in attributes)


# Keys.


class _Watched(dict[str, str]):
    """Remembers which names were looked up."""

    def __init__(self, values: Mapping[str, str]) -> None:
        super().__init__(values)
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return super().__getitem__(name)


class _Nothing:
    def all(self) -> Mapping[str, str]:
        return {}

    async def put(self, values: Mapping[str, str]) -> None:
        raise NotImplementedError


@cache
def properties() -> Mapping[str, tuple[str, ...]]:
    """The properties of NetworkSettings that read each variable, found by reading all of them."""
    found: dict[str, list[str]] = {name: [] for name in VARIABLES}
    for name in dir(NetworkSettings):
        if isinstance(getattr(NetworkSettings, name), property):
            settings = NetworkSettings(_Nothing())
            watched = _Watched(settings._texts)
            settings._texts = watched
            getattr(settings, name)
            for variable in watched.asked:
                found[variable].append(name)
    return {variable: tuple(names) for variable, names in found.items()}


def readers(variable: str) -> tuple[str, ...]:
    """Files of the agent that read the variable by one of its properties, or by its name; not where it is defined."""
    wanted = set(properties()[variable])
    names = {name for name, value in _constants().items() if value == variable}
    return tuple(path for path, (attributes, arguments) in _uses().items() if wanted & attributes or names & arguments)


@cache
def _constants() -> Mapping[str, str]:
    import agent.ocpp_client.station.settings as module

    return {name: value for name, value in vars(module).items() if name.isupper() and isinstance(value, str)}


@cache
def _uses() -> Mapping[str, tuple[frozenset[str], frozenset[str]]]:
    """For each file: the attributes it reads, and the names it gives to `text(…)`."""
    found = {}
    for file in sorted((ROOT / "agent").rglob("*.py")):
        if file in DEFINED_IN or PAPERS in file.parents:
            continue
        nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
        attributes = {n.attr for n in nodes if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Load)}
        calls = [n for n in nodes if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)]
        texts = [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "text"]
        given = {last for call in texts for one in call.args if (last := _last_name(one))}
        found[_path(file)] = (frozenset(attributes), frozenset(given))
    return found


def _last_name(node: ast.expr) -> str:
    match node:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""


def _path(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()
