"""One target under libFuzzer, in this process: `python -m tools.fuzz.one TARGET [libFuzzer option …]`."""

from __future__ import annotations

import importlib
import sys

FUZZED = ("cbor", "frames", "messages", "link", "lease")
"""The board's modules whose branches guide the search; and the host's twins."""
TWINS = ("agent.drivers.pilot_board.frames", "agent.drivers.pilot_board.messages", "agent.drivers.pilot_board.codec")
NETWORK = ("agent.ocpp_client.rpc.frames", "agent.ocpp_client.rpc.dispatch", "agent.ocpp_client.v16.adapter")
FLEET = ("agent.telemetry.letters", "tools.support.picture", "tools.support.history.rows")


def main() -> None:
    atheris = importlib.import_module("atheris")
    firmware = importlib.import_module("firmware_sim.firmware")
    sys.path.insert(0, str(firmware.FIRMWARE))
    with atheris.instrument_imports(include=[*FUZZED, *TWINS, *NETWORK, *FLEET]):
        for name in (*FUZZED, *TWINS, *NETWORK, *FLEET):
            importlib.import_module(name)
        load_messages()
    target = importlib.import_module("tools.fuzz.targets").target_called(sys.argv[1])
    atheris.Setup([sys.argv[0], *sys.argv[2:]], target)
    atheris.Fuzz()


def load_messages() -> None:
    """Every command's handler and every check are loaded when first needed: here, so that their branches count."""
    message = importlib.import_module("agent.ocpp_client.v16.message")
    checks = importlib.import_module("agent.ocpp_client.v16.checks")
    for action in sorted(message.actions()):
        message.load(action)
        checks.load(action)
    for action in importlib.import_module("tools.generate_validators").OUR_CALLS:
        checks.load(f"{action}Response")


if __name__ == "__main__":
    main()
