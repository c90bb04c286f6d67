from __future__ import annotations

import subprocess
import sys
from importlib.resources import files

from agent.ocpp_client.adapter import Adapter
from agent.ocpp_client.v16.adapter import KNOWN_ACTIONS
from agent.ocpp_client.v16.message import actions
from tests.ocpp_client.v16.station import Bench
from tools.generate_validators import OUR_CALLS, ROOT

FROM_CHARGERS_ONLY = {
    *(action for action in OUR_CALLS if action != "DataTransfer"),
    "DiagnosticsStatusNotification",
    "FirmwareStatusNotification",
    "LogStatusNotification",
    "SecurityEventNotification",
    "SignCertificate",
    "SignedFirmwareStatusNotification",
}


def test_it_is_an_adapter_of_its_version() -> None:
    adapter: Adapter = Bench().adapter

    assert adapter.subprotocol == "ocpp1.6"
    assert adapter.error_codes.occurrence_constraint_violation == "OccurenceConstraintViolation"
    assert adapter.error_codes.formation_violation == "FormationViolation"
    assert adapter.error_codes.unreadable is None


def test_it_knows_every_command_of_the_package_and_no_other() -> None:
    names = {file.name.removesuffix(".json") for file in files("ocpp.v16.schemas").iterdir()}
    asked = {name for name in names if not name.endswith("Response") and f"{name}Response" in names}

    assert asked - FROM_CHARGERS_ONLY == KNOWN_ACTIONS


def test_there_is_a_handler_for_each_file_of_the_folder() -> None:
    assert set(Bench().adapter.handlers) == actions()


def test_commands_and_checks_are_loaded_when_they_are_needed() -> None:
    probe = (
        "import sys, agent.ocpp_client.v16.adapter\n"
        "print(*(name for name in sys.modules if '.v16.messages' in name or '_validators' in name))"
    )

    told = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, check=True)

    assert told.stdout.split() == []
