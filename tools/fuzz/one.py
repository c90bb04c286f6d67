"""One target under libFuzzer, in this process: `python -m tools.fuzz.one TARGET [libFuzzer option …]`."""

from __future__ import annotations

import importlib
import sys

FUZZED = ("cbor", "frames", "messages", "link", "lease")
"""The board's modules whose branches guide the search; and the host's twins."""
TWINS = ("agent.drivers.pilot_board.frames", "agent.drivers.pilot_board.messages", "agent.drivers.pilot_board.codec")


def main() -> None:
    atheris = importlib.import_module("atheris")
    firmware = importlib.import_module("firmware_sim.firmware")
    sys.path.insert(0, str(firmware.FIRMWARE))
    with atheris.instrument_imports(include=[*FUZZED, *TWINS]):
        for name in (*FUZZED, *TWINS):
            importlib.import_module(name)
    target = importlib.import_module("tools.fuzz.targets").TARGETS[sys.argv[1]]
    atheris.Setup([sys.argv[0], *sys.argv[2:]], target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
