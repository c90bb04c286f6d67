"""A world whose meter sends SML: it shows, breaks and keeps like the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware_sim.arguments import NotNow
from firmware_sim.virtual_loop import run
from firmware_sim.ways import of_meter
from tests.firmware_sim.bench import rig_of


def test_its_status_names_it_and_its_register(tmp_path: Path) -> None:
    async def main() -> None:
        async with rig_of(tmp_path, board="sim-sml") as rig:
            (connector,) = rig.world.status()["connectors"]
            assert connector["meter"] == {"model": "sml", "register_wh": 0}

    run(main())


def test_what_it_cannot_do_is_said_and_the_rest_is_mended(tmp_path: Path) -> None:
    async def main() -> None:
        async with rig_of(tmp_path, board="sim-sml") as rig:
            meter = rig.world.heads[1]
            knobs = [meter.silent]
            mend = of_meter.meter_silent(rig.world, 1)
            knobs.append(meter.silent)
            assert mend is not None
            mend()
            knobs.append(meter.silent)

            assert knobs == [False, True, False]
            with pytest.raises(NotNow, match="connector 1 has a meter of another kind, sml, which cannot do that"):
                of_meter.meter_swapped(rig.world, 1)

    run(main())
